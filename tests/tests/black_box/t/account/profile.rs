//! `/t/{tenant}/account`: the account as its user sees it, and the profile.

use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";

async fn read(tenant: &Tenant<'_>, access: &str) -> Value {
    tenant.account("GET", "", access, None).await.expect(200).body
}

async fn patch(tenant: &Tenant<'_>, access: &str, patch: Value) -> Reply {
    tenant.account("PATCH", "", access, Some(patch)).await
}

async fn updates(tenant: &Tenant<'_>) -> usize {
    let events = tenant.events().await;
    assert!(
        !serde_json::to_string(&events).unwrap().contains("Alice"),
        "no event has a nickname"
    );
    events
        .iter()
        .filter(|event| event["kind"] == "user.updated")
        .count()
}

/// Signs Alice in by a client of that scope.
async fn login_with(tenant: &Tenant<'_>, client: &str, scope: &str) -> Tokens {
    tenant.mini_program_for(client, APP, scope).await;
    Tokens::of(tenant.exchange(client, &tenant.code(APP, "alice")).await)
}

on_both_databases! {
    async fn the_account_says_what_is_known_and_no_more(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let reply = tenant.account("GET", "", &alice.access, None).await.expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.str("/sub"), tenant.sub(&alice.access).await);
        let names: Vec<_> = reply.body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["created_at", "sub"]);
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        let with_phone = read(&tenant, &alice.access).await;
        assert_eq!(with_phone["phone_number"], server.sim.phone_of("alice"));
        server.advance(60);
        let later = tenant.login("alice").await;
        assert_eq!(read(&tenant, &later.access).await["created_at"], reply.body["created_at"]);
    }

    async fn the_profile_is_changed_member_by_member(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let first = patch(&tenant, &alice.access, json!({"nickname": "Alice 爱丽丝"})).await.expect(200);
        assert_eq!(first.header("cache-control"), Some("no-store"));
        assert_eq!(first.str("/nickname"), "Alice 爱丽丝");
        assert_eq!(first.body, read(&tenant, &alice.access).await);
        server.advance(1);
        let more = json!({"picture": "https://img.example.com/a.png?size=1", "locale": "zh-CN"});
        let second = patch(&tenant, &alice.access, more).await.expect(200).body;
        assert_eq!((&second["nickname"], &second["locale"]), (&json!("Alice 爱丽丝"), &json!("zh-CN")));
        assert_ne!(second["updated_at"], first.body["updated_at"]);
        server.advance(1);
        let third = patch(&tenant, &alice.access, json!({"nickname": null, "locale": "en"})).await.expect(200).body;
        assert_eq!(third.get("nickname"), None);
        assert_eq!((&third["picture"], &third["locale"]), (&second["picture"], &json!("en")));
        assert_eq!(third, read(&tenant, &alice.access).await);
        assert_eq!(updates(&tenant).await, 3);
    }

    async fn what_changes_nothing_is_not_recorded(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let none = patch(&tenant, &alice.access, json!({"nickname": null})).await.expect(200);
        assert_eq!(none.body.get("updated_at"), None);
        let set = patch(&tenant, &alice.access, json!({"nickname": "Alice"})).await.expect(200);
        server.advance(1);
        for same in [json!({}), json!({"nickname": "Alice"}), json!({"locale": null})] {
            assert_eq!(patch(&tenant, &alice.access, same).await.expect(200).body, set.body);
        }
        assert_eq!(updates(&tenant).await, 1);
    }

    async fn rfc7396_a_merge_patch_may_say_so(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let send = async |content_type: &str| {
            let request = server.http.request("PATCH", &tenant.url("/account")).bearer_auth(&alice.access);
            server.http.send(request.header("content-type", content_type).body(r#"{"locale":"en"}"#)).await
        };
        send("application/merge-patch+json").await.expect(200);
        send("application/json; charset=utf-8").await.expect(200);
        send("text/plain").await.expect_error(400, "invalid_request", None);
        let request = server.http.request("PUT", &tenant.url("/account/password")).bearer_auth(&alice.access);
        let request = request.header("content-type", "application/merge-patch+json").body(r#"{"password":"x"}"#);
        server.http.send(request).await.expect_error(400, "invalid_request", None);
    }

    async fn a_member_that_breaks_its_rule_is_named_and_nothing_is_written(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let long = format!("https://e.example/{}", "a".repeat(2_000));
        for (name, bad) in [
            ("nickname", json!("")), ("nickname", json!("  ")), ("nickname", json!("a\u{7}")), ("nickname", json!("a".repeat(65))),
            ("nickname", json!(7)), ("nickname", json!(["a"])), ("nickname", json!({"a": "b"})),
            ("picture", json!("http://e.example/a.png")), ("picture", json!("javascript:alert(1)")), ("picture", json!("//e.example/a")),
            ("picture", json!("https://me@e.example/a")), ("picture", json!("https://e.example/图")), ("picture", json!(long)),
            ("picture", json!(false)), ("locale", json!("")), ("locale", json!("zh_CN")), ("locale", json!("中文")),
            ("locale", json!("a-very-long-tag-of-more-than-thirty-five")), ("locale", json!(1)),
            ("name", json!("a".repeat(129))), ("profile", json!("javascript:alert(1)")), ("website", json!("ftp://e.example")),
            ("gender", json!("")), ("birthdate", json!("1999-02-29")), ("zoneinfo", json!("UTC+8 ")), ("email", json!("a@b")),
            ("address", json!({"planet": "Mars"})), ("address", json!("Hangzhou")),
        ] {
            let mut body = json!({"nickname": "Alice", "picture": "https://e.example/a", "locale": "en"});
            body[name] = bad;
            let reply = patch(&tenant, &alice.access, body.clone()).await.expect_error(400, "invalid_request", None);
            assert!(reply.str("/error_description").starts_with(name), "{body}: {reply}");
        }
        for bad in [json!([]), json!(null), json!("x"), json!({"sub": "usr_1"}), json!({"nickname": "Alice", "phone_number": "+8613800138000"}),
            json!({"username": "alice"}), json!({"updated_at": null}), json!({"email_verified": true})] {
            let reply = patch(&tenant, &alice.access, bad).await.expect_error(400, "invalid_request", None);
            assert!(reply.str("/error_description").contains("claims"), "{reply}");
        }
        assert_eq!(updates(&tenant).await, 0);
        assert_eq!(read(&tenant, &alice.access).await.as_object().unwrap().len(), 2);
    }

    async fn oidc_core_5_4_userinfo_tells_the_profile_by_its_scope_only(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = login_with(&tenant, "reader", "account openid profile").await;
        let before = tenant.userinfo(&alice.access).await.expect(200).body;
        assert_eq!(before.as_object().unwrap().len(), 1, "what is not known is absent: {before}");
        let profile = json!({"nickname": "Alice", "picture": "https://e.example/a.png", "locale": "zh-CN"});
        let patched = patch(&tenant, &alice.access, profile).await.expect(200);
        let claims = tenant.userinfo(&alice.access).await.expect(200).body;
        let expected = json!({
            "sub": patched.body["sub"], "nickname": "Alice", "picture": "https://e.example/a.png", "locale": "zh-CN",
            "updated_at": claims["updated_at"],
        });
        assert_eq!(claims, expected);
        let issued_at = server.unverified(&alice.access)["iat"].as_i64().unwrap();
        assert!((0..60).contains(&(claims["updated_at"].as_i64().unwrap() - issued_at)), "Unix seconds: {claims}");
        let narrow = login_with(&tenant, "narrow", "openid phone wechat").await;
        let without = tenant.userinfo(&narrow.access).await.expect(200).body;
        let names: Vec<_> = without.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["sub", "wechat_openid"]);
        let metadata = server.http.get(&tenant.url("/.well-known/openid-configuration")).await.expect(200).body;
        let has = |member: &str, name: &str| metadata[member].as_array().unwrap().contains(&json!(name));
        assert!(has("scopes_supported", "profile"));
        for claim in ["nickname", "picture", "locale", "updated_at", "preferred_username"] {
            assert!(has("claims_supported", claim), "{claim}");
        }
    }

    async fn oidc_core_5_4_every_standard_claim_is_told_by_its_scope(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = login_with(&tenant, "own", "account openid").await;
        let given = json!({
            "name": "李明", "given_name": "明", "family_name": "李", "middle_name": "M.", "profile": "https://e.example/ming",
            "website": "http://ming.example/", "gender": "male", "birthdate": "0000-12-31", "zoneinfo": "Asia/Shanghai",
            "email": "ming@e.example", "address": {"formatted": "一号\n杭州", "country": "中国"},
        });
        let patched = patch(&tenant, &alice.access, given.clone()).await.expect(200).body;
        let mut expected = given;
        expected["email_verified"] = json!(false);
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(&patched[claim], value, "{claim}");
        }
        let metadata = server.http.get(&tenant.url("/.well-known/openid-configuration")).await.expect(200).body;
        for (scope, claims) in [
            ("profile", &["name", "given_name", "family_name", "middle_name", "profile", "website", "gender", "birthdate", "zoneinfo", "updated_at"][..]),
            ("email", &["email", "email_verified"]),
            ("address", &["address"]),
        ] {
            assert!(metadata["scopes_supported"].as_array().unwrap().contains(&json!(scope)));
            let tokens = login_with(&tenant, &format!("of-{scope}"), &format!("openid {scope}")).await;
            let told = tenant.userinfo(&tokens.access).await.expect(200).body;
            let told = told.as_object().unwrap();
            assert_eq!(told.len(), 1 + claims.len(), "{told:?}");
            for claim in claims {
                assert!(told.contains_key(*claim) && metadata["claims_supported"].as_array().unwrap().contains(&json!(claim)), "{claim}");
                assert!(*claim == "updated_at" || told[*claim] == expected[*claim], "{claim}");
            }
        }
        // A mini-program has no PATCH.
        let removed = json!({"email": null, "address": null});
        let gone = tenant.account("POST", "", &alice.access, Some(removed)).await.expect(200).body;
        assert!(gone.get("email").is_none() && gone.get("email_verified").is_none() && gone.get("address").is_none(), "{gone}");
    }

    async fn r51_the_profiles_of_two_tenants_never_meet(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account openid").await;
        let here = tenant.login("alice").await;
        let there = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        patch(&tenant, &here.access, json!({"nickname": "Alice"})).await.expect(200);
        assert_eq!(read(&other, &there.access).await.get("nickname"), None);
        patch(&other, &there.access, json!({"nickname": "Alice elsewhere"})).await.expect(200);
        assert_eq!(read(&tenant, &here.access).await["nickname"], "Alice");
        patch(&other, &here.access, json!({"nickname": "x"})).await.expect_error(401, "invalid_token", None);
    }
}
