//! A client of the FAPI 2.0 profile, from the pushed request to the resource.

use super::{
    super::device::GRANT,
    key::{JWT_BEARER, Key, own_tokens},
};
use hufu_tests::{CALLBACK, Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;
use url::Url;

const PASSWORD: &str = "seven teapots on a slow boat";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Registers client `web` with the key.
async fn register(tenant: &Tenant<'_>, key: &Key) {
    let body = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.named("1")]}, "security_profile": "fapi2",
        "redirect_uris": [CALLBACK], "first_party": true, "grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access profile",
    });
    tenant.admin("PUT", "/clients/web", Some(body)).await.expect(201);
}

async fn post(
    tenant: &Tenant<'_>,
    key: &Key,
    prover: Option<&Key>,
    path: &str,
    form: &[(&str, &str)],
) -> Reply {
    let assertion = key.assertion("1", "web", &tenant.issuer(), json!({}));
    let mut form = form.to_vec();
    form.extend([
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ]);
    match prover {
        Some(prover) => prover.post(tenant, path, &form).await,
        None => tenant.server.http.post_form(&tenant.url(path), &form).await,
    }
}

/// Pushes a request, lets `ming` sign in and say yes, and gives the code.
async fn code(tenant: &Tenant<'_>, key: &Key, prover: Option<&Key>) -> String {
    let request =
        Url::parse(&tenant.authorize_url(&[("scope", "openid offline_access"), ("prompt", "consent")]))
            .unwrap();
    let form: Vec<(String, String)> = request.query_pairs().into_owned().collect();
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let pushed = post(tenant, key, prover, "/par", &form).await.expect(201);
    let bring = [("client_id", "web"), ("request_uri", pushed.str("/request_uri"))];
    let url = Url::parse_with_params(&tenant.url("/authorize"), bring).unwrap();
    let browser = tenant.server.browser();
    let login = browser.open(url.as_str()).await.expect(200);
    let page = login
        .submit(&[("username", "ming"), ("password", PASSWORD)])
        .await
        .expect(200);
    page.submit(&[("decision", "allow")])
        .await
        .expect(303)
        .to_client()["code"]
        .clone()
}

/// The same without a browser.
async fn challenge(tenant: &Tenant<'_>, key: &Key, prover: &Key) -> String {
    let form = [
        ("response_type", "code"),
        ("scope", "openid offline_access"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("username", "ming"),
        ("password", PASSWORD),
    ];
    let done = post(tenant, key, Some(prover), "/authorize-challenge", &form)
        .await
        .expect(200);
    done.str("/authorization_code").to_owned()
}

fn redeem(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
    ]
}

on_both_databases! {
    async fn fapi2_a_client_of_the_profile_gets_bound_tokens_and_keeps_its_refresh_token(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let (key, prover, other) = (Key::new(), Key::new(), Key::new());
        register(&tenant, &key).await;
        let code = challenge(&tenant, &key, &prover).await;
        let redeem = [("grant_type", "authorization_code"), ("code", &*code), ("code_verifier", VERIFIER)];
        post(&tenant, &key, None, "/token", &redeem).await.expect_error(400, "invalid_dpop_proof", None);
        post(&tenant, &key, Some(&other), "/token", &redeem).await.expect_error(400, "invalid_grant", None);
        post(&tenant, &key, Some(&prover), "/token", &redeem[..2]).await.expect_error(400, "invalid_grant", None);
        let tokens = Tokens::of(post(&tenant, &key, Some(&prover), "/token", &redeem).await);
        assert_eq!(tokens.reply.body["token_type"], "DPoP");
        prover.userinfo(&tenant, &tokens.access).await.expect(200);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        for prover in [&prover, &other, &prover] {
            let again = Tokens::of(post(&tenant, &key, Some(prover), "/token", &refresh).await);
            assert_eq!(again.refresh, tokens.refresh, "it is not rotated");
            assert_eq!(server.unverified(&again.access)["cnf"]["jkt"], prover.thumbprint());
        }
        post(&tenant, &key, None, "/token", &refresh).await.expect_error(400, "invalid_dpop_proof", None);
    }

    async fn rfc9449_10_1_a_code_of_a_pushed_request_is_for_the_key_that_pushed_it(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let (key, prover, other) = (Key::new(), Key::new(), Key::new());
        register(&tenant, &key).await;
        let code = code(&tenant, &key, Some(&prover)).await;
        post(&tenant, &key, Some(&other), "/token", &redeem(&code)).await.expect_error(400, "invalid_grant", None);
        post(&tenant, &key, Some(&prover), "/token", &redeem(&code)).await.expect(200);
    }

    async fn fapi2_the_audience_is_the_issuer_alone_and_requests_are_pushed(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let key = Key::new();
        register(&tenant, &key).await;
        for aud in [json!(tenant.url("/token")), json!([tenant.issuer()])] {
            let assertion = key.assertion("1", "web", "", json!({"aud": aud}));
            own_tokens(&tenant, &assertion).await.expect_error(401, "invalid_client", None);
        }
        let direct = server.browser().open(&tenant.authorize_url(&[])).await.expect(303).to_client();
        assert_eq!(direct["error"], "invalid_request");
        // Nor by way of a device: people are asked by pushed requests alone.
        let as_device = json!({"grant_types": [GRANT]});
        tenant.admin("PATCH", "/clients/web", Some(as_device)).await.expect(200);
        post(&tenant, &key, None, "/device_authorization", &[]).await.expect_error(400, "unauthorized_client", None);
    }
}
