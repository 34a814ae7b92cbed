//! A tenant's SMS vendor: what may be set, what is shown of it, and that codes go through it.

use super::{broken, each, kinds, list, pointers};
use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::{Value, json};

const PHONE: &str = "+8613800138000";
const SECRETS: [&str; 2] = ["hunter2", "correcthorse"];

fn aliyun() -> Value {
    json!({"vendor": "aliyun", "access_key_id": "LTAI5tExampleKeyId", "access_key_secret": "hunter2hunter2hunter2hunter2", "sign_name": "茶馆",
        "template_code": "SMS_123456789", "template_params": {"code": "code", "minutes": "minutes"}})
}

fn tencent() -> Value {
    json!({"vendor": "tencent", "secret_id": "AKIDexample", "secret_key": "correcthorsecorrecthorse", "sdk_app_id": "1400006666",
        "sign_name": "茶馆", "template_id": "449739", "region": "ap-guangzhou", "template_params": ["minutes", "code"]})
}

fn webhook() -> Value {
    json!({"vendor": "webhook", "name": "gateway", "secret": "hunter2hunter2hunter2hunter2hunter2"})
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

async fn put(tenant: &Tenant<'_>, body: Value) -> hufu_tests::Reply {
    tenant.admin("PUT", "/sms", Some(body)).await
}

on_both_databases! {
    async fn a_vendor_is_set_replaced_read_without_its_secrets_and_removed(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.admin("GET", "/sms", None).await.expect_problem(404, "not-found");
        tenant.admin("DELETE", "/sms", None).await.expect_problem(404, "not-found");
        let set = put(&tenant, aliyun()).await.expect(201);
        assert_eq!(set.header("location"), Some(format!("{}/admin/v1/tenants/acme/sms", server.base).as_str()));
        let mut expected = aliyun();
        expected.as_object_mut().unwrap().remove("access_key_secret");
        for at in ["created_at", "updated_at"] {
            expected[at] = set.body[at].clone();
        }
        assert_eq!(set.body, expected);
        assert_eq!(tenant.admin("GET", "/sms", None).await.expect(200).body, set.body);

        for (body, hidden) in [(tencent(), "secret_key"), (webhook(), "secret"), (aliyun(), "access_key_secret")] {
            server.advance(1);
            let replaced = put(&tenant, body.clone()).await.expect(200);
            assert_eq!(replaced.body["created_at"], set.body["created_at"]);
            assert_ne!(replaced.body["updated_at"], set.body["updated_at"]);
            for (member, value) in body.as_object().unwrap() {
                if member == hidden {
                    assert!(replaced.body.get(member).is_none(), "{replaced}");
                } else {
                    assert_eq!(replaced.body[member], *value, "{member}");
                }
            }
            assert_eq!(tenant.admin("GET", "/sms", None).await.expect(200).body, replaced.body);
        }
        tenant.admin("DELETE", "/sms", None).await.expect(204);
        tenant.admin("GET", "/sms", None).await.expect_problem(404, "not-found");
        put(&tenant, webhook()).await.expect(201);
    }

    async fn r54_every_change_is_an_event_and_no_secret_is_in_any_answer(server: Server) {
        let tenant = server.tenant("acme").await;
        let mut told = Vec::new();
        server.advance(1);
        for body in [aliyun(), tencent(), webhook(), with(aliyun(), "sign_name", json!("【"))] {
            told.push(put(&tenant, body).await);
            told.push(tenant.admin("GET", "/sms", None).await);
            server.advance(1);
        }
        told.push(tenant.admin("DELETE", "/sms", None).await.expect(204));
        let events = tenant.admin("GET", "/events", None).await.expect(200);
        assert_eq!(kinds(&tenant).await, [
            "sms_vendor.deleted", "sms_vendor.updated", "sms_vendor.updated", "sms_vendor.updated", "tenant.created",
        ]);
        assert_eq!(each(&list(&events), "target")[1..4], ["webhook", "tencent", "aliyun"]);
        told.push(events);
        for reply in told {
            assert!(SECRETS.iter().all(|secret| !reply.text.contains(secret)), "{reply}");
        }
    }

    async fn a_member_that_breaks_a_rule_is_pointed_at_and_nothing_changes(server: Server) {
        let tenant = server.tenant("acme").await;
        put(&tenant, aliyun()).await.expect(201);
        let before = tenant.admin("GET", "/sms", None).await.expect(200).body;
        for (body, pointer) in [
            (with(aliyun(), "access_key_id", json!("")), "#/access_key_id"),
            (with(aliyun(), "access_key_secret", json!("hunter 2")), "#/access_key_secret"),
            (with(aliyun(), "sign_name", json!("【茶馆】")), "#/sign_name"),
            (with(aliyun(), "template_code", json!("a/b")), "#/template_code"),
            (with(aliyun(), "template_params", json!({})), "#/template_params"),
            (with(aliyun(), "template_params", json!({"a": "code", "b": "code"})), "#/template_params"),
            (with(tencent(), "sdk_app_id", json!("1400x")), "#/sdk_app_id"),
            (with(tencent(), "region", json!("")), "#/region"),
            (with(tencent(), "template_params", json!(["minutes"])), "#/template_params"),
            (with(webhook(), "secret", json!("hunter2")), "#/secret"),
            (with(webhook(), "name", json!("elsewhere")), "#/name"),
            (json!({"vendor": "console"}), "#/vendor"),
        ] {
            let refused = put(&tenant, body.clone()).await;
            assert!(!refused.text.contains("hunter"), "{refused}");
            assert_eq!(broken(refused), pointers([pointer]), "{body}");
        }
        for body in [
            json!({}), json!({"vendor": "pigeon"}), with(aliyun(), "endpoint", json!("https://evil.example")), with(webhook(), "url", json!("https://evil.example")),
            json!({"vendor": "console", "x": 1}), with(aliyun(), "template_params", json!({"code": "https://evil.example"})),
            with(tencent(), "template_params", json!({"1": "code"})), with(aliyun(), "sign_name", Value::Null),
        ] {
            put(&tenant, body).await.expect_problem(422, "invalid-request");
        }
        assert_eq!(tenant.admin("GET", "/sms", None).await.expect(200).body, before);
    }

    async fn a_production_server_shows_codes_to_nobody_and_says_so(server: Server) {
        let tenant = server.tenant("acme").await;
        let refused = put(&tenant, json!({"vendor": "console"})).await;
        assert!(refused.text.contains("not for development"), "{refused}");
        tenant.admin("GET", "/sms", None).await.expect_problem(404, "not-found");
    }

    async fn r24_a_vendor_is_its_tenants_alone(server: Server) {
        let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
        put(&acme, aliyun()).await.expect(201);
        other.admin("GET", "/sms", None).await.expect_problem(404, "not-found");
        other.admin("DELETE", "/sms", None).await.expect_problem(404, "not-found");
        put(&other, tencent()).await.expect(201);
        assert_eq!(acme.admin("GET", "/sms", None).await.expect(200).str("/vendor"), "aliyun");
        let own = server.admin("POST", "/operators", Some(json!({"name": "own", "tenant": "other"}))).await.expect(201);
        let ask = async |method: &str, path: &str, body: Option<Value>| server.admin_as(own.str("/token"), method, path, body).await;
        for (method, body) in [("GET", None), ("PUT", Some(webhook())), ("DELETE", None)] {
            ask(method, "/tenants/acme/sms", body).await.expect_problem(404, "not-found");
        }
        ask("PUT", "/tenants/other/sms", Some(webhook())).await.expect(200);
        ask("DELETE", "/tenants/other/sms", None).await.expect(204);
        assert_eq!(acme.admin("GET", "/sms", None).await.expect(200).str("/vendor"), "aliyun");
    }

    async fn codes_go_through_the_vendor_that_is_set_and_no_other(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let refused = tenant.challenge(&[("phone", PHONE)]).await;
        assert_eq!(refused.str("/reason"), "sms_misconfigured");
        tenant.sms_account().await;
        tenant.sign_in_by_phone(PHONE).await;
        assert_eq!(server.sim.sms(PHONE).len(), 1);

        let mut account = hufu_wxsim::SmsAccountSpec::new(hufu_wxsim::SmsVendor::Webhook, "gateway");
        account.secret = webhook()["secret"].as_str().map(str::to_owned);
        server.sim.sms_account(account).unwrap();
        put(&tenant, webhook()).await.expect(200);
        server.advance(61);
        tenant.sign_in_by_phone(PHONE).await;
        assert_eq!(server.sim.sms(PHONE).last().unwrap().account, "gateway");
        tenant.admin("DELETE", "/sms", None).await.expect(204);
        server.advance(61);
        let refused = tenant.challenge(&[("phone", PHONE)]).await;
        assert_eq!(refused.str("/reason"), "sms_misconfigured");
        assert_eq!(server.sim.sms(PHONE).len(), 2);
    }
}
