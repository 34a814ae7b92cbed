//! Usernames and passwords: registering, signing in, and what is refused.

use super::app::{Login, PASSWORD, as_app, by_phone, kinds, register, step, users, with_app};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn choose(tenant: &Tenant<'_>, username: &str, password: &str) -> Reply {
    step(
        tenant,
        &[
            ("prompt", "create"),
            ("username", username),
            ("password", password),
        ],
    )
    .await
}

async fn sign_in(tenant: &Tenant<'_>, username: &str, password: &str) -> Reply {
    step(tenant, &[("username", username), ("password", password)]).await
}

on_both_databases! {
    async fn a_username_and_password_register_and_sign_in_the_same_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = register(&tenant, "alice.liu").await;
        let again = as_app(&tenant, sign_in(&tenant, "alice.liu", PASSWORD).await).await;
        let sub = tenant.sub(&first.access).await;
        assert_eq!(tenant.sub(&again.access).await, sub);
        assert_eq!(server.unverified(&again.access)["amr"], json!(["pwd"]));
        assert_ne!(server.unverified(&again.access)["sid"], server.unverified(&first.access)["sid"], "r56");
        let info = tenant.userinfo(&again.access).await.expect(200);
        assert_eq!(info.str("/preferred_username"), "alice.liu");
        assert_eq!(kinds(&tenant, &sub).await, ["account"]);
        let events = tenant.events().await;
        let created: Vec<_> = events.iter().filter(|event| event["kind"] == "user.created").collect();
        assert_eq!((created.len(), &created[0]["detail"]["method"]), (1, &json!("account")));
        assert!(!serde_json::to_string(&events).unwrap().contains("alice"), "no event has a name");
    }

    async fn spellings_of_a_username_are_one(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let first = register(&tenant, "Li.Ming").await;
        let sub = tenant.sub(&first.access).await;
        for spelling in ["li.ming", "LI.MING", "Ｌｉ.Ming", "ｌｉ．ｍｉｎｇ", "lI.mInG"] {
            let tokens = as_app(&tenant, sign_in(&tenant, spelling, PASSWORD).await).await;
            assert_eq!(tenant.sub(&tokens.access).await, sub, "{spelling}");
            choose(&tenant, spelling, PASSWORD).await.expect_error(400, "access_denied", Some("username_taken"));
        }
        register(&tenant, "Straße").await;
        sign_in(&tenant, "STRASSE", PASSWORD).await.expect(200);
        let chinese = register(&tenant, "王小明").await;
        assert_eq!(tenant.userinfo(&chinese.access).await.expect(200).str("/preferred_username"), "王小明");
        assert_eq!(users(&tenant).await.len(), 3);
    }

    async fn names_that_look_like_another_or_are_none_are_refused(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "paypal").await;
        for name in [
            // Cyrillic that looks like Latin, alone and mixed; Greek; a dotless i; letters from mathematics fold to ASCII and are `paypal`.
            "раураӏ", "pаypal", "αlice", "paypaı", "ѕсоре",
            "al", "a", &"a".repeat(65), &"長".repeat(2_000), ".alice", "alice.", "-alice", "_alice", "al ice", "al\tice", "al\u{200b}ice",
            "alice@example.com", "13800138000", "+8613800138000", "12345", "usr_alice", "ses_1234", "hufu_rt_x", "ten_abc", "a\u{202e}bc",
            "alice\0", "\u{1f600}\u{1f600}\u{1f600}", "<script>", "a/../b",
        ] {
            choose(&tenant, name, PASSWORD).await.expect_error(400, "invalid_request", Some("username_invalid"));
        }
        choose(&tenant, "𝓹𝓪𝔂𝓹𝓪𝓵", PASSWORD).await.expect_error(400, "access_denied", Some("username_taken"));
        // To sign in, such a name is nobody's, like any other.
        for name in ["раураӏ", "13800138000", ".alice", &"x".repeat(5_000)] {
            sign_in(&tenant, name, PASSWORD).await.expect_error(400, "invalid_grant", Some("password_wrong"));
        }
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn r39_r40_what_is_guessed_first_is_no_password(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for bad in [
            "short", "fourteen.chars", "passwordpassword", "qwertyuiopasdfghjkl", "123456789012345", "aaaaaaaaaaaaaaaaaaaaaa",
            "Password123456789", "alice.liu.alice.liu", "acmeacmeacmeacme", "hufu-hufu-hufu-hufu", "20240101202401012024",
            &"Lantern7 otter bridge quill ".repeat(5), "Lantern7\totter bridge quill", "Lantern7 otter bridge\n", "p@ssw0rd-p@ssw0rd",
        ] {
            choose(&tenant, "alice.liu", bad).await.expect_error(400, "invalid_request", Some("password_unacceptable"));
        }
        assert!(users(&tenant).await.is_empty());
        // No rules of composition: a sentence is enough, in any script, up to 128 characters.
        let longest: String = "kumquat vexes nymph; ".chars().cycle().take(64).chain("Walzer ohne Ende jodelt quer; ".chars().cycle().take(64)).collect();
        for (name, good) in [("one", "seventeen moths sat on it"), ("two", "老虎吃掉了一只红色的旧皮鞋然后睡着了"), ("three", &longest)] {
            choose(&tenant, name, good).await.expect(200);
            sign_in(&tenant, name, good).await.expect(200);
            let cut: String = good.chars().take(good.chars().count() - 1).collect();
            for other in [good.to_uppercase(), cut, format!(" {good}"), format!("{good} ")] {
                if other != *good {
                    sign_in(&tenant, name, &other).await.expect_error(400, "invalid_grant", Some("password_wrong"));
                }
            }
            sign_in(&tenant, name, good).await.expect(200);
            server.advance(3_600);
        }
    }

    async fn r39_a_tenant_with_a_second_factor_may_take_eight_characters(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alone = json!({"settings": {"password": {"min_length": 8}}});
        let refused = tenant.admin("PATCH", "", Some(alone)).await;
        assert!((400..500).contains(&refused.status), "{refused}");
        tenant.set(json!({"second_factor": "always", "password": {"min_length": 8}})).await;
        let reply = choose(&tenant, "alice.liu", "vk7#Lq2p").await;
        reply.expect_error(400, "insufficient_authorization", Some("second_factor_required"));
        choose(&tenant, "alice.liu", "vk7#Lq2").await.expect_error(400, "invalid_request", Some("password_unacceptable"));
    }

    async fn a_name_is_chosen_once_by_100_at_once(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(40, || {
                let name = if turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { "alice.liu" } else { "ALICE.LIU" };
                choose(&tenant, name, PASSWORD)
            })
            .await;
        let mut made = 0;
        for reply in replies {
            match reply.status {
                200 => made += 1,
                503 => drop(reply.expect_error(503, "temporarily_unavailable", None)),
                _ => drop(reply.expect_error(400, "access_denied", Some("username_taken"))),
            }
        }
        assert_eq!((made, users(&tenant).await.len()), (1, 1));
        assert_eq!(server.number("SELECT count(*) FROM passwords"), 1);
    }

    async fn a_new_name_beside_a_proof_of_a_user_is_added_to_that_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_phone(&tenant, "+8613800138000").await;
        let sub = tenant.sub(&alice.access).await;
        server.advance(60);
        let mut login = Login::new(tenant);
        let new = [("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD), ("phone", "13800138000")];
        login.step(&new).await.expect_error(400, "insufficient_authorization", None);
        let otp = server.sms_code("+8613800138000");
        let tokens = as_app(&tenant, login.step(&[("otp", &otp)]).await).await;
        assert_eq!(tenant.sub(&tokens.access).await, sub);
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
        sign_in(&tenant, "alice.liu", PASSWORD).await.expect(200);
        // A second name it is not given.
        server.advance(60);
        let mut login = Login::new(tenant);
        login.step(&[("prompt", "create"), ("username", "alice.two"), ("password", PASSWORD), ("phone", "13800138000")]).await;
        let otp = server.sms_code("+8613800138000");
        login.step(&[("otp", &otp)]).await.expect_error(400, "access_denied", Some("account_exists"));
        assert_eq!(kinds(&tenant, &sub).await, ["account", "phone"]);
    }

    async fn r43_who_is_not_let_in_is_told_the_same(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let bob = register(&tenant, "bob.wang").await;
        let sub = tenant.sub(&bob.access).await;
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        let mut told = Vec::new();
        for (name, password) in [
            ("nobody.here", PASSWORD),
            ("alice.liu", "wrong wrong wrong wrong"),
            ("alice.liu", "x"),
            ("bob.wang", PASSWORD),
            ("bob.wang", "wrong wrong wrong wrong"),
            ("не.имя.x", PASSWORD),
            ("al", PASSWORD),
            ("alice.liu", &"x".repeat(2_000)),
        ] {
            let reply = sign_in(&tenant, name, password).await.expect_error(400, "invalid_grant", Some("password_wrong"));
            let mut headers: Vec<_> = reply
                .headers
                .iter()
                .filter(|(header, _)| !matches!(header.as_str(), "x-request-id" | "date"))
                .map(|(header, value)| (header.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            headers.sort();
            told.push((reply.status, reply.text, headers));
        }
        for other in &told[1..] {
            assert_eq!(*other, told[0]);
        }
    }
}
