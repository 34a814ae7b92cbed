//! Proofs of one login are of one person.

use super::{ALICE, BOB, rows_are_whole, with_wechat_and_phone};
use crate::t::challenge::app::{
    Login, PASSWORD, appid_of, as_app, by_phone, by_wechat, count, kinds, register, step, users, with_app, wx,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;

const BY_PASSWORD: [(&str, &str); 2] = [("username", "alice.liu"), ("password", PASSWORD)];

on_both_databases! {
    async fn wechat_and_a_password_in_one_login_are_one_user_from_then_on(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = tenant.sub(&register(&tenant, "alice.liu").await.access).await;
        let reply = step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &wx(&tenant, "alice"))]).await;
        let both = as_app(&tenant, reply).await;
        assert_eq!(server.unverified(&both.access)["amr"], json!(["wechat", "pwd", "mfa"]));
        assert_eq!(tenant.sub(&both.access).await, sub);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        assert_eq!(tenant.sub(&as_app(&tenant, step(&tenant, &BY_PASSWORD).await).await.access).await, sub);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "wechat"]);
        assert_eq!(count(&tenant, "identity.linked").await, 1);
        // Another WeChat account in the same mini-program is not this person's.
        let reply = step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &wx(&tenant, "bob"))]).await;
        reply.expect_error(400, "access_denied", Some("wechat_exists"));
        rows_are_whole(&tenant);
    }

    async fn a_bare_wechat_user_goes_into_the_passwords_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let bare = by_wechat(&tenant, "alice").await;
        let bare_sub = tenant.sub(&bare.access).await;
        let sub = tenant.sub(&register(&tenant, "alice.liu").await.access).await;
        let reply = step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &wx(&tenant, "alice"))]).await;
        assert_eq!(tenant.sub(&as_app(&tenant, reply).await.access).await, sub);
        tenant.userinfo(&bare.access).await.expect_error(401, "invalid_token", None);
        tenant.refresh("app", &bare.refresh).await.expect_error(400, "invalid_grant", None);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        let user = tenant.admin("GET", &format!("/users/{bare_sub}"), None).await.expect(200);
        assert_eq!((user.str("/status"), user.str("/merged_into")), ("merged", sub.as_str()));
        assert_eq!(count(&tenant, "user.absorbed").await, 1);
        rows_are_whole(&tenant);
    }

    async fn r52_a_wechat_user_with_more_than_that_goes_into_nobody(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let bob = with_wechat_and_phone(&tenant, "bob", BOB).await;
        register(&tenant, "alice.liu").await;
        let reply = step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &wx(&tenant, "bob"))]).await;
        reply.expect_error(400, "access_denied", Some("wechat_taken"));
        tenant.userinfo(&bob.access).await.expect(200);
        assert_eq!(users(&tenant).await.len(), 2);
    }

    async fn a_code_to_the_phone_joins_wechat_to_the_phones_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = tenant.sub(&by_phone(&tenant, ALICE).await.access).await;
        server.advance(60);
        let both = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        assert_eq!(tenant.sub(&both.access).await, sub);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        // So too where WeChat was a user by itself before.
        let bare = by_wechat(&tenant, "bob").await;
        let phones = tenant.sub(&by_phone(&tenant, BOB).await.access).await;
        server.advance(60);
        let joined = with_wechat_and_phone(&tenant, "bob", BOB).await;
        assert_eq!(tenant.sub(&joined.access).await, phones);
        tenant.userinfo(&bare.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "bob").await.access).await, phones);
        rows_are_whole(&tenant);
    }

    async fn r52_a_phone_that_wechat_verified_joins_nobody_unless_the_tenant_says_so(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let phone = server.sim.phone_of("alice");
        let sub = tenant.sub(&by_phone(&tenant, &phone).await.access).await;
        let both = async || {
            let (code, phone) = (wx(&tenant, "alice"), tenant.phone_code(&appid_of("acme"), "alice"));
            (tenant.exchange_with_phone("app", &code, &phone).await, code)
        };
        let (refused, code) = both().await;
        refused.expect_error(400, "access_denied", Some("phone_taken"));
        assert_eq!(users(&tenant).await.len(), 1, "nothing half done");
        tenant.exchange("app", &code).await.expect_error(400, "invalid_grant", Some("wx_code_used"));
        let code = wx(&tenant, "alice");
        let reply = step(&tenant, &[("js_code", &code), ("phone_code", &tenant.phone_code(&appid_of("acme"), "alice"))]).await;
        reply.expect_error(400, "access_denied", Some("phone_taken"));
        tenant.set(json!({"link_by_wechat_phone": true})).await;
        let joined = hufu_tests::Tokens::of(both().await.0);
        assert_eq!(tenant.sub(&joined.access).await, sub);
        assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
    }

    async fn a_password_and_a_phone_of_two_users_make_no_user_with_two_names(server: Server) {
        let tenant = with_app(&server, "acme").await;
        // Both have a name; one has a phone besides.
        let alice = tenant.sub(&register(&tenant, "alice.liu").await.access).await;
        let mut login = Login::new(tenant);
        login.step(&[("prompt", "create"), ("username", "bob.wang"), ("password", PASSWORD), ("phone", BOB)]).await;
        let otp = server.sms_code(BOB);
        let bob = as_app(&tenant, login.step(&[("otp", &otp)]).await).await;
        let bob = tenant.sub(&bob.access).await;
        server.advance(60);
        let mut login = Login::new(tenant);
        login.step(&[BY_PASSWORD[0], BY_PASSWORD[1], ("phone", BOB)]).await;
        let otp = server.sms_code(BOB);
        let reply = login.step(&[("otp", &otp)]).await;
        reply.expect_error(400, "access_denied", Some("phone_taken"));
        assert_eq!((kinds(&tenant, &alice).await, kinds(&tenant, &bob).await), (vec!["account".to_owned()], vec!["account".to_owned(), "phone".to_owned()]));
        rows_are_whole(&tenant);
    }

    async fn another_phone_in_a_login_takes_the_place_of_the_one_that_the_user_had(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let sub = tenant.sub(&alice.access).await;
        let again = with_wechat_and_phone(&tenant, "alice", BOB).await;
        assert_eq!(tenant.sub(&again.access).await, sub);
        assert_eq!(tenant.userinfo(&again.access).await.expect(200).str("/phone_number"), BOB);
        server.advance(60);
        // The number that was given up is somebody new's.
        assert_ne!(tenant.sub(&by_phone(&tenant, ALICE).await.access).await, sub);
        rows_are_whole(&tenant);
    }

    async fn of_50_first_logins_by_two_ways_at_once_one_user_comes(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = tenant.sub(&register(&tenant, "alice.liu").await.access).await;
        let replies = server
            .in_parallel(50, || async {
                let code = wx(&tenant, "alice");
                step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &code)]).await
            })
            .await;
        for reply in replies {
            if reply.status != 200 {
                reply.expect_error(503, "temporarily_unavailable", None);
            }
        }
        assert_eq!(users(&tenant).await.len(), 1);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "wechat"]);
    }
}
