//! Phones that sign in: how they are written, and to which codes are sent.

use super::app::{Login, as_app, by_phone, kinds, step, users, with_app};
use hufu_tests::{Reply, Server, on_both_databases};
use serde_json::json;

const ALICE: &str = "+8613800138000";

/// An answer without what is of this login only.
fn without_session(reply: &Reply) -> (u16, serde_json::Value) {
    let mut body = reply.body.clone();
    assert!(body["auth_session"].is_string(), "{reply}");
    body["auth_session"] = json!(null);
    (reply.status, body)
}

on_both_databases! {
    async fn a_phone_registers_by_its_code_and_signs_in_the_same_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = by_phone(&tenant, ALICE).await;
        let sub = tenant.sub(&first.access).await;
        assert_eq!(server.unverified(&first.id)["amr"], json!(["sms"]));
        let info = tenant.userinfo(&first.access).await.expect(200);
        assert_eq!((info.str("/phone_number"), &info.body["phone_number_verified"]), (ALICE, &json!(true)));
        server.advance(60);
        assert_eq!(tenant.sub(&by_phone(&tenant, ALICE).await.access).await, sub);
        assert_eq!(kinds(&tenant, &sub).await, ["phone"]);
        let events = serde_json::to_string(&tenant.events().await).unwrap();
        assert!(!events.contains("138001380"), "no event has a number");
    }

    async fn ten_spellings_of_a_phone_are_one_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = by_phone(&tenant, ALICE).await;
        let sub = tenant.sub(&first.access).await;
        for spelling in [
            "13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "0086 138 0013 8000", "8613800138000", "013800138000",
            "１３８００１３８０００", "＋８６　１３８－００１３－８０００", "(+86) 138.0013.8000", "\u{202d}+86 138 0013 8000\u{202c}",
        ] {
            server.advance(3 * 3_600);
            let mut login = Login::new(tenant);
            login.step(&[("phone", spelling)]).await.expect_error(400, "insufficient_authorization", None);
            let otp = server.sms_code(ALICE);
            // Named again, in another spelling, it is the same phone.
            let reply = login.step(&[("otp", &otp), ("phone", "138 00138000")]).await;
            assert_eq!(tenant.sub(&as_app(&tenant, reply).await.access).await, sub, "{spelling}");
        }
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn r43_known_and_unknown_numbers_are_answered_alike(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_phone(&tenant, ALICE).await;
        let gone = by_phone(&tenant, "+8613800138002").await;
        let gone = tenant.sub(&gone.access).await;
        tenant.admin("PATCH", &format!("/users/{gone}"), Some(json!({"status": "disabled"}))).await.expect(200);
        server.advance(60);
        let known = step(&tenant, &[("phone", ALICE)]).await;
        let unknown = step(&tenant, &[("phone", "+8613800138001")]).await;
        let disabled = step(&tenant, &[("phone", "+8613800138002")]).await;
        assert_eq!(known.body["next"], json!(["otp"]));
        for other in [&unknown, &disabled] {
            assert_eq!(without_session(&known), without_session(other));
        }
        let (known, unknown) = (step(&tenant, &[("phone", ALICE)]).await, step(&tenant, &[("phone", "+8613800138001")]).await);
        assert_eq!(without_session(&known), without_session(&unknown));
        // A tenant that takes nobody new tells so only to whoever has the phone.
        server.advance(60);
        tenant.set(json!({"registration": "closed"})).await;
        let (known, unknown) = (step(&tenant, &[("phone", ALICE)]).await, step(&tenant, &[("phone", "+8613800138003")]).await);
        assert_eq!(without_session(&known), without_session(&unknown));
        let otp = server.sms_code("+8613800138003");
        Login::after(tenant, &unknown).step(&[("otp", &otp)]).await.expect_error(400, "access_denied", Some("registration_closed"));
        let otp = server.sms_code(ALICE);
        let again = as_app(&tenant, Login::after(tenant, &known).step(&[("otp", &otp)]).await).await;
        assert_eq!(tenant.sub(&again.access).await, tenant.sub(&alice.access).await);
    }

    async fn r58_a_disabled_user_does_not_come_in_by_phone(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_phone(&tenant, ALICE).await;
        let sub = tenant.sub(&alice.access).await;
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        server.advance(60);
        let reply = Login::new(tenant).prove_phone(ALICE).await;
        reply.expect_error(400, "access_denied", Some("user_disabled"));
        assert_eq!(users(&tenant).await.len(), 1, "nor as somebody new");
    }

    async fn what_gets_no_messages_is_no_phone(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for bad in [
            "1", "abc", "10086", "110", "021 6123 4567", "+862161234567", "4008001234", "16800000000", "+1-800-FLOWERS", "12345678901",
            "+9999999999", "138001380001", "13800138000;ext=5", "tel:+8613800138000", "13800138000,13800138001", "虎符", "+",
            &"1".repeat(50_000),
        ] {
            let reply = step(&tenant, &[("phone", bad)]).await;
            reply.expect_error(400, "invalid_request", Some("phone_invalid"));
        }
        assert!(server.sim.all_sms().is_empty());
    }

    async fn r45_codes_go_to_the_countries_that_the_tenant_allows(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for foreign in ["+85251234567", "+14155552671", "+447911123456", "+886912345678"] {
            let reply = step(&tenant, &[("phone", foreign)]).await;
            reply.expect_error(400, "invalid_request", Some("phone_country_refused"));
        }
        assert!(server.sim.all_sms().is_empty());
        tenant.set(json!({"sms": {"countries": [86, 852]}})).await;
        let reply = step(&tenant, &[("phone", "+852 5123 4567")]).await;
        assert_ne!(reply.body["reason"], "phone_country_refused", "{reply}");
        let reply = step(&tenant, &[("phone", "+14155552671")]).await;
        reply.expect_error(400, "invalid_request", Some("phone_country_refused"));
        tenant.set(json!({"sms": {"countries": [852]}})).await;
        let reply = step(&tenant, &[("phone", ALICE)]).await;
        reply.expect_error(400, "invalid_request", Some("phone_country_refused"));
    }
}
