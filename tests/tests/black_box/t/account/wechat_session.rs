//! The session key: asked about, replaced, and the keys that WeChat derives for the mini-program.

use hufu_tests::{Server, Tenant, on_both_databases};
use hufu_wxsim::DataKind;
use serde_json::json;

const APP: &str = "wx0000000000000001";

async fn keeping(server: &Server) -> Tenant<'_> {
    let tenant = server.tenant("acme").await.with_members().await;
    tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
    tenant
}

on_both_databases! {
    async fn a_key_that_wechat_has_replaced_is_told(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let valid = async || tenant.account("GET", "/wechat/session", &alice.access, None).await.expect(200).body["valid"].clone();
        assert_eq!(valid().await, true);
        server.sim.rotate_session_key(APP, "alice");
        assert_eq!(valid().await, false);
        tenant.login("alice").await;
        assert_eq!(valid().await, true);
    }

    async fn an_operator_replaces_a_key_that_may_have_leaked(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let user = tenant.sub(&alice.access).await;
        let leaked = server.sim.session_key(APP, "alice").unwrap();
        let before = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        let path = format!("/users/{user}/wechat-session-keys/reset");
        let reset = tenant.admin("POST", &path, None).await.expect(200);
        assert_eq!(reset.body["reset"], 1);
        let now = server.sim.session_key(APP, "alice").unwrap();
        assert_ne!(now, leaked);
        assert!(!reset.text.contains(&now) && !reset.text.contains(&leaked));
        let open = async |data: &hufu_wxsim::EncryptedData| {
            let body = json!({"encrypted_data": data.encrypted_data, "iv": data.iv});
            tenant.account("POST", "/wechat/open-data", &alice.access, Some(body)).await.status
        };
        assert_eq!(open(&before).await, 400, "what was made with the leaked key is not believed any more");
        assert_eq!(open(&server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap()).await, 200);
        tenant.userinfo(&alice.access).await.expect(200);
        assert!(tenant.events().await.iter().any(|event| event["kind"] == "user.session_keys_reset"));
        server.sim.rotate_session_key(APP, "alice");
        assert_eq!(tenant.admin("POST", &path, None).await.expect(200).body["reset"], 0, "it was dead already");
    }

    async fn the_encryption_keys_are_wechats_newest_first(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let keys = tenant.account("GET", "/wechat/encrypt-keys", &alice.access, None).await.expect(200);
        let list = keys.body["keys"].as_array().unwrap();
        assert!((1..=3).contains(&list.len()), "{keys}");
        assert!(list.windows(2).all(|two| two[0]["version"].as_i64() > two[1]["version"].as_i64()), "{keys}");
        assert_eq!(list[0]["iv"].as_str().unwrap().len(), 16);
        assert!(!keys.text.contains(&server.sim.session_key(APP, "alice").unwrap()));
        server.sim.rotate_session_key(APP, "alice");
        let dead = tenant.account("GET", "/wechat/encrypt-keys", &alice.access, None).await;
        dead.expect_error(400, "invalid_grant", Some("session_key_missing"));
    }
}
