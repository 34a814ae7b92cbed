//! Which user a person is, across apps of one tenant.

use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::json;

const SHOP: &str = "wx0000000000000001";
const CAFE: &str = "wx0000000000000002";

async fn sub(tenant: &Tenant<'_>, client: &str, appid: &str, user: &str) -> String {
    let tokens = Tokens::of(tenant.exchange(client, &tenant.code(appid, user)).await);
    tenant.sub(&tokens.access).await
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
    async fn one_person_in_two_apps_of_one_account_is_one_user(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(SHOP, "acme-open").await;
        tenant.wechat_app_in(CAFE, "acme-open").await;
        tenant.mini_program("shop", SHOP).await;
        tenant.mini_program("cafe", CAFE).await;
        assert_eq!(sub(&tenant, "shop", SHOP, "alice").await, sub(&tenant, "cafe", CAFE, "alice").await);
        assert_ne!(sub(&tenant, "shop", SHOP, "alice").await, sub(&tenant, "cafe", CAFE, "bob").await);
        assert_eq!(kinds(&tenant).await.iter().filter(|kind| *kind == "identity.linked").count(), 1);
    }

    async fn of_100_parallel_first_logins_in_two_apps_one_user_comes(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(SHOP, "acme-open").await;
        tenant.wechat_app_in(CAFE, "acme-open").await;
        tenant.mini_program("shop", SHOP).await;
        tenant.mini_program("cafe", CAFE).await;
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(100, || {
                let shop = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst).is_multiple_of(2);
                let (client, appid) = if shop { ("shop", SHOP) } else { ("cafe", CAFE) };
                let code = tenant.code(appid, "alice");
                async move { tenant.exchange(client, &code).await }
            })
            .await;
        for reply in replies {
            reply.expect(200);
        }
        let users = tenant.admin("GET", "/users", None).await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1, "{users}");
    }

    async fn different_union_scopes_never_link(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(SHOP, "one-open").await;
        tenant.wechat_app_in(CAFE, "two-open").await;
        tenant.mini_program("shop", SHOP).await;
        tenant.mini_program("cafe", CAFE).await;
        assert_ne!(sub(&tenant, "shop", SHOP, "alice").await, sub(&tenant, "cafe", CAFE, "alice").await);
    }

    async fn r51_equal_unionids_of_two_tenants_never_meet(server: Server) {
        let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
        acme.wechat_app_in(SHOP, "shared-open").await;
        other.wechat_app_in(CAFE, "shared-open").await;
        acme.mini_program("shop", SHOP).await;
        other.mini_program("cafe", CAFE).await;
        assert_ne!(sub(&acme, "shop", SHOP, "alice").await, sub(&other, "cafe", CAFE, "alice").await);
    }

    async fn a_unionid_seen_later_is_filled_in(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app(SHOP).await;
        tenant.mini_program("shop", SHOP).await;
        let first = sub(&tenant, "shop", SHOP, "alice").await;
        let account = server.open_account("acme-open");
        let app = server.sim.bind(SHOP, &account).unwrap();
        tenant.put_wechat_app(SHOP, app.secret(), Some("acme-open")).await.expect(200);
        assert_eq!(sub(&tenant, "shop", SHOP, "alice").await, first);
        tenant.wechat_app_in(CAFE, "acme-open").await;
        tenant.mini_program("cafe", CAFE).await;
        assert_eq!(sub(&tenant, "cafe", CAFE, "alice").await, first);
        server.sim.unbind(SHOP).unwrap();
        assert_eq!(sub(&tenant, "shop", SHOP, "alice").await, first, "a unionid that vanished changes nothing");
    }

    async fn a_bare_user_is_absorbed_and_its_tokens_die(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(SHOP, "acme-open").await;
        tenant.wechat_app(CAFE).await;
        tenant.mini_program("shop", SHOP).await;
        tenant.mini_program("cafe", CAFE).await;
        let real = sub(&tenant, "shop", SHOP, "alice").await;
        let bare = Tokens::of(tenant.exchange("cafe", &tenant.code(CAFE, "alice")).await);
        assert_ne!(tenant.sub(&bare.access).await, real);
        let account = server.open_account("acme-open");
        let app = server.sim.bind(CAFE, &account).unwrap();
        tenant.put_wechat_app(CAFE, app.secret(), Some("acme-open")).await.expect(200);
        assert_eq!(sub(&tenant, "cafe", CAFE, "alice").await, real);
        tenant.userinfo(&bare.access).await.expect_error(401, "invalid_token", None);
        tenant.refresh("cafe", &bare.refresh).await.expect_error(400, "invalid_grant", None);
        assert!(kinds(&tenant).await.contains(&"user.absorbed".to_owned()));
    }

    async fn a_unionid_that_changes_moves_nobody_and_is_recorded_once(server: Server) {
        let tenant = server.tenant("acme").await;
        let third = "wx0000000000000003";
        for (appid, account) in [(SHOP, "one-open"), (third, "one-open")] {
            tenant.wechat_app_in(appid, account).await;
        }
        tenant.wechat_app_in(CAFE, "two-open").await;
        let fourth = "wx0000000000000004";
        tenant.wechat_app_in(fourth, "two-open").await;
        for (client, appid) in [("shop", SHOP), ("cafe", CAFE), ("third", third), ("fourth", fourth)] {
            tenant.mini_program(client, appid).await;
        }
        // Two identities each, so neither is bare.
        let one = sub(&tenant, "shop", SHOP, "alice").await;
        assert_eq!(sub(&tenant, "third", third, "alice").await, one);
        let two = sub(&tenant, "cafe", CAFE, "alice").await;
        assert_eq!(sub(&tenant, "fourth", fourth, "alice").await, two);
        // The café moves to the other account: its person is now known as `one` by unionid, as `two` by openid.
        let account = server.open_account("one-open");
        let app = server.sim.bind(CAFE, &account).unwrap();
        tenant.put_wechat_app(CAFE, app.secret(), Some("one-open")).await.expect(200);
        for _ in 0..3 {
            assert_eq!(sub(&tenant, "cafe", CAFE, "alice").await, two, "the account does not move");
        }
        let kinds = kinds(&tenant).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "identity.unionid_changed").count(), 1, "{kinds:?}");
    }

    async fn two_real_users_are_a_conflict_that_is_recorded_once(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(SHOP, "one-open").await;
        tenant.wechat_app(CAFE).await;
        // Each has a phone of its own besides, so neither is bare.
        for (client, appid, phone) in [("shop", SHOP, "+8613900000001"), ("cafe", CAFE, "+8613900000002")] {
            tenant.mini_program_for(client, appid, "openid phone").await;
            let phone = server.sim.phone_code_for(appid, "alice", phone).unwrap();
            tenant.exchange_with_phone(client, &tenant.code(appid, "alice"), &phone).await.expect(200);
        }
        let (one, two) = (sub(&tenant, "shop", SHOP, "alice").await, sub(&tenant, "cafe", CAFE, "alice").await);
        assert_ne!(one, two);
        let account = server.open_account("one-open");
        let app = server.sim.bind(CAFE, &account).unwrap();
        tenant.put_wechat_app(CAFE, app.secret(), Some("one-open")).await.expect(200);
        for _ in 0..3 {
            assert_eq!(sub(&tenant, "cafe", CAFE, "alice").await, two, "nobody moves without proof of both sides");
            assert_eq!(sub(&tenant, "shop", SHOP, "alice").await, one);
        }
        let events = tenant.events().await;
        let conflicts: Vec<_> = events.iter().filter(|event| event["kind"] == "identity.conflict").collect();
        assert_eq!(conflicts.len(), 1, "{events:?}");
        assert_eq!((&conflicts[0]["target"], &conflicts[0]["detail"]["other"]), (&json!(two), &json!(one)));
    }

    async fn r52_what_the_caller_claims_links_nothing(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let alice = tenant.login("alice").await;
        let (alice_sub, alice_openid) = (tenant.sub(&alice.access).await, server.sim.openid(SHOP, "alice"));
        for (name, value) in [
            ("openid", alice_openid.as_str()), ("unionid", "oAnyone"), ("sub", alice_sub.as_str()), ("user", alice_sub.as_str()),
            ("phone", "+8613800138000"), ("email", "alice@example.com"), ("nickname", "alice"), ("appid", "wx0000000000000009"),
        ] {
            let code = tenant.code(SHOP, "mallory");
            let form = [("grant_type", "urn:hufu:grant-type:wechat-code"), ("client_id", "shop"), ("js_code", &code), (name, value)];
            let mallory = Tokens::of(tenant.token(&form).await);
            assert_ne!(tenant.sub(&mallory.access).await, alice_sub, "{name}");
        }
        let users = tenant.admin("GET", "/users", None).await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 2);
    }

    async fn a_deleted_user_comes_back_as_another(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let first = tenant.sub(&tokens.access).await;
        tenant.admin("DELETE", &format!("/users/{first}"), None).await.expect(204);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        tenant.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        assert_ne!(tenant.sub(&tenant.login("alice").await.access).await, first);
        tenant.admin("PATCH", &format!("/users/{first}"), Some(json!({"status": "active"}))).await.expect(404);
    }
}
