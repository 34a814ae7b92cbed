//! Forged, foreign and confused JWTs.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_tests::{Server, on_both_databases};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

fn encode(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn fresh_ec_key() -> EncodingKey {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

on_both_databases! {
    async fn rfc9068_2_access_tokens_have_the_right_header_and_claims(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let header = server.header_of(&tokens.access);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
        let claims = server.unverified(&tokens.access);
        assert_eq!(claims["iss"], tenant.issuer());
        assert_eq!(claims["aud"], tenant.issuer(), "r24: one named audience");
        assert_eq!(claims["client_id"], "shop");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        assert!(claims["jti"].as_str().unwrap().len() >= 22, "r30: 128 bits");
        assert_eq!(claims["amr"], json!(["wechat"]));
        assert!(tokens.access.len() < 1_024, "{} bytes", tokens.access.len());
    }

    async fn oidc_core_2_id_tokens_have_the_right_claims(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let claims = server.unverified(&tokens.id);
        assert_eq!(claims["iss"], tenant.issuer());
        assert_eq!(claims["aud"], "shop");
        for present in ["sub", "exp", "iat", "auth_time", "amr", "sid", "at_hash"] {
            assert!(!claims[present].is_null(), "{present}");
        }
        assert!(claims.get("wechat_openid").is_none(), "no profile in an ID token");
        assert_eq!(server.header_of(&tokens.id)["typ"], "JWT");
    }

    async fn access_tokens_stay_small_for_the_longest_names(server: Server) {
        let slug = "a".repeat(40);
        let tenant = server.tenant(&slug).await;
        tenant.wechat_app("wx0000000000000001").await;
        let client = "c".repeat(64);
        let body = json!({"token_endpoint_auth_method": "none", "first_party": true, "wechat_appid": "wx0000000000000001",
            "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"],
            "scope": "account address email offline_access openid phone profile wechat"});
        tenant.admin("PUT", &format!("/clients/{client}"), Some(body)).await.expect(201);
        let reply = tenant.exchange(&client, &tenant.code("wx0000000000000001", "alice")).await.expect(200);
        let length = reply.str("/access_token").len();
        assert!(length < 1_024, "{length} bytes");
    }

    async fn r24_a_token_of_one_tenant_is_nothing_at_another(server: Server) {
        let acme = server.tenant("acme").await.with_shop().await;
        let other = server.tenant("other").await;
        let tokens = acme.login("alice").await;
        other.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        let secret = other.confidential("api").await;
        assert_eq!(other.introspect("api", &secret, &tokens.access).await.expect(200).body, json!({"active": false}));
        let form = [("client_id", "api"), ("client_secret", secret.as_str()), ("token", tokens.access.as_str())];
        server.http.post_form(&other.url("/revoke"), &form).await.expect(200);
        acme.userinfo(&tokens.access).await.expect(200);
        server.admin_as(&tokens.access, "GET", "/tenants/acme", None).await.expect(401);
    }

    async fn r26_forged_signatures_and_confused_algorithms_are_refused(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let access = tenant.login("alice").await.access;
        let parts: Vec<_> = access.split('.').collect();
        let (header, claims) = (server.header_of(&access), server.unverified(&access));
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200).body;
        let kid = header["kid"].as_str().unwrap();
        let rsa = jwks["keys"].as_array().unwrap().iter().find(|key| key["alg"] == "RS256").unwrap();

        let with_header = |edit: &dyn Fn(&mut Value)| {
            let mut header = header.clone();
            edit(&mut header);
            format!("{}.{}.{}", encode(&header), parts[1], parts[2])
        };
        let mut forged = vec![
            format!("{}.{}.", encode(&json!({"alg": "none", "typ": "at+jwt", "kid": kid})), parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            with_header(&|h| h["alg"] = json!("none")),
            with_header(&|h| h["kid"] = json!("unknown")),
            with_header(&|h| h["kid"] = rsa["kid"].clone()),
            with_header(&|h| h["typ"] = json!("JWT")),
            with_header(&|h| { h.as_object_mut().unwrap().remove("kid"); }),
        ];
        // A tampered claim under the right signature.
        let mut richer = claims.clone();
        richer["scope"] = json!("openid admin");
        forged.push(format!("{}.{}.{}", parts[0], encode(&richer), parts[2]));
        // Another key under our kid, and one that the token itself brings along.
        let foreign = fresh_ec_key();
        let mut ours = Header::new(Algorithm::ES256);
        ours.typ = Some("at+jwt".into());
        ours.kid = Some(kid.into());
        forged.push(jsonwebtoken::encode(&ours, &claims, &foreign).unwrap());
        ours.jwk = Some(Jwk::from_encoding_key(&foreign, Algorithm::ES256).unwrap());
        ours.jku = Some("https://evil.example/jwks".into());
        forged.push(jsonwebtoken::encode(&ours, &claims, &foreign).unwrap());
        // The public key's text as an HMAC secret.
        let mut hmac = Header::new(Algorithm::HS256);
        hmac.typ = Some("at+jwt".into());
        hmac.kid = Some(rsa["kid"].as_str().unwrap().into());
        let n = BASE64_URL_SAFE_NO_PAD.decode(rsa["n"].as_str().unwrap()).unwrap();
        forged.push(jsonwebtoken::encode(&hmac, &claims, &EncodingKey::from_secret(&n)).unwrap());
        for token in forged {
            tenant.userinfo(&token).await.expect_error(401, "invalid_token", None);
        }
        tenant.userinfo(&access).await.expect(200);
    }

    async fn r27_expiry_is_exact_on_the_servers_own_clock(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let access = tenant.login("alice").await.access;
        server.advance(899);
        tenant.userinfo(&access).await.expect(200);
        server.advance(1);
        tenant.userinfo(&access).await.expect_error(401, "invalid_token", None);
    }

    async fn r62_monstrous_tokens_are_refused_unread(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let deep = encode(&json!({"typ": "at+jwt"}));
        for token in [".".repeat(1_000), "a".repeat(20_000), format!("{deep}.{deep}.{deep}"), "[".repeat(10_000)] {
            assert_eq!(tenant.introspect("api", &secret, &token).await.expect(200).body, json!({"active": false}));
        }
    }

    async fn r63_a_deleted_key_kills_what_it_signed(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let access = tenant.login("alice").await.access;
        let kid = server.header_of(&access)["kid"].as_str().unwrap().to_owned();
        tenant.admin("DELETE", &format!("/keys/{kid}"), None).await.expect(409);
        tenant.admin("POST", "/keys", Some(json!({"alg": "ES256"}))).await.expect(201);
        server.advance(600);
        let access = tenant.login("alice").await.access;
        tenant.admin("DELETE", &format!("/keys/{kid}"), None).await.expect(204);
        tenant.userinfo(&access).await.expect(200);
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        assert!(!jwks.text.contains(&kid));
    }
}
