//! Adding an identity to a signed-in user.

use super::{ALICE, BOB, link, link_phone};
use crate::t::challenge::app::{
    Login, PASSWORD, appid_of, as_app, by_phone, by_wechat, code_of, count, kinds, not, register, step,
    users, with_app, wx,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn a_phone_is_linked_by_the_code_that_comes_there(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        let sent = link(&tenant, &alice, json!({"phone": "138 0013 8000"})).await.expect(202);
        assert_eq!(sent.body, json!({"next": ["otp"], "expires_in": 300, "resend_after": 60}));
        assert_eq!(sent.header("cache-control"), Some("no-store"));
        let otp = server.sms_code(ALICE);
        for _ in 0..4 {
            let reply = link(&tenant, &alice, json!({"phone": ALICE, "otp": not(&otp)})).await;
            reply.expect_error(400, "invalid_grant", Some("otp_wrong"));
        }
        let linked = link(&tenant, &alice, json!({"phone": "+86-138-0013-8000", "otp": otp})).await.expect(201);
        assert_eq!((linked.str("/kind"), linked.str("/phone_number"), linked.str("/verified_by")), ("phone", ALICE, "sms"));
        link(&tenant, &alice, json!({"phone": ALICE, "otp": otp})).await.expect_error(400, "invalid_grant", Some("otp_expired"));
        let reply = link(&tenant, &alice, json!({"phone": ALICE})).await;
        reply.expect_error(429, "slow_down", Some("otp_resend_too_soon"));
        // From then on it signs in; a code to sign in by is another one.
        let sub = tenant.sub(&alice.access).await;
        server.advance(60);
        assert_eq!(tenant.sub(&by_phone(&tenant, ALICE).await.access).await, sub);
        // Proven again it is the same identity, and another takes its place.
        server.advance(60);
        let again = link_phone(&tenant, &alice, ALICE).await.expect(200);
        assert_eq!(again.body["id"], linked.body["id"]);
        link_phone(&tenant, &alice, BOB).await.expect(201);
        assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
        assert_eq!(tenant.userinfo(&alice.access).await.expect(200).str("/phone_number"), BOB);
    }

    async fn wechat_is_linked_by_its_code(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_phone(&tenant, ALICE).await;
        let linked = link(&tenant, &alice, json!({"js_code": wx(&tenant, "alice")})).await.expect(201);
        assert_eq!((linked.str("/kind"), linked.str("/wechat_appid")), ("wechat", appid_of("acme").as_str()));
        let again = link(&tenant, &alice, json!({"js_code": wx(&tenant, "alice")})).await.expect(200);
        assert_eq!(again.body["id"], linked.body["id"]);
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, tenant.sub(&alice.access).await);
        link(&tenant, &alice, json!({"js_code": wx(&tenant, "bob")})).await.expect_error(400, "access_denied", Some("wechat_exists"));
        link(&tenant, &alice, json!({"js_code": "nonsense"})).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn a_username_is_chosen_with_its_password(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "bob.wang").await;
        let alice = by_wechat(&tenant, "alice").await;
        for (name, password, error, reason) in [
            ("bob.wang", PASSWORD, "access_denied", "username_taken"),
            ("BOB.wang", PASSWORD, "access_denied", "username_taken"),
            ("раураӏ", PASSWORD, "invalid_request", "username_invalid"),
            ("alice.liu", "short", "invalid_request", "password_unacceptable"),
        ] {
            let body = json!({"username": name, "password": password, "prompt": "create"});
            link(&tenant, &alice, body).await.expect_error(400, error, Some(reason));
        }
        let linked = link(&tenant, &alice, json!({"username": "Alice.Liu", "password": PASSWORD})).await.expect(201);
        assert_eq!((linked.str("/kind"), linked.str("/username")), ("account", "alice.liu"));
        assert!(!linked.text.contains(PASSWORD) && !linked.text.contains("argon2"));
        let tokens = as_app(&tenant, step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await).await;
        assert_eq!(tenant.sub(&tokens.access).await, tenant.sub(&alice.access).await);
        let body = json!({"username": "alice.two", "password": PASSWORD, "prompt": "create"});
        link(&tenant, &alice, body).await.expect_error(400, "access_denied", Some("account_exists"));
        assert_eq!(count(&tenant, "identity.linked").await, 1);
    }

    async fn r59_linking_needs_a_sign_in_of_the_last_five_minutes(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        server.advance(299);
        link(&tenant, &alice, json!({"phone": ALICE})).await.expect(202);
        server.advance(1);
        let otp = server.sms_code(ALICE);
        for body in [
            json!({"phone": BOB}), json!({"phone": ALICE, "otp": otp}), json!({"js_code": wx(&tenant, "alice")}),
            json!({"username": "alice.liu", "password": PASSWORD}), json!({"auth_session": "hufu_as_x", "merge": true}),
        ] {
            let reply = link(&tenant, &alice, body).await;
            let reply = reply.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
            assert!(reply.header("www-authenticate").unwrap().contains("max_age=\"300\""));
        }
        assert_eq!(server.sim.all_sms().len(), 1);
        let fresh = by_wechat(&tenant, "alice").await;
        link(&tenant, &fresh, json!({"phone": ALICE, "otp": otp})).await.expect(201);
    }

    async fn one_proof_at_a_time_and_nothing_else(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        for body in [
            json!({}), json!({"merge": true}), json!({"otp": "123456"}), json!({"phone": ALICE, "js_code": "x"}),
            json!({"phone": ALICE, "username": "alice.liu", "password": PASSWORD}), json!({"username": "alice.liu"}),
            json!({"password": PASSWORD}), json!({"phone": 13_800_138_000_u64}), json!({"phone": ALICE, "user": "usr_1"}), json!([]), json!("x"),
        ] {
            link(&tenant, &alice, body).await.expect_error(400, "invalid_request", None);
        }
        link(&tenant, &alice, json!({"phone": "10086"})).await.expect_error(400, "invalid_request", Some("phone_invalid"));
        link(&tenant, &alice, json!({"phone": "+85251234567"})).await.expect_error(400, "invalid_request", Some("phone_country_refused"));
        for bad in ["x", "hufu_as_", "虎符"] {
            let reply = link(&tenant, &alice, json!({"auth_session": bad, "merge": true})).await;
            reply.expect_error(400, "invalid_session", None);
        }
        assert!(server.sim.all_sms().is_empty());
    }

    async fn r44_a_code_to_link_by_is_none_to_sign_in_by_and_none_for_another_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (alice, mallory) = (by_wechat(&tenant, "alice").await, by_wechat(&tenant, "mallory").await);
        link(&tenant, &alice, json!({"phone": ALICE})).await.expect(202);
        let to_link = server.sms_code(ALICE);
        link(&tenant, &mallory, json!({"phone": ALICE, "otp": to_link})).await.expect_error(400, "invalid_grant", Some("otp_expired"));
        server.advance(60);
        let mut login = Login::new(tenant);
        let to_sign_in = login.send(ALICE).await;
        if to_link != to_sign_in {
            login.step(&[("otp", &to_link)]).await.expect_error(400, "invalid_grant", Some("otp_wrong"));
            let reply = link(&tenant, &alice, json!({"phone": ALICE, "otp": to_sign_in})).await;
            reply.expect_error(400, "invalid_grant", Some("otp_wrong"));
        }
        link(&tenant, &alice, json!({"phone": ALICE, "otp": to_link})).await.expect(201);
        let tokens = as_app(&tenant, login.step(&[("otp", &to_sign_in)]).await).await;
        assert_eq!(tenant.sub(&tokens.access).await, tenant.sub(&alice.access).await);
    }

    async fn r42_guesses_at_another_users_password_are_counted_here_too(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "bob.wang").await;
        let mallory = by_wechat(&tenant, "mallory").await;
        let guess = async |password: &str| link(&tenant, &mallory, json!({"username": "bob.wang", "password": password})).await;
        for _ in 0..5 {
            guess("wrong wrong wrong").await.expect_error(400, "invalid_grant", Some("password_wrong"));
        }
        guess(PASSWORD).await.expect_error(429, "slow_down", Some("password_throttled"));
        let reply = step(&tenant, &[("username", "bob.wang"), ("password", PASSWORD)]).await;
        reply.expect_error(429, "slow_down", Some("password_throttled"));
        server.advance(1);
        code_of(step(&tenant, &[("username", "bob.wang"), ("password", PASSWORD)]).await);
    }
}
