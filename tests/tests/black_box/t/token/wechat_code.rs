//! The silent login.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn a_login_code_becomes_tokens(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let body = &tokens.reply.body;
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 900);
        assert_eq!(body["scope"], "offline_access openid wechat");
        assert!(tokens.refresh.starts_with("hufu_rt_"));
        assert!(!tokens.id.is_empty());
        let claims = tenant.userinfo(&tokens.access).await.expect(200);
        assert!(claims.str("/sub").starts_with("usr_"));
        assert_eq!(claims.str("/wechat_openid"), server.sim.openid(APP, "alice"));
        assert_eq!(server.sim.requests("/sns/jscode2session").len(), 1, "one upstream call a login");
    }

    async fn a_returning_person_is_the_same_user(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (first, second) = (tenant.login("alice").await, tenant.login("alice").await);
        assert_eq!(tenant.sub(&first.access).await, tenant.sub(&second.access).await);
        assert_ne!(tenant.sub(&tenant.login("bob").await.access).await, tenant.sub(&first.access).await);
    }

    async fn a_scope_may_be_narrower_never_wider(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let exchange = async |scope: &str| {
            let code = tenant.code(APP, "alice");
            let form = [("grant_type", "urn:hufu:grant-type:wechat-code"), ("client_id", "shop"), ("js_code", &code), ("scope", scope)];
            tenant.token(&form).await
        };
        let narrow = Tokens::of(exchange("openid").await);
        assert_eq!(narrow.reply.body["scope"], "openid");
        assert!(tenant.userinfo(&narrow.access).await.expect(200).body.get("wechat_openid").is_none());
        exchange("openid phone").await.expect_error(400, "invalid_scope", None);
        exchange("open\"id").await.expect_error(400, "invalid_scope", None);
    }

    async fn without_scope_openid_there_is_no_id_token(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let code = tenant.code(APP, "alice");
        let form = [("grant_type", "urn:hufu:grant-type:wechat-code"), ("client_id", "shop"), ("js_code", &code), ("scope", "offline_access")];
        let tokens = Tokens::of(tenant.token(&form).await);
        assert!(tokens.id.is_empty());
        tenant.userinfo(&tokens.access).await.expect_error(403, "insufficient_scope", None);
    }

    async fn a_used_code_is_named_and_makes_no_second_user(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let code = tenant.code(APP, "alice");
        tenant.exchange("shop", &code).await.expect(200);
        tenant.exchange("shop", &code).await.expect_error(400, "invalid_grant", Some("wx_code_used"));
        let users = tenant.admin("GET", "/users", None).await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1);
    }

    async fn of_100_parallel_exchanges_of_one_code_one_wins(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let code = tenant.code(APP, "alice");
        let replies = server.in_parallel(100, || tenant.exchange("shop", &code)).await;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(won, 1);
        for lost in replies.into_iter().filter(|reply| reply.status != 200) {
            lost.expect_error(400, "invalid_grant", Some("wx_code_used"));
        }
    }

    async fn of_100_parallel_first_logins_of_one_person_one_user_comes(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let codes: Vec<_> = (0..100).map(|_| tenant.code(APP, "alice")).collect();
        let codes = std::sync::Mutex::new(codes);
        let replies = server
            .in_parallel(100, || {
                let code = codes.lock().unwrap().pop().unwrap();
                async move { tenant.exchange("shop", &code).await }
            })
            .await;
        for reply in replies {
            reply.expect(200);
        }
        let users = tenant.admin("GET", "/users", None).await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1);
    }

    async fn an_expired_code_is_named(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (fresh, stale) = (tenant.code(APP, "alice"), tenant.code(APP, "bob"));
        server.advance(299);
        tenant.exchange("shop", &fresh).await.expect(200);
        server.advance(2);
        tenant.exchange("shop", &stale).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
    }

    async fn a_code_of_another_app_is_named(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        tenant.wechat_app("wx0000000000000002").await;
        let foreign = tenant.code("wx0000000000000002", "alice");
        tenant.exchange("shop", &foreign).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
    }

    async fn garbage_is_not_even_sent(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for garbage in ["ä", "a b", "\u{0}", &"x".repeat(129)] {
            tenant.exchange("shop", garbage).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
        }
        assert!(server.sim.requests("/sns/jscode2session").is_empty());
    }

    async fn only_first_party_clients_may_use_it(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let body = json!({"token_endpoint_auth_method": "none", "first_party": false, "wechat_appid": APP,
            "grant_types": ["urn:hufu:grant-type:wechat-code"], "scope": "openid"});
        let refused = tenant.admin("PUT", "/clients/stranger", Some(body)).await;
        assert!(refused.fields().contains(&"#/first_party"), "{refused}");
    }

    async fn a_closed_tenant_takes_no_new_users(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let known = tenant.login("alice").await;
        let settings = json!({"settings": {"registration": "closed"}});
        tenant.admin("PATCH", "", Some(settings)).await.expect(200);
        let refused = tenant.exchange("shop", &tenant.code(APP, "bob")).await;
        refused.expect_error(400, "access_denied", Some("registration_closed"));
        let again = tenant.login("alice").await;
        assert_eq!(tenant.sub(&again.access).await, tenant.sub(&known.access).await);
        let phone = json!({"settings": {"registration": "phone"}});
        tenant.admin("PATCH", "", Some(phone)).await.expect(200);
        let refused = tenant.exchange("shop", &tenant.code(APP, "bob")).await;
        refused.expect_error(400, "access_denied", Some("registration_closed"));
    }

    async fn r51_equal_openids_of_two_tenants_never_meet(server: Server) {
        let acme = server.tenant("acme").await.with_shop().await;
        let first = acme.login("alice").await;
        // The app moves to another tenant: the same person has the same openid there, and is another user.
        let other = server.tenant("other").await;
        let secret = server.sim.rotate_secret(APP).unwrap();
        let path = format!("/wechat-apps/{APP}");
        let body = json!({"kind": "mini_program", "secret": secret.secret()});
        other.admin("PUT", &path, Some(body.clone())).await.expect_problem(409, "wechat-app-held");
        other.admin("PUT", &format!("{path}?transfer=true"), Some(body)).await.expect(201);
        other.mini_program("shop", APP).await;
        let second = other.login("alice").await;
        assert_ne!(acme.sub(&first.access).await, other.sub(&second.access).await);
        acme.exchange("shop", &acme.code(APP, "alice")).await.expect_error(400, "unauthorized_client", None);
    }
}
