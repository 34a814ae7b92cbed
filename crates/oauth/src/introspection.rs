//! Token introspection (RFC 7662).
//!
//! Any confidential client of the tenant may ask about any access token of the tenant, since a resource server is such a
//! client; about a refresh token only the client that holds it. Whatever is not alive for the asker is
//! `{"active":false}` and nothing else (§2.2), whatever the cause.

use crate::{
    Context, access_token, client_authentication,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use hufu_core::{
    client::Client,
    id::RefreshTokenId,
    refresh::{self, Verdict},
    token::{OpaqueToken, TokenKind},
};
use serde::Serialize;

/// The answer (RFC 7662 §2.2).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Introspection {
    /// Whether the token is alive.
    pub active: bool,
    /// How far it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// To whom it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer` or `DPoP` for an access token; nothing for a refresh token, which is no bearer token of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The user, or the client where it acts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The token's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When the user proved who they are, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The key that it is bound to (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<access_token::Confirmation>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<access_token::Actor>,
}

/// Answers an introspection request. `authorization` is the header's value.
pub async fn introspect(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<Introspection, OAuthError> {
    let client = client_authentication::authenticate(cx, form, authorization).await?;
    if !client.is_confidential() {
        return Err(OAuthError::new(
            ErrorCode::InvalidClient,
            "only a client with a secret may introspect",
        ));
    }
    let token = form.require("token", "token is missing")?;
    // `token_type_hint` is only a hint, and the two kinds cannot be mistaken for each other.
    match OpaqueToken::parse(TokenKind::Refresh, token) {
        Ok(token) => of_refresh_token(cx, &client, &token).await,
        Err(_) => of_access_token(cx, token).await,
    }
}

async fn of_access_token(cx: &Context<'_>, token: &str) -> Result<Introspection, OAuthError> {
    let Some(live) = access_token::live(cx, token).await? else {
        return Ok(Introspection::default());
    };
    let claims = live.claims;
    Ok(Introspection {
        active: true,
        scope: (!claims.scope.is_empty()).then_some(claims.scope),
        client_id: Some(claims.client_id),
        token_type: Some(if claims.cnf.is_some() { "DPoP" } else { "Bearer" }),
        cnf: claims.cnf,
        act: claims.act,
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub),
        aud: Some(claims.aud),
        iss: Some(claims.iss),
        jti: Some(claims.jti),
        sid: claims.sid,
        auth_time: claims.auth_time,
        amr: claims.amr,
    })
}

async fn of_refresh_token(
    cx: &Context<'_>,
    client: &Client,
    token: &OpaqueToken,
) -> Result<Introspection, OAuthError> {
    let inactive = Introspection::default();
    let found = cx
        .issuer
        .store
        .refresh_token(RefreshTokenId::from_uuid(token.id()))
        .await?;
    let Some((stored, live)) = found else {
        return Ok(inactive);
    };
    if live.grant.client_id != client.id {
        return Ok(inactive);
    }
    // Asking is not using: whatever the verdict, nothing is spent and nothing revoked.
    let Verdict::Rotate { .. } = refresh::decide(cx.now, &live, &stored, &token.hash()) else {
        return Ok(inactive);
    };
    Ok(Introspection {
        active: true,
        scope: Some(live.grant.scope.to_string()),
        client_id: Some(client.id.to_string()),
        exp: Some(stored.expires_at.timestamp()),
        iat: Some(live.grant.created_at.timestamp()),
        sub: Some(live.user.id.to_string()),
        iss: Some(cx.issuer.url.clone()),
        sid: Some(live.session.id.to_string()),
        ..inactive
    })
}
