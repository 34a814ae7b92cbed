//! What no answer may have.

use hufu_tests::{Server, on_both_databases};
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn an_app_secret_is_never_returned(server: Server) {
        let tenant = server.tenant("acme").await;
        let app = server.sim.app(APP).create().unwrap();
        let put = tenant.put_wechat_app(APP, app.secret(), None).await.expect(201);
        let get = tenant.admin("GET", &format!("/wechat-apps/{APP}"), None).await.expect(200);
        let list = tenant.admin("GET", "/wechat-apps", None).await.expect(200);
        let events = tenant.admin("GET", "/events", None).await.expect(200);
        for reply in [put, get, list, events] {
            assert!(!reply.text.contains(app.secret()), "{reply}");
        }
        let bad = "not-a-secret-but-somebody-pasted-it";
        let refused = tenant.put_wechat_app(APP, bad, None).await;
        assert!((400..500).contains(&refused.status) && !refused.text.contains(bad), "{refused}");
    }

    async fn a_client_secret_is_shown_once(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        let get = tenant.admin("GET", "/clients/api", None).await.expect(200);
        assert!(get.body.get("client_secret").is_none());
        let body = json!({"client_name": "api", "grant_types": ["client_credentials"]});
        let again = tenant.admin("PUT", "/clients/api", Some(body)).await.expect(200);
        assert!(again.body.get("client_secret").is_none());
        tenant.introspect("api", &secret, "x").await.expect(200);
        let new = tenant.admin("POST", "/clients/api/secret", None).await.expect(200);
        let new = new.str("/client_secret").to_owned();
        tenant.introspect("api", &secret, "x").await.expect_error(401, "invalid_client", None);
        tenant.introspect("api", &new, "x").await.expect(200);
    }
}
