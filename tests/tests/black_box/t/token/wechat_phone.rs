//! A phone that WeChat verified, proved beside a silent login.

use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use hufu_wxsim::{Fault, FaultAction};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";
const CAFE: &str = "wx0000000000000002";
const PHONE: &str = "/wxa/business/getuserphonenumber";

async fn both(tenant: &Tenant<'_>, user: &str) -> hufu_tests::Reply {
    tenant
        .exchange_with_phone("shop", &tenant.code(APP, user), &tenant.phone_code(APP, user))
        .await
}

async fn users(tenant: &Tenant<'_>) -> Vec<Value> {
    let users = tenant.admin("GET", "/users", None).await.expect(200);
    users.body["items"].as_array().unwrap().clone()
}

fn errcode(n: i64) -> Fault {
    Fault::new(FaultAction::Errcode {
        n,
        msg: "as told".into(),
    })
    .on_path(PHONE)
}

on_both_databases! {
    async fn a_phone_code_beside_the_login_code_links_the_phone(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let tokens = Tokens::of(both(&tenant, "alice").await);
        let claims = tenant.userinfo(&tokens.access).await.expect(200);
        assert_eq!(claims.str("/phone_number"), server.sim.phone_of("alice"));
        assert_eq!(claims.body["phone_number_verified"], true);
        assert_eq!(server.unverified(&tokens.id)["amr"], json!(["wechat", "wechat_phone"]));
        let asked = server.sim.requests_with_secrets(PHONE);
        assert_eq!(asked.len(), 1);
        let sent = serde_json::to_string(&asked[0]).unwrap();
        assert!(sent.contains(&server.sim.openid(APP, "alice")), "WeChat is told whose code it must be: {sent}");
        let again = Tokens::of(both(&tenant, "alice").await);
        assert_eq!(tenant.sub(&again.access).await, claims.str("/sub"));
        assert_eq!(users(&tenant).await.len(), 1);
        let token_calls = server.sim.requests("/cgi-bin/stable_token").len();
        assert_eq!(token_calls, 1, "one access token serves: the one that proved the secret");
    }

    async fn a_number_abroad_is_e164_however_the_country_is_written(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        server.sim.user("bob").phone("+14155552671").create().unwrap();
        let tokens = Tokens::of(both(&tenant, "bob").await);
        assert_eq!(tenant.userinfo(&tokens.access).await.expect(200).str("/phone_number"), "+14155552671");
        server.sim.fault(Fault::new(FaultAction::CountryCodeAsNumber).on_path(PHONE)).unwrap();
        let tokens = Tokens::of(both(&tenant, "carol").await);
        assert_eq!(tenant.userinfo(&tokens.access).await.expect(200).str("/phone_number"), server.sim.phone_of("carol"));
    }

    async fn a_phone_code_that_proves_nothing_signs_nobody_in(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.wechat_app(CAFE).await;
        let refused = async |phone_code: &str| {
            let reply = tenant.exchange_with_phone("shop", &tenant.code(APP, "alice"), phone_code).await;
            reply.expect_error(400, "invalid_grant", Some("wx_phone_code_invalid"));
        };
        refused("nonsense").await;
        refused("not a code at all\u{7f}").await;
        refused(&tenant.code(APP, "alice")).await;
        refused(&tenant.phone_code(APP, "bob")).await;
        refused(&tenant.phone_code(CAFE, "alice")).await;
        let used = tenant.phone_code(APP, "alice");
        let ok = tenant.exchange_with_phone("shop", &tenant.code(APP, "alice"), &used).await;
        ok.expect(200);
        refused(&used).await;
        let expired = tenant.phone_code(APP, "alice");
        server.advance(301);
        refused(&expired).await;
        assert_eq!(users(&tenant).await.len(), 1, "alice came by the one that was right");
    }

    async fn each_failure_of_wechat_has_its_answer_and_nothing_is_written(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        for (code, status, error, reason) in [
            (-1, 503, "temporarily_unavailable", "wx_unavailable"),
            (40029, 400, "invalid_grant", "wx_phone_code_invalid"),
            (40013, 400, "invalid_grant", "wx_phone_code_invalid"),
            (45011, 429, "slow_down", "wx_rate_limited"),
            (45009, 503, "temporarily_unavailable", "wx_unavailable"),
            (48001, 503, "temporarily_unavailable", "wx_app_misconfigured"),
            (40234, 503, "temporarily_unavailable", "wx_app_misconfigured"),
        ] {
            server.sim.fault(errcode(code)).unwrap();
            both(&tenant, "alice").await.expect_error(status, error, Some(reason));
            server.sim.clear_faults();
        }
        server.sim.fault(errcode(40097)).unwrap();
        both(&tenant, "alice").await.expect_error(500, "server_error", None);
        server.sim.clear_faults();
        for action in [FaultAction::WatermarkAppid(CAFE.into()), FaultAction::WatermarkAge { seconds: 601 }] {
            server.sim.fault(Fault::new(action).on_path(PHONE)).unwrap();
            both(&tenant, "alice").await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
            server.sim.clear_faults();
        }
        assert!(users(&tenant).await.is_empty());
        let events = tenant.events().await;
        let permission = events.iter().find(|event| event["detail"]["errcode"] == 48001).expect("an event");
        assert!(permission["detail"]["advice"].as_str().unwrap().contains("mp.weixin.qq.com"));
        both(&tenant, "alice").await.expect(200);
    }

    async fn a_stale_access_token_is_renewed_once_and_never_in_a_loop(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        both(&tenant, "alice").await.expect(200);
        server.advance(60);
        server.sim.fault(errcode(40001).times(1)).unwrap();
        let asked = server.sim.requests(PHONE).len();
        both(&tenant, "alice").await;
        assert!(server.sim.requests(PHONE).len() - asked <= 2);
        server.sim.clear_faults();
        server.advance(60);
        server.sim.fault(errcode(40001)).unwrap();
        let (asked, tokens) = (server.sim.requests(PHONE).len(), server.sim.requests("/cgi-bin/stable_token").len());
        both(&tenant, "alice").await.expect(503);
        assert!(server.sim.requests(PHONE).len() - asked <= 2, "one renewal, one more try");
        assert!(server.sim.requests("/cgi-bin/stable_token").len() - tokens <= 1);
        let events = tenant.events().await;
        assert!(events.iter().any(|event| event["detail"]["errcode"] == 40001), "{events:?}");
    }

    async fn r52_a_phone_of_somebody_else_links_nothing_unless_the_tenant_says_so(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.wechat_app(CAFE).await;
        tenant.mini_program_for("cafe", CAFE, "account openid phone").await;
        let alice = Tokens::of(both(&tenant, "alice").await);
        let number = server.sim.phone_of("alice");
        // The same person in another app of no common account: WeChat knows her under another openid.
        let elsewhere = async || {
            let code = server.sim.phone_code_for(CAFE, "alice", &number).unwrap();
            tenant.exchange_with_phone("cafe", &tenant.code(CAFE, "alice"), &code).await
        };
        elsewhere().await.expect_error(400, "access_denied", Some("phone_taken"));
        assert_eq!(users(&tenant).await.len(), 1, "a refusal leaves nobody behind");
        tenant.set(json!({"link_by_wechat_phone": true})).await;
        let joined = Tokens::of(elsewhere().await);
        assert_eq!(tenant.sub(&joined.access).await, tenant.sub(&alice.access).await);
        assert_eq!(users(&tenant).await.len(), 1);
        // r46: whoever may not sign in may not by another way either.
        let id = users(&tenant).await[0]["id"].as_str().unwrap().to_owned();
        tenant.admin("PATCH", &format!("/users/{id}"), Some(json!({"status": "disabled"}))).await.expect(200);
        elsewhere().await.expect_error(400, "access_denied", Some("user_disabled"));
        both(&tenant, "alice").await.expect_error(400, "access_denied", Some("user_disabled"));
    }

    async fn r46_a_disabled_user_is_kept_out_whatever_is_proved(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"link_by_wechat_phone": true})).await;
        both(&tenant, "alice").await.expect(200);
        let id = users(&tenant).await[0]["id"].as_str().unwrap().to_owned();
        tenant.admin("PATCH", &format!("/users/{id}"), Some(json!({"status": "disabled"}))).await.expect(200);
        let new_phone = server.sim.phone_code_for(APP, "alice", "+8613900000009").unwrap();
        for reply in [
            tenant.exchange("shop", &tenant.code(APP, "alice")).await,
            both(&tenant, "alice").await,
            tenant.exchange_with_phone("shop", &tenant.code(APP, "alice"), &new_phone).await,
        ] {
            reply.expect_error(400, "access_denied", Some("user_disabled"));
        }
    }

    async fn r52_another_wechat_account_in_the_same_app_is_another_person(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"link_by_wechat_phone": true})).await;
        both(&tenant, "alice").await.expect(200);
        let number = server.sim.phone_of("alice");
        let code = server.sim.phone_code_for(APP, "alice's other account", &number).unwrap();
        let other = tenant.exchange_with_phone("shop", &tenant.code(APP, "alice's other account"), &code).await;
        other.expect_error(400, "access_denied", Some("phone_taken"));
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn a_code_that_cannot_be_one_costs_no_login_code(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let code = tenant.code(APP, "alice");
        let refused = tenant.exchange_with_phone("shop", &code, "not a code").await;
        refused.expect_error(400, "invalid_grant", Some("wx_phone_code_invalid"));
        tenant.exchange("shop", &code).await.expect(200);
    }

    async fn registration_by_phone_takes_only_who_proves_one(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"registration": "phone"})).await;
        let alone = tenant.exchange("shop", &tenant.code(APP, "alice")).await;
        alone.expect_error(403, "insufficient_authorization", Some("phone_required"));
        both(&tenant, "alice").await.expect(200);
        tenant.exchange("shop", &tenant.code(APP, "alice")).await.expect(200);
        tenant.set(json!({"registration": "closed"})).await;
        both(&tenant, "bob").await.expect_error(400, "access_denied", Some("registration_closed"));
    }

    async fn r51_equal_phones_of_two_tenants_never_meet(server: Server) {
        let acme = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app(CAFE).await;
        other.mini_program_for("cafe", CAFE, "openid phone").await;
        for tenant in [&acme, &other] {
            tenant.set(json!({"link_by_wechat_phone": true})).await;
        }
        let here = Tokens::of(both(&acme, "alice").await);
        let code = server.sim.phone_code_for(CAFE, "alice", &server.sim.phone_of("alice")).unwrap();
        let there = Tokens::of(other.exchange_with_phone("cafe", &other.code(CAFE, "alice"), &code).await);
        assert_ne!(acme.sub(&here.access).await, other.sub(&there.access).await);
    }

    async fn of_100_parallel_logins_with_one_phone_one_person_gets_it(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let number = "+8613900000001";
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(100, || {
                let user = format!("user-{}", turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
                let (js, phone) = (tenant.code(APP, &user), server.sim.phone_code_for(APP, &user, number).unwrap());
                async move { tenant.exchange_with_phone("shop", &js, &phone).await }
            })
            .await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        for lost in replies.into_iter().filter(|reply| reply.status != 200) {
            lost.expect_error(400, "access_denied", Some("phone_taken"));
        }
        assert_eq!(users(&tenant).await.len(), 1);
    }
}
