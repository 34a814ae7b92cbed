//! Token exchange (RFC 8693).

use super::key::{ACCESS_TOKEN, EXCHANGE, Key};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::json;

const RESOURCE: &str = "https://orders.example/api";

/// Registers client `svc` and gives its secret.
async fn service(tenant: &Tenant<'_>, name: &str) -> String {
    let body = json!({
        "grant_types": [EXCHANGE, "client_credentials"], "scope": "openid profile phone", "resources": [RESOURCE],
    });
    let path = format!("/clients/{name}");
    tenant
        .admin("PUT", &path, Some(body))
        .await
        .expect(201)
        .str("/client_secret")
        .to_owned()
}

async fn exchange(
    tenant: &Tenant<'_>,
    (client, secret): (&str, &str),
    token: &str,
    more: &[(&str, &str)],
) -> Reply {
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("client_id", client),
        ("client_secret", secret),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    form.retain(|(name, _)| !more.iter().any(|(given, _)| given == name));
    form.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    tenant.token(&form).await
}

on_both_databases! {
    async fn r31_a_token_is_exchanged_for_one_that_is_never_wider_and_says_who_acts(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let svc = ("svc", secret.as_str());
        let subject = tenant.login("alice").await.access;
        let shown = server.unverified(&subject);
        server.advance(100);
        let reply = exchange(&tenant, svc, &subject, &[("audience", RESOURCE)]).await.expect(200);
        assert_eq!(reply.body["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(reply.body["token_type"], "Bearer");
        assert!(reply.body.get("refresh_token").is_none() && reply.body.get("id_token").is_none());
        let token = server.unverified(reply.str("/access_token"));
        for same in ["iss", "sub", "sid", "grant_id", "auth_time", "amr"] {
            assert_eq!(token[same], shown[same], "{same}");
        }
        assert_eq!(token["exp"], shown["exp"], "not longer than the subject token");
        assert_eq!(reply.body["expires_in"], 800);
        assert_eq!((&token["client_id"], &token["aud"]), (&json!("svc"), &json!(RESOURCE)));
        assert_eq!(token["act"], json!({"sub": "svc"}));
        assert_eq!(token["scope"], "openid phone profile", "what both have");
        let event = &tenant.events().await[0];
        assert_eq!((&event["kind"], &event["target"]), (&json!("token.exchanged"), &shown["sub"]), "{event}");

        // Another service goes on with it: the chain is kept.
        let other = service(&tenant, "billing").await;
        let billing = ("billing", other.as_str());
        let subject = reply.str("/access_token");
        let go_on = [("scope", "profile"), ("audience", RESOURCE)];
        let reply = exchange(&tenant, billing, subject, &go_on).await.expect(200);
        let token = server.unverified(reply.str("/access_token"));
        assert_eq!(token["act"], json!({"sub": "billing", "act": {"sub": "svc"}}));
        assert_eq!((&token["scope"], &token["aud"]), (&json!("profile"), &json!(RESOURCE)));
        // What was for a resource opens the account no more.
        let told = tenant.events().await.len();
        for more in [&[][..], &[("audience", &*tenant.issuer())], &[("resource", &*tenant.issuer())]] {
            exchange(&tenant, billing, subject, more).await.expect_error(400, "invalid_target", None);
        }
        assert_eq!(tenant.events().await.len(), told);
    }

    async fn r31_without_an_audience_the_token_is_for_the_issuer_as_its_subject_was(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let subject = tenant.login("alice").await.access;
        let reply = exchange(&tenant, ("svc", &secret), &subject, &[("scope", "profile")]).await.expect(200);
        assert_eq!(server.unverified(reply.str("/access_token"))["aud"], tenant.issuer());
        tenant.userinfo(reply.str("/access_token")).await.expect_error(403, "insufficient_scope", None);
    }

    async fn r31_scope_and_audience_do_not_widen(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let svc = ("svc", secret.as_str());
        let subject = tenant.login("alice").await.access;
        let narrow = exchange(&tenant, svc, &subject, &[("scope", "openid")]).await.expect(200);
        let narrow = narrow.str("/access_token");
        for (token, scope) in [(&*subject, "account"), (&*subject, "address"), (narrow, "openid profile"), (&*subject, "\"")] {
            exchange(&tenant, svc, token, &[("scope", scope)]).await.expect_error(400, "invalid_scope", None);
        }
        for more in [
            &[("audience", "https://other.example/")][..],
            &[("resource", "https://other.example/")],
            &[("resource", "not a uri")],
            &[("resource", RESOURCE), ("audience", "https://other.example/")],
        ] {
            exchange(&tenant, svc, &subject, more).await.expect_error(400, "invalid_target", None);
        }
        for more in [
            &[("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")][..],
            &[("subject_token_type", "urn:ietf:params:oauth:token-type:id_token")],
            &[("subject_token_type", "")],
            &[("subject_token", "")],
            &[("actor_token", subject.as_str())],
            &[("actor_token_type", ACCESS_TOKEN)],
        ] {
            exchange(&tenant, svc, &subject, more).await.expect_error(400, "invalid_request", None);
        }
    }

    async fn r24_r31_another_tenants_or_kind_of_token_is_not_exchanged(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let svc = ("svc", secret.as_str());
        let other = server.tenant("other").await;
        let foreign = other.token(&[
            ("grant_type", "client_credentials"), ("client_id", "api"), ("client_secret", &other.confidential("api").await),
        ]).await.expect(200);
        let ours = tenant.login("alice").await;
        for wrong in [foreign.str("/access_token"), &ours.id, &ours.refresh, "x"] {
            exchange(&tenant, svc, wrong, &[]).await.expect_error(400, "invalid_request", None);
            let more = [("actor_token", wrong), ("actor_token_type", ACCESS_TOKEN)];
            exchange(&tenant, svc, &ours.access, &more).await.expect_error(400, "invalid_request", None);
        }
        // Who is not registered for it, or cannot prove itself.
        let api = tenant.confidential("api").await;
        exchange(&tenant, ("api", &api), &ours.access, &[]).await.expect_error(400, "unauthorized_client", None);
        exchange(&tenant, ("svc", ""), &ours.access, &[("client_secret", "")]).await.expect_error(401, "invalid_client", None);
    }

    async fn an_exchanged_token_dies_with_its_session(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let tokens = tenant.login("alice").await;
        let key = Key::new();
        let form = [
            ("grant_type", EXCHANGE), ("client_id", "svc"), ("client_secret", &*secret), ("subject_token", &*tokens.access),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        let bound = key.post(&tenant, "/token", &form).await.expect(200);
        assert_eq!(bound.body["token_type"], "DPoP");
        key.userinfo(&tenant, bound.str("/access_token")).await.expect(200);
        let revoke = [("client_id", "shop"), ("token", tokens.refresh.as_str())];
        server.http.post_form(&tenant.url("/revoke"), &revoke).await.expect(200);
        key.userinfo(&tenant, bound.str("/access_token")).await.expect_error(401, "invalid_token", None);
        exchange(&tenant, ("svc", &secret), &tokens.access, &[]).await.expect_error(400, "invalid_request", None);
    }

    async fn rfc8693_1_1_an_actor_token_says_who_acts(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = service(&tenant, "svc").await;
        let subject = tenant.login("alice").await.access;
        let actor = tenant.login("bob").await.access;
        let more = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        let reply = exchange(&tenant, ("svc", &secret), &subject, &more).await.expect(200);
        let token = server.unverified(reply.str("/access_token"));
        assert_eq!(token["sub"], server.unverified(&subject)["sub"]);
        assert_eq!(token["act"]["sub"], server.unverified(&actor)["sub"]);
    }
}
