//! `/t/{tenant}/account/export`: all that is kept of the user, and nothing secret.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn all_that_is_kept_is_in_one_document(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let first = tenant.login("alice").await;
        server.advance(1);
        tenant.link_phone(&first.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        tenant.account("PATCH", "", &first.access, Some(json!({"nickname": "Alice", "locale": "zh-CN"}))).await.expect(200);
        let consent = json!({"document": "privacy", "version": "1", "action": "accept"});
        tenant.account("POST", "/consents", &first.access, Some(consent)).await.expect(201);
        server.advance(1);
        let alice = tenant.login("alice").await;
        let export = tenant.account("GET", "/export", &alice.access, None).await.expect(200);
        assert_eq!(export.header("cache-control"), Some("no-store"));
        assert_eq!(export.header("content-disposition"), Some("attachment; filename=\"account.json\""));
        let own = async |path: &str| tenant.account("GET", path, &alice.access, None).await.expect(200).body;
        assert_eq!(export.body["account"], own("").await);
        assert_eq!(export.body["sessions"], own("/sessions").await["sessions"]);
        assert_eq!(export.body["sessions"].as_array().unwrap().len(), 2);
        assert_eq!(export.body["consents"], own("/consents").await["consents"]);
        let [wechat, phone] = &export.body["identities"].as_array().unwrap()[..] else { panic!("{export}") };
        assert_eq!((&wechat["kind"], &wechat["wechat_appid"]), (&json!("wechat"), &json!(APP)));
        assert_eq!(wechat["wechat_openid"], server.sim.openid(APP, "alice"));
        assert_eq!((&phone["kind"], &phone["phone_number"]), (&json!("phone"), &json!(server.sim.phone_of("alice"))));
        assert_eq!(phone["verified_by"], APP);
        let members: Vec<_> = export.body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["account", "consents", "exported_at", "identities", "sessions"]);
    }

    async fn r30_no_key_no_hash_and_no_token_is_in_it(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
        let alice = tenant.login("alice").await;
        let export = tenant.account("GET", "/export", &alice.access, None).await.expect(200).text;
        let session_key = server.sim.session_key(APP, "alice").unwrap();
        for secret in [&session_key, &alice.access, &alice.refresh, "hufu_", "$argon2", "hash", "password"] {
            assert!(!export.contains(secret), "{secret} in {export}");
        }
    }

    async fn what_another_did_is_not_in_it(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account openid").await;
        let alice = tenant.login("alice").await;
        let bob = tenant.login("bob").await;
        let elsewhere = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        for (tenant, tokens) in [(&tenant, &bob), (&other, &elsewhere)] {
            tenant.account("PATCH", "", &tokens.access, Some(json!({"nickname": "Somebody else"}))).await.expect(200);
        }
        let export = tenant.account("GET", "/export", &alice.access, None).await.expect(200);
        assert_eq!(export.body["identities"].as_array().unwrap().len(), 1);
        assert_eq!(export.body["sessions"].as_array().unwrap().len(), 1);
        for foreign in ["Somebody else", "wx0000000000000002", &tenant.sub(&bob.access).await] {
            assert!(!export.text.contains(foreign), "{foreign} in {export}");
        }
    }
}
