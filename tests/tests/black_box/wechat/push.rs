//! Message push: proven, obeyed once, and harmless in every other way.

use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use hufu_wxsim::{Delivery, Push, PushEvent, PushFormat};
use serde_json::json;

const APP: &str = "wx0000000000000001";
const CAFE: &str = "wx0000000000000002";
const TOKEN: &str = "pushtoken";
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

async fn push_to(tenant: &Tenant<'_>, appid: &str, format: PushFormat, safe: bool) {
    let body = json!({"push": {"token": TOKEN, "encoding_aes_key": AES_KEY}});
    let path = format!("/wechat-apps/{appid}");
    tenant.admin("PATCH", &path, Some(body)).await.expect(200);
    let url = format!("{}/wechat/push/{appid}", tenant.server.base);
    let push = Push {
        url,
        token: TOKEN.into(),
        encoding_aes_key: AES_KEY.into(),
        format,
        safe,
    };
    tenant.server.sim.configure_push(appid, push).unwrap();
}

async fn with_push(server: &Server) -> Tenant<'_> {
    let tenant = server.tenant("acme").await.with_members().await;
    push_to(&tenant, APP, PushFormat::Xml, true).await;
    tenant
}

async fn deliver(server: &Server, appid: &str, delivery: &Delivery) -> Reply {
    let url = format!("{}/wechat/push/{appid}", server.base);
    let request = server.http.request("POST", &url).query(&delivery.query);
    let request = request
        .header("content-type", delivery.content_type)
        .body(delivery.body.clone());
    server.http.send(request).await
}

async fn pushed(server: &Server, event: PushEvent) {
    let reply = server.sim.push(APP, &event).await.unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (200, "success"));
}

async fn kinds(tenant: &Tenant<'_>) -> Vec<String> {
    tenant
        .events()
        .await
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

on_both_databases! {
    async fn the_url_check_is_answered_with_echostr(server: Server) {
        let tenant = with_push(&server).await;
        server.sim.verify_push_url(APP).await.unwrap();
        let shown = tenant.admin("GET", &format!("/wechat-apps/{APP}"), None).await.expect(200);
        assert_eq!(shown.str("/push_url"), format!("{}/wechat/push/{APP}", server.base));
        assert_eq!(shown.body["push"], true);
        assert!(!shown.text.contains(TOKEN) && !shown.text.contains(AES_KEY));
        let url = format!("{}/wechat/push/{APP}?signature=00&timestamp=1&nonce=2&echostr=3", server.base);
        server.http.get(&url).await.expect_problem(403, "push-refused");
    }

    async fn a_phone_taken_back_is_unlinked_and_nothing_else(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        pushed(&server, PushEvent::new("user_authorization_revoke", "alice").revoke_info("8")).await;
        let claims = tenant.userinfo(&alice.access).await.expect(200);
        assert!(claims.body.get("phone_number").is_none(), "{claims}");
        assert_eq!(claims.str("/wechat_openid"), server.sim.openid(APP, "alice"));
        let event = tenant.events().await.into_iter().find(|event| event["kind"] == "user.authorization_revoked").unwrap();
        assert_eq!(event["actor"], json!({"kind": "wechat", "id": APP}));
        assert_eq!(event["detail"]["phone_unlinked"], true);
        assert_eq!(event["detail"]["sessions_ended"], false);
    }

    async fn other_permissions_taken_back_are_recorded_and_touch_nothing(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        pushed(&server, PushEvent::new("user_authorization_revoke", "alice").revoke_info("6,13")).await;
        assert_eq!(tenant.userinfo(&alice.access).await.expect(200).body["phone_number_verified"], true);
        assert!(kinds(&tenant).await.contains(&"user.authorization_revoked".to_owned()));
    }

    async fn everything_taken_back_ends_all_sessions(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        let bob = tenant.login("bob").await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        pushed(&server, PushEvent::new("user_authorization_revoke", "alice").revoke_info("301")).await;
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        tenant.refresh("shop", &alice.refresh).await.expect_error(400, "invalid_grant", None);
        tenant.userinfo(&bob.access).await.expect(200);
        let back = tenant.login("alice").await;
        assert!(tenant.userinfo(&back.access).await.expect(200).body.get("phone_number").is_none());
    }

    async fn r53_whatever_wechat_takes_back_a_user_who_remains_can_sign_in(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        let user = tenant.sub(&alice.access).await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        for what in ["8", "6,13", "301"] {
            server.advance(1);
            pushed(&server, PushEvent::new("user_authorization_revoke", "alice").revoke_info(what)).await;
            let back = tenant.login("alice").await;
            assert_eq!(tenant.sub(&back.access).await, user, "{what}");
        }
    }

    async fn a_closed_wechat_account_leaves_another_that_is_the_same_users(server: Server) {
        let tenant = with_push(&server).await;
        tenant.wechat_app(CAFE).await;
        tenant.mini_program_for("cafe", CAFE, "account openid phone wechat").await;
        tenant.set(json!({"link_by_wechat_phone": true})).await;
        let alice = tenant.login("alice").await;
        let user = tenant.sub(&alice.access).await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let phone = server.sim.phone_code_for(CAFE, "alice's other account", &server.sim.phone_of("alice")).unwrap();
        let code = tenant.code(CAFE, "alice's other account");
        tenant.exchange_with_phone("cafe", &code, &phone).await.expect(200);
        pushed(&server, PushEvent::new("user_authorization_cancellation", "alice")).await;
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        let left = hufu_tests::Tokens::of(tenant.exchange("cafe", &tenant.code(CAFE, "alice's other account")).await);
        assert_eq!(tenant.sub(&left.access).await, user);
        assert_ne!(tenant.sub(&tenant.login("alice").await.access).await, user);
        assert!(kinds(&tenant).await.contains(&"identity.unlinked".to_owned()));
    }

    async fn a_closed_wechat_account_closes_the_account(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        let user = tenant.sub(&alice.access).await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        pushed(&server, PushEvent::new("user_authorization_cancellation", "alice")).await;
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        tenant.admin("GET", &format!("/users/{user}"), None).await.expect_problem(404, "not-found");
        let events = tenant.events().await;
        assert!(events.iter().any(|event| event["kind"] == "user.deleted" && event["actor"]["kind"] == "wechat"));
        let bob = tenant.login("bob").await;
        let phone = server.sim.phone_code_for(APP, "bob", &server.sim.phone_of("alice")).unwrap();
        tenant.link_phone(&bob.access, &phone).await.expect(201);
    }

    async fn json_and_xml_known_and_unknown_are_accepted(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        for format in [PushFormat::Json, PushFormat::Xml] {
            push_to(&tenant, APP, format, true).await;
            server.advance(1);
            pushed(&server, PushEvent::new("user_info_modified", "alice")).await;
            pushed(&server, PushEvent::new("something_of_tomorrow", "alice")).await;
            pushed(&server, PushEvent::new("user_authorization_revoke", "nobody here").revoke_info("8")).await;
        }
        assert_eq!(kinds(&tenant).await.iter().filter(|kind| *kind == "user.info_modified").count(), 2);
        tenant.userinfo(&alice.access).await.expect(200);
    }

    async fn a_replay_is_accepted_and_ignored(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let event = PushEvent::new("user_authorization_revoke", "alice").revoke_info("8");
        let delivery = server.sim.push_delivery(APP, &event).unwrap();
        deliver(&server, APP, &delivery).await.expect(200);
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let replies = server.in_parallel(20, || deliver(&server, APP, &delivery)).await;
        for reply in replies {
            assert_eq!(reply.expect(200).text, "success");
        }
        assert_eq!(tenant.userinfo(&alice.access).await.expect(200).body["phone_number_verified"], true);
        assert_eq!(kinds(&tenant).await.iter().filter(|kind| *kind == "user.authorization_revoked").count(), 1);
        server.advance(601);
        deliver(&server, APP, &delivery).await.expect_problem(403, "push-refused");
    }

    async fn what_is_not_wechats_is_refused_and_changes_nothing(server: Server) {
        let tenant = with_push(&server).await;
        let alice = tenant.login("alice").await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let event = PushEvent::new("user_authorization_revoke", "alice").revoke_info("8");
        let good = server.sim.push_delivery(APP, &event).unwrap();
        let mut wrong = Vec::new();
        for name in ["msg_signature", "timestamp", "nonce"] {
            let mut delivery = good.clone();
            for (key, value) in &mut delivery.query {
                if key == name {
                    value.replace_range(0..1, if value.starts_with('0') { "1" } else { "0" });
                }
            }
            wrong.push(delivery);
        }
        let mut tampered = good.clone();
        let at = tampered.body.find("<Encrypt>").unwrap() + 20;
        tampered.body.replace_range(at..=at, if &tampered.body[at..=at] == "A" { "B" } else { "A" });
        wrong.push(tampered);
        for body in ["", "{", "<xml>", "<!DOCTYPE a [<!ENTITY b 'c'>]><xml>&b;</xml>", "{\"Encrypt\":7}"] {
            wrong.push(Delivery { body: body.into(), ..good.clone() });
        }
        wrong.push(Delivery { query: Vec::new(), ..good.clone() });
        for delivery in wrong {
            let reply = deliver(&server, APP, &delivery).await;
            assert!(matches!(reply.status, 400 | 403), "{reply}");
        }
        assert_eq!(tenant.userinfo(&alice.access).await.expect(200).body["phone_number_verified"], true);
        deliver(&server, APP, &good).await.expect(200);
    }

    async fn a_message_of_one_app_says_nothing_to_another(server: Server) {
        let tenant = with_push(&server).await;
        let other = server.tenant("other").await;
        other.wechat_app(CAFE).await;
        push_to(&other, CAFE, PushFormat::Xml, true).await;
        let event = PushEvent::new("user_authorization_cancellation", "alice");
        let delivery = server.sim.push_delivery(APP, &event).unwrap();
        tenant.login("alice").await;
        // The same Token and key, so that only the appid within the message tells them apart.
        deliver(&server, CAFE, &delivery).await.expect_problem(403, "push-refused");
        assert!(!kinds(&tenant).await.contains(&"user.deleted".to_owned()));
        deliver(&server, "wx00000000000000ff", &delivery).await.expect_problem(404, "not-found");
        deliver(&server, "nonsense", &delivery).await.expect_problem(404, "not-found");
        tenant.admin("PATCH", &format!("/wechat-apps/{APP}"), Some(json!({"push": null}))).await.expect(200);
        deliver(&server, APP, &delivery).await.expect_problem(404, "not-found");
    }

    async fn a_plain_message_is_refused_with_the_mode_to_choose(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        push_to(&tenant, APP, PushFormat::Xml, false).await;
        tenant.login("alice").await;
        let event = PushEvent::new("user_authorization_cancellation", "alice");
        let delivery = server.sim.push_delivery(APP, &event).unwrap();
        let refused = deliver(&server, APP, &delivery).await.expect_problem(403, "push-refused");
        assert!(refused.str("/detail").contains("安全模式"), "{refused}");
        assert!(!kinds(&tenant).await.contains(&"user.deleted".to_owned()));
    }

    async fn r54_push_keys_are_checked_and_never_shown(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let path = format!("/wechat-apps/{APP}");
        for (token, key, pointer) in [("a", AES_KEY, "#/push/token"), (TOKEN, "short", "#/push/encoding_aes_key")] {
            let body = json!({"push": {"token": token, "encoding_aes_key": key}});
            let refused = tenant.admin("PATCH", &path, Some(body)).await.expect_problem(422, "invalid-request");
            assert_eq!(refused.fields(), [pointer]);
            assert!(!refused.text.contains(AES_KEY) && !refused.text.contains(TOKEN), "{refused}");
        }
        push_to(&tenant, APP, PushFormat::Xml, true).await;
        for shown in [tenant.admin("GET", &path, None).await, tenant.admin("GET", "/wechat-apps", None).await, tenant.admin("GET", "/events", None).await] {
            assert!(!shown.text.contains(AES_KEY) && !shown.text.contains(TOKEN), "{shown}");
        }
    }
}
