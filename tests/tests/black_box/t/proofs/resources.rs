//! Tokens for one resource (RFC 8707).

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

const ORDERS: &str = "https://orders.example/api";
const STOCK: &str = "https://stock.example/api";
const PASSWORD: &str = "seven teapots on a slow boat";

on_both_databases! {
    async fn rfc8707_2_2_a_token_is_for_one_of_the_resources_that_were_authorized(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let secret = tenant.web_client("web", json!({"resources": [ORDERS, STOCK]})).await;
        let api = tenant.confidential("api").await;
        let browser = server.browser();
        let asked = [("scope", "openid offline_access"), ("resource", ORDERS)];
        let back = tenant.enter(&browser, ("ming", PASSWORD), &asked).await;
        let client = [("client_id", "web"), ("client_secret", secret.as_str())];
        let mut redeem = [
            client[0], client[1], ("grant_type", "authorization_code"), ("code", &back["code"]), ("resource", STOCK),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ];
        tenant.token(&redeem).await.expect_error(400, "invalid_target", None);
        // A request that was refused for its resource alone has spent nothing.
        redeem[4].1 = ORDERS;
        let tokens = Tokens::of(tenant.token(&redeem).await);
        assert_eq!(server.unverified(&tokens.access)["aud"], ORDERS);
        // It is no token for us, and introspection says for whom it is.
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        tenant.account("GET", "/identities", &tokens.access, None).await.expect_error(401, "invalid_token", None);
        let told = tenant.introspect("api", &api, &tokens.access).await.expect(200);
        assert_eq!((&told.body["active"], &told.body["aud"]), (&json!(true), &json!(ORDERS)));
        let refresh = async |token: &str, resources: &[&str]| {
            let mut form = vec![client[0], client[1], ("grant_type", "refresh_token"), ("refresh_token", token)];
            form.extend(resources.iter().map(|resource| ("resource", *resource)));
            tenant.token(&form).await
        };
        // Without a resource, the token is for us.
        let ours = Tokens::of(refresh(&tokens.refresh, &[]).await);
        tenant.userinfo(&ours.access).await.expect(200);
        let before = server.number("SELECT count(*) FROM refresh_tokens");
        // Registered, but not authorized; not registered; more than one.
        refresh(&ours.refresh, &[STOCK]).await.expect_error(400, "invalid_target", None);
        refresh(&ours.refresh, &["https://other.example/"]).await.expect_error(400, "invalid_target", None);
        refresh(&ours.refresh, &[ORDERS, STOCK]).await.expect_error(400, "invalid_target", None);
        assert_eq!(server.number("SELECT count(*) FROM refresh_tokens"), before, "none of these had a successor");
        let again = Tokens::of(refresh(&ours.refresh, &[ORDERS]).await);
        assert_eq!(server.unverified(&again.access)["aud"], ORDERS);
    }

    async fn rfc8707_2_2_a_client_acts_for_itself_at_a_resource_that_it_is_registered_with(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"grant_types": ["client_credentials"], "resources": [ORDERS]});
        let secret = tenant.admin("PUT", "/clients/svc", Some(body)).await.expect(201).str("/client_secret").to_owned();
        let ask = async |resource: &str| tenant.token(&[
            ("grant_type", "client_credentials"), ("client_id", "svc"), ("client_secret", &secret), ("resource", resource),
        ]).await;
        for (resource, aud) in [(ORDERS, ORDERS.to_owned()), (&*tenant.issuer(), tenant.issuer()), ("", tenant.issuer())] {
            let reply = ask(resource).await.expect(200);
            assert_eq!(server.unverified(reply.str("/access_token"))["aud"], aud);
        }
        ask(STOCK).await.expect_error(400, "invalid_target", None);
    }
}
