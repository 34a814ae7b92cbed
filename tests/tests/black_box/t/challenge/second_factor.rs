//! A tenant that wants two proofs of different kinds.

use super::app::{
    Login, PASSWORD, appid_of, as_app, by_phone, by_wechat, code_of, kinds, register, step, users, with_app,
    wx,
};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::json;

const ALICE: &str = "+8613800138000";
const MALLORY: &str = "+8613900139000";

#[track_caller]
fn asks(reply: Reply, status: u16, next: &serde_json::Value) -> Reply {
    let reply = reply.expect_error(
        status,
        "insufficient_authorization",
        Some("second_factor_required"),
    );
    assert_eq!(reply.body["next"], *next, "{reply}");
    reply
}

/// A user with a username and a phone.
async fn alice(tenant: &Tenant<'_>) -> String {
    let mut login = Login::new(*tenant);
    login
        .step(&[
            ("prompt", "create"),
            ("username", "alice.liu"),
            ("password", PASSWORD),
            ("phone", ALICE),
        ])
        .await;
    let otp = tenant.server.sms_code(ALICE);
    let tokens = as_app(tenant, login.step(&[("otp", &otp)]).await).await;
    tenant.server.advance(60);
    tenant.sub(&tokens.access).await
}

/// A step of somebody who has one of the two proofs: whatever it is answered, nobody is in.
#[track_caller]
fn not_in(reply: &Reply) {
    assert_ne!(reply.status, 200, "{reply}");
    let told = reply.body["error"].as_str();
    assert!(
        matches!(told, Some("insufficient_authorization" | "access_denied")),
        "{reply}"
    );
}

const BY_PASSWORD: [(&str, &str); 2] = [("username", "alice.liu"), ("password", PASSWORD)];

on_both_databases! {
    async fn r46_a_password_is_followed_by_a_code(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = alice(&tenant).await;
        tenant.set(json!({"second_factor": "always"})).await;
        let mut login = Login::new(tenant);
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["phone"]));
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["phone"]));
        server.advance(5);
        let tokens = as_app(&tenant, login.prove_phone(ALICE).await).await;
        let claims = server.unverified(&tokens.id);
        assert_eq!((&claims["sub"], &claims["amr"]), (&json!(sub), &json!(["sms", "pwd", "mfa"])));
        // The other way round, too.
        server.advance(60);
        let mut login = Login::new(tenant);
        asks(login.prove_phone(ALICE).await, 400, &json!(["account"]));
        code_of(login.step(&BY_PASSWORD).await);
        // And both at once.
        server.advance(60);
        let mut login = Login::new(tenant);
        login.step(&[BY_PASSWORD[0], BY_PASSWORD[1], ("phone", ALICE)]).await.expect_error(400, "insufficient_authorization", None);
        let otp = server.sms_code(ALICE);
        code_of(login.step(&[("otp", &otp)]).await);
    }

    async fn r46_the_silent_login_is_followed_by_a_password(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = as_app(&tenant, step(&tenant, &[("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD), ("js_code", &wx(&tenant, "alice"))]).await).await;
        assert_eq!(server.unverified(&first.access)["amr"], json!(["wechat", "pwd", "mfa"]));
        tenant.set(json!({"second_factor": "always"})).await;
        let refused = asks(tenant.exchange("app", &wx(&tenant, "alice")).await, 403, &json!(["account"]));
        let tokens = as_app(&tenant, Login::after(tenant, &refused).step(&BY_PASSWORD).await).await;
        assert_eq!(tenant.sub(&tokens.access).await, tenant.sub(&first.access).await);
    }

    async fn who_has_one_kind_only_adds_another_at_the_next_login(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let old = register(&tenant, "alice.liu").await;
        tenant.set(json!({"second_factor": "always"})).await;
        let mut login = Login::new(tenant);
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["wechat", "phone"]));
        let tokens = as_app(&tenant, login.prove_phone(ALICE).await).await;
        let sub = tenant.sub(&tokens.access).await;
        assert_eq!(sub, tenant.sub(&old.access).await);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
        // A number that WeChat answers for is nothing that stands beside WeChat.
        let reply = tenant.exchange_with_phone("app", &wx(&tenant, "bob"), &tenant.phone_code(&appid_of("acme"), "bob")).await;
        asks(reply, 403, &json!(["phone", "account"]));
    }

    async fn r46_what_the_user_does_not_have_is_no_second_factor_of_a_user_who_has_two(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = alice(&tenant).await;
        tenant.set(json!({"second_factor": "always"})).await;
        // Mallory has the password, and a phone and a WeChat account of their own.
        let mut login = Login::new(tenant);
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["phone"]));
        not_in(&login.prove_phone(MALLORY).await);
        let mut login = Login::new(tenant);
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["phone"]));
        not_in(&login.step(&[("js_code", &wx(&tenant, "mallory"))]).await);
        not_in(&step(&tenant, &[BY_PASSWORD[0], BY_PASSWORD[1], ("js_code", &wx(&tenant, "mallory"))]).await);
        server.advance(60);
        // Mallory has the phone, and chooses a name.
        let mut login = Login::new(tenant);
        asks(login.prove_phone(ALICE).await, 400, &json!(["account"]));
        not_in(&login.step(&[("prompt", "create"), ("username", "mallory"), ("password", PASSWORD)]).await);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
    }

    async fn r46_a_bare_user_that_would_be_absorbed_is_no_second_factor(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = alice(&tenant).await;
        // Mallory is somebody here: by WeChat alone.
        let mallory = by_wechat(&tenant, "mallory").await;
        let mallory = tenant.sub(&mallory.access).await;
        tenant.set(json!({"second_factor": "always"})).await;
        let mut login = Login::new(tenant);
        asks(login.step(&BY_PASSWORD).await, 400, &json!(["phone"]));
        not_in(&login.step(&[("js_code", &wx(&tenant, "mallory"))]).await);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
        assert_eq!(kinds(&tenant, &mallory).await, ["wechat"]);
    }

    async fn r46_a_bare_wechat_user_is_no_second_factor_of_the_phones_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let sub = alice(&tenant).await;
        let mallory = by_wechat(&tenant, "mallory").await;
        let mallory = tenant.sub(&mallory.access).await;
        tenant.set(json!({"second_factor": "always"})).await;
        // Mallory has got hold of the phone.
        let mut login = Login::new(tenant);
        login.step(&[("js_code", &wx(&tenant, "mallory"))]).await;
        not_in(&login.prove_phone(ALICE).await);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
        assert_eq!(kinds(&tenant, &mallory).await, ["wechat"]);
    }

    async fn r46_a_bare_username_is_no_second_factor_of_the_phones_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        // Alice has WeChat and a phone, and Mallory, who is somebody here by a username alone, has got hold of the phone.
        let first = step(&tenant, &[("js_code", &wx(&tenant, "alice")), ("phone", ALICE)]).await;
        let otp = server.sms_code(ALICE);
        let alice = as_app(&tenant, Login::after(tenant, &first).step(&[("otp", &otp)]).await).await;
        let sub = tenant.sub(&alice.access).await;
        let mallory = register(&tenant, "mallory").await;
        let mallory = tenant.sub(&mallory.access).await;
        tenant.set(json!({"second_factor": "always"})).await;
        server.advance(60);
        let mut login = Login::new(tenant);
        login.step(&[("username", "mallory"), ("password", PASSWORD)]).await;
        not_in(&login.prove_phone(ALICE).await);
        assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
        assert_eq!(kinds(&tenant, &mallory).await, ["account"]);
    }

    async fn somebody_new_proves_two_kinds(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"second_factor": "always"})).await;
        let mut login = Login::new(tenant);
        asks(login.prove_phone(ALICE).await, 400, &json!(["wechat", "account"]));
        assert!(users(&tenant).await.is_empty());
        let tokens = as_app(&tenant, login.step(&[("js_code", &wx(&tenant, "alice"))]).await).await;
        assert_eq!(kinds(&tenant, &tenant.sub(&tokens.access).await).await, ["phone", "wechat"]);
        tenant.set(json!({"second_factor": "never"})).await;
        server.advance(60);
        by_phone(&tenant, ALICE).await;
    }
}
