//! Metadata and keys.

use hufu_tests::{Server, on_both_databases};
use serde_json::{Value, json};
use std::collections::HashSet;

on_both_databases! {
    async fn r6_the_issuer_equals_the_url_that_it_came_from(server: Server) {
        let tenant = server.tenant("acme").await;
        let oidc = server.http.get(&tenant.url("/.well-known/openid-configuration")).await.expect(200);
        assert_eq!(oidc.str("/issuer"), tenant.issuer());
        let url = format!("{}/.well-known/oauth-authorization-server/t/acme", server.base);
        assert_eq!(server.http.get(&url).await.expect(200).body, oidc.body, "RFC 8414 section 3");
        assert_eq!(oidc.header("access-control-allow-origin"), Some("*"));
        for endpoint in ["token", "userinfo", "introspection", "revocation", "authorization"] {
            assert!(oidc.str(&format!("/{endpoint}_endpoint")).starts_with(&tenant.issuer()), "{endpoint}");
        }
        let algorithms = json!(["ES256", "RS256", "PS256", "EdDSA"]);
        assert_eq!(oidc.body["id_token_signing_alg_values_supported"], algorithms);
        let unknown = format!("{}/t/nobody/.well-known/openid-configuration", server.base);
        server.http.get(&unknown).await.expect_error(404, "invalid_request", None);
    }

    async fn rfc7517_keys_are_public_and_distinct(server: Server) {
        let tenant = server.tenant("acme").await;
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        let keys = jwks.body["keys"].as_array().unwrap();
        let kids: HashSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!((keys.len(), kids.len()), (2, 2));
        for key in keys {
            assert_eq!(key["use"], "sig");
            assert!(key["alg"].is_string());
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none(), "{private}");
            }
        }
    }

    async fn r63_a_new_key_is_published_before_it_signs_and_the_old_one_stays(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let kids = async || -> Vec<String> {
            let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
            jwks.body["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == "ES256")
                .map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        let kid_of = async || server.header_of(&tenant.login("alice").await.access)["kid"].as_str().unwrap().to_owned();
        let max_age = |cache: &str| cache.rsplit('=').next().unwrap().parse::<u32>().unwrap();
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        let cached_for = max_age(jwks.header("cache-control").unwrap());

        let old = kid_of().await;
        let new = tenant.admin("POST", "/keys", Some(json!({"alg": "ES256"}))).await.expect(201).str("/kid").to_owned();
        assert!(kids().await.contains(&new), "published at once");
        server.advance(cached_for);
        assert_eq!(kid_of().await, old, "caches may still lack the new key");
        let before = tenant.login("bob").await;
        server.advance(600);
        assert_eq!(kid_of().await, new);
        assert!(kids().await.contains(&old), "what it signed is alive");
        tenant.userinfo(&before.access).await.expect(200);
        server.advance(2 * 3_600);
        assert_eq!(kids().await, [new]);
    }

    async fn metadata_says_only_what_is_there(server: Server) {
        let tenant = server.tenant("acme").await;
        let metadata = server.http.get(&tenant.url("/.well-known/openid-configuration")).await.expect(200).body;
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        let grants = metadata["grant_types_supported"].as_array().unwrap();
        for grant in ["authorization_code", "refresh_token", "client_credentials", "urn:hufu:grant-type:wechat-code"] {
            assert!(grants.contains(&json!(grant)), "{grant}");
        }
        assert!(!grants.contains(&json!("password")) && !grants.contains(&json!("implicit")));
        assert_eq!(metadata["response_modes_supported"], json!(["query", "form_post"]));
        assert!(metadata["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&json!("RS256")));
        for stated in ["claims_parameter_supported", "authorization_response_iss_parameter_supported", "backchannel_logout_session_supported"] {
            assert_eq!(metadata[stated], true, "{stated}");
        }
        for stated in ["request_parameter_supported", "request_uri_parameter_supported"] {
            assert_eq!(metadata[stated], false, "{stated}");
        }
        // Every endpoint that is named is there.
        for (name, url) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let reply = server.http.get(url.as_str().unwrap()).await;
                assert_ne!(reply.status, 404, "{name}");
            }
        }
        let algorithms = json!(["ES256", "PS256", "EdDSA", "RS256"]);
        for stated in [
            "dpop_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "request_object_signing_alg_values_supported",
        ] {
            assert_eq!(metadata[stated], algorithms, "{stated}");
        }
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        for absent in ["registration_endpoint", "check_session_iframe", "frontchannel_logout_supported"] {
            assert_eq!(metadata.get(absent), None::<&Value>, "{absent}");
        }
    }
}
