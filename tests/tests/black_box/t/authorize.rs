//! `/t/{tenant}/authorize`: what is refused, and how it is told.

use hufu_tests::{CALLBACK, Server, on_both_databases};
use serde_json::json;
use std::collections::BTreeMap;
use url::Url;

/// The parameters of a redirect.
fn to(reply: &hufu_tests::Reply) -> BTreeMap<String, String> {
    let to = Url::parse(reply.header("location").unwrap()).unwrap();
    assert_eq!(to.host_str(), Some("rp.example"), "{to}");
    to.query_pairs().into_owned().collect()
}

on_both_databases! {
    async fn r2_an_unknown_client_or_redirect_uri_is_never_redirected(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({"redirect_uris": ["https://rp.example/cb?x=1"]})).await;
        let authorize = async |query: &str| server.http.get(&format!("{}?{query}", tenant.url("/authorize"))).await;
        for query in [
            "", "client_id=nobody&redirect_uri=https://rp.example/cb", "client_id=a%00b",
            "client_id=web&client_id=web&redirect_uri=https://rp.example/cb?x=1",
        ] {
            let page = authorize(query).await.expect(400);
            assert!(page.text.contains("Unknown client") && page.header("location").is_none(), "{page}");
        }
        for redirect in [
            "", "&redirect_uri=https://rp.example/cb", "&redirect_uri=https://RP.example/cb?x=1",
            "&redirect_uri=https://rp.example:443/cb?x=1", "&redirect_uri=https://rp.example/cb?x=1%26y=2", "&redirect_uri=https://evil.example/",
            "&redirect_uri=https://rp.example/cb?x=1&redirect_uri=https://evil.example/",
        ] {
            let page = authorize(&format!("client_id=web&response_type=code{redirect}")).await.expect(400);
            assert!(page.text.contains("Invalid redirect_uri") && page.header("location").is_none(), "{page}");
        }
    }

    async fn rfc9207_every_answer_has_iss_and_state_as_it_was_sent(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({"redirect_uris": ["https://rp.example/cb?x=1"]})).await;
        let query = "client_id=web&redirect_uri=https%3A%2F%2Frp.example%2Fcb%3Fx%3D1&state=a%26b%20%C3%A4";
        let url = format!("{}?{query}", tenant.url("/authorize"));
        let reply = server.http.get(&url).await.expect(303);
        let location = reply.header("location").unwrap();
        assert!(location.starts_with("https://rp.example/cb?x=1&error=invalid_request&"), "{location}");
        assert!(location.contains("&state=a%26b+%C3%A4&iss=http"), "{location}");
        assert_eq!(to(&reply)["iss"], tenant.issuer());
        let long = "s".repeat(2_000);
        let uri = ("redirect_uri", "https://rp.example/cb?x=1");
        let reply = server.http.get(&tenant.authorize_url(&[("state", &long), ("response_type", ""), uri])).await.expect(303);
        assert_eq!(to(&reply)["state"], long);
        let reply = server.http.get(&tenant.authorize_url(&[("state", ""), ("prompt", "none"), uri])).await.expect(303);
        assert!(!to(&reply).contains_key("state"), "nothing is invented");
    }

    async fn what_cannot_be_granted_is_told_by_redirect(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({"response_modes": ["query"], "resources": ["https://api.example/"]})).await;
        for (parameters, error) in [
            (&[("response_type", "")][..], "invalid_request"),
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("response_type", "code id_token")], "unsupported_response_type"),
            (&[("response_mode", "fragment")], "invalid_request"),
            (&[("response_mode", "form_post")], "invalid_request"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("code_challenge_method", "plain")], "invalid_request"),
            (&[("code_challenge_method", "")], "invalid_request"),
            (&[("code_challenge", "short")], "invalid_request"),
            (&[("scope", "openid wechat")], "invalid_scope"),
            (&[("scope", "open\"id")], "invalid_scope"),
            (&[("prompt", "none login")], "invalid_request"),
            (&[("prompt", "whatever")], "invalid_request"),
            (&[("max_age", "-1")], "invalid_request"),
            (&[("id_token_hint", "x.y.z")], "invalid_request"),
            (&[("claims", "[]")], "invalid_request"),
            (&[("resource", "https://other.example/")], "invalid_target"),
            (&[("resource", "https://api.example/#x")], "invalid_target"),
            (&[("dpop_jkt", "x")], "invalid_request"),
            (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
            (&[("request_uri", "https://rp.example/request.jwt")], "request_uri_not_supported"),
            (&[("prompt", "none")], "login_required"),
        ] {
            let reply = server.http.get(&tenant.authorize_url(parameters)).await.expect(303);
            let told = to(&reply);
            assert_eq!(told["error"], error, "{parameters:?} {told:?}");
            assert_eq!(told["state"], "st&te");
            assert_eq!(told["iss"], tenant.issuer());
            assert!(told.contains_key("error_description") && !told.contains_key("code"), "{told:?}");
        }
        let repeated = format!("{}&nonce=a&nonce=b", tenant.authorize_url(&[]));
        assert_eq!(to(&server.http.get(&repeated).await.expect(303))["error"], "invalid_request");
        let unknown = format!("{}&foo=a&foo2=b&display=wap&claims_locales=de", tenant.authorize_url(&[("prompt", "none")]));
        assert_eq!(to(&server.http.get(&unknown).await.expect(303))["error"], "login_required", "unknown ones are ignored");
    }

    async fn a_client_that_is_not_registered_for_codes_gets_none(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"grant_types": ["client_credentials"], "redirect_uris": [CALLBACK], "scope": "openid profile"});
        tenant.admin("PUT", "/clients/web", Some(body)).await.expect(201);
        let reply = server.http.get(&tenant.authorize_url(&[])).await.expect(303);
        assert_eq!(to(&reply)["error"], "unauthorized_client");
    }

    async fn form_post_errors_are_posted(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({})).await;
        let url = tenant.authorize_url(&[("response_mode", "form_post"), ("prompt", "none"), ("state", "\"><script>")]);
        let page = server.browser();
        let page = page.open(&url).await.expect(200);
        let (action, fields) = page.form(&[]);
        assert_eq!(action, CALLBACK);
        let fields: BTreeMap<_, _> = fields.into_iter().collect();
        assert_eq!(fields["error"], "login_required");
        assert_eq!(fields["state"], "\"><script>");
        assert_eq!(fields["iss"], tenant.issuer());
        assert!(!page.reply.text.contains("<script>"), "{}", page.reply);
        assert!(page.reply.text.contains("<button"), "a visible button for browsers without scripts");
    }

    async fn a_posted_request_is_taken_as_one_in_the_query(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({})).await;
        let url = Url::parse(&tenant.authorize_url(&[("prompt", "none")])).unwrap();
        let form: Vec<_> = url.query_pairs().into_owned().collect();
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // A foreign site's form has no cookie: the same comes back as a GET, which has.
        let reply = server.http.post_form(&tenant.url("/authorize"), &form).await.expect(303);
        let again = Url::parse(&server.base).unwrap().join(reply.header("location").unwrap()).unwrap();
        assert_eq!(again.path(), "/t/acme/authorize");
        let reply = server.http.get(again.as_str()).await.expect(303);
        assert_eq!(to(&reply)["error"], "login_required");
    }

    async fn r13_no_origin_may_read_the_authorization_endpoint(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.web_client("web", json!({})).await;
        let request = server.http.request("GET", &tenant.authorize_url(&[])).header("origin", "https://rp.example");
        let reply = server.http.send(request).await;
        assert!(reply.header("access-control-allow-origin").is_none());
    }
}
