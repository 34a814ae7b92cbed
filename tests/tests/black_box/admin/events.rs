//! The audit log: who did what, when, from where.

use super::{by_threes, each, kinds, list};
use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";

/// A request that is not refused; time goes on after it, so that the log has an order.
async fn done(tenant: &Tenant<'_>, method: &str, path: &str, body: Option<Value>) -> Value {
    let reply = tenant.admin(method, path, body).await;
    assert!(reply.status < 300, "{method} {path}: {reply}");
    tenant.server.advance(1);
    reply.body
}

async fn operator_id(server: &Server) -> String {
    let operators = list(&server.admin("GET", "/operators", None).await.expect(200));
    each(&operators, "id")[0].to_owned()
}

on_both_databases! {
    async fn every_change_is_an_event_with_who_what_when_and_from_where(server: Server) {
        let tenant = server.tenant("acme").await;
        server.advance(1);
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        let app = format!("/wechat-apps/{APP}");
        let wanted = json!({"kind": "mini_program", "secret": secret});
        let shop = json!({"token_endpoint_auth_method": "none", "first_party": true, "wechat_appid": APP, "scope": "openid",
            "grant_types": ["urn:hufu:grant-type:wechat-code"]});
        let service = json!({"grant_types": ["client_credentials"]});
        done(&tenant, "PUT", "", Some(json!({"display_name": "Acme"}))).await;
        done(&tenant, "PATCH", "", Some(json!({"display_name": "Acme 2"}))).await;
        done(&tenant, "PUT", &app, Some(wanted.clone())).await;
        done(&tenant, "PUT", &app, Some(wanted)).await;
        done(&tenant, "PATCH", &app, Some(json!({"union_scope": "open"}))).await;
        done(&tenant, "PUT", "/clients/shop", Some(shop.clone())).await;
        done(&tenant, "PUT", "/clients/shop", Some(shop)).await;
        done(&tenant, "PATCH", "/clients/shop", Some(json!({"client_name": "Shop"}))).await;
        done(&tenant, "PUT", "/clients/api", Some(service)).await;
        done(&tenant, "POST", "/clients/api/secret", None).await;
        let old = tenant.admin("GET", "/keys", None).await.expect(200).str("/items/0/kid").to_owned();
        let alg = tenant.admin("GET", "/keys", None).await.expect(200).str("/items/0/alg").to_owned();
        let key = done(&tenant, "POST", "/keys", Some(json!({"alg": alg}))).await["kid"].as_str().unwrap().to_owned();
        server.advance(600);
        done(&tenant, "DELETE", &format!("/keys/{old}"), None).await;
        let access = tenant.login("alice").await.access;
        server.advance(1);
        let (sub, sid) = (tenant.sub(&access).await, server.unverified(&access)["sid"].as_str().unwrap().to_owned());
        let user = format!("/users/{sub}");
        done(&tenant, "DELETE", &format!("{user}/sessions/{sid}"), None).await;
        done(&tenant, "PATCH", &user, Some(json!({"status": "disabled"}))).await;
        done(&tenant, "PATCH", &user, Some(json!({"status": "active"}))).await;
        done(&tenant, "DELETE", &user, None).await;
        let body = json!({"name": "own", "tenant": "acme"});
        let own = server.admin("POST", "/operators", Some(body)).await.expect(201).str("/id").to_owned();
        server.advance(1);
        server.admin("DELETE", &format!("/operators/{own}"), None).await.expect(204);
        server.advance(1);
        done(&tenant, "DELETE", "/clients/shop", None).await;
        done(&tenant, "DELETE", &app, None).await;

        let mut expected = [
            ("tenant.created", "acme"), ("tenant.updated", "acme"), ("tenant.updated", "acme"),
            ("wechat_app.created", APP), ("wechat_app.updated", APP), ("wechat_app.updated", APP),
            ("client.created", "shop"), ("client.updated", "shop"), ("client.updated", "shop"),
            ("client.created", "api"), ("client.secret_rotated", "api"), ("key.created", &key), ("key.deleted", &old),
            ("user.created", &sub), ("session.ended", &sid), ("user.disabled", &sub), ("user.enabled", &sub), ("user.deleted", &sub),
            ("operator.created", &own), ("operator.revoked", &own), ("client.deleted", "shop"), ("wechat_app.deleted", APP),
        ];
        expected.reverse();
        let events = tenant.events().await;
        let told: Vec<_> = each(&events, "kind").into_iter().zip(each(&events, "target")).collect();
        assert_eq!(told, expected);
        let operator = operator_id(&server).await;
        let mut before = i64::MAX;
        for event in &events {
            let actor = if event["kind"] == "user.created" { json!({"kind": "client", "id": "shop"}) } else { json!({"kind": "operator", "id": operator}) };
            assert_eq!((&event["actor"], &event["ip"]), (&actor, &json!("127.0.0.1")), "{event}");
            assert!(event["id"].as_str().unwrap().starts_with("evt_"));
            let at = chrono::DateTime::parse_from_rfc3339(event["at"].as_str().unwrap()).unwrap().timestamp();
            assert!(at < before, "newest first");
            before = at;
        }
        assert_eq!(by_threes(&server, "/tenants/acme/events").await, events);
    }

    async fn what_is_only_read_or_refused_makes_no_event(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let sub = tenant.sub(&tenant.login("alice").await.access).await;
        let before = tenant.events().await;
        let platform = server.admin("GET", "/events", None).await.expect(200).body;
        for path in [
            "", "/wechat-apps", "/clients", "/clients/shop", "/keys", "/users", &format!("/users/{sub}"),
            &format!("/users/{sub}/identities"), &format!("/users/{sub}/sessions"), "/events",
        ] {
            tenant.admin("GET", path, None).await.expect(200);
        }
        server.admin("GET", "/tenants", None).await.expect(200);
        server.admin("GET", "/operators", None).await.expect(200);
        let kid = tenant.admin("GET", "/keys", None).await.expect(200).str("/items/0/kid").to_owned();
        for (method, path, body, status) in [
            ("PUT", "", Some(json!({})), 422),
            ("PATCH", "", Some(json!({"display_name": ""})), 422),
            ("PUT", "/clients/shop", Some(json!({})), 422),
            ("POST", "/clients/shop/secret", None, 409),
            ("DELETE", "/clients/nobody", None, 404),
            ("DELETE", &format!("/keys/{kid}"), None, 409),
            ("POST", "/keys", Some(json!({"alg": "none"})), 422),
            ("DELETE", "/users/usr_01920000000070008000000000000001", None, 404),
            ("PATCH", &format!("/users/{sub}"), Some(json!({"status": "merged"})), 422),
        ] {
            tenant.admin(method, path, body).await.expect(status);
        }
        server.admin("POST", "/operators", Some(json!({"name": "x", "tenant": "nobody"}))).await.expect(422);
        assert_eq!(tenant.events().await, before);
        assert_eq!(server.admin("GET", "/events", None).await.expect(200).body, platform);
    }

    async fn r24_events_of_one_tenant_never_show_in_anothers(server: Server) {
        let (acme, other) = (server.tenant("acme").await.with_shop().await, server.tenant("other").await);
        acme.login("alice").await;
        acme.confidential("api").await;
        let body = json!({"name": "acme's own", "tenant": "acme"});
        server.admin("POST", "/operators", Some(body)).await.expect(201);
        assert_eq!(kinds(&other).await, ["tenant.created"]);
        assert_eq!(other.events().await[0]["target"], "other");
        assert_eq!(kinds(&acme).await.len(), 6);
    }

    async fn the_platform_has_a_log_of_its_own(server: Server) {
        server.advance(1);
        let acme = server.tenant("acme").await;
        server.advance(1);
        let made = server.admin("POST", "/operators", Some(json!({"name": "second"}))).await.expect(201);
        server.advance(1);
        server.admin("DELETE", &format!("/operators/{}", made.str("/id")), None).await.expect(204);
        server.advance(1);
        let id = acme.admin("GET", "", None).await.expect(200).str("/id").to_owned();
        acme.admin("DELETE", "", None).await.expect(204);
        let events = by_threes(&server, "/events").await;
        assert_eq!(each(&events, "kind"), ["tenant.deleted", "operator.revoked", "operator.created", "tenant.created", "operator.created"]);
        assert_eq!((&events[0]["target"], &events[0]["detail"]["id"]), (&json!("acme"), &json!(id)));
        assert_eq!(events[0]["actor"], json!({"kind": "operator", "id": operator_id(&server).await}));
        assert_eq!(events[4]["actor"], json!({"kind": "system"}), "made beside the API");
        assert!(!json!(events).to_string().contains("hufu_op_"));
    }

    async fn r61_a_stranger_is_not_believed_where_it_comes_from(server: Server) {
        let server = server.exposed_node().await;
        let url = format!("{}/admin/v1/tenants/acme", server.base);
        let request = server.http.request("PUT", &url).bearer_auth(&server.operator).json(&json!({"display_name": "a"}));
        let forged = request.header("x-forwarded-for", "203.0.113.7").header("forwarded", "for=203.0.113.7").header("x-real-ip", "203.0.113.7");
        server.http.send(forged).await.expect(201);
        let tenant = Tenant { server: &server, slug: "acme" };
        assert_eq!(tenant.events().await[0]["ip"], "127.0.0.1");
    }
}
