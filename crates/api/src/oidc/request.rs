//! What every endpoint of a tenant takes from a request: the tenant's issuer, the form, the credentials.

use super::error::Refused;
use crate::{
    app::App,
    client_ip::ClientIp,
    server::{self, Family},
    wire::Named,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use hufu_core::{Instant, locale::Locale, tenant::TenantSlug};
use hufu_oauth::{
    Context, access_token::Credential, dpop::Shown, error::OAuthError, form::Form, issuer::Issuer,
};
use std::{net::IpAddr, sync::Arc};

/// A tenant's endpoint was called: by whom and when, with the tenant's issuer.
#[derive(Clone)]
pub(crate) struct Call {
    app: Arc<App>,
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) now: Instant,
    ip: Option<IpAddr>,
    locale: Locale,
    shown: Shown,
}

impl Call {
    /// What every handler shares.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The path of the issuer: what the paths of its pages begin with.
    pub(crate) fn path(&self) -> String {
        format!("/t/{}", self.issuer.tenant.slug)
    }

    /// What `hufu-oauth` works with.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            issuer: &self.issuer,
            now: self.now,
            ip: self.ip,
            random: self.app.random.as_ref(),
            wechat: self.app.wechat.as_ref(),
            passwords: self.app.passwords.as_ref(),
            sms: self.app.sms.as_ref(),
            outbound: self.app.outbound.as_ref(),
            shown: &self.shown,
            pepper: &self.app.pepper,
            locale: self.locale,
        }
    }
}

impl FromRequestParts<Arc<App>> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let unknown = || Family::OAuth.not_found();
        let Ok(Named(slug)) = Named::<TenantSlug>::from_request_parts(parts, app).await else {
            return Err(unknown());
        };
        let issuer = app
            .issuers
            .get(app, &slug)
            .await
            .map_err(|e| Refused::from(e).into_response())?;
        let issuer = issuer.ok_or_else(unknown)?;
        tracing::Span::current().record("tenant.id", tracing::field::display(issuer.tenant.id));
        let Ok(ClientIp(ip)) = ClientIp::from_request_parts(parts, app).await;
        Ok(Self {
            app: app.clone(),
            issuer,
            now: app.clock.now(),
            ip,
            locale: server::language::current(),
            shown: shown(parts, app),
        })
    }
}

/// What the request shows of a key's possession. The host that it came by is not looked at: the world knows one only.
fn shown(parts: &Parts, app: &App) -> Shown {
    let proofs = parts.headers.get_all("dpop");
    Shown {
        method: parts.method.to_string(),
        url: format!(
            "{}{}",
            app.base_url.as_str().trim_end_matches('/'),
            parts.uri.path()
        ),
        proofs: proofs
            .iter()
            .map(|value| value.to_str().unwrap_or_default().to_owned())
            .collect(),
    }
}

/// A form-encoded body.
pub(crate) struct FormBody(pub(crate) Form);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let form_encoded = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| {
                value
                    .trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(&rejection))?;
        if !form_encoded && !body.is_empty() {
            let description = "the content type must be application/x-www-form-urlencoded";
            return Err(Refused(OAuthError::invalid_request(description)).into_response());
        }
        Form::parse(&body)
            .map(Self)
            .map_err(|error| Refused(error).into_response())
    }
}

fn unread(rejection: &BytesRejection) -> Response {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Family::OAuth.body_too_large()
    } else {
        Refused(OAuthError::invalid_request("the body could not be read")).into_response()
    }
}

/// The value of `Authorization`. Two of them are refused, since nobody can say which one counts.
pub(crate) struct Authorization(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Authorization {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        authorization(&parts.headers)
            .map(Self)
            .map_err(|error| Refused(error).into_response())
    }
}

fn authorization(headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(OAuthError::invalid_request(
            "the Authorization header is repeated",
        ));
    }
    let unreadable = |_| OAuthError::invalid_request("the Authorization header is not visible ASCII");
    first
        .map(|value| value.to_str().map(str::to_owned).map_err(unreadable))
        .transpose()
}

impl Authorization {
    /// The header as it is.
    pub(crate) fn value(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The bearer token in it (RFC 6750 §2.1).
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.0.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
    }

    /// The access token in it (RFC 6750 §2.1, RFC 9449 §7.1).
    pub(crate) fn credential(&self) -> Option<Credential<'_>> {
        let (scheme, token) = self.0.as_deref()?.split_once(' ')?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(Credential::Bearer(token.trim())),
            "dpop" => Some(Credential::Dpop(token.trim())),
            _ => None,
        }
    }
}
