//! Every rule of a registration, by the pointer that it answers with.

use super::*;
use serde_json::{Value, json};

fn registered(request: Value) -> Result<Registration, String> {
    let request: ClientRequest = serde_json::from_value(request).unwrap();
    check(&request, WechatAppKnown::Yes).map_err(|problem| format!("{problem:?}"))
}

fn refused(request: Value) -> String {
    registered(request).unwrap_err()
}

fn wechat() -> Value {
    json!({
        "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "first_party": true,
        "wechat_appid": "wxde30000000000001",
        "scope": "openid offline_access",
    })
}

fn wechat_with(name: &str, value: Value) -> Value {
    let mut request = wechat();
    request[name] = value;
    request
}

#[test]
fn rfc7591_2_defaults() {
    let client = registered(json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap();
    assert_eq!(client.method, ClientAuthMethod::ClientSecretBasic);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.scope.to_string(), "openid");
    assert_eq!(client.alg, SigningAlgorithm::Es256);
    assert!(!client.first_party);
}

#[test]
fn a_mini_program_needs_no_redirection() {
    assert!(registered(wechat()).is_ok());
}

#[test]
fn a_first_party_client_gets_codes_without_redirection_and_no_other_does() {
    let grants = json!([
        "authorization_code",
        "refresh_token",
        "urn:hufu:grant-type:wechat-code"
    ]);
    let mut request = wechat_with("grant_types", grants);
    let client = registered(request.clone()).unwrap();
    assert!(client.grant_types.contains(&GrantType::AuthorizationCode) && client.redirect_uris.is_empty());
    request["response_types"] = json!(["code"]);
    assert!(registered(request.clone()).is_ok());
    request["response_types"] = json!([]);
    assert!(refused(request).contains("#/response_types"));
    for first_party in [true, false] {
        let request = json!({"grant_types": ["authorization_code"], "first_party": first_party});
        assert_eq!(registered(request).is_ok(), first_party);
    }
}

#[test]
fn a_service_has_no_scope_of_its_own() {
    let client = registered(json!({"grant_types": ["client_credentials"]})).unwrap();
    assert!(client.scope.is_empty());
}

#[test]
fn each_rule_points_at_its_member() {
    for (request, pointer) in [
        (json!({}), "#/redirect_uris"),
        (
            json!({"redirect_uris": ["http://rp.example/"]}),
            "#/redirect_uris/0",
        ),
        (
            json!({"redirect_uris": ["https://rp.example/\u{0}"]}),
            "#/redirect_uris/0",
        ),
        (
            json!({"redirect_uris": ["https://a.example/", "https://a.example/"]}),
            "#/redirect_uris/1",
        ),
        (
            json!({"redirect_uris": vec!["https://a.example/"; 33]}),
            "#/redirect_uris",
        ),
        (wechat_with("client_name", json!("a\u{0}b")), "#/client_name"),
        (wechat_with("grant_types", json!([])), "#/grant_types"),
        (wechat_with("grant_types", json!(["password"])), "#/grant_types/0"),
        (
            wechat_with("grant_types", json!(["refresh_token"])),
            "#/grant_types",
        ),
        (
            wechat_with("grant_types", json!(["client_credentials"])),
            "#/token_endpoint_auth_method",
        ),
        (
            wechat_with("token_endpoint_auth_method", json!("private_key_jwt")),
            "#/token_endpoint_auth_method",
        ),
        (wechat_with("first_party", json!(false)), "#/first_party"),
        (wechat_with("wechat_appid", Value::Null), "#/wechat_appid"),
        (wechat_with("wechat_appid", json!("wx1")), "#/wechat_appid"),
        (wechat_with("scope", json!("openid admin")), "#/scope"),
        (
            wechat_with("id_token_signed_response_alg", json!("none")),
            "#/id_token_signed_response_alg",
        ),
        (wechat_with("response_types", json!(["code"])), "#/response_types"),
        (
            wechat_with("response_types", json!(["token"])),
            "#/response_types",
        ),
    ] {
        let problem = refused(request.clone());
        assert!(problem.contains(&format!("{pointer:?}")), "{request}: {problem}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let problem = refused(json!({
        "client_name": "",
        "grant_types": ["authorization_code", "urn:hufu:grant-type:wechat-code", "implicit"],
        "scope": "root",
    }));
    for pointer in ["#/client_name", "#/grant_types/2", "#/scope"] {
        assert!(problem.contains(&format!("{pointer:?}")), "{problem}");
    }
}

#[test]
fn the_wechat_app_must_be_the_tenants() {
    let request: ClientRequest = serde_json::from_value(wechat()).unwrap();
    let problem = check(&request, WechatAppKnown::No).unwrap_err();
    assert!(format!("{problem:?}").contains("#/wechat_appid"));
}

#[test]
fn what_is_not_supported_is_refused() {
    for member in [
        "jwks",
        "jwks_uri",
        "client_uri",
        "software_statement",
        "post_logout_redirect_uris",
    ] {
        assert!(
            serde_json::from_value::<ClientRequest>(json!({member: "x"})).is_err(),
            "{member}"
        );
    }
}
