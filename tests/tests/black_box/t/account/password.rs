//! `/t/{tenant}/account/password`: setting a password, which is also how a forgotten one is replaced.

use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";
const USERNAME: &str = "li.ming";
const OLD: &str = "forty blue lanterns at noon";
const NEW: &str = "nine quiet rivers under snow";

async fn tokens(tenant: &Tenant<'_>, last_step: Reply) -> Tokens {
    let last_step = last_step.expect(200);
    Tokens::of(tenant.redeem(last_step.str("/authorization_code")).await)
}

async fn register(tenant: &Tenant<'_>) -> Tokens {
    let fields = [("prompt", "create"), ("username", USERNAME), ("password", OLD)];
    tokens(tenant, tenant.challenge(&fields).await).await
}

async fn put(tenant: &Tenant<'_>, access: &str, password: &str) -> Reply {
    let body = json!({"password": password});
    tenant.account("PUT", "/password", access, Some(body)).await
}

async fn assert_only(tenant: &Tenant<'_>, right: &str, wrong: &str) {
    let refused = tenant.sign_in_by_password(USERNAME, wrong).await;
    refused.expect_error(400, "invalid_grant", Some("password_wrong"));
    tenant.sign_in_by_password(USERNAME, right).await.expect(200);
}

fn changes(events: &[Value]) -> Vec<&Value> {
    events
        .iter()
        .filter(|event| event["kind"] == "password.changed")
        .collect()
}

on_both_databases! {
    async fn a_new_password_takes_the_place_of_the_old_one(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let user = register(&tenant).await;
        let done = put(&tenant, &user.access, NEW).await.expect(204);
        assert_eq!((done.header("cache-control"), done.text.as_str()), (Some("no-store"), ""));
        assert_only(&tenant, NEW, OLD).await;
        let account = tenant.account("GET", "", &user.access, None).await.expect(200);
        assert_eq!(account.str("/username"), USERNAME);
        let claims = tenant.userinfo(&user.access).await.expect(200);
        assert_eq!(claims.str("/preferred_username"), USERNAME);
        let events = tenant.events().await;
        let [change] = changes(&events)[..] else { panic!("{events:?}") };
        assert_eq!((&change["actor"]["kind"], &change["detail"]), (&json!("user"), &json!({"sessions_ended": 0})));
        let export = tenant.account("GET", "/export", &user.access, None).await.expect(200);
        assert_eq!(export.str("/identities/0/username"), USERNAME);
        for text in [serde_json::to_string(&events).unwrap(), export.text] {
            for secret in [OLD, NEW, "$argon2"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    async fn the_other_sessions_end_on_every_node_and_this_one_stays(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let first = register(&tenant).await;
        let second = tokens(&tenant, tenant.sign_in_by_password(USERNAME, OLD).await).await;
        there.userinfo(&first.access).await.expect(200);
        let bystander = tenant.login("bob").await;
        put(&tenant, &second.access, NEW).await.expect(204);
        there.userinfo(&first.access).await.expect_error(401, "invalid_token", None);
        there.refresh("shop", &first.refresh).await.expect_error(400, "invalid_grant", None);
        let told = there.introspect("api", &secret, &first.refresh).await.expect(200).body;
        assert_eq!(told, json!({"active": false}));
        for kept in [&second, &bystander] {
            there.userinfo(&kept.access).await.expect(200);
            Tokens::of(there.refresh("shop", &kept.refresh).await);
        }
        assert_eq!(changes(&tenant.events().await)[0]["detail"], json!({"sessions_ended": 1}));
    }

    async fn who_forgot_it_signs_in_by_wechat_and_sets_another(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let user = register(&tenant).await;
        let wechat = json!({"js_code": tenant.code(APP, "alice")});
        tenant.account("POST", "/identities", &user.access, Some(wechat)).await.expect(201);
        // So many wrong tries that even the right password would have to wait.
        for _ in 0..5 {
            tenant.sign_in_by_password(USERNAME, NEW).await.expect_error(400, "invalid_grant", Some("password_wrong"));
        }
        tenant.sign_in_by_password(USERNAME, OLD).await.expect_error(429, "slow_down", Some("password_throttled"));
        let alice = tenant.login("alice").await;
        assert_eq!(tenant.sub(&alice.access).await, tenant.sub(&user.access).await);
        put(&tenant, &alice.access, NEW).await.expect(204);
        tenant.sign_in_by_password(USERNAME, NEW).await.expect(200);
        tenant.userinfo(&user.access).await.expect_error(401, "invalid_token", None);
    }

    async fn who_forgot_it_signs_in_by_phone_and_sets_another(server: Server) {
        const PHONE: &str = "+8613800138000";
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.sms_account().await;
        let user = register(&tenant).await;
        let phone = |otp: Option<&str>| match otp {
            None => json!({"phone": PHONE}),
            Some(otp) => json!({"phone": PHONE, "otp": otp}),
        };
        tenant.account("POST", "/identities", &user.access, Some(phone(None))).await.expect(202);
        let otp = server.sms_code(PHONE);
        tenant.account("POST", "/identities", &user.access, Some(phone(Some(&otp)))).await.expect(201);
        server.advance(301);
        put(&tenant, &user.access, NEW).await
            .expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        let sent = tenant.challenge(&[("phone", PHONE)]).await;
        let (session, otp) = (sent.str("/auth_session"), server.sms_code(PHONE));
        let back = tokens(&tenant, tenant.challenge(&[("auth_session", session), ("otp", &otp)]).await).await;
        assert_eq!(tenant.sub(&back.access).await, tenant.sub(&user.access).await);
        put(&tenant, &back.access, NEW).await.expect(204);
        assert_only(&tenant, NEW, OLD).await;
    }

    async fn who_has_no_username_has_no_password(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let reply = put(&tenant, &alice.access, NEW).await;
        reply.expect_error(400, "access_denied", Some("account_required"));
        assert!(changes(&tenant.events().await).is_empty());
    }

    async fn r39_r40_a_password_that_is_refused_is_told_why_and_nothing_is_changed(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.admin("PATCH", "", Some(json!({"display_name": "Golden Teahouse"}))).await.expect(200);
        let user = register(&tenant).await;
        let long = "lantern river ".repeat(10);
        let too_long_to_read = "x".repeat(60_000);
        for (password, says) in [
            ("four lanterns", "shorter than the tenant's password.min_length"),
            ("", "shorter than"),
            (&long, "at most 128 characters"),
            (&too_long_to_read, "at most 128 characters"),
            ("forty blue\tlanterns at noon", "control characters"),
            ("passwordpassword", "tried first"),
            ("aaaaaaaaaaaaaaaaaaaa", "sequences, repetitions or dates"),
            ("li.ming li.ming 1", "the username"),
            ("golden teahouse 1", "the name of the service"),
            ("hufu acme hufu acme", "the name of the service"),
        ] {
            let reply = put(&tenant, &user.access, password).await;
            let reply = reply.expect_error(400, "invalid_request", Some("password_unacceptable"));
            let description = reply.str("/error_description");
            assert!(description.contains(says), "{password}: {description}");
        }
        assert_only(&tenant, OLD, NEW).await;
    }

    async fn r62_what_is_no_password_is_refused(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let user = register(&tenant).await;
        for body in [json!({}), json!([]), json!(null), json!({"password": 7}), json!({"password": null}), json!({"password": [NEW]}),
            json!({"password": NEW, "username": "other"})] {
            let reply = tenant.account("PUT", "/password", &user.access, Some(body)).await;
            reply.expect_error(400, "invalid_request", None);
        }
        // As little over 64 KiB as can be: a client that still sends when the answer comes may not read it.
        let huge = put(&tenant, &user.access, &"x".repeat(64 * 1024)).await;
        huge.expect_error(413, "invalid_request", None);
        assert_only(&tenant, OLD, NEW).await;
    }

    async fn r51_equal_usernames_of_two_tenants_never_meet(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account offline_access openid").await;
        let here = register(&tenant).await;
        let there = register(&other).await;
        put(&tenant, &here.access, NEW).await.expect(204);
        assert_only(&tenant, NEW, OLD).await;
        assert_only(&other, OLD, NEW).await;
        other.userinfo(&there.access).await.expect(200);
        put(&other, &here.access, NEW).await.expect_error(401, "invalid_token", None);
    }
}
