//! An app belongs to one tenant, and moves only by a proof.

use super::{super::kinds, APP, PATH, WRONG, can_sign_in, count, each, list, wanted};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn an_app_that_another_tenant_has_is_refused_but_only_to_who_proves_it(server: Server) {
        let acme = server.tenant("acme").await.with_shop().await;
        let other = server.tenant("other").await;
        let secret = server.sim.change_app(APP, hufu_wxsim::AppChange::default()).unwrap().secret().to_owned();
        let unproven = other.put_wechat_app(APP, WRONG, None).await;
        unproven.expect_problem(422, "wechat-credential-refused");
        other.put_wechat_app(APP, &secret, None).await.expect_problem(409, "wechat-app-held");
        let dry = other.admin("PUT", &format!("{PATH}?dry_run=true"), Some(wanted(&secret))).await;
        assert_eq!(dry.expect(200).body, json!({"proven": true}));
        other.admin("GET", PATH, None).await.expect_problem(404, "not-found");
        assert_eq!(kinds(&other).await, ["tenant.created"]);
        assert!(can_sign_in(&acme).await);
    }

    async fn an_app_moves_by_an_explicit_transfer_with_its_secret_proven(server: Server) {
        let acme = server.tenant("acme").await.with_shop().await;
        let other = server.tenant("other").await;
        let alice = acme.sub(&acme.login("alice").await.access).await;
        let secret = server.sim.change_app(APP, hufu_wxsim::AppChange::default()).unwrap().secret().to_owned();
        let transfer = format!("{PATH}?transfer=true");
        let unproven = other.admin("PUT", &transfer, Some(wanted(WRONG))).await;
        unproven.expect_problem(422, "wechat-credential-refused");
        acme.admin("GET", PATH, None).await.expect(200);

        server.advance(1);
        let moved = other.admin("PUT", &transfer, Some(wanted(&secret))).await.expect(201);
        assert!(moved.header("location").unwrap().ends_with("/tenants/other/wechat-apps/wx0000000000000001"));
        acme.admin("GET", PATH, None).await.expect_problem(404, "not-found");
        assert_eq!(kinds(&acme).await[0], "wechat_app.transferred_out");
        assert_eq!(kinds(&other).await[0], "wechat_app.transferred_in");
        for tenant in [acme, other] {
            let event = &tenant.events().await[0];
            assert_eq!((&event["target"], &event["actor"]["kind"]), (&json!(APP), &json!("operator")));
        }
        let refused = acme.exchange("shop", &acme.code(APP, "alice")).await;
        refused.expect_error(400, "unauthorized_client", None);
        other.mini_program("shop", APP).await;
        let there = Tokens::of(other.exchange("shop", &other.code(APP, "alice")).await);
        assert_ne!(other.sub(&there.access).await, alice, "people do not move with an app");
        let users = acme.admin("GET", "/users", None).await.expect(200);
        assert_eq!(each(&list(&users), "id"), [alice]);

        let again = other.admin("PUT", &transfer, Some(wanted(&secret))).await;
        again.expect(200);
    }

    async fn of_ten_tenants_that_claim_one_app_at_once_one_gets_it(server: Server) {
        let slugs: Vec<_> = (0..10).map(|n| format!("tenant-{n}")).collect();
        for slug in &slugs {
            server.tenant(slug).await;
        }
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(10, || {
                let slug = &slugs[turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst)];
                let tenant = Tenant { server: &server, slug };
                let secret = &secret;
                async move { tenant.put_wechat_app(APP, secret, None).await }
            })
            .await;
        assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 9), "{replies:?}");
        let mut holders = 0;
        for slug in &slugs {
            let apps = server.admin("GET", &format!("/tenants/{slug}/wechat-apps"), None).await.expect(200);
            holders += list(&apps).len();
        }
        assert_eq!(holders, 1);
    }
}
