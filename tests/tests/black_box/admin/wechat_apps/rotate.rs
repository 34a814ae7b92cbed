//! A new AppSecret without a failed login.

use super::{APP, PATH, WRONG, kinds};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use hufu_wxsim::{AppChange, Patch, Preset};
use serde_json::json;

async fn rotate(tenant: &Tenant<'_>, secret: &str) -> hufu_tests::Reply {
    tenant
        .admin("POST", &format!("{PATH}/rotate"), Some(json!({"secret": secret})))
        .await
}

async fn sign_in(tenant: &Tenant<'_>, user: &str) {
    Tokens::of(tenant.exchange("shop", &tenant.code(APP, user)).await);
}

on_both_databases! {
    async fn a_rotation_fails_no_login(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        sign_in(&tenant, "alice").await;
        let next = server.sim.prepare_secret(APP).unwrap();
        let waiting = rotate(&tenant, &next).await.expect(202);
        assert_eq!(waiting.body["next_secret"], true);
        assert!(!waiting.text.contains(&next));
        sign_in(&tenant, "alice").await;
        server.sim.activate_secret(APP).unwrap();
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(20, || {
                let user = format!("user-{}", turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
                let code = tenant.code(APP, &user);
                async move { tenant.exchange("shop", &code).await }
            })
            .await;
        for reply in replies {
            reply.expect(200);
        }
        let now = tenant.admin("GET", PATH, None).await.expect(200);
        assert_eq!(now.body["next_secret"], false, "promoted: {now}");
        rotate(&tenant, &next).await.expect(200);
        let events = kinds(&tenant).await;
        assert_eq!(events.iter().filter(|kind| *kind == "wechat_app.secret_promoted").count(), 1);
        assert_eq!(events.iter().filter(|kind| *kind == "wechat_app.secret_prepared").count(), 1);
        assert!(!events.contains(&"wechat_app.misconfigured".to_owned()), "{events:?}");
        let asked = server.sim.requests("/sns/jscode2session").len();
        sign_in(&tenant, "alice").await;
        assert_eq!(server.sim.requests("/sns/jscode2session").len(), asked + 1, "the old secret is not tried any more");
    }

    async fn a_secret_that_wechat_takes_already_counts_at_once(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        let done = rotate(&tenant, &secret).await.expect(200);
        assert_eq!(done.body["next_secret"], false);
        sign_in(&tenant, "alice").await;
    }

    async fn a_wrong_next_secret_harms_nothing_and_can_be_replaced(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        rotate(&tenant, WRONG).await.expect(202);
        sign_in(&tenant, "alice").await;
        let next = server.sim.prepare_secret(APP).unwrap();
        server.sim.activate_secret(APP).unwrap();
        let refused = tenant.exchange("shop", &tenant.code(APP, "alice")).await;
        refused.expect_error(503, "temporarily_unavailable", Some("wx_app_misconfigured"));
        rotate(&tenant, &next).await.expect(200);
        sign_in(&tenant, "alice").await;
    }

    async fn what_cannot_be_a_secret_is_refused(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let current = server.sim.change_app(APP, AppChange::default()).unwrap().secret().to_owned();
        rotate(&tenant, &current).await.expect(200);
        for secret in ["", "short"] {
            let refused = rotate(&tenant, secret).await.expect_problem(422, "invalid-request");
            assert_eq!(refused.fields(), ["#/secret"]);
        }
        tenant.admin("POST", "/wechat-apps/wx00000000000000ff/rotate", Some(json!({"secret": WRONG}))).await
            .expect_problem(404, "not-found");
        server.sim.change_app(APP, AppChange { ip_allow: Patch::Set(vec![]), ..AppChange::default() }).unwrap();
        // WeChat looks at the secret before the address, so that it says which of them is wrong.
        rotate(&tenant, WRONG).await.expect(202);
        let next = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        rotate(&tenant, &next).await.expect_problem(422, "wechat-credential-refused");
    }

    async fn a_rotation_may_begin_while_wechat_is_away(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let next = server.sim.prepare_secret(APP).unwrap();
        server.sim.fault(Preset::Outage).unwrap();
        rotate(&tenant, &next).await.expect(202);
        server.sim.clear_faults();
        server.sim.activate_secret(APP).unwrap();
        sign_in(&tenant, "alice").await;
    }

    async fn parallel_changes_of_one_app_do_not_overwrite_each_other(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(10, || {
                let scope = format!("scope-{}", turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
                tenant.admin("PATCH", PATH, Some(json!({"union_scope": scope})))
            })
            .await;
        assert!(replies.iter().any(|reply| reply.status == 200));
        for reply in replies.into_iter().filter(|reply| reply.status != 200) {
            reply.expect_problem(409, "conflict");
        }
    }
}
