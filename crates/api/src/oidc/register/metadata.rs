//! What a client says of itself, as a request that an operator could have made.

use super::refused::Registering;
use crate::admin::clients::body::ClientRequest;
use hufu_core::{client::GrantType, scope::Scope, settings::Settings};
use serde_json::{Map, Value};

/// Members that count.
const SUPPORTED: [&str; 23] = [
    "application_type",
    "backchannel_logout_session_required",
    "backchannel_logout_uri",
    "client_name",
    "client_uri",
    "default_max_age",
    "dpop_bound_access_tokens",
    "grant_types",
    "id_token_signed_response_alg",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "policy_uri",
    "post_logout_redirect_uris",
    "redirect_uris",
    "require_pkce",
    "require_pushed_authorization_requests",
    "response_modes",
    "response_types",
    "scope",
    "security_profile",
    "token_endpoint_auth_method",
    "tos_uri",
];

/// Members that ask for what Hufu cannot do: passing over them would promise it.
const UNSUPPORTED: [&str; 17] = [
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "authorization_signed_response_alg",
    "frontchannel_logout_uri",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "introspection_signed_response_alg",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "request_object_signing_alg",
    "request_uris",
    "sector_identifier_uri",
    "software_statement",
    "tls_client_auth_subject_dn",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "userinfo_signed_response_alg",
];

/// Members that are the server's to say.
const OURS: [&str; 5] = [
    "client_id",
    "client_secret",
    "first_party",
    "resources",
    "wechat_appid",
];

/// The grants of clients that nobody has looked at.
const GRANTS: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// Reads a body. Members that nobody knows are passed over, as are those that are `null` (RFC 7591 §2).
pub(super) fn wanted(body: &[u8], settings: &Settings) -> Result<ClientRequest, Registering> {
    let Ok(Value::Object(given)) = serde_json::from_slice(body) else {
        return Err(Registering::metadata("", "the body must be a JSON object"));
    };
    let mut given: Map<_, _> = given.into_iter().filter(|(_, value)| !value.is_null()).collect();
    for member in UNSUPPORTED.iter().chain(&OURS[2..]) {
        if given.contains_key(*member) {
            return Err(Registering::metadata(member, "is not supported"));
        }
    }
    if given.get("subject_type").is_some_and(|kind| kind != "public") {
        return Err(Registering::metadata("subject_type", "must be public"));
    }
    // Keys that prove nothing are kept nowhere.
    if given.get("token_endpoint_auth_method") != Some(&Value::from("private_key_jwt")) {
        given.remove("jwks");
        given.remove("jwks_uri");
    }
    given.retain(|member, _| SUPPORTED.contains(&member.as_str()));
    let request: ClientRequest = serde_path_to_error::deserialize(Value::Object(given))
        .map_err(|error| Registering::metadata(&error.path().to_string(), "is not of the right type"))?;
    scoped(granted(request)?, settings)
}

fn granted(request: ClientRequest) -> Result<ClientRequest, Registering> {
    let allowed = |grant: &String| GRANTS.iter().any(|known| known.as_str() == grant);
    if request.grant_types.iter().flatten().all(allowed) {
        Ok(request)
    } else {
        Err(Registering::metadata(
            "grant_types",
            "must be of authorization_code and refresh_token",
        ))
    }
}

/// Within the tenant's list; all of it where the client names nothing.
fn scoped(request: ClientRequest, settings: &Settings) -> Result<ClientRequest, Registering> {
    let widest = settings.dynamic_registration_scope.scope().unwrap_or_default();
    let scope = match &request.scope {
        None => widest,
        Some(text) => match Scope::parse(text) {
            Ok(scope) if scope.is_subset(&widest) => scope,
            _ => {
                return Err(Registering::metadata("scope", "is wider than the tenant allows"));
            }
        },
    };
    Ok(ClientRequest {
        scope: Some(scope.to_string()),
        ..request
    })
}
