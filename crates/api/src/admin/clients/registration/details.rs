//! What else a client is registered with, and the rules between those members: of public clients, and of FAPI 2.0.

use super::{Registration, distinct};
use crate::{admin::clients::body::ClientRequest, wire::Fields};
use hufu_core::{
    client::{
        ApplicationType, ClientAuthMethod, ClientDetails, GrantType, Pkce, RedirectUri, Resource,
        ResponseMode, SecurityProfile, WebUrl,
    },
    signing_key::SigningAlgorithm,
};

/// Rules of each member. `None` only where one that others depend on is broken.
pub(super) fn details(request: &ClientRequest, fields: &mut Fields) -> Option<ClientDetails> {
    let mut url = |pointer: &str, given: Option<&String>| {
        fields.keep_optional(pointer, given.map(|text| WebUrl::parse(text)))
    };
    let client_uri = url("/client_uri", request.client_uri.as_ref());
    let logo_uri = url("/logo_uri", request.logo_uri.as_ref());
    let policy_uri = url("/policy_uri", request.policy_uri.as_ref());
    let tos_uri = url("/tos_uri", request.tos_uri.as_ref());
    let backchannel_logout_uri = url("/backchannel_logout_uri", request.backchannel_logout_uri.as_ref());
    let kind = request.application_type.as_deref();
    let kind = kind.map_or(Ok(ApplicationType::Web), ApplicationType::parse);
    let application_type = fields.keep("/application_type", kind);
    let profile = request.security_profile.as_deref();
    let profile = profile.map_or(Ok(SecurityProfile::Standard), SecurityProfile::parse);
    let security_profile = fields.keep("/security_profile", profile);
    let post_logout_redirect_uris = distinct(
        &request.post_logout_redirect_uris,
        "/post_logout_redirect_uris",
        RedirectUri::parse,
        fields,
    );
    let response_modes = distinct(
        &request.response_modes,
        "/response_modes",
        ResponseMode::parse,
        fields,
    );
    let resources = distinct(&request.resources, "/resources", Resource::parse, fields);
    let is_fapi = security_profile == Some(SecurityProfile::Fapi2);
    Some(ClientDetails {
        application_type: application_type?,
        client_uri,
        logo_uri,
        policy_uri,
        tos_uri,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        backchannel_logout_session_required: request.backchannel_logout_session_required,
        default_max_age: request.default_max_age,
        response_modes,
        resources,
        pkce: if request.require_pkce == Some(false) {
            Pkce::Optional
        } else {
            Pkce::Required
        },
        require_pushed_authorization_requests: (request.require_pushed_authorization_requests)
            .unwrap_or(is_fapi),
        dpop_bound_access_tokens: request.dpop_bound_access_tokens.unwrap_or(is_fapi),
        security_profile: security_profile?,
    })
}

/// Rules between members.
pub(super) fn rules(registration: &Registration, fields: &mut Fields) {
    let details = &registration.details;
    if details.pkce == Pkce::Optional && registration.method == ClientAuthMethod::None {
        // RFC 9700 §2.1.1
        fields.refuse("/require_pkce", "must not be false: the client is public");
    }
    if details.is_fapi() {
        fapi(registration, fields);
    }
}

/// FAPI 2.0 Security Profile §5.3.
fn fapi(registration: &Registration, fields: &mut Fields) {
    let details = &registration.details;
    let has = |grant| registration.grant_types.contains(&grant);
    for (holds, pointer, rule) in [
        (
            registration.method == ClientAuthMethod::PrivateKeyJwt,
            "/token_endpoint_auth_method",
            "must be private_key_jwt: security_profile is fapi2",
        ),
        (
            registration.alg != SigningAlgorithm::Rs256,
            "/id_token_signed_response_alg",
            "must not be RS256: security_profile is fapi2",
        ),
        (
            details.pkce == Pkce::Required,
            "/require_pkce",
            "must not be false: security_profile is fapi2",
        ),
        (
            details.require_pushed_authorization_requests,
            "/require_pushed_authorization_requests",
            "must not be false: security_profile is fapi2",
        ),
        (
            details.dpop_bound_access_tokens,
            "/dpop_bound_access_tokens",
            "must not be false: security_profile is fapi2",
        ),
        (
            !has(GrantType::WechatCode),
            "/grant_types",
            "must not have urn:hufu:grant-type:wechat-code: security_profile is fapi2",
        ),
    ] {
        if !holds {
            fields.refuse(pointer, rule);
        }
    }
}
