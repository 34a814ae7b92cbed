//! How many sessions a user may have at once.

use super::app::{PASSWORD, by_wechat, code_of, redeem, register, step, with_app, wx};
use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::json;

async fn live(tenant: &Tenant<'_>, sub: &str) -> usize {
    let sessions = tenant
        .admin("GET", &format!("/users/{sub}/sessions"), None)
        .await
        .expect(200);
    sessions.body["items"].as_array().unwrap().len()
}

on_both_databases! {
    async fn r60_a_login_beyond_the_most_ends_the_eldest(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"sessions": {"most_per_user": 2}})).await;
        let mut all = Vec::new();
        for _ in 0..4 {
            server.advance(1);
            all.push(by_wechat(&tenant, "alice").await);
        }
        let sub = tenant.sub(&all[3].access).await;
        assert_eq!(live(&tenant, &sub).await, 2);
        for (at, tokens) in all.iter().enumerate() {
            let expected = if at < 2 { 401 } else { 200 };
            tenant.userinfo(&tokens.access).await.expect(expected);
            assert_eq!(tenant.refresh("app", &tokens.refresh).await.status, if at < 2 { 400 } else { 200 });
        }
        // Nobody else's end.
        let bob = by_wechat(&tenant, "bob").await;
        by_wechat(&tenant, "alice").await;
        tenant.userinfo(&bob.access).await.expect(200);
    }

    async fn r60_the_most_holds_for_100_silent_logins_at_once(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = by_wechat(&tenant, "alice").await;
        let sub = tenant.sub(&first.access).await;
        tenant.set(json!({"sessions": {"most_per_user": 3}})).await;
        // WeChat lets one person sign in a hundred times a minute.
        server.advance(61);
        let replies = server.in_parallel(100, || async { tenant.exchange("app", &wx(&tenant, "alice")).await }).await;
        let signed_in = replies.iter().filter(|reply| reply.status == 200).count();
        for reply in replies {
            if reply.status != 200 {
                reply.expect_error(503, "temporarily_unavailable", None);
            }
        }
        assert!(signed_in >= 10, "{signed_in}");
        assert_eq!(live(&tenant, &sub).await, 3);
    }

    async fn r60_the_most_holds_for_codes_that_are_redeemed_at_once(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = register(&tenant, "alice.liu").await;
        let sub = tenant.sub(&first.access).await;
        tenant.set(json!({"sessions": {"most_per_user": 3}})).await;
        let mut codes = Vec::new();
        for _ in 0..20 {
            codes.push(code_of(step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await));
        }
        let next = std::sync::Mutex::new(codes);
        let replies = server
            .in_parallel(20, || {
                let code = next.lock().unwrap().pop().unwrap();
                let tenant = &tenant;
                async move { redeem(tenant, &code).await }
            })
            .await;
        for reply in replies {
            reply.expect(200);
        }
        assert_eq!(live(&tenant, &sub).await, 3);
    }
}
