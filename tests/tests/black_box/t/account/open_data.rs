//! Encrypted user data, opened on the server.

use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use hufu_wxsim::{DataKind, EncryptedData, SessionKeyRotation, Tamper};
use serde_json::json;

const APP: &str = "wx0000000000000001";

async fn open(tenant: &Tenant<'_>, access: &str, data: &EncryptedData) -> Reply {
    let body = json!({"encrypted_data": data.encrypted_data, "iv": data.iv,
        "raw_data": data.raw_data, "signature": data.signature});
    tenant
        .account("POST", "/wechat/open-data", access, Some(body))
        .await
}

async fn open_unsigned(tenant: &Tenant<'_>, access: &str, encrypted_data: &str, iv: &str) -> Reply {
    let body = json!({"encrypted_data": encrypted_data, "iv": iv});
    tenant
        .account("POST", "/wechat/open-data", access, Some(body))
        .await
}

async fn keeping(server: &Server) -> Tenant<'_> {
    let tenant = server.tenant("acme").await;
    server
        .sim
        .app(APP)
        .session_keys(SessionKeyRotation::Never)
        .create()
        .unwrap();
    let secret = server
        .sim
        .change_app(APP, hufu_wxsim::AppChange::default())
        .unwrap()
        .secret()
        .to_owned();
    tenant.put_wechat_app(APP, &secret, None).await.expect(201);
    tenant
        .mini_program_for("shop", APP, "account offline_access openid phone wechat")
        .await;
    tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
    tenant
}

on_both_databases! {
    async fn user_data_is_opened_and_its_signature_and_watermark_checked(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        let opened = open(&tenant, &alice.access, &data).await.expect(200);
        assert_eq!(opened.str("/data/openId"), server.sim.openid(APP, "alice"));
        assert_eq!(opened.str("/data/watermark/appid"), APP);
        assert_eq!(opened.header("cache-control"), Some("no-store"));
        let phone = server.sim.encrypted_data(APP, "alice", DataKind::Phone).unwrap();
        let opened = open_unsigned(&tenant, &alice.access, &phone.encrypted_data, &phone.iv).await.expect(200);
        assert!(opened.str("/data/purePhoneNumber").len() >= 7);
        assert!(tenant.userinfo(&alice.access).await.expect(200).body.get("phone_number").is_none(), "read, not linked");
    }

    async fn base64_that_a_form_or_a_log_has_mangled_is_read(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        let blanks = data.encrypted_data.replace('+', " ");
        open_unsigned(&tenant, &alice.access, &blanks, &data.iv.replace('+', " ")).await.expect(200);
        let mut lines = String::new();
        for (i, character) in data.encrypted_data.chars().enumerate() {
            if i > 0 && i % 76 == 0 {
                lines.push_str("\r\n");
            }
            lines.push(character);
        }
        open_unsigned(&tenant, &alice.access, &lines, &data.iv).await.expect(200);
    }

    async fn whatever_is_wrong_the_answer_is_the_same(server: Server) {
        let tenant = keeping(&server).await;
        let (alice, bob) = (tenant.login("alice").await, tenant.login("bob").await);
        let mut answers = Vec::new();
        for tamper in [Tamper::Key, Tamper::Iv, Tamper::Pad, Tamper::Appid, Tamper::Truncate] {
            let data = server.sim.tampered_data(APP, "alice", DataKind::UserInfo, tamper).unwrap();
            answers.push(open(&tenant, &alice.access, &data).await);
        }
        let mut data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        answers.push(open(&tenant, &bob.access, &data).await);
        data.raw_data.push(' ');
        answers.push(open(&tenant, &alice.access, &data).await);
        for (encrypted, iv) in [("", ""), ("!", "!"), ("AAAA", "AAAA"), (data.encrypted_data.as_str(), "AAAA")] {
            answers.push(open_unsigned(&tenant, &alice.access, encrypted, iv).await);
        }
        let long = "A".repeat(16 * 1024 + 4);
        answers.push(open_unsigned(&tenant, &alice.access, &long, &data.iv).await);
        let bodies: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.expect_error(400, "invalid_request", Some("open_data_invalid")).text)
            .collect();
        assert!(bodies.windows(2).all(|two| two[0] == two[1]), "{bodies:?}");
    }

    async fn the_last_two_keys_are_tried_after_a_rotation(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        let before = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        server.advance(1);
        server.sim.rotate_session_key(APP, "alice");
        let alice = { tenant.login("alice").await; alice };
        open(&tenant, &alice.access, &before).await.expect(200);
        let after = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        open(&tenant, &alice.access, &after).await.expect(200);
        server.advance(600);
        let late = open(&tenant, &alice.access, &before).await;
        late.expect_error(400, "invalid_request", Some("open_data_invalid"));
        open(&tenant, &alice.access, &after).await.expect(200);
        server.sim.rotate_session_key(APP, "alice");
        tenant.login("alice").await;
        server.sim.rotate_session_key(APP, "alice");
        server.advance(1);
        tenant.login("alice").await;
        let third = open(&tenant, &alice.access, &after).await;
        third.expect_error(400, "invalid_request", Some("open_data_invalid"));
    }

    async fn without_the_setting_the_error_says_which(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        let refused = open(&tenant, &alice.access, &data).await;
        let refused = refused.expect_error(400, "invalid_request", Some("session_keys_not_kept"));
        assert!(refused.str("/error_description").contains("wechat.keep_session_key"));
        tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
        open(&tenant, &alice.access, &data).await.expect_error(400, "invalid_request", Some("session_key_missing"));
        tenant.login("alice").await;
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        open(&tenant, &alice.access, &data).await.expect(200);
        tenant.set(json!({"wechat": {"keep_session_key": false}})).await;
        tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
        open(&tenant, &alice.access, &data).await.expect_error(400, "invalid_request", Some("session_key_missing"));
    }

    async fn r51_another_tenants_keys_open_nothing(server: Server) {
        let tenant = keeping(&server).await;
        tenant.login("alice").await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("cafe", "wx0000000000000002", "account openid").await;
        other.set(json!({"wechat": {"keep_session_key": true}})).await;
        let there = Tokens::of(other.exchange("cafe", &other.code("wx0000000000000002", "alice")).await);
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        open(&other, &there.access, &data).await.expect_error(400, "invalid_request", Some("open_data_invalid"));
        open(&tenant, &there.access, &data).await.expect_error(401, "invalid_token", None);
    }

    async fn a_body_that_is_none_is_named(server: Server) {
        let tenant = keeping(&server).await;
        let alice = tenant.login("alice").await;
        for body in [json!({}), json!({"encrypted_data": "a"}), json!({"encrypted_data": "a", "iv": "b", "raw_data": "c"}),
            json!({"encrypted_data": "a", "iv": "b", "signature": "c"}), json!({"encrypted_data": "a", "iv": "b", "x": 1}), json!([])] {
            let reply = tenant.account("POST", "/wechat/open-data", &alice.access, Some(body)).await;
            let reply = reply.expect_error(400, "invalid_request", None);
            assert!(reply.str("/error_description").contains("encrypted_data and iv"));
        }
    }
}
