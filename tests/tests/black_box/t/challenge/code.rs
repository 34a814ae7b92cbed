//! The authorization code (RFC 6749 §4.1, RFC 7636): once, for a minute, for its client and verifier.

use super::app::{
    CHALLENGE, PASSWORD, VERIFIER, by_wechat, code_of, count, is_overload, put_client, redeem, redeem_with,
    register, step, with_app, wx,
};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

async fn code(tenant: &Tenant<'_>) -> String {
    code_of(step(tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await)
}

#[track_caller]
fn dead(reply: Reply) {
    reply.expect_error(400, "invalid_grant", None);
}

on_both_databases! {
    async fn rfc7636_4_6_the_verifier_must_match_and_a_wrong_one_burns_nothing(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let code = code(&tenant).await;
        for malformed in ["short", &"a".repeat(42), &"a".repeat(129), &format!("{VERIFIER}+"), &format!("{VERIFIER} ")] {
            redeem_with(&tenant, &code, &[("code_verifier", malformed)]).await.expect_error(400, "invalid_request", None);
        }
        // None at all is a wrong one: the code says that one is due.
        for wrong in ["", &VERIFIER.to_lowercase(), &format!("{VERIFIER}a"), CHALLENGE] {
            dead(redeem_with(&tenant, &code, &[("code_verifier", wrong)]).await);
        }
        redeem(&tenant, &code).await.expect(200);
    }

    async fn rfc6749_4_1_3_a_code_is_its_clients_and_burns_for_no_other(server: Server) {
        let tenant = with_app(&server, "acme").await;
        put_client(&tenant, "other-app", json!({})).await.expect(201);
        register(&tenant, "alice.liu").await;
        let code = code(&tenant).await;
        dead(redeem_with(&tenant, &code, &[("client_id", "other-app")]).await);
        dead(redeem_with(&tenant, &code, &[("redirect_uri", "https://app.example.com/callback")]).await);
        let other = with_app(&server, "other").await;
        dead(redeem(&other, &code).await);
        redeem(&tenant, &code).await.expect(200);
        redeem_with(&tenant, "", &[]).await.expect_error(400, "invalid_request", None);
        let tampered = code.replace("hufu_ac_", "hufu_as_");
        for bad in ["x", "hufu_ac_", &code[..code.len() - 1], &tampered, &"a".repeat(5_000)] {
            dead(redeem(&tenant, bad).await);
        }
    }

    async fn rfc6749_4_1_2_a_code_is_good_for_a_minute(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let (first, second) = (code(&tenant).await, code(&tenant).await);
        server.advance(59);
        redeem(&tenant, &first).await.expect(200);
        server.advance(2);
        dead(redeem(&tenant, &second).await);
    }

    async fn rfc6749_4_1_2_a_code_that_comes_twice_revokes_what_it_gave(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let secret = tenant.confidential("api").await;
        register(&tenant, "alice.liu").await;
        let (kept, code) = (code(&tenant).await, code(&tenant).await);
        let kept = Tokens::of(redeem(&tenant, &kept).await);
        let first = Tokens::of(redeem(&tenant, &code).await);
        let second = Tokens::of(tenant.refresh("app", &first.refresh).await);
        // Whoever cannot show the verifier does no harm.
        dead(redeem_with(&tenant, &code, &[("code_verifier", &"a".repeat(43))]).await);
        tenant.userinfo(&second.access).await.expect(200);
        dead(redeem(&tenant, &code).await);
        for tokens in [&first, &second] {
            tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
            dead(tenant.refresh("app", &tokens.refresh).await);
            let told = tenant.introspect("api", &secret, &tokens.access).await.expect(200);
            assert_eq!(told.body["active"], false, "{told}");
        }
        assert_eq!(count(&tenant, "authorization_code.reused").await, 1);
        // Again, later, and long after: nothing more to do.
        dead(redeem(&tenant, &code).await);
        server.advance(61);
        dead(redeem(&tenant, &code).await);
        assert_eq!(count(&tenant, "authorization_code.reused").await, 1);
        tenant.userinfo(&kept.access).await.expect(200);
    }

    async fn of_100_parallel_redemptions_one_wins_and_its_tokens_are_revoked(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let code = code(&tenant).await;
        let replies = server.in_parallel(100, || redeem(&tenant, &code)).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
        assert_eq!(won.len(), 1);
        for reply in lost.into_iter().filter(|reply| !is_overload(reply)) {
            dead(reply);
        }
        // A code that came twice was stolen from somebody.
        let tokens = Tokens::of(won[0].clone());
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(count(&tenant, "authorization_code.reused").await, 1);
        assert_eq!(server.number("SELECT count(*) FROM sessions"), 2, "the registration's and the code's");
    }

    async fn r58_a_code_of_a_user_who_may_not_sign_in_any_more_is_dead(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = register(&tenant, "alice.liu").await;
        let sub = tenant.sub(&alice.access).await;
        let (disabled, deleted) = (code(&tenant).await, code(&tenant).await);
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        dead(redeem(&tenant, &disabled).await);
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "active"}))).await.expect(200);
        // All that the user had under way ended with the sessions.
        dead(redeem(&tenant, &disabled).await);
        tenant.admin("DELETE", &format!("/users/{sub}"), None).await.expect(204);
        dead(redeem(&tenant, &deleted).await);
    }

    async fn r58_a_code_from_before_a_changed_password_or_an_unlinked_identity_is_dead(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = register(&tenant, "alice.liu").await;
        let body = json!({"js_code": wx(&tenant, "alice")});
        let linked = tenant.account("POST", "/identities", &alice.access, Some(body)).await.expect(201);
        let by_wechat_now = code_of(step(&tenant, &[("js_code", &wx(&tenant, "alice"))]).await);
        let by_password_now = code(&tenant).await;
        let path = format!("/identities/{}", linked.str("/id"));
        tenant.account("DELETE", &path, &alice.access, None).await.expect(204);
        dead(redeem(&tenant, &by_wechat_now).await);
        let body = json!({"password": "Violin 48 marmot thicket"});
        tenant.account("PUT", "/password", &alice.access, Some(body)).await.expect(204);
        dead(redeem(&tenant, &by_password_now).await);
    }

    async fn a_client_that_was_removed_gets_nothing_for_its_code(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let code = code(&tenant).await;
        tenant.admin("DELETE", "/clients/app", None).await.expect(204);
        redeem(&tenant, &code).await.expect_error(401, "invalid_client", None);
        put_client(&tenant, "app", json!({})).await.expect(201);
        by_wechat(&tenant, "bob").await;
        let reply = redeem(&tenant, &code).await;
        assert!(matches!(reply.status, 200 | 400), "{reply}");
    }
}
