//! What a client may not be registered as.

use super::{
    super::{broken, pointers},
    service,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::{Value, json};

fn shop(member: &str, value: Value) -> Value {
    let mut body = json!({"token_endpoint_auth_method": "none", "first_party": true, "wechat_appid": "wx0000000000000001",
        "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"], "scope": "openid offline_access"});
    body[member] = value;
    body
}

on_both_databases! {
    async fn all_that_is_wrong_with_a_client_is_told_at_once_and_nothing_is_written(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({
            "client_name": "", "redirect_uris": ["https://rp.example/ok", "http://rp.example/", "https://rp.example/#f"],
            "grant_types": ["authorization_code", "password"], "token_endpoint_auth_method": "private_key_jwt",
            "scope": "openid root", "id_token_signed_response_alg": "none", "wechat_appid": "wx1",
        });
        assert_eq!(broken(tenant.admin("PUT", "/clients/web", Some(body)).await), pointers([
            "#/client_name", "#/redirect_uris/1", "#/redirect_uris/2", "#/grant_types/1", "#/token_endpoint_auth_method",
            "#/scope", "#/id_token_signed_response_alg", "#/wechat_appid",
        ]));
        tenant.admin("GET", "/clients/web", None).await.expect_problem(404, "not-found");
    }

    async fn rules_between_members_point_at_the_one_to_mend(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app("wx0000000000000001").await;
        tenant.admin("PUT", "/clients/shop", Some(shop("client_name", json!("Shop")))).await.expect(201);
        for (member, value, pointer) in [
            ("grant_types", json!([]), "#/grant_types"),
            ("grant_types", json!(["refresh_token"]), "#/grant_types"),
            ("grant_types", json!(["client_credentials"]), "#/token_endpoint_auth_method"),
            ("first_party", json!(false), "#/first_party"),
            ("wechat_appid", Value::Null, "#/wechat_appid"),
            ("wechat_appid", json!("wx0000000000000002"), "#/wechat_appid"),
            ("response_types", json!(["code"]), "#/response_types"),
            ("response_types", json!(["token"]), "#/response_types"),
            ("scope", json!("openid\nprofile"), "#/scope"),
            ("client_name", json!("a\u{0}b"), "#/client_name"),
            ("first_party", json!("yes"), "#/first_party"),
            ("grant_types", json!("refresh_token"), "#/grant_types"),
            ("grant_types", json!([7]), "#/grant_types/0"),
        ] {
            for method in ["PUT", "PATCH"] {
                let body = shop(member, value.clone());
                assert_eq!(broken(tenant.admin(method, "/clients/shop", Some(body)).await), pointers([pointer]), "{method} {member} {value}");
            }
        }
    }

    async fn r9_r8_what_is_not_supported_is_refused_by_name(server: Server) {
        let tenant = server.tenant("acme").await;
        for member in ["jwks", "jwks_uri", "client_uri", "software_statement", "client_secret", "client_id", "a/b~c"] {
            let body = json!({"redirect_uris": ["https://rp.example/cb"], member: "x"});
            let pointer = format!("#/{}", member.replace('~', "~0").replace('/', "~1"));
            assert_eq!(broken(tenant.admin("PUT", "/clients/web", Some(body)).await), pointers([pointer.as_str()]));
        }
        for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"] {
            let body = json!({"redirect_uris": ["https://rp.example/cb"], "grant_types": [grant]});
            assert!(broken(tenant.admin("PUT", "/clients/web", Some(body)).await).contains("#/grant_types/0"), "{grant}");
        }
    }

    async fn r37_redirect_uris_are_vetted_one_by_one(server: Server) {
        let tenant = server.tenant("acme").await;
        let good = [
            "https://rp.example/cb", "https://rp.example/cb?x=1", "http://127.0.0.1:3000/cb", "http://localhost/cb",
            "http://[::1]/cb", "com.example.app:/cb",
        ];
        tenant.admin("PUT", "/clients/good", Some(json!({"redirect_uris": good}))).await.expect(201);
        let long = format!("https://rp.example/{}", "x".repeat(2_000));
        let bad = [
            "", "/cb", "https://rp.example/cb#f", "http://rp.example/cb", "https://u:p@rp.example/", "javascript:alert(1)",
            "data:text/html,x", "myapp:/cb", "https://rp.example/ä", "https://rp.example/a b", "https://rp.example/\n", long.as_str(),
        ];
        let refused = broken(tenant.admin("PUT", "/clients/bad", Some(json!({"redirect_uris": bad}))).await);
        let all = (0..bad.len()).map(|i| format!("#/redirect_uris/{i}")).collect();
        assert_eq!(refused, all);
        let twice = json!({"redirect_uris": ["https://rp.example/cb", "https://rp.example/cb"]});
        assert_eq!(broken(tenant.admin("PUT", "/clients/bad", Some(twice)).await), pointers(["#/redirect_uris/1"]));
        let many: Vec<_> = (0..33).map(|n| format!("https://rp.example/{n}")).collect();
        let many = tenant.admin("PUT", "/clients/bad", Some(json!({"redirect_uris": many}))).await;
        assert!(broken(many).contains("#/redirect_uris"));
    }

    async fn r15_a_client_id_never_looks_like_a_user(server: Server) {
        let tenant = server.tenant("acme").await;
        let long = "c".repeat(65);
        for id in ["usr_01920000000070008000000000000001", "usr_", "a%20b", "a%00b", "%E8%8C%B6", long.as_str()] {
            let refused = tenant.admin("PUT", &format!("/clients/{id}"), Some(service())).await;
            assert_eq!(refused.body["errors"][0]["parameter"], "client_id", "{refused}");
            refused.expect_problem(400, "malformed-request");
        }
    }

    async fn rfc7591_2_only_a_first_party_client_gets_codes_without_redirection(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"});
        assert_eq!(broken(tenant.admin("PUT", "/clients/app", Some(body.clone())).await), pointers(["#/redirect_uris"]));
        let mut own = body;
        own["first_party"] = true.into();
        let client = tenant.admin("PUT", "/clients/app", Some(own)).await.expect(201);
        assert_eq!((&client.body["redirect_uris"], &client.body["response_types"]), (&json!([]), &json!(["code"])));
        let patch = json!({"first_party": false});
        assert_eq!(broken(tenant.admin("PATCH", "/clients/app", Some(patch)).await), pointers(["#/redirect_uris"]));
        let patched = tenant.admin("PATCH", "/clients/app", Some(json!({"client_name": "App"}))).await.expect(200);
        assert_eq!(patched.body["first_party"], true);
    }

    async fn r24_a_client_cannot_name_another_tenants_app(server: Server) {
        let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
        other.wechat_app("wx0000000000000001").await;
        let refused = acme.admin("PUT", "/clients/shop", Some(shop("client_name", json!("Shop")))).await;
        assert_eq!(broken(refused), pointers(["#/wechat_appid"]));
    }
}
