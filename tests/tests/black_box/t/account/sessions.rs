//! `/t/{tenant}/account/sessions`: where the user is signed in, and signing out there.

use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

async fn list(tenant: &Tenant<'_>, access: &str) -> Vec<Value> {
    let reply = tenant.account("GET", "/sessions", access, None).await.expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.body["sessions"].as_array().unwrap().clone()
}

fn ids(sessions: &[Value]) -> Vec<String> {
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The id of a token's session.
fn sid(tenant: &Tenant<'_>, tokens: &Tokens) -> String {
    tenant.server.unverified(&tokens.access)["sid"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn end(tenant: &Tenant<'_>, access: &str, id: &str) -> hufu_tests::Reply {
    tenant
        .account("DELETE", &format!("/sessions/{id}"), access, None)
        .await
}

/// Asserts that nothing that came of a login is alive at `tenant`, which may be served by another node.
async fn assert_dead(tenant: &Tenant<'_>, api_secret: &str, tokens: &Tokens) {
    tenant
        .userinfo(&tokens.access)
        .await
        .expect_error(401, "invalid_token", None);
    tenant
        .account("GET", "", &tokens.access, None)
        .await
        .expect_error(401, "invalid_token", None);
    for token in [&tokens.access, &tokens.refresh] {
        let told = tenant.introspect("api", api_secret, token).await.expect(200).body;
        assert_eq!(told, json!({"active": false}));
    }
    tenant
        .refresh("shop", &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant", None);
}

on_both_databases! {
    async fn sessions_are_listed_newest_first_with_their_grants(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let first = tenant.login("alice").await;
        server.advance(10);
        let second = tenant.login("alice").await;
        tenant.login("bob").await;
        let sessions = list(&tenant, &first.access).await;
        assert_eq!(ids(&sessions), [sid(&tenant, &second), sid(&tenant, &first)]);
        let current: Vec<_> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
        assert_eq!(current, [false, true]);
        for session in &sessions {
            assert_eq!(session["amr"], json!(["wechat"]));
            assert!(session["auth_time"].as_str() < session["expires_at"].as_str(), "{session}");
            let [grant] = &session["grants"].as_array().unwrap()[..] else { panic!("{session}") };
            assert_eq!((&grant["client_id"], &grant["scope"]), (&json!("shop"), &json!("account offline_access openid phone profile wechat")));
            assert!(grant["created_at"].is_string());
            assert_eq!(grant.as_object().unwrap().len(), 3, "{grant}");
        }
    }

    async fn r58_a_session_that_is_ended_is_dead_at_once_on_every_node(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let lost = tenant.login("alice").await;
        let kept = tenant.login("alice").await;
        // Both nodes know the token as a good one.
        there.userinfo(&lost.access).await.expect(200);
        assert_eq!(there.introspect("api", &secret, &lost.access).await.expect(200).body["active"], true);
        let ended = end(&tenant, &kept.access, &sid(&tenant, &lost)).await.expect(204);
        assert_eq!((ended.header("cache-control"), ended.text.as_str()), (Some("no-store"), ""));
        for tenant in [&there, &tenant] {
            assert_dead(tenant, &secret, &lost).await;
            tenant.userinfo(&kept.access).await.expect(200);
        }
        assert_eq!(ids(&list(&tenant, &kept.access).await), [sid(&tenant, &kept)]);
        Tokens::of(there.refresh("shop", &kept.refresh).await);
        let events = tenant.events().await;
        let event = events.iter().find(|event| event["kind"] == "session.ended").expect("it is recorded");
        assert_eq!(event["actor"]["kind"], "user", "{event}");
        assert_eq!(event["actor"]["id"], tenant.sub(&kept.access).await);
        assert_eq!(event["target"], sid(&tenant, &lost));
    }

    async fn to_end_the_current_session_is_to_sign_out(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let other = tenant.login("alice").await;
        let own = tenant.login("alice").await;
        end(&tenant, &own.access, &sid(&tenant, &own)).await.expect(204);
        assert_dead(&tenant, &secret, &own).await;
        tenant.userinfo(&other.access).await.expect(200);
    }

    async fn a_session_of_anybody_else_is_as_if_unknown(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let elsewhere = server.tenant("other").await;
        elsewhere.wechat_app("wx0000000000000002").await;
        elsewhere.mini_program_for("shop", "wx0000000000000002", "account offline_access openid").await;
        let alice = tenant.login("alice").await;
        let bob = tenant.login("bob").await;
        let alice_elsewhere = Tokens::of(elsewhere.exchange("shop", &elsewhere.code("wx0000000000000002", "alice")).await);
        let gone = tenant.login("alice").await;
        end(&tenant, &alice.access, &sid(&tenant, &gone)).await.expect(204);
        let never = "ses_01920000000070008000000000000001".to_owned();
        for id in [sid(&tenant, &bob), sid(&tenant, &alice_elsewhere), sid(&tenant, &gone), never, "x".into(), "ses_".into()] {
            let reply = end(&tenant, &alice.access, &id).await.expect_error(404, "invalid_request", None);
            assert_eq!(reply.str("/error_description"), "the user has no such session", "{id}");
        }
        for (tenant, tokens) in [(&tenant, &alice), (&tenant, &bob), (&elsewhere, &alice_elsewhere)] {
            tenant.userinfo(&tokens.access).await.expect(200);
        }
        let ended = tenant.events().await.iter().filter(|event| event["kind"] == "session.ended").count();
        assert_eq!(ended, 1);
    }

    async fn all_others_end_and_this_one_stays(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(tenant.login("alice").await);
        }
        let bob = tenant.login("bob").await;
        let this = tenant.login("alice").await;
        let ended = tenant.account("DELETE", "/sessions", &this.access, None).await.expect(200);
        assert_eq!(ended.body, json!({"ended": 3}));
        assert_eq!(ended.header("cache-control"), Some("no-store"));
        for other in &others {
            assert_dead(&there, &secret, other).await;
        }
        for kept in [&this, &bob] {
            there.userinfo(&kept.access).await.expect(200);
        }
        assert_eq!(ids(&list(&tenant, &this.access).await), [sid(&tenant, &this)]);
        let again = tenant.account("DELETE", "/sessions", &this.access, None).await.expect(200);
        assert_eq!(again.body, json!({"ended": 0}));
        let events = tenant.events().await;
        let told: Vec<_> = events.iter().filter(|event| event["kind"] == "session.ended").collect();
        assert_eq!(told.len(), 1, "what changes nothing is not recorded");
        assert_eq!(told[0]["detail"], json!({"others": 3}));
    }

    async fn what_has_ended_by_itself_is_not_listed(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"tokens": {"refresh_token_ttl": 3_600, "refresh_token_idle_ttl": 3_600}})).await;
        tenant.login("alice").await;
        server.advance(3_599);
        let second = tenant.login("alice").await;
        assert_eq!(list(&tenant, &second.access).await.len(), 2);
        server.advance(1);
        assert_eq!(ids(&list(&tenant, &second.access).await), [sid(&tenant, &second)]);
        Tokens::of(tenant.refresh("shop", &second.refresh).await);
    }
}
