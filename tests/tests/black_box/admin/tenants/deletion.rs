//! The end of a tenant.

use super::super::{count, each, kinds, list};
use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn r58_deleting_a_tenant_ends_everything_that_it_had(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let body = json!({"name": "acme's own", "tenant": "acme"});
        let own = server.admin("POST", "/operators", Some(body)).await.expect(201).str("/token").to_owned();
        server.admin_as(&own, "GET", "/tenants/acme", None).await.expect(200);
        tenant.introspect("api", &secret, &tokens.access).await.expect(200);

        tenant.admin("DELETE", "", None).await.expect(204);
        tenant.admin("DELETE", "", None).await.expect_problem(404, "not-found");
        for path in ["", "/clients", "/clients/shop", "/users", "/events", "/keys", "/wechat-apps"] {
            tenant.admin("GET", path, None).await.expect_problem(404, "not-found");
        }
        for path in ["/.well-known/openid-configuration", "/jwks"] {
            server.http.get(&tenant.url(path)).await.expect_error(404, "invalid_request", None);
        }
        tenant.userinfo(&tokens.access).await.expect(404);
        tenant.introspect("api", &secret, &tokens.access).await.expect(404);
        tenant.refresh("shop", &tokens.refresh).await.expect(404);
        tenant.exchange("shop", &tenant.code(APP, "alice")).await.expect(404);
        server.admin_as(&own, "GET", "/tenants/acme", None).await.expect_problem(401, "unauthorized");
        let operators = list(&server.admin("GET", "/operators", None).await.expect(200));
        assert_eq!(each(&operators, "name"), ["tests"]);
    }

    async fn the_name_and_the_app_of_a_deleted_tenant_are_free_and_carry_nothing_over(server: Server) {
        let old = server.tenant("acme").await.with_shop().await;
        let tokens = old.login("alice").await;
        let id = old.admin("GET", "", None).await.expect(200).str("/id").to_owned();
        old.admin("DELETE", "", None).await.expect(204);
        let secret = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        server.tenant("other").await.put_wechat_app(APP, &secret, None).await.expect(201);
        server.tenant("other-2").await.put_wechat_app(APP, &secret, None).await.expect_problem(409, "wechat-app-held");

        let new = server.tenant("acme").await;
        assert_ne!(new.admin("GET", "", None).await.expect(200).str("/id"), id);
        for path in ["/users", "/clients", "/wechat-apps"] {
            assert!(list(&new.admin("GET", path, None).await.expect(200)).is_empty(), "{path}");
        }
        assert_eq!(kinds(&new).await, ["tenant.created"]);
        new.wechat_app("wx0000000000000002").await;
        new.mini_program("shop", "wx0000000000000002").await;
        new.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        new.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        let first = Tokens::of(new.exchange("shop", &new.code("wx0000000000000002", "alice")).await);
        new.userinfo(&first.access).await.expect(200);
    }

    async fn a_tenant_is_deleted_once(server: Server) {
        server.tenant("acme").await.with_shop().await.login("alice").await;
        let replies = server.in_parallel(5, || server.admin("DELETE", "/tenants/acme", None)).await;
        assert_eq!((count(&replies, 204), count(&replies, 404)), (1, 4), "{replies:?}");
        let events = list(&server.admin("GET", "/events?limit=200", None).await.expect(200));
        assert_eq!(each(&events, "kind").iter().filter(|kind| **kind == "tenant.deleted").count(), 1);
    }

    async fn one_tenants_end_is_nothing_to_another(server: Server) {
        let doomed = server.tenant("doomed").await;
        let acme = server.tenant("acme").await.with_shop().await;
        let tokens = acme.login("alice").await;
        doomed.admin("DELETE", "", None).await.expect(204);
        acme.userinfo(&tokens.access).await.expect(200);
        acme.refresh("shop", &tokens.refresh).await.expect(200);
    }
}
