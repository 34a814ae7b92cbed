//! An operator undoes a merge.

use super::{link, merge, offer, rows_are_whole, unlink};
use crate::t::challenge::app::{PASSWORD, as_app, by_wechat, count, kinds, register, step, with_app, wx};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

/// Two users that were merged: the tokens of the one that remains, its `sub`, and the other's.
async fn merged(tenant: &Tenant<'_>) -> (Tokens, String, String) {
    let other = register(tenant, "alice.liu").await;
    let alice = by_wechat(tenant, "alice").await;
    let (sub, gone) = (tenant.sub(&alice.access).await, tenant.sub(&other.access).await);
    let proof = json!({"username": "alice.liu", "password": PASSWORD});
    let session = offer(link(tenant, &alice, proof).await, "account_taken");
    merge(tenant, &alice, &session).await.expect(200);
    (alice, sub, gone)
}

async fn undo(tenant: &Tenant<'_>, user: &str) -> Reply {
    tenant
        .admin("POST", &format!("/users/{user}/unmerge"), None)
        .await
}

async fn by_password(tenant: &Tenant<'_>) -> String {
    let reply = step(tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await;
    let tokens = as_app(tenant, reply).await;
    tenant.sub(&tokens.access).await
}

on_both_databases! {
    async fn within_thirty_days_a_merge_is_undone_and_both_sign_in_anew(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, sub, gone) = merged(&tenant).await;
        assert_eq!(by_password(&tenant).await, sub);
        server.advance(30 * 86_400 - 10);
        let undone = undo(&tenant, &gone).await;
        assert!((200..300).contains(&undone.status), "{undone}");
        assert_eq!((kinds(&tenant, &sub).await, kinds(&tenant, &gone).await), (vec!["wechat".to_owned()], vec!["account".to_owned()]));
        assert_eq!(by_password(&tenant).await, gone, "under the `sub` that it always had");
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        let user = tenant.admin("GET", &format!("/users/{gone}"), None).await.expect(200);
        assert_eq!(user.str("/status"), "active");
        assert!(user.body.get("merged_into").is_none());
        assert_eq!(count(&tenant, "user.unmerged").await, 1);
        assert_eq!(undo(&tenant, &gone).await.status, 404);
        rows_are_whole(&tenant);
    }

    async fn after_thirty_days_it_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (_, sub, gone) = merged(&tenant).await;
        server.advance(30 * 86_400);
        undo(&tenant, &gone).await.expect_problem(409, "merge-final");
        assert_eq!(by_password(&tenant).await, sub);
        assert_eq!(count(&tenant, "user.unmerged").await, 0);
    }

    async fn nobody_is_left_without_a_way_in(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, sub, gone) = merged(&tenant).await;
        // What was moved was given up since.
        unlink(&tenant, &alice, "account").await.expect(204);
        undo(&tenant, &gone).await.expect_problem(409, "merge-inseparable");
        assert_eq!(kinds(&tenant, &sub).await, ["wechat"]);
        rows_are_whole(&tenant);
    }

    async fn what_was_the_remaining_users_own_is_not_given_away(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, sub, gone) = merged(&tenant).await;
        unlink(&tenant, &alice, "wechat").await.expect(204);
        undo(&tenant, &gone).await.expect_problem(409, "merge-inseparable");
        assert_eq!(by_password(&tenant).await, sub);
    }

    async fn who_was_not_merged_is_not_unmerged(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (_, sub, gone) = merged(&tenant).await;
        for nobody in [sub.as_str(), "usr_01920000000070008000000000000001"] {
            assert_eq!(undo(&tenant, nobody).await.status, 404);
        }
        assert_eq!(undo(&server.tenant("other").await, &gone).await.status, 404);
        // Absorbed, and not merged: there is nothing to undo.
        let bare = by_wechat(&tenant, "bob").await;
        let bare_sub = tenant.sub(&bare.access).await;
        register(&tenant, "bob.wang").await;
        let code = wx(&tenant, "bob");
        step(&tenant, &[("username", "bob.wang"), ("password", PASSWORD), ("js_code", &code)]).await.expect(200);
        assert_eq!(undo(&tenant, &bare_sub).await.status, 404);
    }

    async fn a_merge_that_was_undone_may_be_done_again(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (_, sub, gone) = merged(&tenant).await;
        assert!(undo(&tenant, &gone).await.status < 300);
        let alice = by_wechat(&tenant, "alice").await;
        let proof = json!({"username": "alice.liu", "password": PASSWORD});
        let session = offer(link(&tenant, &alice, proof).await, "account_taken");
        merge(&tenant, &alice, &session).await.expect(200);
        assert_eq!(by_password(&tenant).await, sub);
        assert!(undo(&tenant, &gone).await.status < 300);
        assert_eq!(by_password(&tenant).await, gone);
        rows_are_whole(&tenant);
    }

    async fn only_an_operator_of_the_tenant_undoes(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, _, gone) = merged(&tenant).await;
        let path = format!("/tenants/acme/users/{gone}/unmerge");
        for token in [alice.access.as_str(), "nonsense"] {
            server.admin_as(token, "POST", &path, None).await.expect_problem(401, "unauthorized");
        }
        assert_eq!(count(&tenant, "user.unmerged").await, 0);
    }
}
