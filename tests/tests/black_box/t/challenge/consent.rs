//! Documents that a person accepts before anything of theirs is looked at.

use super::app::{APPID, Login, PASSWORD, as_app, code_of, count, step, with_app, wx};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const ALICE: &str = "+8613800138000";
const LOGIN: &str = "/sns/jscode2session";

async fn silent(tenant: &Tenant<'_>, js_code: &str, consent: &str) -> Reply {
    tenant
        .token(&[
            ("grant_type", "urn:hufu:grant-type:wechat-code"),
            ("client_id", "app"),
            ("js_code", js_code),
            ("consent", consent),
        ])
        .await
}

async fn recorded(tenant: &Tenant<'_>, tokens: &Tokens) -> Vec<Value> {
    let consents = tenant
        .account("GET", "/consents", &tokens.access, None)
        .await
        .expect(200);
    consents.body["consents"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn without_consent_no_code_is_used_up(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require_consent_before_exchange": true})).await;
        let code = wx(&tenant, "alice");
        tenant.exchange("app", &code).await.expect_error(400, "access_denied", Some("consent_required"));
        step(&tenant, &[("js_code", &code)]).await.expect_error(400, "access_denied", Some("consent_required"));
        for proof in [&[("phone", ALICE)][..], &[("username", "alice.liu"), ("password", PASSWORD)], &[("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD)]] {
            step(&tenant, proof).await.expect_error(400, "access_denied", Some("consent_required"));
        }
        assert!(server.sim.requests(LOGIN).is_empty() && server.sim.all_sms().is_empty(), "nothing was asked of anybody");
        assert_eq!(server.number("SELECT count(*) FROM attempts"), 0);
        // What may be proven is told without it.
        step(&tenant, &[]).await.expect_error(400, "insufficient_authorization", None);
        // The same code, now that there is consent.
        Tokens::of(silent(&tenant, &code, "privacy:1").await);
        assert_eq!(server.sim.requests(LOGIN).len(), 1);
    }

    async fn a_consent_is_recorded_once_for_each_version(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require_consent_before_exchange": true})).await;
        for _ in 0..3 {
            Tokens::of(silent(&tenant, &wx(&tenant, "alice"), "privacy:1").await);
        }
        assert_eq!(count(&tenant, "consent.recorded").await, 1);
        server.advance(1);
        let tokens = Tokens::of(silent(&tenant, &wx(&tenant, "alice"), "privacy:2 terms:2026-11-01").await);
        assert_eq!(count(&tenant, "consent.recorded").await, 2);
        let consents = recorded(&tenant, &tokens).await;
        let named: Vec<_> = consents.iter().map(|one| format!("{}:{}", one["document"].as_str().unwrap(), one["version"].as_str().unwrap())).collect();
        assert_eq!(named.len(), 3, "{named:?}");
        for name in ["privacy:1", "privacy:2", "terms:2026-11-01"] {
            assert!(named.contains(&name.to_owned()), "{named:?}");
        }
        for one in &consents {
            assert_eq!((&one["action"], &one["client_id"], &one["ip"]), (&json!("accept"), &json!("app"), &json!("127.0.0.1")), "{one}");
        }
    }

    async fn a_consent_holds_for_all_steps_of_a_login_and_is_written_at_its_end(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require_consent_before_exchange": true, "require": ["phone"]})).await;
        let refused = silent(&tenant, &wx(&tenant, "alice"), "privacy:1").await;
        let refused = refused.expect_error(403, "insufficient_authorization", Some("phone_required"));
        assert_eq!(server.number("SELECT count(*) FROM consents"), 0);
        let tokens = as_app(&tenant, Login::after(tenant, &refused).prove_phone(ALICE).await).await;
        assert_eq!(recorded(&tenant, &tokens).await.len(), 1);
        // Also where it came before any proof.
        let mut login = Login::new(tenant);
        login.step(&[("consent", "privacy:1 terms:3")]).await.expect_error(400, "insufficient_authorization", None);
        login.step(&[("js_code", &wx(&tenant, "bob"))]).await.expect_error(400, "insufficient_authorization", Some("phone_required"));
        let tokens = as_app(&tenant, login.prove_phone("+8613900139000").await).await;
        assert_eq!(recorded(&tenant, &tokens).await.len(), 2);
    }

    async fn a_consent_that_cannot_be_read_is_refused(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let nine = (0..9).map(|n| format!("doc{n}:1")).collect::<Vec<_>>().join(" ");
        let long = format!("privacy:{}", "1".repeat(65));
        for bad in ["privacy", "privacy:", ":1", "Privacy:1", "privacy:1:2", "privacy :1", "privacy:é", &nine, &long] {
            let code = tenant.code(APPID, "alice");
            silent(&tenant, &code, bad).await.expect_error(400, "invalid_request", None);
            step(&tenant, &[("js_code", &code), ("consent", bad)]).await.expect_error(400, "invalid_request", None);
        }
        assert!(server.sim.requests(LOGIN).is_empty());
        // Where the tenant does not ask for it, it is recorded all the same.
        let code = tenant.code(APPID, "alice");
        code_of(step(&tenant, &[("js_code", &code), ("consent", "privacy:1")]).await);
        assert_eq!(count(&tenant, "consent.recorded").await, 1);
    }
}
