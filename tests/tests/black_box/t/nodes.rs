//! Two nodes over one database: what one learned of WeChat serves the other, and no node undoes what the other did.

use hufu_tests::{Server, Tokens, on_both_databases};
use hufu_wxsim::{Push, PushEvent, PushFormat};
use serde_json::json;

const APP: &str = "wx0000000000000001";
const TOKENS: &str = "/cgi-bin/stable_token";

on_both_databases! {
    async fn an_access_token_is_fetched_once_for_all_nodes(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let phone = async |tenant: &hufu_tests::Tenant<'_>, user: &str| {
            let reply = tenant.exchange_with_phone("shop", &tenant.code(APP, user), &tenant.phone_code(APP, user)).await;
            Tokens::of(reply)
        };
        phone(&here, "alice").await;
        let asked = server.sim.requests(TOKENS).len();
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        phone(&there, "bob").await;
        assert_eq!(server.sim.requests(TOKENS).len(), asked, "the other node's token serves");
        // Where its time is over, one of them renews it for both.
        server.advance(7_200);
        phone(&there, "bob").await;
        phone(&here, "alice").await;
        assert_eq!(server.sim.requests(TOKENS).len(), asked + 1);
        assert_eq!(server.number("SELECT count(*) FROM wechat_access_tokens"), 1);
    }

    async fn a_node_that_heard_nothing_for_a_while_hears_what_it_has_missed(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        // A minute, and so long that nobody keeps what has changed.
        for (round, silence) in [60, 10_000].into_iter().enumerate() {
            here.set(json!({"registration": "open"})).await;
            node.hear_of_changes().await;
            there.login(&format!("early-{round}")).await;
            here.set(json!({"registration": "closed"})).await;
            server.advance(silence);
            server.clean().await;
            node.hear_of_changes().await;
            let late = there.exchange("shop", &there.code(APP, &format!("late-{round}"))).await;
            late.expect_error(400, "access_denied", Some("registration_closed"));
        }
    }

    async fn a_secret_that_one_node_promoted_fails_no_login_on_another(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        for tenant in [&here, &there] {
            tenant.login("alice").await;
        }
        // The other node remembers the app as it was, without the next secret.
        let next = server.sim.prepare_secret(APP).unwrap();
        here.admin("POST", &format!("/wechat-apps/{APP}/rotate"), Some(json!({"secret": next}))).await.expect(202);
        server.sim.activate_secret(APP).unwrap();
        for _ in 0..3 {
            for tenant in [&here, &there] {
                tenant.login("alice").await;
            }
        }
        let promoted = here.events().await.iter().filter(|event| event["kind"] == "wechat_app.secret_promoted").count();
        assert_eq!(promoted, 1);
    }

    async fn a_secret_given_to_one_node_counts_on_another_that_has_not_heard(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let alice = there.login("alice").await;
        let secret = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        here.put_wechat_app(APP, &secret, None).await.expect(200);
        // Whatever is asked of WeChat first: the login, the phone beside it, or the phone alone.
        there.link_phone(&alice.access, &there.phone_code(APP, "alice")).await.expect(201);
        let both = there.exchange_with_phone("shop", &there.code(APP, "bob"), &there.phone_code(APP, "bob")).await;
        both.expect(200);
        there.login("alice").await;
    }

    async fn a_message_that_one_node_obeyed_is_a_replay_on_another(server: Server) {
        let here = server.tenant("acme").await.with_members().await;
        let keys = json!({"push": {"token": "pushtoken", "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}});
        here.admin("PATCH", &format!("/wechat-apps/{APP}"), Some(keys)).await.expect(200);
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let push = |base: &str| Push {
            url: format!("{base}/wechat/push/{APP}"),
            token: "pushtoken".into(),
            encoding_aes_key: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into(),
            format: PushFormat::Json,
            safe: true,
        };
        let alice = here.login("alice").await;
        here.link_phone(&alice.access, &here.phone_code(APP, "alice")).await.expect(201);
        server.sim.configure_push(APP, push(&server.base)).unwrap();
        let event = PushEvent::new("user_authorization_revoke", "alice").revoke_info("8");
        let delivery = server.sim.push_delivery(APP, &event).unwrap();
        assert_eq!(server.sim.deliver(APP, &delivery).await.unwrap().status, 200);
        there.link_phone(&alice.access, &there.phone_code(APP, "alice")).await.expect(201);
        server.sim.configure_push(APP, push(&node.base)).unwrap();
        assert_eq!(server.sim.deliver(APP, &delivery).await.unwrap().status, 200);
        assert_eq!(there.userinfo(&alice.access).await.expect(200).body["phone_number_verified"], true);
    }
}
