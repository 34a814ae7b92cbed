//! Users, their identities and their sessions, as an operator sees and ends them.

use super::{broken, by_threes, each, list, pointers};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::json;
use std::collections::BTreeSet;

const APP: &str = "wx0000000000000001";
const NOBODY: &str = "usr_01920000000070008000000000000001";

async fn sign_in(tenant: &Tenant<'_>, user: &str) -> (Tokens, String) {
    let tokens = tenant.login(user).await;
    let path = format!("/users/{}", tenant.sub(&tokens.access).await);
    (tokens, path)
}

async fn is_out(tenant: &Tenant<'_>, tokens: &Tokens) {
    tenant
        .userinfo(&tokens.access)
        .await
        .expect_error(401, "invalid_token", None);
    tenant
        .refresh("shop", &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant", None);
}

on_both_databases! {
    async fn a_user_is_read_with_its_identities_and_sessions(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(APP, "acme-open").await;
        tenant.mini_program("shop", APP).await;
        let (tokens, path) = sign_in(&tenant, "alice").await;
        let user = tenant.admin("GET", &path, None).await.expect(200);
        assert_eq!((user.str("/status"), format!("/users/{}", user.str("/id"))), ("active", path.clone()));
        let at = chrono::DateTime::parse_from_rfc3339(user.str("/created_at")).unwrap();
        assert_eq!(at.timestamp(), server.sim.now());

        let identities = list(&tenant.admin("GET", &format!("{path}/identities"), None).await.expect(200));
        assert_eq!(identities.len(), 1);
        let account = server.open_account("acme-open");
        for (member, value) in [
            ("kind", "wechat"), ("wechat_appid", APP), ("wechat_openid", &server.sim.openid(APP, "alice")),
            ("wechat_unionid", &server.sim.unionid(account.id(), "alice")), ("union_scope", "acme-open"),
        ] {
            assert_eq!(identities[0][member], value, "{member}");
        }
        let sessions = list(&tenant.admin("GET", &format!("{path}/sessions"), None).await.expect(200));
        assert_eq!(each(&sessions, "id"), [server.unverified(&tokens.access)["sid"].as_str().unwrap()]);
        assert_eq!(sessions[0]["amr"], json!(["wechat"]));
        let ends = chrono::DateTime::parse_from_rfc3339(sessions[0]["expires_at"].as_str().unwrap()).unwrap();
        assert_eq!(ends.timestamp() - server.sim.now(), 30 * 86_400);
    }

    async fn r22_r58_disabling_ends_sessions_and_tokens_at_once_and_enabling_does_not_revive_them(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (tokens, path) = sign_in(&tenant, "alice").await;
        let (bob, _) = sign_in(&tenant, "bob").await;
        server.advance(1);
        let disabled = tenant.admin("PATCH", &path, Some(json!({"status": "disabled"}))).await.expect(200);
        assert_eq!(disabled.str("/status"), "disabled");
        assert_ne!(disabled.body["updated_at"], disabled.body["created_at"]);
        is_out(&tenant, &tokens).await;
        let refused = tenant.exchange("shop", &tenant.code(APP, "alice")).await;
        refused.expect_error(400, "access_denied", Some("user_disabled"));
        assert!(list(&tenant.admin("GET", &format!("{path}/sessions"), None).await.expect(200)).is_empty());
        tenant.userinfo(&bob.access).await.expect(200);
        assert_eq!(tenant.admin("GET", &path, None).await.expect(200).body, disabled.body);

        let enabled = tenant.admin("PATCH", &path, Some(json!({"status": "active"}))).await.expect(200);
        assert_eq!(enabled.str("/status"), "active");
        is_out(&tenant, &tokens).await;
        assert_eq!(sign_in(&tenant, "alice").await.1, path, "the same user as before");
    }

    async fn what_may_be_set_of_a_user_is_checked(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (tokens, path) = sign_in(&tenant, "alice").await;
        for (body, pointer) in [
            (json!({"status": "merged"}), "#/status"),
            (json!({"status": "disabled", "id": "usr_"}), "#/id"),
            (json!({}), "#"),
            (json!("disabled"), "#"),
        ] {
            assert_eq!(broken(tenant.admin("PATCH", &path, Some(body.clone())).await), pointers([pointer]), "{body}");
        }
        tenant.userinfo(&tokens.access).await.expect(200);
    }

    async fn a_deleted_user_is_gone_with_all_that_it_had(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (tokens, path) = sign_in(&tenant, "alice").await;
        tenant.admin("DELETE", &path, None).await.expect(204);
        is_out(&tenant, &tokens).await;
        for (method, path) in [
            ("GET", path.clone()), ("DELETE", path.clone()), ("GET", format!("{path}/identities")), ("GET", format!("{path}/sessions")),
        ] {
            tenant.admin(method, &path, None).await.expect_problem(404, "not-found");
        }
        assert!(list(&tenant.admin("GET", "/users", None).await.expect(200)).is_empty());
    }

    async fn ending_a_session_kills_its_tokens_and_no_others(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (first, path) = sign_in(&tenant, "alice").await;
        server.advance(1);
        let (second, _) = sign_in(&tenant, "alice").await;
        let (bob, bobs) = sign_in(&tenant, "bob").await;
        let sid = |tokens: &Tokens| server.unverified(&tokens.access)["sid"].as_str().unwrap().to_owned();
        let sessions = list(&tenant.admin("GET", &format!("{path}/sessions"), None).await.expect(200));
        assert_eq!(each(&sessions, "id"), [sid(&second), sid(&first)], "newest first");

        let foreign = format!("{bobs}/sessions/{}", sid(&first));
        tenant.admin("DELETE", &foreign, None).await.expect_problem(404, "not-found");
        tenant.userinfo(&first.access).await.expect(200);
        let session = format!("{path}/sessions/{}", sid(&first));
        tenant.admin("DELETE", &session, None).await.expect(204);
        tenant.admin("DELETE", &session, None).await.expect_problem(404, "not-found");
        is_out(&tenant, &first).await;
        for alive in [&second, &bob] {
            tenant.userinfo(&alive.access).await.expect(200);
        }
        Tokens::of(tenant.refresh("shop", &second.refresh).await);
        let sessions = list(&tenant.admin("GET", &format!("{path}/sessions"), None).await.expect(200));
        assert_eq!(each(&sessions, "id"), [sid(&second)]);
    }

    async fn a_user_that_went_into_another_says_into_which_and_cannot_be_changed(server: Server) {
        let tenant = server.tenant("acme").await;
        let cafe = "wx0000000000000002";
        tenant.wechat_app_in(APP, "acme-open").await;
        tenant.wechat_app(cafe).await;
        tenant.mini_program("shop", APP).await;
        tenant.mini_program("cafe", cafe).await;
        let (_, path) = sign_in(&tenant, "alice").await;
        // What comes in one millisecond has no order.
        server.advance(1);
        let bare = Tokens::of(tenant.exchange("cafe", &tenant.code(cafe, "alice")).await);
        let bare = format!("/users/{}", tenant.sub(&bare.access).await);
        let app = server.sim.bind(cafe, &server.open_account("acme-open")).unwrap();
        tenant.put_wechat_app(cafe, app.secret(), Some("acme-open")).await.expect(200);
        tenant.exchange("cafe", &tenant.code(cafe, "alice")).await.expect(200);
        let merged = tenant.admin("GET", &bare, None).await.expect(200);
        assert_eq!((merged.str("/status"), format!("/users/{}", merged.str("/merged_into"))), ("merged", path.clone()));
        let revived = tenant.admin("PATCH", &bare, Some(json!({"status": "active"}))).await;
        revived.expect_problem(404, "not-found");
        let identities = list(&tenant.admin("GET", &format!("{path}/identities"), None).await.expect(200));
        assert_eq!(each(&identities, "wechat_appid"), [APP, cafe]);
    }

    async fn r24_users_are_listed_by_cursor_and_to_their_tenant_only(server: Server) {
        let (tenant, other) = (server.tenant("acme").await.with_shop().await, server.tenant("other").await);
        let mut subs = Vec::new();
        for name in ["alice", "bob", "carol", "dave", "erin", "frank", "grace"] {
            server.advance(1);
            subs.push(tenant.sub(&tenant.login(name).await.access).await);
        }
        assert_eq!(each(&by_threes(&server, "/tenants/acme/users").await, "id"), subs, "in the order of their first login");
        assert!(list(&other.admin("GET", "/users", None).await.expect(200)).is_empty());
        let path = format!("/users/{}", subs[0]);
        for (method, path, body) in [
            ("GET", path.clone(), None), ("PATCH", path.clone(), Some(json!({"status": "disabled"}))), ("DELETE", path.clone(), None),
            ("GET", format!("{path}/identities"), None), ("GET", format!("{path}/sessions"), None),
        ] {
            other.admin(method, &path, body).await.expect_problem(404, "not-found");
        }
        assert_eq!(tenant.admin("GET", &path, None).await.expect(200).str("/status"), "active");
    }

    async fn what_cannot_be_a_user_is_as_if_unknown(server: Server) {
        let tenant = server.tenant("acme").await;
        let mut told = BTreeSet::new();
        for id in [NOBODY, "usr_1", "alice", "ten_01920000000070008000000000000001", "%00", "usr_01920000000070008000000000000Z"] {
            let refused = tenant.admin("GET", &format!("/users/{id}"), None).await.expect_problem(404, "not-found");
            told.insert(refused.str("/detail").to_owned());
        }
        assert_eq!(told.len(), 1, "{told:?}");
        let session = format!("/users/{NOBODY}/sessions/ses_01920000000070008000000000000001");
        tenant.admin("DELETE", &session, None).await.expect_problem(404, "not-found");
    }
}
