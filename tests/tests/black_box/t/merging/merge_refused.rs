//! What is not merged.

use super::{ALICE, BOB, link, link_phone, merge, offer, rows_are_whole, unlink, with_wechat_and_phone};
use crate::t::challenge::app::{
    Login, PASSWORD, appid_of, by_phone, by_wechat, code_of, kinds, put_client, redeem_with, register, step,
    users, with_app, wx,
};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

fn password(username: &str) -> serde_json::Value {
    json!({"username": username, "password": PASSWORD})
}

/// Somebody with a username and a phone.
async fn with_name_and_phone(tenant: &Tenant<'_>, username: &str, phone: &str) -> Tokens {
    let user = register(tenant, username).await;
    link_phone(tenant, &user, phone).await.expect(201);
    user
}

on_both_databases! {
    async fn two_users_with_a_phone_each_are_not_merged(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let other = with_name_and_phone(&tenant, "alice.liu", BOB).await;
        let session = offer(link(&tenant, &alice, password("alice.liu")).await, "account_taken");
        merge(&tenant, &alice, &session).await.expect_error(400, "access_denied", Some("merge_conflict"));
        tenant.userinfo(&other.access).await.expect(200);
        // Once one of the phones is given up, the same offer can be taken.
        unlink(&tenant, &other, "phone").await.expect(204);
        merge(&tenant, &alice, &session).await.expect(200);
        rows_are_whole(&tenant);
    }

    async fn two_users_with_a_name_each_or_two_wechat_accounts_in_one_app_are_not_merged(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = register(&tenant, "alice.liu").await;
        with_name_and_phone(&tenant, "alice.two", ALICE).await;
        server.advance(60);
        let session = offer(link_phone(&tenant, &alice, ALICE).await, "phone_taken");
        merge(&tenant, &alice, &session).await.expect_error(400, "access_denied", Some("merge_conflict"));
        let one = by_wechat(&tenant, "one").await;
        with_wechat_and_phone(&tenant, "two", BOB).await;
        server.advance(60);
        let session = offer(link_phone(&tenant, &one, BOB).await, "phone_taken");
        merge(&tenant, &one, &session).await.expect_error(400, "access_denied", Some("merge_conflict"));
        rows_are_whole(&tenant);
    }

    async fn r58_a_disabled_user_is_merged_into_nobody(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, other) = (by_wechat(&tenant, "alice").await, by_phone(&tenant, ALICE).await);
        let gone = tenant.sub(&other.access).await;
        server.advance(60);
        let session = offer(link_phone(&tenant, &alice, ALICE).await, "phone_taken");
        tenant.admin("PATCH", &format!("/users/{gone}"), Some(json!({"status": "disabled"}))).await.expect(200);
        merge(&tenant, &alice, &session).await.expect_error(400, "access_denied", Some("user_disabled"));
        // Nor is one that was disabled before, and its phone goes nowhere.
        server.advance(60);
        let fresh = by_wechat(&tenant, "alice").await;
        let reply = link_phone(&tenant, &fresh, ALICE).await;
        assert_eq!(reply.status, 400, "{reply}");
        if let Some(session) = reply.body["auth_session"].as_str() {
            merge(&tenant, &fresh, session).await.expect_error(400, "access_denied", Some("user_disabled"));
        }
        assert_eq!(kinds(&tenant, &gone).await, ["phone"]);
        let user = tenant.admin("GET", &format!("/users/{gone}"), None).await.expect(200);
        assert_eq!(user.str("/status"), "disabled");
    }

    async fn r58_a_user_who_was_disabled_takes_nobody(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, _other) = (by_wechat(&tenant, "alice").await, register(&tenant, "alice.liu").await);
        let sub = tenant.sub(&alice.access).await;
        let session = offer(link(&tenant, &alice, password("alice.liu")).await, "account_taken");
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        merge(&tenant, &alice, &session).await.expect_error(401, "invalid_token", None);
        assert_eq!(kinds(&tenant, &sub).await, ["wechat"]);
    }

    async fn r64_an_offer_is_its_users_its_clients_and_its_tenants(server: Server) {
        let (tenant, foreign) = (with_app(&server, "acme").await, with_app(&server, "other").await);
        put_client(&tenant, "second", json!({})).await.expect(201);
        let (alice, _other, mallory) =
            (by_wechat(&tenant, "alice").await, register(&tenant, "alice.liu").await, by_wechat(&tenant, "mallory").await);
        register(&foreign, "alice.liu").await;
        let abroad = by_wechat(&foreign, "alice").await;
        let session = offer(link(&tenant, &alice, password("alice.liu")).await, "account_taken");
        merge(&tenant, &mallory, &session).await.expect_error(400, "invalid_session", None);
        merge(&foreign, &abroad, &session).await.expect_error(400, "invalid_session", None);
        let second = ("client_id", "second");
        let code = code_of(step(&tenant, &[("js_code", &wx(&tenant, "alice")), second]).await);
        let elsewhere = Tokens::of(redeem_with(&tenant, &code, &[second]).await);
        merge(&tenant, &elsewhere, &session).await.expect_error(400, "invalid_session", None);
        // It is no login either, nor is a login's an offer.
        step(&tenant, &[("auth_session", &session)]).await.expect_error(400, "invalid_session", None);
        let mut login = Login::new(tenant);
        login.step(&[]).await;
        merge(&tenant, &alice, &login.auth_session).await.expect_error(400, "invalid_session", None);
        merge(&tenant, &alice, &session).await.expect(200);
    }

    async fn an_offer_ends_with_the_sign_in_that_it_needs(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let alice = by_wechat(&tenant, "alice").await;
        let session = offer(link(&tenant, &alice, password("alice.liu")).await, "account_taken");
        server.advance(300);
        let stale = merge(&tenant, &alice, &session).await;
        stale.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        server.advance(300);
        let fresh = by_wechat(&tenant, "alice").await;
        merge(&tenant, &fresh, &session).await.expect_error(400, "invalid_session", None);
    }

    async fn r52_a_password_that_was_changed_since_proves_nothing(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let other = register(&tenant, "alice.liu").await;
        let alice = by_wechat(&tenant, "alice").await;
        let session = offer(link(&tenant, &alice, password("alice.liu")).await, "account_taken");
        let new = json!({"password": "Violin 48 marmot thicket"});
        tenant.account("PUT", "/password", &other.access, Some(new)).await.expect(204);
        merge(&tenant, &alice, &session).await.expect_error(400, "invalid_grant", Some("password_wrong"));
        assert_eq!(users(&tenant).await.len(), 2);
        tenant.userinfo(&other.access).await.expect(200);
    }

    async fn r52_a_phone_that_only_wechat_answers_for_is_no_offer(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        by_phone(&tenant, &server.sim.phone_of("alice")).await;
        for merge in [false, true] {
            let body = json!({"phone_code": tenant.phone_code(&appid_of("acme"), "alice"), "merge": merge});
            let reply = link(&tenant, &alice, body).await.expect_error(400, "access_denied", Some("phone_taken"));
            assert!(reply.body.get("auth_session").is_none(), "{reply}");
        }
    }

    async fn r46_a_user_with_two_factors_is_taken_by_proof_of_both(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let other = with_name_and_phone(&tenant, "alice.liu", ALICE).await;
        let gone = tenant.sub(&other.access).await;
        let first = by_wechat(&tenant, "alice").await;
        let sub = tenant.sub(&first.access).await;
        tenant.set(json!({"second_factor": "always"})).await;
        let session = offer(link(&tenant, &first, password("alice.liu")).await, "account_taken");
        let session = offer(merge(&tenant, &first, &session).await, "second_factor_required");
        assert_eq!(kinds(&tenant, &gone).await, ["account", "phone"]);
        // The other one goes on with the same offer.
        server.advance(60);
        link(&tenant, &first, json!({"phone": ALICE})).await.expect(202);
        let otp = server.sms_code(ALICE);
        let both = json!({"phone": ALICE, "otp": otp, "auth_session": session, "merge": true});
        let merged = link(&tenant, &first, both).await.expect(200);
        assert_eq!(merged.body, json!({"sub": sub, "merged": gone}));
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone", "wechat"]);
    }
}
