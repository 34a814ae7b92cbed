//! Metadata of an issuer: OpenID Connect Discovery 1.0 §3 and RFC 8414 §2, one document for both.
//!
//! It says what this version does, no more: the members of endpoints that are not there yet are absent.

use crate::{id_token, issuer::Issuer, jws, token};
use hufu_core::{
    authorization::Prompt,
    authorization::claims,
    client::{ClientAuthMethod, ResponseMode},
    registration::DynamicRegistration,
    scope,
    signing_key::SigningAlgorithm,
};
use serde::Serialize;

/// The document.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the members are the standard's")]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    pushed_authorization_request_endpoint: String,
    end_session_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    authorization_challenge_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    scopes_supported: Vec<&'static str>,
    response_types_supported: Vec<&'static str>,
    response_modes_supported: Vec<&'static str>,
    prompt_values_supported: Vec<&'static str>,
    ui_locales_supported: Vec<&'static str>,
    acr_values_supported: Vec<&'static str>,
    claim_types_supported: Vec<&'static str>,
    require_pushed_authorization_requests: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    grant_types_supported: Vec<&'static str>,
    code_challenge_methods_supported: Vec<&'static str>,
    subject_types_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    dpop_signing_alg_values_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_object_signing_alg_values_supported: Vec<&'static str>,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// The metadata of an issuer.
    pub fn of(issuer: &Issuer) -> Self {
        let url = &issuer.url;
        let methods = |confidential: bool| {
            ClientAuthMethod::ALL
                .into_iter()
                .filter(|method| !confidential || *method != ClientAuthMethod::None)
                .map(ClientAuthMethod::as_str)
                .collect::<Vec<_>>()
        };
        Self {
            issuer: url.clone(),
            authorization_endpoint: format!("{url}/authorize"),
            pushed_authorization_request_endpoint: format!("{url}/par"),
            end_session_endpoint: format!("{url}/logout"),
            token_endpoint: format!("{url}/token"),
            device_authorization_endpoint: format!("{url}/device_authorization"),
            authorization_challenge_endpoint: format!("{url}/authorize-challenge"),
            userinfo_endpoint: format!("{url}/userinfo"),
            jwks_uri: format!("{url}/jwks"),
            introspection_endpoint: format!("{url}/introspect"),
            revocation_endpoint: format!("{url}/revoke"),
            registration_endpoint: (issuer.tenant.settings.dynamic_registration != DynamicRegistration::Off)
                .then(|| format!("{url}/register")),
            scopes_supported: scope::KNOWN.to_vec(),
            // The only one that will ever be here (RFC 9700 §2.1.2).
            response_types_supported: vec!["code"],
            response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str).to_vec(),
            prompt_values_supported: Prompt::ALL.map(Prompt::as_str).to_vec(),
            ui_locales_supported: vec!["zh-CN", "en"],
            acr_values_supported: id_token::ACR_VALUES.to_vec(),
            claim_types_supported: vec!["normal"],
            require_pushed_authorization_requests: false,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            grant_types_supported: token::supported(),
            code_challenge_methods_supported: vec!["S256"],
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: SigningAlgorithm::ALL
                .map(SigningAlgorithm::as_str)
                .to_vec(),
            token_endpoint_auth_methods_supported: methods(false),
            introspection_endpoint_auth_methods_supported: methods(true),
            revocation_endpoint_auth_methods_supported: methods(false),
            token_endpoint_auth_signing_alg_values_supported: jws::supported(),
            introspection_endpoint_auth_signing_alg_values_supported: jws::supported(),
            revocation_endpoint_auth_signing_alg_values_supported: jws::supported(),
            dpop_signing_alg_values_supported: jws::supported(),
            claims_supported: claims_supported(),
            claims_parameter_supported: true,
            request_parameter_supported: false,
            // For clients that look here for what signatures are understood: request objects themselves are refused.
            request_object_signing_alg_values_supported: jws::supported(),
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        }
    }
}

/// All claims that this version tells, in ID tokens or by userinfo.
fn claims_supported() -> Vec<&'static str> {
    let protocol = ["at_hash", "aud", "exp", "iat", "iss", "nonce", "sid", "sub"];
    let wechat = ["wechat_openid", "wechat_unionid"];
    let by_scope = scope::KNOWN.into_iter().flat_map(claims::claims_of);
    let mut all: Vec<_> = protocol.into_iter().chain(wechat).chain(by_scope).collect();
    all.sort_unstable();
    all
}
