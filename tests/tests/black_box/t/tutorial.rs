//! The seven steps of the usual WeChat login tutorial, each done safely: `docs/tutorial-wechat.md` as one test.

use hufu_tests::{Server, Tokens, on_both_databases};
use hufu_wxsim::DataKind;
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn the_seven_steps(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"wechat": {"keep_session_key": true}})).await;

        // 1. wx.login gives the mini-program a code.
        let code = tenant.code(APP, "alice");

        // 2. The mini-program sends it, without appid or secret.
        let answer = tenant.exchange("shop", &code).await.expect(200);

        // 3. Hufu asks WeChat, once; session_key stays on the server.
        assert_eq!(server.sim.requests("/sns/jscode2session").len(), 1);
        let session_key = server.sim.session_key(APP, "alice").unwrap();
        assert!(!answer.text.contains("session_key") && !answer.text.contains(&session_key));

        // 4. The login state is tokens.
        let alice = Tokens::of(answer);
        assert!(!alice.access.is_empty() && !alice.refresh.is_empty() && !alice.id.is_empty());

        // 5. Requests carry the access token.
        let sub = tenant.sub(&alice.access).await;
        assert!(sub.starts_with("usr_"));

        // 6. The phone number comes by the button's code, verified by WeChat.
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let claims = tenant.userinfo(&alice.access).await.expect(200);
        assert_eq!(claims.str("/phone_number"), server.sim.phone_of("alice"));

        // 7. Encrypted user data is opened and checked on the server.
        let data = server.sim.encrypted_data(APP, "alice", DataKind::UserInfo).unwrap();
        let body = json!({"encrypted_data": data.encrypted_data, "iv": data.iv, "raw_data": data.raw_data, "signature": data.signature});
        let opened = tenant.account("POST", "/wechat/open-data", &alice.access, Some(body)).await.expect(200);
        assert_eq!(opened.str("/data/watermark/appid"), APP);
        assert!(!opened.text.contains(&session_key));
    }
}
