//! Tenants: creation, replacement, merge patches, races. Their end is in `deletion`, and more
//! of their settings in `settings`.

mod deletion;
mod settings;

use super::{broken, by_threes, count, each, kinds, list, pointers, raw};
use hufu_tests::{Server, on_both_databases};
use serde_json::{Value, json};

const MERGE_PATCH: &str = "application/merge-patch+json";

fn defaults() -> Value {
    json!({
        "registration": "open",
        "tokens": {
            "access_token_ttl": 900, "id_token_ttl": 900,
            "refresh_token_ttl": 2_592_000, "refresh_token_idle_ttl": 1_209_600,
        },
        "link_by_wechat_phone": false,
        "wechat": {"keep_session_key": false},
        "require": [], "second_factor": "never", "redirect_to_web": false, "require_consent_before_exchange": false,
        "password": {"min_length": 15},
        "attempts": {"address_per_hour": 100, "tenant_per_hour": 10_000, "begun_per_hour": 600},
        "sms": {"countries": [], "budget": {
            "phone_per_minute": 1, "phone_per_hour": 5, "phone_per_day": 10, "address_per_hour": 10, "address_per_day": 30,
            "prefix_per_hour": 20, "country_per_day": 10_000, "tenant_per_day": 10_000,
        }},
        "sessions": {"most_per_user": null, "browser_ttl": 2_592_000, "browser_idle_ttl": 604_800},
        "account": {"cooling_off": 1_296_000},
        "branding": {"display_name": null, "logo_uri": null, "color": null, "policy_uri": null, "tos_uri": null},
        "keys": {"rotation_period": 7_776_000},
        "dynamic_registration": "off",
        "dynamic_registration_scope": "openid profile email phone offline_access",
        "scan": null,
    })
}

on_both_databases! {
    async fn a_tenant_is_created_once_and_then_replaced(server: Server) {
        let put = async |body: Value| server.admin("PUT", "/tenants/acme", Some(body)).await;
        let tokens = json!({"access_token_ttl": 600});
        let wanted = json!({"display_name": "Acme 茶", "settings": {"registration": "wechat", "tokens": tokens}});
        let created = put(wanted.clone()).await.expect(201);
        assert_eq!(created.header("location"), Some(format!("{}/admin/v1/tenants/acme", server.base).as_str()));
        assert_eq!(created.header("cache-control"), Some("no-store"));
        assert_eq!(created.str("/tenant"), "acme");
        assert_eq!(created.str("/issuer"), format!("{}/t/acme", server.base));
        assert!(created.str("/id").starts_with("ten_"));
        let settings = &created.body["settings"];
        assert_eq!((&settings["registration"], &settings["tokens"]["access_token_ttl"]), (&json!("wechat"), &json!(600)));
        assert_eq!(settings["tokens"]["id_token_ttl"], 900, "what is left out is shown with its default");
        assert_eq!(server.admin("GET", "/tenants/acme", None).await.expect(200).body, created.body);

        server.advance(1);
        let again = put(wanted).await.expect(200);
        for same in ["id", "display_name", "settings", "created_at"] {
            assert_eq!(again.body[same], created.body[same], "{same}");
        }
        let replaced = put(json!({"display_name": "Acme"})).await.expect(200);
        assert_eq!(replaced.body["settings"], defaults(), "what a replacement leaves out has its default again");
        assert_eq!(server.admin("GET", "/tenants/acme", None).await.expect(200).body, replaced.body);
    }

    async fn a_merge_patch_changes_what_it_names_and_null_restores_the_default(server: Server) {
        let tokens = json!({"access_token_ttl": 600, "id_token_ttl": 700});
        let body = json!({"display_name": "Acme", "settings": {"registration": "closed", "tokens": tokens}});
        let created = server.admin("PUT", "/tenants/acme", Some(body)).await.expect(201);
        let patch = async |body: Value| raw(&server, "PATCH", "/tenants/acme", Some(MERGE_PATCH), body.to_string()).await;

        server.advance(1);
        let one = patch(json!({"settings": {"tokens": {"access_token_ttl": 300}}})).await.expect(200);
        let mut expected = created.body.clone();
        expected["settings"]["tokens"]["access_token_ttl"] = json!(300);
        expected["updated_at"] = one.body["updated_at"].clone();
        assert_eq!(one.body, expected);
        assert_ne!(one.body["updated_at"], created.body["updated_at"]);
        let nothing = patch(json!({})).await.expect(200);
        assert_eq!(nothing.body["settings"], expected["settings"]);
        let name = patch(json!({"display_name": "Acme 2"})).await.expect(200);
        assert_eq!((name.str("/display_name"), &name.body["settings"]), ("Acme 2", &expected["settings"]));
        let restored = patch(json!({"settings": {"tokens": {"access_token_ttl": null}}})).await.expect(200);
        assert_eq!(restored.body["settings"]["tokens"]["access_token_ttl"], 900);
        assert_eq!(restored.body["settings"]["tokens"]["id_token_ttl"], 700);
        assert_eq!(patch(json!({"settings": null})).await.expect(200).body["settings"], defaults());
        let kept = patch(json!({"display_name": null})).await;
        assert!(kept.text.contains("display_name"), "{kept}");
        kept.expect_problem(422, "invalid-request");
        assert_eq!(server.admin("GET", "/tenants/acme", None).await.expect(200).str("/display_name"), "Acme 2");
    }

    async fn all_that_is_wrong_with_a_tenant_is_told_at_once_and_nothing_is_written(server: Server) {
        let tokens = json!({"access_token_ttl": 59, "id_token_ttl": 3_601, "refresh_token_ttl": 3_599, "refresh_token_idle_ttl": 599});
        let body = json!({"display_name": " ", "settings": {"tokens": tokens}});
        let all = pointers([
            "#/display_name", "#/settings/tokens/access_token_ttl", "#/settings/tokens/id_token_ttl",
            "#/settings/tokens/refresh_token_ttl", "#/settings/tokens/refresh_token_idle_ttl",
        ]);
        assert_eq!(broken(server.admin("PUT", "/tenants/acme", Some(body.clone())).await), all);
        server.admin("GET", "/tenants/acme", None).await.expect_problem(404, "not-found");
        server.tenant("acme").await;
        assert_eq!(broken(server.admin("PATCH", "/tenants/acme", Some(body)).await), all);
        let idle = json!({"settings": {"tokens": {"refresh_token_ttl": 7_200, "refresh_token_idle_ttl": 7_201}}});
        let refused = broken(server.admin("PATCH", "/tenants/acme", Some(idle)).await);
        assert_eq!(refused, pointers(["#/settings/tokens/refresh_token_idle_ttl"]));
        let tenant = server.admin("GET", "/tenants/acme", None).await.expect(200);
        assert_eq!(tenant.body["settings"], defaults());
    }

    async fn members_that_are_unknown_missing_or_of_another_type_are_pointed_at(server: Server) {
        let long = "x".repeat(101);
        for (body, pointer) in [
            (json!({"display_name": "a", "nick": 1}), "#/nick"),
            (json!({"display_name": "a", "settings": {"passwords": {}}}), "#/settings/passwords"),
            (json!({"display_name": "a", "settings": {"tokens": {"access_token_tll": 60}}}), "#/settings/tokens/access_token_tll"),
            (json!({"display_name": "a", "settings": {"registration": "everyone"}}), "#/settings/registration"),
            (json!({"display_name": "a", "settings": {"tokens": {"access_token_ttl": "60"}}}), "#/settings/tokens/access_token_ttl"),
            (json!({"display_name": "a", "settings": {"tokens": {"access_token_ttl": -60}}}), "#/settings/tokens/access_token_ttl"),
            (json!({"display_name": "a", "settings": {"tokens": {"access_token_ttl": 4_294_967_296_u64}}}), "#/settings/tokens/access_token_ttl"),
            (json!({"display_name": "a", "settings": []}), "#/settings"),
            (json!({"display_name": 7}), "#/display_name"),
            (json!({"display_name": ""}), "#/display_name"),
            (json!({"display_name": "a\u{0}b"}), "#/display_name"),
            (json!({"display_name": "a\nb"}), "#/display_name"),
            (json!({"display_name": long}), "#/display_name"),
            (json!({}), "#"),
            (json!(["a"]), "#"),
        ] {
            let refused = server.admin("PUT", "/tenants/acme", Some(body.clone())).await;
            assert_eq!(broken(refused), pointers([pointer]), "{body}");
        }
    }

    async fn a_name_that_cannot_stand_in_an_issuer_is_refused(server: Server) {
        let long = "a".repeat(41);
        for slug in ["A", "a_b", "-a", "a-", "a%20b", "a%2Fb", "%C3%A4", "%FF", "a%00", long.as_str()] {
            let path = format!("/tenants/{slug}");
            let refused = server.admin("PUT", &path, Some(json!({"display_name": "a"}))).await;
            assert_eq!(refused.body["errors"][0]["parameter"], "tenant", "{slug}: {refused}");
            refused.expect_problem(400, "malformed-request");
            server.admin("GET", &path, None).await.expect_problem(404, "not-found");
        }
        for slug in ["a", "0", "a-b", &"a".repeat(40)] {
            server.admin("PUT", &format!("/tenants/{slug}"), Some(json!({"display_name": "a"}))).await.expect(201);
        }
    }

    async fn a_listing_by_cursor_loses_nothing_and_repeats_nothing(server: Server) {
        for slug in ["e", "a", "g", "c", "b", "f", "d"] {
            server.tenant(slug).await;
        }
        let tenants = by_threes(&server, "/tenants").await;
        assert_eq!(each(&tenants, "tenant"), ["a", "b", "c", "d", "e", "f", "g"]);
        let whole = server.admin("GET", "/tenants?limit=200", None).await.expect(200);
        assert_eq!(whole.body, json!({"items": tenants}), "the last page has no cursor");
    }

    async fn of_two_patches_at_once_none_is_lost_silently(server: Server) {
        let tenant = server.tenant("acme").await;
        for round in 0..10 {
            let (access, id) = (100 + round, 200 + round);
            let (one, other) = tokio::join!(
                tenant.admin("PATCH", "", Some(json!({"settings": {"tokens": {"access_token_ttl": access}}}))),
                tenant.admin("PATCH", "", Some(json!({"settings": {"tokens": {"id_token_ttl": id}}}))),
            );
            let tokens = tenant.admin("GET", "", None).await.expect(200).body["settings"]["tokens"].clone();
            for (reply, member, value) in [(one, "access_token_ttl", access), (other, "id_token_ttl", id)] {
                match reply.status {
                    200 => assert_eq!(tokens[member], value, "{member} in round {round}"),
                    _ => assert_eq!(reply.expect_problem(409, "conflict").fields().len(), 0),
                }
            }
        }
    }

    async fn of_100_parallel_puts_one_creates_and_the_others_replace(server: Server) {
        let body = json!({"display_name": "Acme"});
        let replies = server.in_parallel(100, || server.admin("PUT", "/tenants/acme", Some(body.clone()))).await;
        assert_eq!((count(&replies, 201), count(&replies, 200)), (1, 99), "{:?}", replies.iter().find(|r| r.status > 201));
        assert!(replies.iter().all(|reply| reply.body["id"] == replies[0].body["id"]));
        let tenant = hufu_tests::Tenant { server: &server, slug: "acme" };
        assert_eq!(kinds(&tenant).await.iter().filter(|kind| *kind == "tenant.created").count(), 1);
        let keys = tenant.admin("GET", "/keys", None).await.expect(200);
        assert_eq!(list(&keys).len(), 2, "one key of each algorithm");
    }

    async fn a_changed_setting_counts_from_the_next_request_on(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        assert_eq!(tenant.login("alice").await.reply.body["expires_in"], 900);
        tenant.admin("PATCH", "", Some(json!({"settings": {"tokens": {"access_token_ttl": 60}}}))).await.expect(200);
        assert_eq!(tenant.login("alice").await.reply.body["expires_in"], 60);
        tenant.admin("PATCH", "", Some(json!({"settings": {"registration": "closed"}}))).await.expect(200);
        let stranger = tenant.exchange("shop", &tenant.code("wx0000000000000001", "bob")).await;
        stranger.expect_error(400, "access_denied", Some("registration_closed"));
        tenant.login("alice").await;
    }
}
