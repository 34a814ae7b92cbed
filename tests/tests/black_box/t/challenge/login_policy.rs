//! What a tenant demands before somebody is let in: who may register, and which identities everybody has.

use super::app::{
    Login, PASSWORD, appid_of, as_app, by_phone, by_wechat, code_of, kinds, register, step, users, with_app,
    wx,
};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::json;

const ALICE: &str = "+8613800138000";

/// The silent login of a person.
async fn silent(tenant: &Tenant<'_>, person: &str) -> Reply {
    tenant.exchange("app", &wx(tenant, person)).await
}

/// What is asked for at both doors.
#[track_caller]
fn asks(reply: Reply, status: u16, reason: &str, next: &str) -> Reply {
    let reply = reply.expect_error(status, "insufficient_authorization", Some(reason));
    assert_eq!(reply.body["next"], json!([next]), "{reply}");
    reply
}

fn new(name: &str) -> [(&str, &str); 3] {
    [("prompt", "create"), ("username", name), ("password", PASSWORD)]
}

on_both_databases! {
    async fn a_tenant_that_takes_phones_takes_nobody_new_without_one(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let known = by_wechat(&tenant, "bob").await;
        tenant.set(json!({"registration": "phone"})).await;
        let reply = asks(silent(&tenant, "alice").await, 403, "phone_required", "phone");
        asks(step(&tenant, &[("js_code", &wx(&tenant, "alice"))]).await, 400, "phone_required", "phone");
        asks(step(&tenant, &new("alice.liu")).await, 400, "phone_required", "phone");
        assert_eq!(users(&tenant).await.len(), 1);
        let tokens = as_app(&tenant, Login::after(tenant, &reply).prove_phone(ALICE).await).await;
        let sub = tenant.sub(&tokens.access).await;
        assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
        // Whoever is there already needs none.
        assert_eq!(tenant.sub(&by_wechat(&tenant, "bob").await.access).await, tenant.sub(&known.access).await);
        by_phone(&tenant, "+8613900139000").await;
    }

    async fn a_tenant_that_takes_wechat_takes_nobody_new_without_it(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let old = register(&tenant, "old.hand").await;
        tenant.set(json!({"registration": "wechat"})).await;
        asks(step(&tenant, &new("alice.liu")).await, 400, "wechat_required", "wechat");
        let mut login = Login::new(tenant);
        asks(login.prove_phone(ALICE).await, 400, "wechat_required", "wechat");
        let tokens = as_app(&tenant, login.step(&[("js_code", &wx(&tenant, "alice"))]).await).await;
        assert_eq!(kinds(&tenant, &tenant.sub(&tokens.access).await).await, ["phone", "wechat"]);
        by_wechat(&tenant, "bob").await;
        let again = as_app(&tenant, step(&tenant, &[("username", "old.hand"), ("password", PASSWORD)]).await).await;
        assert_eq!(tenant.sub(&again.access).await, tenant.sub(&old.access).await);
    }

    async fn a_closed_tenant_takes_nobody_new_at_any_door(server: Server) {
        let tenant = with_app(&server, "acme").await;
        by_wechat(&tenant, "bob").await;
        tenant.set(json!({"registration": "closed"})).await;
        silent(&tenant, "alice").await.expect_error(400, "access_denied", Some("registration_closed"));
        step(&tenant, &[("js_code", &wx(&tenant, "alice"))]).await.expect_error(400, "access_denied", Some("registration_closed"));
        step(&tenant, &new("alice.liu")).await.expect_error(400, "access_denied", Some("registration_closed"));
        Login::new(tenant).prove_phone(ALICE).await.expect_error(400, "access_denied", Some("registration_closed"));
        by_wechat(&tenant, "bob").await;
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn a_required_phone_is_asked_for_after_the_silent_login_once(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let old = by_wechat(&tenant, "bob").await;
        tenant.set(json!({"require": ["phone"]})).await;
        for (person, phone) in [("alice", ALICE), ("bob", "+8613900139000")] {
            let refused = asks(silent(&tenant, person).await, 403, "phone_required", "phone");
            assert_eq!(refused.header("cache-control"), Some("no-store"));
            let mut login = Login::after(tenant, &refused);
            let reply = login.prove_phone(phone).await;
            let tokens = as_app(&tenant, reply).await;
            assert_eq!(server.unverified(&tokens.access)["amr"], json!(["wechat", "sms", "mfa"]));
            let sub = tenant.sub(&tokens.access).await;
            assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
            let at_once = by_wechat(&tenant, person).await;
            assert_eq!(tenant.sub(&at_once.access).await, sub);
            assert_eq!(server.unverified(&at_once.access)["amr"], json!(["wechat"]));
            if person == "bob" {
                assert_eq!(sub, tenant.sub(&old.access).await);
            }
            server.advance(60);
        }
    }

    async fn a_required_phone_may_be_one_that_wechat_verified(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require": ["phone"]})).await;
        let refused = asks(silent(&tenant, "alice").await, 403, "phone_required", "phone");
        let phone_code = tenant.phone_code(&appid_of("acme"), "alice");
        // The number must be the person's whose login it is.
        let others = tenant.phone_code(&appid_of("acme"), "bob");
        let mut login = Login::after(tenant, &refused);
        login.step(&[("phone_code", &others)]).await.expect_error(400, "invalid_grant", Some("wx_phone_code_invalid"));
        let tokens = as_app(&tenant, login.step(&[("phone_code", &phone_code)]).await).await;
        assert_eq!(server.unverified(&tokens.access)["amr"], json!(["wechat", "wechat_phone"]));
        assert_eq!(tenant.userinfo(&tokens.access).await.expect(200).str("/phone_number"), server.sim.phone_of("alice"));
        let at_once = by_wechat(&tenant, "alice").await;
        assert_eq!(tenant.sub(&at_once.access).await, tenant.sub(&tokens.access).await);
        // Or both at once, at the token endpoint.
        let reply = tenant.exchange_with_phone("app", &wx(&tenant, "bob"), &tenant.phone_code(&appid_of("acme"), "bob")).await;
        reply.expect(200);
        // Without a sign-in by WeChat nobody says whose number that is.
        let reply = step(&tenant, &[("phone_code", &tenant.phone_code(&appid_of("acme"), "carol"))]).await;
        reply.expect_error(400, "invalid_request", None);
    }

    async fn a_required_account_is_asked_for_and_chosen(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require": ["account"]})).await;
        let mut login = Login::after(tenant, &asks(silent(&tenant, "alice").await, 403, "account_required", "account"));
        let tokens = as_app(&tenant, login.step(&new("alice.liu")).await).await;
        let sub = tenant.sub(&tokens.access).await;
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        let by_password = as_app(&tenant, step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await).await;
        assert_eq!(tenant.sub(&by_password.access).await, sub);
    }

    async fn all_that_is_required_is_asked_for_in_one_login(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require": ["wechat", "phone", "account"]})).await;
        let mut login = Login::new(tenant);
        asks(login.step(&new("alice.liu")).await, 400, "wechat_required", "wechat");
        asks(login.step(&[("js_code", &wx(&tenant, "alice"))]).await, 400, "phone_required", "phone");
        assert!(users(&tenant).await.is_empty(), "until then nobody is there");
        let tokens = as_app(&tenant, login.prove_phone(ALICE).await).await;
        let sub = tenant.sub(&tokens.access).await;
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone", "wechat"]);
        // From then on each way is enough.
        server.advance(60);
        for tokens in [by_wechat(&tenant, "alice").await, by_phone(&tenant, ALICE).await] {
            assert_eq!(tenant.sub(&tokens.access).await, sub);
        }
        code_of(step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await);
    }

    async fn r46_a_user_who_may_not_sign_in_may_not_by_any_way(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        login.step(&[("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD), ("js_code", &wx(&tenant, "alice")), ("phone", ALICE)]).await;
        let otp = server.sms_code(ALICE);
        let tokens = as_app(&tenant, login.step(&[("otp", &otp)]).await).await;
        let sub = tenant.sub(&tokens.access).await;
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone", "wechat"]);
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        silent(&tenant, "alice").await.expect_error(400, "access_denied", Some("user_disabled"));
        step(&tenant, &[("js_code", &wx(&tenant, "alice"))]).await.expect_error(400, "access_denied", Some("user_disabled"));
        step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await.expect_error(400, "invalid_grant", Some("password_wrong"));
        server.advance(60);
        Login::new(tenant).prove_phone(ALICE).await.expect_error(400, "access_denied", Some("user_disabled"));
        // Nor as part of another login.
        let reply = step(&tenant, &[("prompt", "create"), ("username", "alice.two"), ("password", PASSWORD), ("js_code", &wx(&tenant, "alice"))]).await;
        reply.expect_error(400, "access_denied", Some("user_disabled"));
        assert_eq!(users(&tenant).await.len(), 1);
    }
}
