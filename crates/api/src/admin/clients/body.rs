//! Clients on the wire: the members of RFC 7591 §2 and §3.2.1 and of OpenID Connect's registrations, and some of ours.

use crate::openapi::names::{
    AlgorithmName, ApplicationTypeName, AuthMethodName, GrantTypeName, ResponseModeName, SecurityProfileName,
};
use chrono::{DateTime, Utc};
use hufu_core::client::{Client, ClientAuthentication, ClientKeys, GrantType, Pkce, SecurityProfile, WebUrl};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a client.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(crate) struct ClientPath {
    /// The client's id, which the operator chooses. It may not begin with `usr_`.
    #[param(pattern = "^[0-9A-Za-z._-]{1,64}$", example = "tea-shop")]
    client_id: String,
}

/// A client as it is to be. Members of RFC 7591 that are not here are not supported, and refused.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRequest {
    /// A name for people to read.
    #[schema(min_length = 1, max_length = 100, example = "Tea Shop")]
    pub(crate) client_name: Option<String>,
    /// Where the authorization endpoint may send the browser: `https`, `http` on loopback, or an app's own scheme with a
    /// dot in it; no fragment. Compared byte for byte. A client with `authorization_code` needs one, unless it is first-party
    /// and gets its codes from `POST …/authorize-challenge` only.
    #[serde(default)]
    #[schema(max_items = 32)]
    pub(crate) redirect_uris: Vec<String>,
    /// `authorization_code` (the default), `refresh_token`, `client_credentials`,
    /// `urn:hufu:grant-type:wechat-code`, `urn:ietf:params:oauth:grant-type:token-exchange`,
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    #[schema(value_type = Option<Vec<GrantTypeName>>)]
    #[schema(example = json!(["urn:hufu:grant-type:wechat-code", "refresh_token"]))]
    pub(crate) grant_types: Option<Vec<String>>,
    /// `code` where `authorization_code` is among the grant types, else nothing; follows from them where left out.
    pub(crate) response_types: Option<Vec<String>>,
    /// `client_secret_basic` (the default), `client_secret_post`, `private_key_jwt` with `jwks` or `jwks_uri`, or `none` for a
    /// public client.
    #[schema(value_type = Option<AuthMethodName>, example = "none")]
    pub(crate) token_endpoint_auth_method: Option<String>,
    /// The widest scope that the client may have, and the one that it gets where it asks for none, separated by blanks:
    /// of `account address email offline_access openid phone profile wechat`. `openid` where left out; nothing for a
    /// client that only uses `client_credentials`.
    #[schema(example = "openid offline_access")]
    pub(crate) scope: Option<String>,
    /// `ES256` where left out. The tenant gets a signing key of the algorithm where it has none.
    #[schema(value_type = Option<AlgorithmName>)]
    pub(crate) id_token_signed_response_alg: Option<String>,
    /// Whether the client belongs to the tenant itself. Only such clients may handle proofs of a person.
    #[serde(default)]
    pub(crate) first_party: bool,
    /// The WeChat app whose login codes the client sends; one of the tenant's.
    #[schema(pattern = "^wx[0-9a-f]{16}$")]
    pub(crate) wechat_appid: Option<String>,
    /// `web` where left out. The loopback redirect URIs of a `native` client may have any port (RFC 8252 §7.3).
    #[schema(value_type = Option<ApplicationTypeName>)]
    pub(crate) application_type: Option<String>,
    /// The client's home page.
    #[schema(max_length = 2_000)]
    pub(crate) client_uri: Option<String>,
    /// Shown where people sign in.
    #[schema(max_length = 2_000)]
    pub(crate) logo_uri: Option<String>,
    /// The client's privacy policy, linked where people sign in.
    #[schema(max_length = 2_000)]
    pub(crate) policy_uri: Option<String>,
    /// The client's terms of service, linked where people sign in.
    #[schema(max_length = 2_000)]
    pub(crate) tos_uri: Option<String>,
    /// Where a logout may send the browser; compared byte for byte.
    #[serde(default)]
    #[schema(max_items = 32)]
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// Where the client is told that a session ended (OpenID Connect Back-Channel Logout §2.2).
    #[schema(max_length = 2_000)]
    pub(crate) backchannel_logout_uri: Option<String>,
    /// Whether it wants a `sid` in logout tokens. They always have one.
    #[serde(default)]
    pub(crate) backchannel_logout_session_required: bool,
    /// The client's public keys, a JWK Set (RFC 7517 §5): for `private_key_jwt`. Not together with `jwks_uri`.
    #[schema(value_type = Option<Object>)]
    pub(crate) jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    #[schema(max_length = 2_000)]
    pub(crate) jwks_uri: Option<String>,
    /// How long ago a person may have signed in where a request says nothing, in seconds.
    pub(crate) default_max_age: Option<u32>,
    /// Those that it may ask for; all where empty.
    #[serde(default)]
    #[schema(value_type = Vec<ResponseModeName>)]
    pub(crate) response_modes: Vec<String>,
    /// What it may ask tokens for, beside the issuer itself (RFC 8707).
    #[serde(default)]
    #[schema(max_items = 32)]
    pub(crate) resources: Vec<String>,
    /// Whether it must send a PKCE challenge. Only a confidential client may have `false`. `true` where left out.
    pub(crate) require_pkce: Option<bool>,
    /// Whether its authorization requests must be pushed (RFC 9126 §6). `false` where left out, `true` with `fapi2`.
    pub(crate) require_pushed_authorization_requests: Option<bool>,
    /// Whether its access tokens are bound to a key (RFC 9449 §5.2). `false` where left out, `true` with `fapi2`.
    pub(crate) dpop_bound_access_tokens: Option<bool>,
    /// `fapi2`: the client keeps the FAPI 2.0 Security Profile. It needs `private_key_jwt`, and ID tokens of another algorithm
    /// than `RS256`.
    #[schema(value_type = Option<SecurityProfileName>)]
    pub(crate) security_profile: Option<String>,
}

impl From<&Client> for ClientRequest {
    fn from(client: &Client) -> Self {
        let answer = ClientAnswer::of(client.clone(), None);
        Self {
            client_name: answer.client_name,
            redirect_uris: answer.redirect_uris,
            grant_types: Some(answer.grant_types),
            // Follows from the grant types, which a patch may change.
            response_types: None,
            token_endpoint_auth_method: Some(answer.token_endpoint_auth_method),
            scope: Some(answer.scope),
            id_token_signed_response_alg: Some(answer.id_token_signed_response_alg),
            first_party: answer.first_party,
            wechat_appid: answer.wechat_appid,
            application_type: Some(answer.application_type.to_owned()),
            client_uri: answer.client_uri,
            logo_uri: answer.logo_uri,
            policy_uri: answer.policy_uri,
            tos_uri: answer.tos_uri,
            post_logout_redirect_uris: answer.post_logout_redirect_uris,
            backchannel_logout_uri: answer.backchannel_logout_uri,
            backchannel_logout_session_required: answer.backchannel_logout_session_required,
            jwks: answer.jwks,
            jwks_uri: answer.jwks_uri,
            default_max_age: answer.default_max_age,
            response_modes: answer.response_modes.into_iter().map(str::to_owned).collect(),
            resources: answer.resources,
            require_pkce: Some(answer.require_pkce),
            require_pushed_authorization_requests: Some(answer.require_pushed_authorization_requests),
            dpop_bound_access_tokens: Some(answer.dpop_bound_access_tokens),
            security_profile: answer.security_profile.map(str::to_owned),
        }
    }
}

/// A client as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
#[expect(clippy::struct_excessive_bools, reason = "the members are the standard's")]
pub(crate) struct ClientAnswer {
    /// The client's id.
    client_id: String,
    /// When it was registered, in seconds since 1970.
    client_id_issued_at: i64,
    /// The secret. Only where it is new: nobody can read it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Where there is a secret: 0, since it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    client_secret_expires_at: Option<i64>,
    /// A name for people to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    /// Where the authorization endpoint may send the browser.
    redirect_uris: Vec<String>,
    /// What the client may ask for at the token endpoint.
    #[schema(value_type = Vec<GrantTypeName>)]
    grant_types: Vec<String>,
    /// What it may ask for at the authorization endpoint.
    response_types: Vec<&'static str>,
    /// How it proves itself.
    #[schema(value_type = AuthMethodName)]
    token_endpoint_auth_method: String,
    /// The widest scope that it may have.
    scope: String,
    /// The JWS algorithm of its ID tokens.
    #[schema(value_type = AlgorithmName)]
    id_token_signed_response_alg: String,
    /// Whether it belongs to the tenant itself.
    first_party: bool,
    /// The WeChat app whose login codes it sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_appid: Option<String>,
    /// `web` or `native`.
    #[schema(value_type = ApplicationTypeName)]
    application_type: &'static str,
    /// The client's home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<String>,
    /// Shown where people sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<String>,
    /// The client's privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<String>,
    /// The client's terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<String>,
    /// Where a logout may send the browser.
    post_logout_redirect_uris: Vec<String>,
    /// Where the client is told that a session ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_uri: Option<String>,
    /// Whether it wants a `sid` in logout tokens.
    backchannel_logout_session_required: bool,
    /// The client's public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    /// How long ago a person may have signed in where a request says nothing, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_max_age: Option<u32>,
    /// Those that it may ask for; all where empty.
    #[schema(value_type = Vec<ResponseModeName>)]
    response_modes: Vec<&'static str>,
    /// What it may ask tokens for, beside the issuer itself.
    resources: Vec<String>,
    /// Whether it must send a PKCE challenge.
    require_pkce: bool,
    /// Whether its authorization requests must be pushed.
    require_pushed_authorization_requests: bool,
    /// Whether its access tokens are bound to a key.
    dpop_bound_access_tokens: bool,
    /// `fapi2` where it keeps the FAPI 2.0 Security Profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SecurityProfileName>)]
    security_profile: Option<&'static str>,
    /// When it was last replaced or patched.
    updated_at: DateTime<Utc>,
}

impl ClientAnswer {
    /// Shows a client, with its secret where that is new.
    pub(crate) fn of(client: Client, secret: Option<&SecretString>) -> Self {
        let code = client.may_use(GrantType::AuthorizationCode);
        let (jwks, jwks_uri) = match &client.authentication {
            ClientAuthentication::PrivateKeyJwt(ClientKeys::Inline(keys)) => (Some(keys.clone()), None),
            ClientAuthentication::PrivateKeyJwt(ClientKeys::Uri(uri)) => (None, Some(uri.to_string())),
            ClientAuthentication::None | ClientAuthentication::Secret { .. } => (None, None),
        };
        let details = client.details;
        let text = |url: Option<WebUrl>| url.map(|url| url.to_string());
        Self {
            application_type: details.application_type.as_str(),
            client_uri: text(details.client_uri),
            logo_uri: text(details.logo_uri),
            policy_uri: text(details.policy_uri),
            tos_uri: text(details.tos_uri),
            post_logout_redirect_uris: details
                .post_logout_redirect_uris
                .iter()
                .map(ToString::to_string)
                .collect(),
            backchannel_logout_uri: text(details.backchannel_logout_uri),
            backchannel_logout_session_required: details.backchannel_logout_session_required,
            jwks,
            jwks_uri,
            default_max_age: details.default_max_age,
            response_modes: details.response_modes.iter().map(|mode| mode.as_str()).collect(),
            resources: details.resources.iter().map(ToString::to_string).collect(),
            require_pkce: details.pkce == Pkce::Required,
            require_pushed_authorization_requests: details.require_pushed_authorization_requests,
            dpop_bound_access_tokens: details.dpop_bound_access_tokens,
            security_profile: (details.security_profile == SecurityProfile::Fapi2)
                .then(|| SecurityProfile::Fapi2.as_str()),
            client_id_issued_at: client.created_at.timestamp(),
            client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
            client_secret_expires_at: matches!(client.authentication, ClientAuthentication::Secret { .. })
                .then_some(0),
            client_name: client.name,
            redirect_uris: client.redirect_uris.iter().map(ToString::to_string).collect(),
            grant_types: client
                .grant_types
                .iter()
                .map(|grant| grant.as_str().to_owned())
                .collect(),
            response_types: if code { vec!["code"] } else { Vec::new() },
            token_endpoint_auth_method: client.authentication.method().as_str().to_owned(),
            scope: client.scope.to_string(),
            id_token_signed_response_alg: client.id_token_signed_response_alg.as_str().to_owned(),
            first_party: client.first_party,
            wechat_appid: client.wechat_appid.map(|appid| appid.to_string()),
            updated_at: client.updated_at,
            client_id: client.id.to_string(),
        }
    }
}
