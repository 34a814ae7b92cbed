//! Metadata of an issuer: OpenID Connect Discovery 1.0 §3 and RFC 8414 §2, one document for both.
//!
//! It says what this version does, no more: the members of endpoints that are not there yet are absent.

use crate::{issuer::Issuer, token};
use hufu_core::{client::ClientAuthMethod, scope, signing_key::SigningAlgorithm};
use serde::Serialize;

/// The document.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the members are the standard's")]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    authorization_challenge_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: Vec<&'static str>,
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    code_challenge_methods_supported: Vec<&'static str>,
    subject_types_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

/// The scopes that this version gives claims or tokens for.
const SCOPES: [&str; 6] = [
    "account",
    "offline_access",
    "openid",
    "phone",
    "profile",
    "wechat",
];

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
            // Discovery §3 requires the member. The endpoint answers, and offers no response type yet.
            authorization_endpoint: format!("{url}/authorize"),
            token_endpoint: format!("{url}/token"),
            authorization_challenge_endpoint: format!("{url}/authorize-challenge"),
            userinfo_endpoint: format!("{url}/userinfo"),
            jwks_uri: format!("{url}/jwks"),
            introspection_endpoint: format!("{url}/introspect"),
            revocation_endpoint: format!("{url}/revoke"),
            scopes_supported: scope::KNOWN
                .into_iter()
                .filter(|name| SCOPES.contains(name))
                .collect(),
            // RFC 8414 §2 requires a value, and `code` is the only one that will ever be here.
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query"],
            grant_types_supported: token::supported(),
            code_challenge_methods_supported: vec!["S256"],
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: SigningAlgorithm::ALL
                .map(SigningAlgorithm::as_str)
                .to_vec(),
            token_endpoint_auth_methods_supported: methods(false),
            introspection_endpoint_auth_methods_supported: methods(true),
            revocation_endpoint_auth_methods_supported: methods(false),
            claims_supported: vec![
                "aud",
                "auth_time",
                "amr",
                "at_hash",
                "exp",
                "iat",
                "iss",
                "locale",
                "nickname",
                "phone_number",
                "phone_number_verified",
                "picture",
                "preferred_username",
                "sid",
                "sub",
                "updated_at",
                "wechat_openid",
                "wechat_unionid",
            ],
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        }
    }
}
