//! `/t/{tenant}/authorize`, which knows whom it may answer by redirect.

use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn r2_an_unknown_client_or_redirect_uri_is_never_redirected(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"redirect_uris": ["https://rp.example/cb?x=1"], "scope": "openid"});
        tenant.admin("PUT", "/clients/web", Some(body)).await.expect(201);
        let authorize = async |query: &str| server.http.get(&format!("{}?{query}", tenant.url("/authorize"))).await;
        for query in ["", "client_id=nobody&redirect_uri=https://rp.example/cb", "client_id=a%00b"] {
            let page = authorize(query).await.expect(400);
            assert!(page.text.contains("Unknown client") && page.header("location").is_none(), "{page}");
        }
        for redirect in [
            "", "&redirect_uri=https://rp.example/cb", "&redirect_uri=https://RP.example/cb?x=1",
            "&redirect_uri=https://rp.example:443/cb?x=1", "&redirect_uri=https://rp.example/cb?x=1%26y=2", "&redirect_uri=https://evil.example/",
        ] {
            let page = authorize(&format!("client_id=web&response_type=code{redirect}")).await.expect(400);
            assert!(page.text.contains("Invalid redirect_uri") && page.header("location").is_none(), "{page}");
        }
    }

    async fn r7_a_redirected_error_has_state_and_iss(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"redirect_uris": ["https://rp.example/cb?x=1"], "scope": "openid"});
        tenant.admin("PUT", "/clients/web", Some(body)).await.expect(201);
        let query = "client_id=web&redirect_uri=https%3A%2F%2Frp.example%2Fcb%3Fx%3D1&state=a%26b%20%C3%A4";
        let url = format!("{}?{query}", tenant.url("/authorize"));
        let to = server.http.get(&url).await.expect(303);
        let to = to.header("location").unwrap();
        assert!(to.starts_with("https://rp.example/cb?x=1&error=invalid_request&"), "{to}");
        assert!(to.contains("&state=a%26b+%C3%A4&iss=http"), "{to}");
        let form = [("client_id", "web"), ("redirect_uri", "https://rp.example/cb?x=1"), ("response_type", "token")];
        let to = server.http.post_form(&tenant.url("/authorize"), &form).await.expect(303);
        assert!(to.header("location").unwrap().contains("error=unsupported_response_type"), "{to}");
        assert!(!to.header("location").unwrap().contains("state="), "nothing is invented");
        let code = [("client_id", "web"), ("redirect_uri", "https://rp.example/cb?x=1"), ("response_type", "code")];
        let code = server.http.post_form(&tenant.url("/authorize"), &code).await.expect(303);
        assert!(code.header("location").unwrap().contains("error=unauthorized_client"), "{code}");
    }
}
