//! The shapes of a tenant's endpoints, for the OpenAPI document. The values themselves are `hufu-oauth`'s, which knows
//! nothing of OpenAPI; the black-box tests hold the two together.

#![expect(dead_code, reason = "these types are read by the document's generator only")]

use crate::openapi::{names::ReasonName, profile::StandardClaims};
use utoipa::ToSchema;

/// An error (RFC 6749 §5.2).
#[derive(ToSchema)]
pub(crate) struct OAuthError {
    /// The code.
    #[schema(example = "invalid_grant")]
    error: String,
    /// For the developer of the client.
    error_description: String,
    /// What the client can act on.
    #[schema(value_type = Option<ReasonName>)]
    reason: Option<String>,
    /// What the client may show to the person, in Chinese or English by `Accept-Language`. There where `reason` is.
    message: Option<String>,
    /// With `insufficient_authorization`: what the next step, at the authorization challenge endpoint, must come with.
    auth_session: Option<String>,
    /// With `insufficient_authorization`: what the person may prove next, any one of `wechat` (`js_code`), `phone` (`phone` and then
    /// `otp`; or `phone_code`), `account` (`username` and `password`; new ones with `prompt=create`) and `otp`.
    #[schema(example = json!(["otp"]))]
    next: Option<Vec<String>>,
}

/// A step of a login.
#[derive(ToSchema)]
pub(super) struct ChallengeRequest {
    /// `code`.
    #[schema(example = "code")]
    response_type: String,
    /// The client, unless the `Authorization` header or `auth_session` names it.
    #[schema(example = "demo-shop")]
    client_id: Option<String>,
    /// The secret of a confidential client, unless the `Authorization` header has it.
    client_secret: Option<String>,
    /// The SHA-256 of the code verifier in base64url (RFC 7636 §4.2). Where several steps send one, the last counts.
    #[schema(example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    code_challenge: Option<String>,
    /// `S256`.
    #[schema(example = "S256")]
    code_challenge_method: Option<String>,
    /// Space-separated; at most what the client is registered for, which is also what it gets without it.
    scope: Option<String>,
    /// What the step before was answered with. Each is good for one step.
    auth_session: Option<String>,
    /// What `wx.login` gave.
    js_code: Option<String>,
    /// What the getPhoneNumber button gave (`e.detail.code`), with `js_code` or after it.
    phone_code: Option<String>,
    /// A username: 3 to 64 letters, digits, `.`, `_` and `-`; upper and lower case are the same.
    username: Option<String>,
    /// Its password.
    password: Option<String>,
    /// `create`: username and password are new ones, for a new user or for the one that the other proofs are of.
    prompt: Option<String>,
    /// A mobile phone number: a code is sent there. Without country calling code it is of the mainland of China.
    #[schema(example = "13800138000")]
    phone: Option<String>,
    /// The code that came.
    otp: Option<String>,
    /// The documents that the person has accepted: `name:version`, separated by spaces.
    #[schema(example = "privacy:2026-11-01 terms:3")]
    consent: Option<String>,
}

/// A complete login.
#[derive(ToSchema)]
pub(super) struct ChallengeResponse {
    /// For the token endpoint: good for a minute, once, with the `code_verifier` and without `redirect_uri`.
    authorization_code: String,
}

/// A token request. Which members count is said by `grant_type`.
#[derive(ToSchema)]
pub(super) struct TokenRequest {
    /// `authorization_code`, `urn:hufu:grant-type:wechat-code`, `refresh_token`, `client_credentials`,
    /// `urn:ietf:params:oauth:grant-type:token-exchange` or `urn:ietf:params:oauth:grant-type:device_code`.
    #[schema(example = "urn:hufu:grant-type:wechat-code")]
    grant_type: String,
    /// The client, unless the `Authorization` header names it.
    #[schema(example = "demo-shop")]
    client_id: Option<String>,
    /// The secret of a confidential client, unless the `Authorization` header has it.
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with `client_assertion`.
    client_assertion_type: Option<String>,
    /// A JWT signed with the client's own key, for `private_key_jwt` (RFC 7523 §2.2): `aud` is the issuer, and it counts once.
    client_assertion: Option<String>,
    /// For which resource the access token is: one that was authorized (RFC 8707 §2.2), or the issuer.
    resource: Option<String>,
    /// For the token exchange: another name of `resource` (RFC 8693 §2.1).
    audience: Option<String>,
    /// For the token exchange: a live access token of this issuer.
    subject_token: Option<String>,
    /// For the token exchange: `urn:ietf:params:oauth:token-type:access_token`.
    subject_token_type: Option<String>,
    /// For the token exchange: the access token of whoever acts, where that is not the client.
    actor_token: Option<String>,
    /// With `actor_token`: `urn:ietf:params:oauth:token-type:access_token`.
    actor_token_type: Option<String>,
    /// What `wx.login` gave; for `urn:hufu:grant-type:wechat-code`.
    js_code: Option<String>,
    /// What the getPhoneNumber button gave (`e.detail.code`); beside `js_code`, to prove a phone in the same login.
    phone_code: Option<String>,
    /// With `js_code`: the documents that the person has accepted, `name:version`, separated by spaces.
    consent: Option<String>,
    /// For `authorization_code`: what the authorization challenge endpoint gave.
    code: Option<String>,
    /// For `authorization_code` (RFC 7636 §4.5).
    code_verifier: Option<String>,
    /// For `urn:ietf:params:oauth:grant-type:device_code`: what the device authorization endpoint gave.
    device_code: Option<String>,
    /// For `refresh_token`.
    refresh_token: Option<String>,
    /// Space-separated; at most what the client is registered for, which is also what it gets without it.
    #[schema(example = "openid offline_access")]
    scope: Option<String>,
}

/// Tokens (RFC 6749 §5.1).
#[derive(ToSchema)]
pub(super) struct TokenResponse {
    /// A JWT of RFC 9068, at most 1 KB.
    access_token: String,
    /// `Bearer`, or `DPoP` where the request came with a proof of possession: the token is bound to its key.
    token_type: String,
    /// Seconds.
    expires_in: u32,
    /// Where the client is registered for `refresh_token`. A new one comes with each refresh.
    refresh_token: Option<String>,
    /// Where the scope has `openid`.
    id_token: Option<String>,
    /// After a token exchange: `urn:ietf:params:oauth:token-type:access_token`.
    issued_token_type: Option<String>,
    /// What was granted.
    scope: Option<String>,
}

/// A token to ask about or to revoke (RFC 7009 §2.1, RFC 7662 §2.1).
#[derive(ToSchema)]
pub(super) struct TokenReference {
    /// An access token or a refresh token.
    token: String,
    /// Not needed: the two cannot be mistaken for each other.
    token_type_hint: Option<String>,
    /// The client, unless the `Authorization` header names it.
    client_id: Option<String>,
    /// The secret of a confidential client, unless the `Authorization` header has it.
    client_secret: Option<String>,
}

/// What a token says (RFC 7662 §2.2). All but `active` are absent for a token that is not alive.
#[derive(ToSchema)]
pub(super) struct Introspection {
    /// Whether the token is alive.
    active: bool,
    /// How far it goes.
    scope: Option<String>,
    /// To whom it was issued.
    client_id: Option<String>,
    /// `Bearer` or `DPoP` for an access token.
    token_type: Option<String>,
    /// Unix seconds.
    exp: Option<i64>,
    /// Unix seconds.
    iat: Option<i64>,
    /// The user, or the client where it acts for itself.
    sub: Option<String>,
    /// The resource.
    aud: Option<String>,
    /// The issuer.
    iss: Option<String>,
    /// The token's id.
    jti: Option<String>,
    /// The session.
    sid: Option<String>,
    /// When the user proved who they are, Unix seconds.
    auth_time: Option<i64>,
    /// How.
    amr: Option<Vec<String>>,
    /// The key that the token is bound to: `{"jkt": …}` (RFC 9449 §6.2).
    #[schema(value_type = Option<Object>)]
    cnf: Option<Object>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[schema(value_type = Option<Object>)]
    act: Option<Object>,
}

/// Claims about a user.
#[derive(ToSchema)]
pub(super) struct UserInfo {
    /// The user.
    sub: String,
    /// With scope `phone`: the number in E.164.
    #[schema(example = "+8613800138000")]
    phone_number: Option<String>,
    /// With scope `phone`: `true`; Hufu keeps no number that was not verified.
    phone_number_verified: Option<bool>,
    /// With scope `profile`: what the user calls themselves.
    nickname: Option<String>,
    /// With scope `profile`: an `https` URL.
    picture: Option<String>,
    /// With scope `profile`: a language tag.
    #[schema(example = "zh-CN")]
    locale: Option<String>,
    /// With scope `profile`: the username, where the user has one.
    preferred_username: Option<String>,
    /// With scope `profile`: when the profile was last changed, Unix seconds.
    updated_at: Option<i64>,
    /// With scope `wechat`: the openid in the client's own WeChat app.
    wechat_openid: Option<String>,
    /// With scope `wechat`: the unionid that came with it.
    wechat_unionid: Option<String>,
    /// The others, each with its scope.
    #[schema(inline)]
    #[serde(flatten)]
    claims: StandardClaims,
}

/// An access token in a form (RFC 6750 §2.2).
#[derive(ToSchema)]
pub(super) struct AccessTokenInForm {
    /// The token.
    access_token: Option<String>,
}

/// An authorization request (RFC 6749 §4.1.1).
#[derive(ToSchema)]
pub(super) struct AuthorizationRequest {
    /// The client.
    client_id: Option<String>,
    /// One of those registered, byte for byte.
    redirect_uri: Option<String>,
    /// `code`.
    response_type: Option<String>,
    /// `query` (the default) or `form_post`.
    response_mode: Option<String>,
    /// Space-separated; at most what the client is registered for.
    scope: Option<String>,
    /// Comes back as it was sent.
    state: Option<String>,
    /// Comes back in the ID token.
    nonce: Option<String>,
    /// The SHA-256 of the code verifier in base64url (RFC 7636 §4.2).
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
    /// `none`, or of `login consent select_account create`.
    prompt: Option<String>,
    /// How long ago the person may have proved who they are, in seconds.
    max_age: Option<String>,
    /// Claims by name (OpenID Connect Core §5.5).
    claims: Option<String>,
    /// The secret of a confidential client that pushes the request, unless the `Authorization` header has it.
    client_secret: Option<String>,
}

/// Where a pushed request is kept (RFC 9126 §2.2).
#[derive(ToSchema)]
pub(super) struct PushedResponse {
    /// What the browser brings to the authorization endpoint.
    request_uri: String,
    /// Seconds.
    #[schema(example = 600)]
    expires_in: u32,
}

/// A device authorization request (RFC 8628 §3.1).
#[derive(ToSchema)]
pub(super) struct DeviceRequest {
    /// The client, unless the `Authorization` header names it.
    #[schema(example = "demo-tv")]
    client_id: Option<String>,
    /// The secret of a confidential client, unless the `Authorization` header has it.
    client_secret: Option<String>,
    /// Space-separated; at most what the client is registered for, which is also what it gets without it, but for
    /// `offline_access`.
    #[schema(example = "openid profile offline_access")]
    scope: Option<String>,
    /// What tokens are to be for, beside the issuer (RFC 8707 §2). May be repeated.
    resource: Option<String>,
}

/// The codes of a device (RFC 8628 §3.2).
#[derive(ToSchema)]
pub(super) struct DeviceResponse {
    /// What the device asks with at the token endpoint.
    device_code: String,
    /// What the person types.
    #[schema(example = "WDJB-MJHT")]
    user_code: String,
    /// Where they type it.
    #[schema(example = "https://id.example.com/t/demo/device")]
    verification_uri: String,
    /// The same with the code in it, for a QR code.
    #[schema(example = "https://id.example.com/t/demo/device?user_code=WDJB-MJHT")]
    verification_uri_complete: String,
    /// Seconds.
    #[schema(example = 600)]
    expires_in: u32,
    /// Seconds from one question to the next.
    #[schema(example = 5)]
    interval: u32,
}

/// A logout request (OpenID Connect RP-Initiated Logout §2).
#[derive(ToSchema)]
pub(super) struct LogoutRequest {
    /// An ID token of the client's, expired or not.
    id_token_hint: Option<String>,
    /// To which client the hint was issued.
    client_id: Option<String>,
    /// One of those registered, byte for byte.
    post_logout_redirect_uri: Option<String>,
    /// Comes back as it was sent.
    state: Option<String>,
}

/// A JWK Set (RFC 7517 §5).
#[derive(ToSchema)]
pub(super) struct Jwks {
    /// Public keys, each with a distinct `kid`.
    keys: Vec<Object>,
}

/// Metadata (OpenID Connect Discovery §3, RFC 8414 §2): the members that a client always needs.
#[derive(ToSchema)]
pub(super) struct Metadata {
    /// `iss` of all tokens.
    #[schema(example = "https://id.example.com/t/demo")]
    issuer: String,
    /// RFC 6749 §3.2.
    token_endpoint: String,
    /// OAuth 2.0 for First-Party Applications.
    authorization_challenge_endpoint: String,
    /// OpenID Connect Core §5.3.
    userinfo_endpoint: String,
    /// RFC 7517 §5.
    jwks_uri: String,
    /// RFC 7662.
    introspection_endpoint: String,
    /// RFC 7009.
    revocation_endpoint: String,
    /// RFC 6749 §3.1.
    authorization_endpoint: String,
    /// Values of `grant_type`.
    grant_types_supported: Vec<String>,
    /// Signatures that are understood. Request objects themselves are refused: `request_parameter_supported` is `false`.
    request_object_signing_alg_values_supported: Vec<String>,
}

/// A JSON object.
#[derive(ToSchema)]
pub(super) struct Object {}
