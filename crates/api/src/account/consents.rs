//! What the user did about the tenant's documents. Append-only: to take back is another entry.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Private, private},
};
use crate::oidc::{Refused, schema};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hufu_core::{
    account::RecordConsent,
    consent::{Consent, ConsentAction, Document, DocumentName, DocumentVersion},
    id::ConsentId,
};
use hufu_oauth::error::OAuthError;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// The record.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnConsents {
    /// Newest first, at most 100.
    consents: Vec<OwnConsent>,
}

/// One entry of the record.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnConsent {
    /// Which document.
    #[schema(example = "privacy")]
    document: String,
    /// In which version.
    #[schema(example = "2026-11-01")]
    version: String,
    /// `accept` or `withdraw`.
    action: &'static str,
    /// When.
    at: DateTime<Utc>,
    /// Through which client.
    client_id: String,
    /// From where, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
}

impl From<Consent> for OwnConsent {
    fn from(consent: Consent) -> Self {
        Self {
            document: consent.document.name.to_string(),
            version: consent.document.version.to_string(),
            action: consent.action.as_str(),
            at: consent.at,
            client_id: consent.client_id.to_string(),
            ip: consent.ip,
        }
    }
}

/// What the user did.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConsent {
    /// Which document: 1 to 32 of a to z, 0 to 9, `_` and `-`.
    #[schema(example = "privacy")]
    document: String,
    /// In which version: 1 to 64 letters, digits, `.`, `_` or `-`.
    #[schema(example = "2026-11-01")]
    version: String,
    /// `accept` or `withdraw`.
    #[schema(example = "accept")]
    action: String,
}

impl Body for NewConsent {
    const RULE: &'static str =
        "the body must be a JSON object of document, version and action, each a string";
}

impl NewConsent {
    fn read(&self) -> Result<(Document, ConsentAction), OAuthError> {
        let rule = OAuthError::invalid_request;
        let name = DocumentName::parse(&self.document)
            .map_err(|_| rule("document must be 1 to 32 of a to z, 0 to 9, '_' and '-'"))?;
        let version = DocumentVersion::parse(&self.version)
            .map_err(|_| rule("version must be 1 to 64 letters, digits, '.', '_' or '-'"))?;
        let action =
            ConsentAction::parse(&self.action).map_err(|_| rule("action must be accept or withdraw"))?;
        Ok((Document { name, version }, action))
    }
}

/// List the user's own consents
///
/// Newest first, at most 100.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/consents",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The record", body = OwnConsents),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn list_own_consents(caller: Caller) -> Result<Private<OwnConsents>, Refused> {
    let consents = caller.context().issuer.store.consents(caller.user).await?;
    Ok(private(OwnConsents {
        consents: consents.into_iter().map(Into::into).collect(),
    }))
}

/// Record a consent
///
/// That the user accepted a document of the tenant, or took that back. Nothing in the record is changed or removed while the
/// account is there.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account/consents",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = NewConsent,
    responses(
        (status = 201, description = "The new entry", body = OwnConsent),
        (status = 400, description = "A member breaks its rule, is missing or unknown", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn record_own_consent(
    caller: Caller,
    AccountBody(new): AccountBody<NewConsent>,
) -> Result<(StatusCode, Private<OwnConsent>), Refused> {
    let (document, action) = new.read()?;
    let cx = caller.context();
    let consent = Consent {
        id: ConsentId::generate(cx.now, cx.random),
        user_id: caller.user,
        document,
        action,
        at: cx.now,
        client_id: caller.client.id.clone(),
        ip: cx.ip,
    };
    let record = RecordConsent {
        by: caller.by(),
        consent: consent.clone(),
    };
    caller.change(record).await?;
    Ok((StatusCode::CREATED, private(consent.into())))
}
