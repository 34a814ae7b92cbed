//! The token endpoint (RFC 6749 §3.2): a pipeline that owns the shared steps. A grant fills in only its own part and
//! cannot forget one.
//!
//! A new grant is one file here, one line in [`grant`] and its name in core's `GrantType`.

mod audience;
mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;
mod token_exchange;
mod wechat_code;

use crate::{
    Context, access_token,
    access_token::Subject,
    client_authentication,
    dpop::{self, Thumbprint},
    error::{ErrorCode, OAuthError},
    form::Form,
    id_token, rfc6749,
};
use async_trait::async_trait;
use audience::Target;
use hufu_core::{
    client::{Client, ClientAuthentication, GrantType, Resource},
    id::RefreshTokenId,
    login::Opened,
    scope::Scope,
    token::{OpaqueToken, SecretHash, TokenKind},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

pub(crate) const DEAD_REFRESH_TOKEN: &str =
    "the refresh token is unknown, expired, revoked, used before, or was issued to another client";

/// A grant's own part: from a form to what may be issued.
#[async_trait]
trait TokenGrant: Sync {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError>;
}

/// What every grant is asked in the same way.
struct Asked {
    /// The key whose possession the request proves.
    key: Option<Thumbprint>,
    /// What the access token is to be for, where the request says.
    target: Option<Target>,
}

impl Asked {
    /// The resource that the access token is to be for; `None` is the issuer.
    const fn resource(&self) -> Option<&Resource> {
        match &self.target {
            Some(Target::Resource(resource)) => Some(resource),
            Some(Target::Issuer) | None => None,
        }
    }
}

/// What a grant allows to be issued. Whatever it stands on is durably stored by now.
struct Issuance {
    subject: Subject,
    scope: Scope,
    refresh_token: Option<OpaqueToken>,
    /// What the ID token repeats of the authorization request.
    nonce: Option<String>,
}

impl Issuance {
    /// What a session that was opened allows.
    fn of(client: &Client, opened: Opened, refresh: FirstRefreshToken) -> Result<Self, OAuthError> {
        let (session, grant) = (opened.session, opened.grant);
        Ok(Self {
            scope: rfc6749::access_token(client, &grant)?,
            subject: Subject::User { session, grant },
            refresh_token: refresh.0.filter(|_| opened.is_refreshable),
            nonce: opened.nonce,
        })
    }
}

/// The first token of a family, where the client may have one.
struct FirstRefreshToken(Option<OpaqueToken>);

impl FirstRefreshToken {
    fn draw(cx: &Context<'_>, client: &Client) -> Self {
        Self(client.may_use(GrantType::RefreshToken).then(|| {
            let id = RefreshTokenId::generate(cx.now, cx.random);
            OpaqueToken::generate(TokenKind::Refresh, id.uuid(), cx.random)
        }))
    }

    /// What is kept of it.
    fn kept(&self) -> Option<(RefreshTokenId, SecretHash)> {
        let token = self.0.as_ref()?;
        Some((RefreshTokenId::from_uuid(token.id()), token.hash()))
    }
}

/// The grants that this server has.
fn grant(grant_type: GrantType) -> &'static dyn TokenGrant {
    match grant_type {
        GrantType::AuthorizationCode => &authorization_code::AuthorizationCodeGrant,
        GrantType::RefreshToken => &refresh_token::RefreshTokenGrant,
        GrantType::ClientCredentials => &client_credentials::ClientCredentials,
        GrantType::WechatCode => &wechat_code::WechatCode,
        GrantType::TokenExchange => &token_exchange::TokenExchange,
        GrantType::DeviceCode => &device_code::DeviceCodeGrant,
    }
}

/// The names of the grants that this server has, for metadata.
pub fn supported() -> Vec<&'static str> {
    GrantType::ALL.map(GrantType::as_str).to_vec()
}

/// A successful answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// A JWT of RFC 9068.
    #[serde(serialize_with = "reveal")]
    pub access_token: SecretString,
    /// `Bearer`, or `DPoP` where the token is bound to a key (RFC 9449 §5).
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u32,
    /// Where the grant comes with a family.
    #[serde(serialize_with = "reveal_some", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretString>,
    /// Where the scope has `openid`.
    #[serde(serialize_with = "reveal_some", skip_serializing_if = "Option::is_none")]
    pub id_token: Option<SecretString>,
    /// What kind of token came of an exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// What was granted, always told.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

pub(crate) fn reveal<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn reveal_some<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(serializer)
}

/// Answers a token request. `authorization` is the header's value.
pub async fn token(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<TokenResponse, OAuthError> {
    let client = client_authentication::authenticate(cx, form, authorization).await?;
    let name = form.require("grant_type", "grant_type is missing")?;
    let Ok(grant_type) = GrantType::parse(name) else {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "this server does not have that grant_type",
        ));
    };
    if !client.may_use(grant_type) {
        let description = "the client is not registered for that grant_type";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description));
    }
    let asked = Asked {
        target: audience::requested(cx, &client, grant_type, form)?,
        key: key_of(cx, &client).await?,
    };
    let issuance = grant(grant_type).issue(cx, &client, form, &asked).await?;
    let named = (asked.target.as_ref(), issuance.scope.contains("openid"));
    let audience = audience::of(cx, &client, &issuance.subject, grant_type, named)?;
    respond(cx, &client, &issuance, (audience, asked.key))
}

/// The key that the tokens are bound to (RFC 9449 §5): one that the client chose to show, or must.
async fn key_of(cx: &Context<'_>, client: &Client) -> Result<Option<Thumbprint>, OAuthError> {
    let is_fapi = client.details.is_fapi();
    if is_fapi && !matches!(client.authentication, ClientAuthentication::PrivateKeyJwt(_)) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "a client of the FAPI 2.0 profile must be registered for private_key_jwt",
        ));
    }
    let key = dpop::possession(cx, is_fapi, None).await?;
    if key.is_none() && (is_fapi || client.details.dpop_bound_access_tokens) {
        return Err(dpop::missing());
    }
    Ok(key)
}

fn respond(
    cx: &Context<'_>,
    client: &Client,
    issuance: &Issuance,
    (audience, key): (String, Option<Thumbprint>),
) -> Result<TokenResponse, OAuthError> {
    let limits = access_token::Limits {
        scope: &issuance.scope,
        audience,
        key,
    };
    let access_token = access_token::issue(cx, client, &issuance.subject, limits)?;
    let id_token = match &issuance.subject {
        Subject::User { session, grant } if issuance.scope.contains("openid") => {
            let about = id_token::About {
                session,
                authentication: grant.authentication(session),
                nonce: issuance.nonce.as_deref(),
            };
            Some(id_token::issue(cx, client, &about, &access_token.token)?.into())
        }
        _ => None,
    };
    Ok(TokenResponse {
        expires_in: access_token.expires_in,
        access_token: access_token.token.into(),
        token_type: if key.is_some() { "DPoP" } else { "Bearer" },
        issued_token_type: matches!(issuance.subject, Subject::Exchanged(_))
            .then_some(token_exchange::ACCESS_TOKEN),
        refresh_token: issuance.refresh_token.as_ref().map(OpaqueToken::reveal),
        id_token,
        scope: issuance.scope.to_string(),
    })
}

/// The scope that a user's grant gets: what was asked for, if the client may have it; else all that it may have.
pub(crate) fn requested_scope(client: &Client, form: &Form) -> Result<Scope, OAuthError> {
    const REFUSED: OAuthError = OAuthError::new(
        ErrorCode::InvalidScope,
        "scope is malformed or wider than what the client is registered for",
    );
    let Some(text) = form.get("scope") else {
        return Ok(client.scope.clone());
    };
    let scope = Scope::parse(text).map_err(|_| REFUSED)?;
    if scope.is_subset(&client.scope) {
        Ok(scope)
    } else {
        Err(REFUSED)
    }
}
