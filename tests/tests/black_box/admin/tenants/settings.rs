//! What a tenant may choose of passwords, codes, sessions and accounts: ranges, and that each is shown.

use super::{
    super::{broken, pointers},
    defaults,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases! {
    async fn every_setting_is_kept_and_shown_and_null_restores_the_default(server: Server) {
        let tenant = server.tenant("acme").await;
        let first = tenant.admin("GET", "", None).await.expect(200);
        assert_eq!(first.body["settings"], defaults());
        let chosen = json!({
            "require": ["phone", "account"], "second_factor": "always", "redirect_to_web": true, "require_consent_before_exchange": true,
            "password": {"min_length": 8}, "attempts": {"address_per_hour": 5, "tenant_per_hour": 1_000_000, "begun_per_hour": 10},
            "sms": {"countries": [86, 852], "budget": {"phone_per_minute": 0, "phone_per_hour": 1, "phone_per_day": 2, "address_per_hour": 3,
                "address_per_day": 4, "prefix_per_hour": 5, "country_per_day": 6, "tenant_per_day": 7}},
            "sessions": {"most_per_user": 100, "browser_ttl": 7_200, "browser_idle_ttl": 300}, "account": {"cooling_off": 0},
            "branding": {"display_name": "茶馆", "logo_uri": "https://tea.example/logo.png", "color": "#0b5d66", "policy_uri": null, "tos_uri": null},
            "keys": {"rotation_period": 86_400}, "dynamic_registration": "initial_access_token", "dynamic_registration_scope": "openid",
        });
        let changed = tenant.admin("PATCH", "", Some(json!({"settings": chosen}))).await.expect(200);
        let shown = &changed.body["settings"];
        for (member, value) in chosen.as_object().unwrap() {
            assert_eq!(shown[member], *value, "{member}");
        }
        assert_eq!(tenant.admin("GET", "", None).await.expect(200).body, changed.body);
        let none: Value = chosen.as_object().unwrap().keys().map(|member| (member.clone(), Value::Null)).collect();
        let restored = tenant.admin("PATCH", "", Some(json!({"settings": none}))).await.expect(200);
        assert_eq!(restored.body["settings"], defaults());
    }

    async fn a_setting_out_of_range_is_pointed_at_and_the_others_stay(server: Server) {
        let tenant = server.tenant("acme").await;
        for (settings, pointer) in [
            (json!({"require": ["phone", "phone", "account", "wechat"]}), "#/settings/require"),
            (json!({"require": ["email"]}), "#/settings/require/0"),
            (json!({"second_factor": "sometimes"}), "#/settings/second_factor"),
            (json!({"redirect_to_web": "no"}), "#/settings/redirect_to_web"),
            (json!({"password": {"min_length": 14}}), "#/settings/password/min_length"),
            (json!({"password": {"min_length": 65}}), "#/settings/password/min_length"),
            (json!({"password": {"min_length": 7}, "second_factor": "always"}), "#/settings/password/min_length"),
            (json!({"password": {"max_age": 90}}), "#/settings/password/max_age"),
            (json!({"attempts": {"address_per_hour": 4}}), "#/settings/attempts/address_per_hour"),
            (json!({"attempts": {"tenant_per_hour": 99}}), "#/settings/attempts/tenant_per_hour"),
            (json!({"attempts": {"begun_per_hour": 9}}), "#/settings/attempts/begun_per_hour"),
            (json!({"sms": {"countries": [0]}}), "#/settings/sms/countries"),
            (json!({"sms": {"countries": [1_000]}}), "#/settings/sms/countries"),
            (json!({"sms": {"countries": ["+86"]}}), "#/settings/sms/countries/0"),
            (json!({"sms": {"budget": {"phone_per_day": -1}}}), "#/settings/sms/budget/phone_per_day"),
            (json!({"sms": {"budget": {"per_day": 1}}}), "#/settings/sms/budget/per_day"),
            (json!({"sms": {"url": "https://evil.example"}}), "#/settings/sms/url"),
            (json!({"sessions": {"most_per_user": 0}}), "#/settings/sessions/most_per_user"),
            (json!({"sessions": {"most_per_user": 101}}), "#/settings/sessions/most_per_user"),
            (json!({"sessions": {"browser_ttl": 2_592_001}}), "#/settings/sessions/browser_ttl"),
            (json!({"sessions": {"browser_ttl": 600, "browser_idle_ttl": 601}}), "#/settings/sessions/browser_idle_ttl"),
            (json!({"branding": {"color": "red"}}), "#/settings/branding/color"),
            (json!({"branding": {"logo_uri": "http://tea.example/"}}), "#/settings/branding/logo_uri"),
            (json!({"keys": {"rotation_period": 60}}), "#/settings/keys/rotation_period"),
            (json!({"dynamic_registration": "open"}), "#/settings/dynamic_registration"),
            (json!({"dynamic_registration_scope": "root"}), "#/settings/dynamic_registration_scope"),
            (json!({"account": {"cooling_off": 1_296_001}}), "#/settings/account/cooling_off"),
            (json!({"account": []}), "#/settings/account"),
        ] {
            let refused = tenant.admin("PATCH", "", Some(json!({"settings": settings}))).await;
            assert_eq!(broken(refused), pointers([pointer]), "{settings}");
        }
        assert_eq!(tenant.admin("GET", "", None).await.expect(200).body["settings"], defaults());
    }

    async fn a_short_password_needs_a_second_factor_and_the_refusal_says_so(server: Server) {
        let tenant = server.tenant("acme").await;
        let short = json!({"password": {"min_length": 8}});
        let refused = tenant.admin("PATCH", "", Some(json!({"settings": short}))).await.expect_problem(422, "invalid-request");
        assert_eq!(refused.fields(), ["#/settings/password/min_length"]);
        assert!(refused.text.contains("second_factor"), "{refused}");
        let both = json!({"password": {"min_length": 8}, "second_factor": "always"});
        tenant.admin("PATCH", "", Some(json!({"settings": both}))).await.expect(200);
        let alone = json!({"second_factor": "never"});
        let refused = tenant.admin("PATCH", "", Some(json!({"settings": alone}))).await;
        assert_eq!(broken(refused), pointers(["#/settings/password/min_length"]), "it cannot be left alone either");
    }
}
