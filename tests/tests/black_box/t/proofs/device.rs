//! Tokens that a device gets, bound to its key and for its resource.

use super::{
    super::device::{API, GRANT, STOCK, allow, begin_with, house},
    key::Key,
};
use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn rfc9449_5_and_rfc8707_2_a_devices_tokens_are_bound_to_its_key_and_resource(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let asked = [("client_id", "tv"), ("scope", "openid offline_access"), ("resource", API)];
        let device = begin_with(&tenant, &asked).await;
        allow(&tenant, &device).await;
        let (key, thief) = (Key::new(), Key::new());
        let form = [
            ("grant_type", GRANT), ("client_id", "tv"), ("device_code", device.code.as_str()), ("resource", API),
        ];
        let elsewhere = [form[0], form[1], form[2], ("resource", STOCK)];
        key.post(&tenant, "/token", &elsewhere).await.expect_error(400, "invalid_target", None);
        // The device code is as good as before.
        let tokens = Tokens::of(key.post(&tenant, "/token", &form).await);
        assert_eq!(tokens.reply.body["token_type"], "DPoP");
        let claims = server.unverified(&tokens.access);
        assert_eq!((&claims["aud"], &claims["cnf"]["jkt"]), (&json!(API), &json!(key.thumbprint())));
        let form = [
            ("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", tokens.refresh.as_str()),
        ];
        // Another key, or none, does not refresh.
        assert_eq!(tenant.token(&form).await.status, 400);
        assert_eq!(thief.post(&tenant, "/token", &form).await.status, 400);
        Tokens::of(key.post(&tenant, "/token", &form).await);
    }
}
