//! Refreshing: rotation, replay, reuse.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn a_refresh_keeps_who_and_when(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let first = tenant.login("alice").await;
        server.advance(60);
        let second = Tokens::of(tenant.refresh("shop", &first.refresh).await);
        assert_ne!(second.refresh, first.refresh);
        let (old, new) = (server.unverified(&first.id), server.unverified(&second.id));
        for same in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(old[same], new[same], "{same}");
        }
        assert_eq!(new["iat"].as_i64().unwrap() - old["iat"].as_i64().unwrap(), 60);
        tenant.userinfo(&second.access).await.expect(200);
    }

    async fn r19_a_lost_answer_does_not_log_out(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let first = tenant.login("alice").await;
        tenant.refresh("shop", &first.refresh).await.expect(200);
        let again = Tokens::of(tenant.refresh("shop", &first.refresh).await);
        Tokens::of(tenant.refresh("shop", &again.refresh).await);
    }

    async fn r19_reuse_revokes_the_family(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let first = tenant.login("alice").await;
        let second = Tokens::of(tenant.refresh("shop", &first.refresh).await);
        let third = Tokens::of(tenant.refresh("shop", &second.refresh).await);
        tenant.refresh("shop", &first.refresh).await.expect_error(400, "invalid_grant", None);
        for dead in [&second.refresh, &third.refresh] {
            tenant.refresh("shop", dead).await.expect_error(400, "invalid_grant", None);
        }
        tenant.userinfo(&third.access).await.expect_error(401, "invalid_token", None);
        let kinds: Vec<_> = tenant.events().await.into_iter().map(|e| e["kind"].clone()).collect();
        assert!(kinds.contains(&json!("refresh_token.reused")));
        assert_eq!(kinds.iter().filter(|kind| **kind == json!("refresh_token.reused")).count(), 1);
    }

    async fn r19_a_thief_and_a_victim_are_both_out(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let stolen = tenant.login("alice").await.refresh;
        let victim = Tokens::of(tenant.refresh("shop", &stolen).await);
        let thief = Tokens::of(tenant.refresh("shop", &stolen).await);
        let victim = Tokens::of(tenant.refresh("shop", &victim.refresh).await);
        tenant.refresh("shop", &thief.refresh).await.expect_error(400, "invalid_grant", None);
        tenant.refresh("shop", &victim.refresh).await.expect_error(400, "invalid_grant", None);
    }

    async fn parallel_refreshes_of_one_token_leave_one_line(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let first = tenant.login("alice").await;
        let replies = server.in_parallel(100, || tenant.refresh("shop", &first.refresh)).await;
        let tokens: Vec<_> = replies.into_iter().map(Tokens::of).collect();
        // All are replays of one spent token; the first of their tokens that is used makes the others reuse.
        Tokens::of(tenant.refresh("shop", &tokens[7].refresh).await);
        tenant.refresh("shop", &tokens[8].refresh).await.expect_error(400, "invalid_grant", None);
    }

    async fn r20_a_refresh_token_is_bound_to_client_tenant_and_scope(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        tenant.mini_program("other-shop", "wx0000000000000001").await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program("shop", "wx0000000000000002").await;
        let first = tenant.login("alice").await;
        tenant.refresh("other-shop", &first.refresh).await.expect_error(400, "invalid_grant", None);
        other.refresh("shop", &first.refresh).await.expect_error(400, "invalid_grant", None);
        let scoped = async |scope: &str| {
            let form = [("grant_type", "refresh_token"), ("client_id", "shop"), ("refresh_token", first.refresh.as_str()), ("scope", scope)];
            tenant.token(&form).await
        };
        scoped("openid phone").await.expect_error(400, "invalid_scope", None);
        let narrow = Tokens::of(scoped("openid").await);
        assert_eq!(narrow.reply.body["scope"], "openid");
        let wide = Tokens::of(tenant.refresh("shop", &narrow.refresh).await);
        assert_eq!(wide.reply.body["scope"], "offline_access openid wechat", "the grant itself is not narrowed");
    }

    async fn r21_refresh_tokens_end_idle_and_absolutely(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let settings = json!({"settings": {"tokens": {"refresh_token_ttl": 3600, "refresh_token_idle_ttl": 1200}}});
        tenant.admin("PATCH", "", Some(settings)).await.expect(200);
        let idle = tenant.login("alice").await;
        let mut busy = tenant.login("bob").await;
        for _ in 0..2 {
            server.advance(1_100);
            busy = Tokens::of(tenant.refresh("shop", &busy.refresh).await);
        }
        tenant.refresh("shop", &idle.refresh).await.expect_error(400, "invalid_grant", None);
        server.advance(1_100);
        busy = Tokens::of(tenant.refresh("shop", &busy.refresh).await);
        server.advance(301);
        tenant.refresh("shop", &busy.refresh).await.expect_error(400, "invalid_grant", None);
    }

    async fn r58_a_disabled_user_is_out_at_once(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let sub = tenant.sub(&tokens.access).await;
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        tenant.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.introspect("api", &secret, &tokens.access).await.expect(200).body, json!({"active": false}));
        let again = tenant.exchange("shop", &tenant.code("wx0000000000000001", "alice")).await;
        again.expect_error(400, "access_denied", Some("user_disabled"));
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "active"}))).await.expect(200);
        tenant.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        assert_eq!(tenant.sub(&tenant.login("alice").await.access).await, sub);
    }

    async fn garbage_is_refused_without_a_trace(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let good = tenant.login("alice").await.refresh;
        let (head, tail) = good.split_at(good.len() - 4);
        let forged = format!("{head}{}", if tail == "AAAA" { "BBBB" } else { "AAAA" });
        for bad in ["x", "hufu_rt_", forged.as_str(), &good.replace("hufu_rt_", "hufu_op_"), &"h".repeat(5_000)] {
            tenant.refresh("shop", bad).await.expect_error(400, "invalid_grant", None);
        }
        tenant.refresh("shop", &good).await.expect(200);
        tenant.token(&[("grant_type", "refresh_token"), ("client_id", "shop")]).await.expect_error(400, "invalid_request", None);
    }
}
