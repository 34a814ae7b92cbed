//! Clients on the wire: the members of RFC 7591 §2 and §3.2.1, and two of ours.

use crate::openapi::names::{AlgorithmName, AuthMethodName, GrantTypeName};
use chrono::{DateTime, Utc};
use hufu_core::client::{Client, GrantType};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a client.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct ClientPath {
    /// The client's id, which the operator chooses. It may not begin with `usr_`.
    #[param(pattern = "^[0-9A-Za-z._-]{1,64}$", example = "tea-shop")]
    client_id: String,
}

/// A client as it is to be. Members of RFC 7591 that are not here are not supported, and refused.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientRequest {
    /// A name for people to read.
    #[schema(min_length = 1, max_length = 100, example = "Tea Shop")]
    pub(super) client_name: Option<String>,
    /// Where the authorization endpoint may send the browser: `https`, `http` on loopback, or an app's own scheme with a
    /// dot in it; no fragment. Compared byte for byte. A client with `authorization_code` needs one, unless it is first-party
    /// and gets its codes from `POST …/authorize-challenge` only.
    #[serde(default)]
    #[schema(max_items = 32)]
    pub(super) redirect_uris: Vec<String>,
    /// `authorization_code` (the default), `refresh_token`, `client_credentials`,
    /// `urn:hufu:grant-type:wechat-code`.
    #[schema(value_type = Option<Vec<GrantTypeName>>)]
    #[schema(example = json!(["urn:hufu:grant-type:wechat-code", "refresh_token"]))]
    pub(super) grant_types: Option<Vec<String>>,
    /// `code` where `authorization_code` is among the grant types, else nothing; follows from them where left out.
    pub(super) response_types: Option<Vec<String>>,
    /// `client_secret_basic` (the default), `client_secret_post`, or `none` for a public client.
    #[schema(value_type = Option<AuthMethodName>, example = "none")]
    pub(super) token_endpoint_auth_method: Option<String>,
    /// The widest scope that the client may have, and the one that it gets where it asks for none, separated by blanks:
    /// of `account address email offline_access openid phone profile wechat`. `openid` where left out; nothing for a
    /// client that only uses `client_credentials`.
    #[schema(example = "openid offline_access")]
    pub(super) scope: Option<String>,
    /// `ES256` (the default) or `RS256`.
    #[schema(value_type = Option<AlgorithmName>)]
    pub(super) id_token_signed_response_alg: Option<String>,
    /// Whether the client belongs to the tenant itself. Only such clients may handle proofs of a person.
    #[serde(default)]
    pub(super) first_party: bool,
    /// The WeChat app whose login codes the client sends; one of the tenant's.
    #[schema(pattern = "^wx[0-9a-f]{16}$")]
    pub(super) wechat_appid: Option<String>,
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
        }
    }
}

/// A client as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub(super) struct ClientAnswer {
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
    /// When it was last replaced or patched.
    updated_at: DateTime<Utc>,
}

impl ClientAnswer {
    /// Shows a client, with its secret where that is new.
    pub(super) fn of(client: Client, secret: Option<&SecretString>) -> Self {
        let code = client.may_use(GrantType::AuthorizationCode);
        Self {
            client_id_issued_at: client.created_at.timestamp(),
            client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
            client_secret_expires_at: client.has_secret().then_some(0),
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
