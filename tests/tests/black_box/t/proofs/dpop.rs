//! Proof of possession (RFC 9449).

use super::key::{Key, get_with, post_with};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

const WECHAT_CODE: &str = "urn:hufu:grant-type:wechat-code";
const APP: &str = "wx0000000000000001";

/// Signs `alice` in by client `shop`, with a proof.
async fn login(tenant: &Tenant<'_>, key: &Key) -> Tokens {
    let code = tenant.code(APP, "alice");
    let form = [
        ("grant_type", WECHAT_CODE),
        ("client_id", "shop"),
        ("js_code", code.as_str()),
    ];
    Tokens::of(key.post(tenant, "/token", &form).await)
}

fn refresh(token: &str) -> [(&str, &str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", "shop"),
        ("refresh_token", token),
    ]
}

#[track_caller]
fn assert_challenged(reply: Reply, error: &str) {
    let reply = reply.expect_error(401, error, None);
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    assert!(
        challenge.starts_with("DPoP ") && challenge.contains(error),
        "{challenge}"
    );
}

on_both_databases! {
    async fn rfc9449_5_a_token_is_bound_to_the_key_that_was_proven(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let key = Key::new();
        let tokens = login(&tenant, &key).await;
        assert_eq!(tokens.reply.body["token_type"], "DPoP");
        assert_eq!(server.unverified(&tokens.access)["cnf"]["jkt"], key.thumbprint());
        key.userinfo(&tenant, &tokens.access).await.expect(200);
        let url = tenant.url("/account/identities");
        let proof = key.proof("GET", &url, Some(&tokens.access));
        get_with(&server, &url, "DPoP", &tokens.access, &[&proof]).await.expect(200);
        let told = tenant.introspect("api", &secret, &tokens.access).await.expect(200);
        assert_eq!((&told.body["token_type"], &told.body["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())));
    }

    async fn r28_a_bound_token_is_refused_without_its_proof(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let (key, thief) = (Key::new(), Key::new());
        let access = login(&tenant, &key).await.access;
        let unbound = tenant.login("alice").await.access;
        let url = tenant.url("/userinfo");
        let proof = |key: &Key, token| key.proof("GET", &url, token);
        let get = async |scheme, token: &str, proofs: &[&str]| get_with(&server, &url, scheme, token, proofs).await;
        assert_challenged(tenant.userinfo(&access).await, "invalid_token");
        assert_challenged(get("Bearer", &access, &[&proof(&key, Some(&access))]).await, "invalid_token");
        let in_form = server.http.post_form(&url, &[("access_token", &access)]).await;
        assert_challenged(in_form, "invalid_token");
        assert_challenged(get("DPoP", &access, &[]).await, "invalid_dpop_proof");
        assert_challenged(get("DPoP", &access, &[&proof(&thief, Some(&access))]).await, "invalid_token");
        assert_challenged(get("DPoP", &access, &[&proof(&key, None)]).await, "invalid_dpop_proof");
        assert_challenged(get("DPoP", &access, &[&proof(&key, Some(&unbound))]).await, "invalid_dpop_proof");
        let post = key.proof("POST", &url, Some(&access));
        assert_challenged(get("DPoP", &access, &[&post]).await, "invalid_dpop_proof");
        let two = [&*proof(&key, Some(&access)), &*proof(&key, Some(&access))];
        assert_challenged(get("DPoP", &access, &two).await, "invalid_dpop_proof");
        assert_challenged(get("DPoP", &unbound, &[&proof(&key, Some(&unbound))]).await, "invalid_token");
        tenant.userinfo(&unbound).await.expect(200);
    }

    async fn r28_a_proof_counts_once_on_every_node(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let key = Key::new();
        let access = login(&here, &key).await.access;
        let node = server.another_node().await;
        let url = here.url("/userinfo");
        let proof = key.proof("GET", &url, Some(&access));
        get_with(&server, &url, "DPoP", &access, &[&proof]).await.expect(200);
        assert_challenged(get_with(&server, &url, "DPoP", &access, &[&proof]).await, "invalid_dpop_proof");
        let there = node.known_tenant("acme").url("/userinfo");
        assert_challenged(get_with(&server, &there, "DPoP", &access, &[&proof]).await, "invalid_dpop_proof");
        let another = key.proof("GET", &url, Some(&access));
        get_with(&server, &there, "DPoP", &access, &[&another]).await.expect(200);
    }

    async fn rfc9449_4_3_a_proof_is_for_its_request_and_its_minute(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let key = Key::new();
        let url = tenant.url("/token");
        let ask = async |proofs: &[&str]| {
            let code = tenant.code(APP, "alice");
            let form = [("grant_type", WECHAT_CODE), ("client_id", "shop"), ("js_code", code.as_str())];
            post_with(&server, &url, &form, proofs).await
        };
        for (later, status) in [(-60, 200), (-10, 200), (10, 200), (-61, 400), (11, 400), (3_600, 400), (-3_600, 400)] {
            let reply = ask(&[&key.proof_at(later, "POST", &url, None)]).await;
            assert_eq!(reply.status, status, "{later}: {reply}");
        }
        ask(&[&key.proof("POST", &format!("{url}?x=1#y"), None)]).await.expect(200);
        for wrong in [
            key.proof("GET", &url, None),
            key.proof("POST", &tenant.url("/par"), None),
            "nonsense".to_owned(),
            String::new(),
        ] {
            ask(&[&wrong]).await.expect_error(400, "invalid_dpop_proof", None);
        }
        let two = [key.proof("POST", &url, None), key.proof("POST", &url, None)];
        ask(&[&two[0], &two[1]]).await.expect_error(400, "invalid_dpop_proof", None);
    }

    async fn r18_the_refresh_token_of_a_public_client_is_bound_to_its_key(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let (key, thief) = (Key::new(), Key::new());
        let first = login(&tenant, &key).await;
        let second = Tokens::of(key.post(&tenant, "/token", &refresh(&first.refresh)).await);
        assert_eq!(server.unverified(&second.access)["cnf"]["jkt"], key.thumbprint());
        thief.post(&tenant, "/token", &refresh(&second.refresh)).await.expect_error(400, "invalid_grant", None);
        tenant.refresh("shop", &second.refresh).await.expect_error(400, "invalid_grant", None);
        // Neither a thief's try nor one without a proof harms the family.
        key.post(&tenant, "/token", &refresh(&second.refresh)).await.expect(200);
    }

    async fn rfc9449_5_a_confidential_client_may_move_to_another_key(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.web_client("web", json!({"first_party": true})).await;
        let (old, new) = (Key::new(), Key::new());
        let step = tenant.challenge(&[
            ("client_id", "web"), ("client_secret", &secret), ("scope", "openid offline_access"),
            ("prompt", "create"), ("username", "ming"), ("password", "seven teapots on a slow boat"),
        ]).await.expect(200);
        let tokens = Tokens::of(old.post(&tenant, "/token", &[
            ("grant_type", "authorization_code"), ("client_id", "web"), ("client_secret", &secret),
            ("code", step.str("/authorization_code")),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ]).await);
        let moved = Tokens::of(new.post(&tenant, "/token", &[
            ("grant_type", "refresh_token"), ("client_id", "web"), ("client_secret", &secret), ("refresh_token", &tokens.refresh),
        ]).await);
        assert_eq!(server.unverified(&moved.access)["cnf"]["jkt"], new.thumbprint());
    }

    async fn rfc9449_5_2_a_client_that_must_prove_possession_gets_nothing_without(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"grant_types": ["client_credentials"], "dpop_bound_access_tokens": true});
        let secret = tenant.admin("PUT", "/clients/svc", Some(body)).await.expect(201).str("/client_secret").to_owned();
        let form = [("grant_type", "client_credentials"), ("client_id", "svc"), ("client_secret", &*secret)];
        tenant.token(&form).await.expect_error(400, "invalid_dpop_proof", None);
        Key::new().post(&tenant, "/token", &form).await.expect(200);
    }

    async fn r64_an_auth_session_is_bound_to_the_key_of_its_first_step(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", "seven teapots on a slow boat").await;
        let (key, thief) = (Key::new(), Key::new());
        let form = [
            ("response_type", "code"), ("client_id", "shop"), ("code_challenge_method", "S256"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ];
        let begun = key.post(&tenant, "/authorize-challenge", &form).await.expect_error(400, "insufficient_authorization", None);
        let session = begun.str("/auth_session").to_owned();
        let go_on = [
            ("auth_session", &*session), ("response_type", "code"), ("username", "ming"), ("password", "seven teapots on a slow boat"),
        ];
        thief.post(&tenant, "/authorize-challenge", &go_on).await.expect_error(400, "invalid_session", None);
        server.http.post_form(&tenant.url("/authorize-challenge"), &go_on).await.expect_error(400, "invalid_session", None);
        let done = key.post(&tenant, "/authorize-challenge", &go_on).await.expect(200);
        let redeem = [
            ("grant_type", "authorization_code"), ("client_id", "shop"), ("code", done.str("/authorization_code")),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ];
        // The code is bound to that key as well, and nobody else burns it.
        thief.post(&tenant, "/token", &redeem).await.expect_error(400, "invalid_grant", None);
        tenant.token(&redeem).await.expect_error(400, "invalid_grant", None);
        key.post(&tenant, "/token", &redeem).await.expect(200);
    }
}
