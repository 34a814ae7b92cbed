//! WeChat apps: what is kept of one was proven first. Moving one to another tenant is in `transfer`.

mod api_security;
mod rotate;
mod transfer;

use super::{broken, by_threes, count, each, kinds, list, pointers};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use hufu_wxsim::{AppChange, Patch, Preset};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";
const WRONG: &str = "00000000000000000000000000000000";
const PATH: &str = "/wechat-apps/wx0000000000000001";

fn wanted(secret: &str) -> Value {
    json!({"kind": "mini_program", "secret": secret})
}

async fn can_sign_in(tenant: &Tenant<'_>) -> bool {
    tenant.exchange("shop", &tenant.code(APP, "alice")).await.status == 200
}

on_both_databases! {
    async fn an_app_is_added_once_and_then_replaced_and_its_secret_is_never_shown(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        let added = tenant.put_wechat_app(APP, &secret, Some("acme-open")).await.expect(201);
        assert_eq!(added.header("location"), Some(format!("{}/admin/v1/tenants/acme{PATH}", server.base).as_str()));
        assert_eq!((added.str("/appid"), added.str("/kind"), added.str("/union_scope")), (APP, "mini_program", "acme-open"));
        server.advance(1);
        let replaced = tenant.put_wechat_app(APP, &secret, None).await.expect(200);
        assert_eq!(replaced.body["created_at"], added.body["created_at"]);
        assert_ne!(replaced.body["updated_at"], added.body["updated_at"]);
        assert!(replaced.body.get("union_scope").is_none(), "a replacement that leaves it out removes it");
        let read = tenant.admin("GET", PATH, None).await.expect(200);
        assert_eq!(read.body, replaced.body);
        let listed = tenant.admin("GET", "/wechat-apps", None).await.expect(200);
        assert_eq!(list(&listed), std::slice::from_ref(&read.body));
        let events = tenant.admin("GET", "/events", None).await.expect(200);
        for reply in [added, replaced, read, listed, events] {
            assert!(!reply.text.contains(&secret), "{reply}");
        }
    }

    async fn what_wechat_refuses_is_not_kept_and_the_answer_names_the_page_to_fix(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = server.sim.change_app(APP, AppChange::default()).unwrap().secret().to_owned();
        let before = tenant.admin("GET", PATH, None).await.expect(200).body;
        let frozen = |frozen| AppChange { frozen: Some(frozen), ..AppChange::default() };
        let allowed = |ip_allow| AppChange { ip_allow, ..AppChange::default() };
        for (change, undo, secret, says) in [
            (None, None, WRONG, "Copy or reset it"),
            (Some(frozen(true)), Some(frozen(false)), secret.as_str(), "frozen"),
            (Some(allowed(Patch::Set(vec![]))), Some(allowed(Patch::Clear)), secret.as_str(), "IP allowlist"),
        ] {
            if let Some(change) = change {
                server.sim.change_app(APP, change).unwrap();
            }
            for query in ["", "?dry_run=true", "?transfer=true"] {
                let mut body = wanted(secret);
                body["union_scope"] = "changed".into();
                let refused = tenant.admin("PUT", &format!("{PATH}{query}"), Some(body)).await;
                assert!(refused.str("/detail").contains(says) && refused.text.contains("mp.weixin.qq.com"), "{refused}");
                assert!(!refused.text.contains(secret), "{refused}");
                refused.expect_problem(422, "wechat-credential-refused");
            }
            if let Some(undo) = undo {
                server.sim.change_app(APP, undo).unwrap();
            }
            assert_eq!(tenant.admin("GET", PATH, None).await.expect(200).body, before, "{says}");
            assert!(can_sign_in(&tenant).await, "the secret that was kept still works: {says}");
        }
        let unknown = tenant.put_wechat_app("wx00000000000000ff", &secret, None).await;
        assert!(unknown.str("/detail").contains("AppID"), "{unknown}");
        unknown.expect_problem(422, "wechat-credential-refused");
        tenant.admin("GET", "/wechat-apps/wx00000000000000ff", None).await.expect_problem(404, "not-found");
    }

    async fn while_wechat_is_away_nothing_is_decided(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let before = tenant.admin("GET", PATH, None).await.expect(200).body;
        let events = kinds(&tenant).await;
        for preset in [Preset::Outage, Preset::Busy, Preset::DailyQuota] {
            server.sim.fault(preset).unwrap();
            for query in ["", "?dry_run=true"] {
                let refused = tenant.admin("PUT", &format!("{PATH}{query}"), Some(wanted(WRONG))).await;
                let after: u32 = refused.header("retry-after").unwrap().parse().unwrap();
                assert!(after > 0);
                refused.expect_problem(503, "wechat-unavailable");
            }
            server.sim.clear_faults();
        }
        assert_eq!(tenant.admin("GET", PATH, None).await.expect(200).body, before);
        assert_eq!(kinds(&tenant).await, events);
        assert!(can_sign_in(&tenant).await);
    }

    async fn a_dry_run_only_proves_and_writes_nothing(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        let dry = format!("{PATH}?dry_run=true");
        let proven = tenant.admin("PUT", &dry, Some(wanted(&secret))).await.expect(200);
        assert_eq!(proven.body, json!({"proven": true}));
        tenant.admin("PUT", &dry, Some(wanted(WRONG))).await.expect_problem(422, "wechat-credential-refused");
        tenant.admin("GET", PATH, None).await.expect_problem(404, "not-found");
        assert_eq!(kinds(&tenant).await, ["tenant.created"]);

        tenant.put_wechat_app(APP, &secret, Some("kept")).await.expect(201);
        let mut body = wanted(&secret);
        body["union_scope"] = "changed".into();
        tenant.admin("PUT", &dry, Some(body)).await.expect(200);
        assert_eq!(tenant.admin("GET", PATH, None).await.expect(200).str("/union_scope"), "kept");
        assert_eq!(kinds(&tenant).await.len(), 2);
        tenant.admin("PUT", &format!("{PATH}?dry_run=false"), Some(wanted(&secret))).await.expect(200);
        assert_eq!(kinds(&tenant).await.len(), 3);
    }

    async fn a_query_that_is_not_understood_writes_nothing(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        for query in ["dryrun=true", "dry_run=1", "dry_run=yes", "dry_run=TRUE", "dry_run=", "transfer=maybe", "dry_run=true&dry_run=false"] {
            let refused = tenant.admin("PUT", &format!("{PATH}?{query}"), Some(wanted(&secret))).await;
            refused.expect_problem(400, "malformed-request");
        }
        tenant.admin("GET", PATH, None).await.expect_problem(404, "not-found");
        assert!(server.sim.requests("/cgi-bin/stable_token").is_empty(), "WeChat was not even asked");
    }

    async fn all_that_is_wrong_with_an_app_is_told_at_once_and_wechat_is_not_asked(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = "a secret that is none";
        let body = json!({"kind": "official_account", "secret": secret, "union_scope": "a b"});
        let refused = tenant.admin("PUT", PATH, Some(body)).await;
        assert!(!refused.text.contains(secret), "{refused}");
        assert_eq!(broken(refused), pointers(["#/kind", "#/secret", "#/union_scope"]));
        for (body, pointer) in [
            (json!({"kind": "mini_program"}), "#"),
            (json!({"kind": "mini_program", "secret": 7}), "#/secret"),
            (json!({"kind": "mini_program", "secret": WRONG, "union_scope": ""}), "#/union_scope"),
            (json!({"kind": "mini_program", "secret": WRONG, "appid": APP}), "#/appid"),
        ] {
            assert_eq!(broken(tenant.admin("PUT", PATH, Some(body.clone())).await), pointers([pointer]), "{body}");
        }
        for appid in ["wx1", "WX0000000000000001", "wx000000000000000g", "gh_000000000000000", "wx00000000000000011", "wx000000000000%00"] {
            let path = format!("/wechat-apps/{appid}");
            let refused = tenant.admin("PUT", &path, Some(wanted(WRONG))).await;
            assert_eq!(refused.body["errors"][0]["parameter"], "appid", "{refused}");
            refused.expect_problem(400, "malformed-request");
            tenant.admin("GET", &path, None).await.expect_problem(404, "not-found");
        }
        assert!(server.sim.requests("/cgi-bin/stable_token").is_empty());
    }

    async fn a_patch_proves_the_secret_that_will_be_kept(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let patch = async |body: Value| tenant.admin("PATCH", PATH, Some(body)).await;
        assert_eq!(patch(json!({"union_scope": "open"})).await.expect(200).str("/union_scope"), "open");
        assert_eq!(patch(json!({})).await.expect(200).str("/union_scope"), "open");
        assert!(patch(json!({"union_scope": null})).await.expect(200).body.get("union_scope").is_none());
        assert_eq!(broken(patch(json!({"union_scope": "ä", "secret": "short"})).await), pointers(["#/secret", "#/union_scope"]));
        assert_eq!(broken(patch(json!({"kind": "mini_program"})).await), pointers(["#/kind"]));
        patch(json!({"secret": WRONG})).await.expect_problem(422, "wechat-credential-refused");
        assert!(can_sign_in(&tenant).await);

        let secret = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        patch(json!({"union_scope": "open"})).await.expect_problem(422, "wechat-credential-refused");
        assert!(!can_sign_in(&tenant).await);
        patch(json!({"secret": secret, "union_scope": "open"})).await.expect(200);
        assert!(can_sign_in(&tenant).await, "the new secret counts from the next request on");
        let missing = tenant.admin("PATCH", "/wechat-apps/wx00000000000000ff", Some(json!({}))).await;
        missing.expect_problem(404, "not-found");
    }

    async fn a_removed_app_signs_nobody_in_and_its_users_are_the_same_when_it_comes_back(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let sub = tenant.sub(&tenant.login("alice").await.access).await;
        tenant.admin("DELETE", PATH, None).await.expect(204);
        tenant.admin("DELETE", PATH, None).await.expect_problem(404, "not-found");
        let refused = tenant.exchange("shop", &tenant.code(APP, "alice")).await;
        refused.expect_error(400, "unauthorized_client", None);
        let secret = server.sim.rotate_secret(APP).unwrap().secret().to_owned();
        tenant.put_wechat_app(APP, &secret, None).await.expect(201);
        let back = Tokens::of(tenant.exchange("shop", &tenant.code(APP, "alice")).await);
        assert_eq!(tenant.sub(&back.access).await, sub);
    }

    async fn apps_are_listed_by_cursor_and_to_their_tenant_only(server: Server) {
        let (tenant, other) = (server.tenant("acme").await, server.tenant("other").await);
        let appids: Vec<_> = (1..=7).map(|n| format!("wx000000000000000{n}")).collect();
        for appid in appids.iter().rev() {
            tenant.wechat_app(appid).await;
        }
        other.wechat_app("wx0000000000000008").await;
        assert_eq!(each(&by_threes(&server, "/tenants/acme/wechat-apps").await, "appid"), appids);
        assert_eq!(list(&other.admin("GET", "/wechat-apps", None).await.expect(200)).len(), 1);
        other.admin("GET", PATH, None).await.expect_problem(404, "not-found");
        other.admin("DELETE", PATH, None).await.expect_problem(404, "not-found");
        other.admin("PATCH", PATH, Some(json!({}))).await.expect_problem(404, "not-found");
    }

    async fn of_parallel_puts_of_one_app_one_adds_it(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = server.sim.app(APP).create().unwrap().secret().to_owned();
        let replies = server.in_parallel(20, || tenant.put_wechat_app(APP, &secret, None)).await;
        assert_eq!((count(&replies, 201), count(&replies, 200)), (1, 19), "{replies:?}");
    }
}
