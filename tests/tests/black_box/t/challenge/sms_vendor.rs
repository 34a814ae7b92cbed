//! What the vendor answers, as the person's client is told.

use super::app::{APPID, Login, code_of, count, put_client, step, with_app, wx};
use hufu_tests::{Punctual, Server, on_both_databases};
use hufu_wxsim::{Cut, Fault, FaultAction, SmsAccountSpec, SmsTemplate, SmsVendor};
use serde_json::json;

const ALICE: &str = "+8613800138000";
const ALIYUN: &str = "/__sim/sms/aliyun/*";

fn refusal(code: &str, msg: &str) -> FaultAction {
    FaultAction::SmsRefusal {
        code: code.into(),
        msg: msg.into(),
        whole: false,
    }
}

on_both_databases! {
    async fn without_a_vendor_no_codes_are_sent(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app(APPID).await;
        put_client(&tenant, "app", json!({})).await.expect(201);
        let reply = step(&tenant, &[("phone", ALICE)]).await;
        let reply = reply.expect_error(503, "temporarily_unavailable", Some("sms_misconfigured"));
        // The login goes on another way.
        let code = wx(&tenant, "alice");
        code_of(Login::after(tenant, &reply).step(&[("js_code", &code)]).await);
        tenant.sms_account().await;
        code_of(Login::new(tenant).prove_phone(ALICE).await);
        tenant.admin("DELETE", "/sms", None).await.expect(204);
        server.advance(60);
        step(&tenant, &[("phone", ALICE)]).await.expect_error(503, "temporarily_unavailable", Some("sms_misconfigured"));
    }

    async fn each_refusal_of_the_vendor_has_its_reason(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for (code, msg, status, error, reason, after) in [
            ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", 429, "slow_down", "sms_limited", Some("60")),
            ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", 429, "slow_down", "sms_limited", Some("3600")),
            ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", 429, "slow_down", "sms_limited", Some("86400")),
            ("isv.MOBILE_NUMBER_ILLEGAL", "", 400, "invalid_request", "phone_invalid", None),
            ("isv.BLACK_KEY_CONTROL_LIMIT", "", 400, "invalid_request", "phone_unreachable", None),
            ("isv.DAY_LIMIT_CONTROL", "", 503, "temporarily_unavailable", "sms_misconfigured", Some("60")),
            ("isv.SMS_SIGNATURE_ILLEGAL", "", 503, "temporarily_unavailable", "sms_misconfigured", Some("60")),
            ("isv.AMOUNT_NOT_ENOUGH", "", 503, "temporarily_unavailable", "sms_misconfigured", Some("60")),
            ("SignatureDoesNotMatch", "", 503, "temporarily_unavailable", "sms_misconfigured", Some("60")),
            ("isp.SYSTEM_ERROR", "", 503, "temporarily_unavailable", "sms_unavailable", None),
            ("never.HEARD_OF", "", 503, "temporarily_unavailable", "sms_unavailable", None),
        ] {
            server.sim.fault(Fault::new(refusal(code, msg)).on_path(ALIYUN)).unwrap();
            server.advance(4 * 3_600);
            let reply = step(&tenant, &[("phone", ALICE)]).await.expect_error(status, error, Some(reason));
            assert!(after.is_none() || reply.header("retry-after") == after, "{code}: {:?}", reply.header("retry-after"));
            assert!(!reply.text.contains(code) && reply.body["auth_session"].is_string(), "{reply}");
            server.sim.clear_faults();
        }
        assert!(server.sim.all_sms().is_empty());
        assert!(count(&tenant, "sms_vendor.misconfigured").await >= 3, "what the operator must mend is told");
    }

    async fn a_wrong_key_is_told_to_the_operator_once_in_a_while(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let body = json!({"vendor": "aliyun", "access_key_id": "LTAI5t-acme", "access_key_secret": "notTheSecret", "sign_name": "虎符",
            "template_code": "SMS_123456789", "template_params": {"code": "code"}});
        tenant.admin("PUT", "/sms", Some(body)).await.expect(200);
        for n in 0..5 {
            let reply = step(&tenant, &[("phone", &format!("+861380013800{n}"))]).await;
            reply.expect_error(503, "temporarily_unavailable", Some("sms_misconfigured"));
        }
        assert_eq!(count(&tenant, "sms_vendor.misconfigured").await, 1);
        let events = serde_json::to_string(&tenant.events().await).unwrap();
        assert!(!events.contains("notTheSecret") && !events.contains("138001380"));
    }

    async fn a_vendor_that_does_not_answer_is_asked_once_and_its_code_is_good_if_it_came(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for action in [FaultAction::DropAfterCommit, FaultAction::Close(Cut::MidBody), FaultAction::MalformedJson] {
            server.advance(4 * 3_600);
            server.sim.clear_sms();
            server.sim.fault(Fault::new(action).on_path(ALIYUN)).unwrap();
            let before = server.sim.requests("/__sim/sms/aliyun/").len();
            let mut login = Login::new(tenant);
            let reply = login.step(&[("phone", ALICE)]).await.expect_error(503, "temporarily_unavailable", Some("sms_unavailable"));
            let after: u32 = reply.header("retry-after").unwrap().parse().unwrap();
            assert!(after >= 60, "a message may be under way: {after}");
            assert_eq!(server.sim.requests("/__sim/sms/aliyun/").len(), before + 1, "never a second time");
            server.sim.clear_faults();
            assert_eq!(server.sim.sms(ALICE).len(), 1);
            let otp = server.sms_code(ALICE);
            code_of(login.step(&[("otp", &otp)]).await);
        }
    }

    async fn a_vendor_that_stalls_holds_nobody_longer_than_its_budget(server: Punctual) {
        let tenant = with_app(&server, "acme").await;
        server.sim.fault(Fault::new(FaultAction::Stall).on_path(ALIYUN)).unwrap();
        let reply = step(&tenant, &[("phone", ALICE)]).await;
        reply.expect_error(503, "temporarily_unavailable", Some("sms_unavailable"));
        assert!(server.sim.all_sms().is_empty());
    }

    async fn each_vendor_sends_a_code_that_signs_in(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let tencent = server.sim.sms_account(SmsAccountSpec {
            sdk_app_id: Some("1400006666".into()),
            sign_names: vec!["虎符".into()],
            templates: vec![SmsTemplate { id: "449739".into(), params: vec!["1".into(), "2".into()] }],
            ..SmsAccountSpec::new(SmsVendor::Tencent, "AKIDacme")
        }).unwrap();
        let webhook = server.sim.sms_account(SmsAccountSpec {
            secret: Some("0123456789abcdef0123456789abcdef".into()),
            ..SmsAccountSpec::new(SmsVendor::Webhook, "gateway")
        }).unwrap();
        for vendor in [
            json!({"vendor": "tencent", "secret_id": tencent.id, "secret_key": tencent.secret, "sdk_app_id": "1400006666", "sign_name": "虎符",
                "template_id": "449739", "region": "ap-guangzhou", "template_params": ["code", "minutes"]}),
            json!({"vendor": "webhook", "name": "gateway", "secret": webhook.secret}),
        ] {
            server.advance(600);
            tenant.admin("PUT", "/sms", Some(vendor.clone())).await.expect(200);
            code_of(Login::new(tenant).prove_phone(ALICE).await);
            assert_eq!(server.sim.sms(ALICE).last().unwrap().vendor.as_str(), vendor["vendor"]);
        }
        let told = server.sim.sms(ALICE).pop().unwrap();
        assert_eq!((told.params["purpose"].as_str(), told.params["locale"].as_str()), ("sign_in", "zh-CN"));
        assert!(told.idempotency_key.is_some());
    }
}
