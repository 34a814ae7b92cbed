//! Requests that nobody means: none is answered with a server's error, and none sends a browser where it was not registered.

use hufu_tests::{CALLBACK, Reply, Server, Tenant, on_both_databases};
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::json;

/// How many requests of a kind are sent.
const REQUESTS: usize = 250;

/// Parameters that some endpoint reads.
const NAMES: [&str; 34] = [
    "acr_values",
    "actor_token",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "dpop_jkt",
    "grant_type",
    "id_token_hint",
    "js_code",
    "login_hint",
    "max_age",
    "nonce",
    "password",
    "phone",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "subject_token",
    "token",
    "ui_locales",
];

/// Values that are right somewhere, or nearly.
const VALUES: [&str; 30] = [
    "web",
    "code",
    "code id_token",
    "S256",
    "plain",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "openid offline_access",
    "none login",
    "query",
    "form_post",
    "fragment",
    CALLBACK,
    "https://rp.example/cb/../cb",
    "https://rp.example.evil.example/cb",
    "//evil.example",
    "javascript:alert(1)",
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "urn:ietf:params:oauth:request_uri:00000000-0000-0000-0000-000000000000",
    "urn:hufu:grant-type:wechat-code",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA",
    r#"{"id_token":{"sub":{"value":"usr_0"},"acr":{"values":["a",1,null]}}}"#,
    r#"{"userinfo":[[[[[[[[{}]]]]]]]]}"#,
    "-1",
    "18446744073709551616",
    "\u{0}\r\nset-cookie: a=b",
];

type Parameters = Vec<(String, String)>;

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => ".{0,60}",
        1 => "[A-Za-z0-9._~-]{1,200}",
    ]
}

fn noise() -> impl Strategy<Value = Parameters> {
    let name = prop_oneof![9 => select(&NAMES[..]).prop_map(str::to_owned), 1 => ".{0,12}"];
    prop::collection::vec((name, value()), 0..10)
}

/// A request that would be right, with up to three of its parameters changed, and perhaps some that it did not have.
fn nearly(right: Parameters) -> impl Strategy<Value = Parameters> {
    let changes = prop::collection::vec((any::<Index>(), value()), 0..4);
    let more = prop_oneof![2 => Just(Vec::new()), 1 => noise()];
    (changes, more).prop_map(move |(changes, more)| {
        let mut request = right.clone();
        for (at, value) in changes {
            at.get_mut(&mut request).1 = value;
        }
        request.extend(more);
        request
    })
}

/// What a strategy gives, the same at each run.
fn drawn(strategy: impl Strategy<Value = Parameters>) -> Vec<Parameters> {
    let mut runner = TestRunner::deterministic();
    let mut draw = || {
        strategy
            .new_tree(&mut runner)
            .expect("nothing is filtered")
            .current()
    };
    (0..REQUESTS).map(|_| draw()).collect()
}

fn right(tenant: &Tenant<'_>) -> Parameters {
    let url = url::Url::parse(&tenant.authorize_url(&[])).expect("a URL");
    url.query_pairs().into_owned().collect()
}

/// Answered in words of OAuth or a page, and sent nowhere but to the client or within the server.
fn held(tenant: &Tenant<'_>, reply: &Reply, request: &Parameters) {
    assert!(reply.status < 500, "{request:?} is answered {reply}");
    if let Some(to) = reply.header("location") {
        let ours = format!("/t/{}/", tenant.slug);
        let to = to.strip_prefix(&tenant.server.base).unwrap_or(to);
        let client = to == CALLBACK || to.starts_with(&format!("{CALLBACK}?"));
        assert!(client || to.starts_with(&ours), "{request:?} is sent to {to}");
    }
}

on_both_databases! {
    async fn r62_no_authorization_request_is_a_server_error_or_an_open_redirect(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.web_client("web", json!({})).await;
        let mut redirected = 0;
        for request in drawn(nearly(right(&tenant))) {
            let url = url::Url::parse_with_params(&tenant.url("/authorize"), &request).unwrap();
            let read = server.http.get(url.as_str()).await;
            held(&tenant, &read, &request);
            let sent = server.http.request("POST", &tenant.url("/authorize")).form(&request);
            let sent = server.http.send(sent).await;
            held(&tenant, &sent, &request);
            redirected += usize::from(read.header("location").is_some());
        }
        assert!(redirected > 0 && redirected < REQUESTS, "{redirected}: both kinds of answer are seen");
    }

    async fn r62_no_form_is_a_server_error(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.web_client("web", json!({})).await;
        let mut known = right(&tenant);
        known.push(("client_secret".to_owned(), secret));
        let pushed = drawn(nearly(known));
        let noise = drawn(noise());
        for (request, path) in pushed.iter().map(|request| (request, "/par")).chain(
            ["/token", "/introspect", "/revoke", "/logout", "/authorize-challenge", "/login", "/device_authorization"]
                .iter()
                .flat_map(|path| noise.iter().map(move |request| (request, *path)).take(REQUESTS / 4)),
        ) {
            let sent = server.http.request("POST", &tenant.url(path)).form(request);
            held(&tenant, &server.http.send(sent).await, request);
        }
    }

    async fn r62_bytes_that_are_no_form_are_a_clients_error(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({})).await;
        let bytes = prop::collection::vec(any::<u8>(), 0..200);
        let mut runner = TestRunner::deterministic();
        for path in ["/token", "/par", "/introspect", "/revoke", "/authorize-challenge"] {
            for _ in 0..40 {
                let body = bytes.new_tree(&mut runner).expect("nothing is filtered").current();
                let request = server.http.request("POST", &tenant.url(path))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("dpop", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA")
                    .body(body.clone());
                let reply = server.http.send(request).await;
                assert!((400..500).contains(&reply.status), "{body:?} is answered {reply}");
            }
        }
    }
}
