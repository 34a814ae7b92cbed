//! A client that registered itself reads, replaces and removes its registration (RFC 7592).

use super::{
    Answer, audit, is_on, key_for,
    metadata::wanted,
    refused::{Registering, register_error},
    shown, unknown_token,
};
use crate::{
    admin::clients::registration::{self, WechatAppKnown},
    oidc::{
        error::Refused,
        request::{Authorization, Call},
        schema,
    },
    problem::Problem,
    wire::Named,
};
use axum::{body::Bytes, http::StatusCode};
use hufu_core::{
    change::{Audited, Change, Changed},
    client::{Client, ClientId},
    store,
    token::{self, OpaqueToken, SecretHash, TokenKind},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// The client that the path names, where the token is its own.
async fn own(call: &Call, authorization: &Authorization, id: &ClientId) -> Result<(Client, String), Refused> {
    is_on(call)?;
    let text = authorization.bearer().ok_or_else(unknown_token)?;
    let token = OpaqueToken::parse(TokenKind::Registration, text).map_err(|_| unknown_token())?;
    let client = call.issuer.store.client(id).await?;
    let client = client.filter(|client| client.registration_token == Some(token.hash()));
    Ok((client.ok_or_else(unknown_token)?, text.to_owned()))
}

/// Read one's registration
///
/// With the `registration_access_token`. The secret is not in the answer: it is kept as a hash only.
#[utoipa::path(
    get,
    path = "/t/{tenant}/register/{client_id}",
    tag = "Clients",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("client_id" = String, Path, description = "The client's id"),
    ),
    responses(
        (status = 200, description = "The registration", body = Object),
        (status = 401, description = "The token is not this client's", body = schema::OAuthError),
        (status = 403, description = "The tenant lets no client register itself", body = schema::OAuthError),
    )
)]
pub(in crate::oidc) async fn get_registration(
    call: Call,
    authorization: Authorization,
    id: Result<Named<ClientId>, Problem>,
) -> Result<Answer, Registering> {
    let Named(id) = id.map_err(|_| unknown_token())?;
    let (client, token) = own(&call, &authorization, &id).await?;
    Ok(shown(StatusCode::OK, &call, client, None, &token))
}

/// Replace one's registration
///
/// What is left out gets its default. `client_id` must be there and be the client's own; a `client_secret` must be the one
/// that it has.
#[utoipa::path(
    put,
    path = "/t/{tenant}/register/{client_id}",
    tag = "Clients",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("client_id" = String, Path, description = "The client's id"),
    ),
    request_body(content = Object, description = "The metadata of RFC 7591 §2, with client_id"),
    responses(
        (status = 200, description = "The registration, with the secret where that is new", body = Object),
        (status = 400, description = "`invalid_redirect_uri` or `invalid_client_metadata`", body = schema::OAuthError),
        (status = 401, description = "The token is not this client's", body = schema::OAuthError),
        (status = 403, description = "The tenant lets no client register itself", body = schema::OAuthError),
    )
)]
pub(in crate::oidc) async fn put_registration(
    call: Call,
    authorization: Authorization,
    id: Result<Named<ClientId>, Problem>,
    body: Bytes,
) -> Result<Answer, Registering> {
    let Named(id) = id.map_err(|_| unknown_token())?;
    let (current, token) = own(&call, &authorization, &id).await?;
    names_itself(&body, &current)?;
    let request = wanted(&body, &call.issuer.tenant.settings)?;
    let registration = registration::check(&request, WechatAppKnown::Yes);
    let registration = registration.map_err(|problem| register_error(&problem))?;
    let app = call.app();
    let secret = token::client_secret(&*app.random);
    let hash = SecretHash::of(secret.expose_secret().as_bytes());
    let client = Client {
        registration_token: current.registration_token,
        ..registration.client(id.clone(), hash, call.now)
    };
    let key = key_for(app, &call, &client).await?;
    let audit = audit(&call, &client);
    let change = Change::Client {
        client,
        based_on: Some(current.updated_at),
        key,
    };
    let changed = store::write(call.issuer.store.as_ref(), Audited { change, audit }).await?;
    app.issuers.forget(&call.issuer.tenant.slug).await;
    let secret = match changed {
        Changed::UpdatedWithSecret => Some(&secret),
        Changed::Updated => None,
        // Removed or replaced since it was read.
        _ => return Err(unknown_token().into()),
    };
    let client = call.issuer.store.client(&id).await?.ok_or_else(unknown_token)?;
    Ok(shown(StatusCode::OK, &call, client, secret, &token))
}

/// RFC 7592 §2.2.
fn names_itself(body: &[u8], current: &Client) -> Result<(), Registering> {
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    if given.get("client_id").and_then(Value::as_str) != Some(current.id.as_str()) {
        return Err(Registering::metadata("client_id", "must be the client's own"));
    }
    if let Some(secret) = given.get("client_secret") {
        let is_own = secret.as_str().is_some_and(|secret| {
            let hash = SecretHash::of(secret.as_bytes());
            matches!(&current.authentication,
                hufu_core::client::ClientAuthentication::Secret { hash: kept, .. } if *kept == hash)
        });
        if !is_own {
            return Err(Registering::metadata(
                "client_secret",
                "must be the client's own, or left out",
            ));
        }
    }
    for ours in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        if given.get(ours).is_some() {
            return Err(Registering::metadata(ours, "must be left out"));
        }
    }
    Ok(())
}

/// Remove one's registration
///
/// All grants to the client are revoked.
#[utoipa::path(
    delete,
    path = "/t/{tenant}/register/{client_id}",
    tag = "Clients",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("client_id" = String, Path, description = "The client's id"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "The token is not this client's", body = schema::OAuthError),
        (status = 403, description = "The tenant lets no client register itself", body = schema::OAuthError),
    )
)]
pub(in crate::oidc) async fn delete_registration(
    call: Call,
    authorization: Authorization,
    id: Result<Named<ClientId>, Problem>,
) -> Result<StatusCode, Registering> {
    let Named(id) = id.map_err(|_| unknown_token())?;
    let (client, _) = own(&call, &authorization, &id).await?;
    let audited = Audited {
        change: Change::DeleteClient(id),
        audit: audit(&call, &client),
    };
    store::write(call.issuer.store.as_ref(), audited).await?;
    call.app().issuers.forget(&call.issuer.tenant.slug).await;
    Ok(StatusCode::NO_CONTENT)
}
