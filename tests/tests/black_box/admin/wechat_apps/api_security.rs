//! API security mode: calls signed and encrypted, answers verified and decrypted.

use super::{APP, PATH};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_tests::{Server, Tenant, on_both_databases};
use hufu_wxsim::{ApiSecurityKeys, Fault, FaultAction};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Made once: it takes a while.
static KEY: LazyLock<(String, String)> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (
        pem("PRIVATE KEY", private.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    )
});

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn body(keys: &ApiSecurityKeys) -> Value {
    json!({"api_security": {"symmetric_sn": keys.symmetric_sn, "symmetric_key": keys.symmetric_key_b64, "private_key": KEY.0,
        "platform_serial": keys.platform_serial, "platform_certificate": keys.platform_certificate_pem}})
}

async fn phone(tenant: &Tenant<'_>) -> hufu_tests::Reply {
    tenant
        .exchange_with_phone(
            "shop",
            &tenant.code(APP, "alice"),
            &tenant.phone_code(APP, "alice"),
        )
        .await
}

on_both_databases! {
    async fn an_app_in_the_mode_works_once_its_keys_are_known(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let keys = server.sim.turn_on_api_security(APP, &KEY.1).unwrap();
        phone(&tenant).await.expect_error(503, "temporarily_unavailable", Some("wx_app_misconfigured"));
        let events = tenant.events().await;
        let advice = events.iter().find(|event| event["detail"]["errcode"] == 40234).expect("an event")["detail"]["advice"].clone();
        assert!(advice.as_str().unwrap().contains("API安全"), "{advice}");
        let set = tenant.admin("PATCH", PATH, Some(body(&keys))).await.expect(200);
        assert_eq!(set.body["api_security"], json!({"symmetric_sn": keys.symmetric_sn, "platform_serial": keys.platform_serial}));
        assert!(!set.text.contains("PRIVATE") && !set.text.contains(&keys.symmetric_key_b64));
        phone(&tenant).await.expect(200);
        let patched = tenant.admin("PATCH", PATH, Some(json!({"union_scope": "acme"}))).await.expect(200);
        assert_eq!(patched.body["api_security"], set.body["api_security"], "another change leaves the keys");
        phone(&tenant).await.expect(200);
    }

    async fn an_answer_that_is_not_wechats_is_not_believed(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let keys = server.sim.turn_on_api_security(APP, &KEY.1).unwrap();
        tenant.admin("PATCH", PATH, Some(body(&keys))).await.expect(200);
        for action in [FaultAction::BadResponseSignature, FaultAction::StaleResponseTimestamp] {
            server.sim.fault(action).unwrap();
            phone(&tenant).await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
            server.sim.clear_faults();
        }
        server.sim.fault(Fault::new(FaultAction::Errcode { n: 40001, msg: "plain".into() }).on_path("/wxa/business/getuserphonenumber")).unwrap();
        phone(&tenant).await.expect(503);
    }

    async fn keys_that_cannot_be_used_are_refused_and_national_ciphers_by_name(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let keys = server.sim.turn_on_api_security(APP, &KEY.1).unwrap();
        for (member, value, says) in [
            ("symmetric_algorithm", "SM4_GCM", "AES256_GCM"),
            ("asymmetric_algorithm", "SM2withSM3", "RSAwithSHA256"),
            ("symmetric_key", "AAAA", "32 bytes"),
            ("private_key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "RSA"),
            ("platform_certificate", "nonsense", "certificate"),
            ("symmetric_sn", "", "1 to 128"),
        ] {
            let mut body = body(&keys);
            body["api_security"][member] = value.into();
            let refused = tenant.admin("PATCH", PATH, Some(body)).await.expect_problem(422, "invalid-request");
            assert_eq!(refused.fields(), [format!("#/api_security/{member}")]);
            assert!(refused.text.contains(says), "{refused}");
            assert!(!refused.text.contains(&keys.symmetric_key_b64), "r54");
        }
        let shown = tenant.admin("GET", PATH, None).await.expect(200);
        assert!(shown.body.get("api_security").is_none());
    }
}
