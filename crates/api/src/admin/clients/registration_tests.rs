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
            wechat_with("token_endpoint_auth_method", json!("client_secret_jwt")),
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
        "software_statement",
        "request_uris",
        "sector_identifier_uri",
        "contacts",
        "userinfo_signed_response_alg",
    ] {
        assert!(
            serde_json::from_value::<ClientRequest>(json!({member: "x"})).is_err(),
            "{member}"
        );
    }
}

fn fapi() -> Value {
    json!({
        "redirect_uris": ["https://rp.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://rp.example/jwks",
        "id_token_signed_response_alg": "PS256",
        "security_profile": "fapi2",
    })
}

fn with(mut request: Value, name: &str, value: Value) -> Value {
    request[name] = value;
    request
}

#[test]
fn fapi_clients_keep_their_profile() {
    let client = registered(fapi()).unwrap();
    assert!(client.details.dpop_bound_access_tokens && client.details.require_pushed_authorization_requests);
    for (member, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("require_pkce", json!(false)),
        ("require_pushed_authorization_requests", json!(false)),
        ("dpop_bound_access_tokens", json!(false)),
        ("security_profile", json!("fapi3")),
    ] {
        let problem = refused(with(fapi(), member, value));
        assert!(
            problem.contains(&format!("\"#/{member}\"")),
            "{member}: {problem}"
        );
    }
}

#[test]
fn keys_are_public_and_of_known_kinds() {
    let request = |set: Value| {
        let mut request = with(fapi(), "jwks", set);
        request.as_object_mut().unwrap().remove("jwks_uri");
        request
    };
    let coordinate = "A".repeat(43);
    let modulus = |length: usize| format!("{}Q", "n".repeat(length - 1));
    let key = json!({"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate, "kid": "one"});
    assert!(registered(request(json!({"keys": [key]}))).is_ok());
    assert!(
        registered(request(
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": coordinate}]})
        ))
        .is_ok()
    );
    assert!(
        registered(request(
            json!({"keys": [{"kty": "RSA", "n": modulus(342), "e": "AQAB"}]})
        ))
        .is_ok()
    );
    for set in [
        json!({}),
        json!([]),
        json!({"keys": []}),
        json!({"keys": vec![key.clone(); 17]}),
        json!({"keys": ["x"]}),
        json!({"keys": [with(key.clone(), "d", json!("eA"))]}),
        json!({"keys": [{"kty": "oct", "k": "eA"}]}),
        json!({"keys": [{"kty": "RSA", "n": modulus(340), "e": "AQAB"}]}),
        json!({"keys": [{"kty": "EC", "crv": "P-521", "x": coordinate, "y": coordinate}]}),
        json!({"keys": [with(key.clone(), "use", json!("enc"))]}),
        json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "e A", "y": "eQ"}]}),
    ] {
        let problem = refused(request(set.clone()));
        assert!(problem.contains("\"#/jwks\""), "{set}: {problem}");
    }
    let both = with(fapi(), "jwks", json!({"keys": [key]}));
    assert!(refused(both).contains("\"#/jwks_uri\""));
    let unused = json!({"redirect_uris": ["https://rp.example/cb"], "jwks_uri": "https://rp.example/jwks"});
    assert!(refused(unused).contains("\"#/jwks_uri\""));
    let missing = with(fapi(), "jwks_uri", Value::Null);
    assert!(refused(missing).contains("\"#/token_endpoint_auth_method\""));
}

#[test]
fn other_metadata_has_its_rules() {
    for (member, value, pointer) in [
        ("application_type", json!("desktop"), "application_type"),
        ("client_uri", json!("http://rp.example/"), "client_uri"),
        ("logo_uri", json!("data:image/png,x"), "logo_uri"),
        ("policy_uri", json!("https://rp.example/#x"), "policy_uri"),
        ("tos_uri", json!("javascript:alert(1)"), "tos_uri"),
        (
            "post_logout_redirect_uris",
            json!(["https://rp.example/", "https://rp.example/"]),
            "post_logout_redirect_uris/1",
        ),
        (
            "backchannel_logout_uri",
            json!("ftp://rp.example/"),
            "backchannel_logout_uri",
        ),
        ("response_modes", json!(["fragment"]), "response_modes/0"),
        ("resources", json!(["api"]), "resources/0"),
    ] {
        let problem = refused(with(fapi(), member, value));
        assert!(
            problem.contains(&format!("\"#/{pointer}\"")),
            "{member}: {problem}"
        );
    }
    let public = json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none"});
    assert!(refused(with(public, "require_pkce", json!(false))).contains("\"#/require_pkce\""));
}
