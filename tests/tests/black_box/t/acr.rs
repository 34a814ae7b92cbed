//! Classes of authentication that a client asks for (`acr_values`, and `acr` in `claims`).

use hufu_tests::{Browser, Page, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const ONE: &str = "urn:hufu:acr:one-factor";
const TWO: &str = "urn:hufu:acr:two-factors";
const PHONE: &str = "+8613800138000";
const PASSWORD: &str = "correct 虎符 staple";
/// Of [`PASSWORD`].
const HASH: &str =
    "$argon2id$v=19$m=8192,t=2,p=2$3Pgy7m5AEzRGhY5xUSRfpg$Ge4/3raH9NRbmxN4ji+fV/QsHCkj2J3tb+4qRyOfeSc";

/// A tenant with `ming`, who has a password and a phone, `hong`, who has a password alone, and the client `web`, whose secret this gives.
async fn house(server: &Server) -> (Tenant<'_>, String) {
    let tenant = server.tenant("acme").await;
    tenant.sms_account().await;
    let ming = json!({"username": "ming", "password_hash": HASH, "phone_number": PHONE});
    let hong = json!({"username": "hong", "password_hash": HASH});
    for user in [ming, hong] {
        tenant.admin("POST", "/users", Some(user)).await.expect(201);
    }
    let secret = tenant.web_client("web", json!({"first_party": true})).await;
    (tenant, secret)
}

fn url(tenant: &Tenant<'_>, more: &[(&str, &str)]) -> String {
    tenant.authorize_url(&[&[("scope", "openid")], more].concat())
}

async fn by_password<'b, 'a>(page: &Page<'b, 'a>, name: &str) -> Page<'b, 'a> {
    page.submit(&[("username", name), ("password", PASSWORD)]).await
}

/// Proves the phone at the page that asks for it.
async fn by_phone<'b, 'a>(tenant: &Tenant<'a>, page: &Page<'b, 'a>) -> Page<'b, 'a> {
    assert_eq!(page.place(), "phone", "{}", page.reply);
    let code = page.submit(&[("phone", PHONE)]).await.expect(200);
    let otp = tenant.server.sms_code(PHONE);
    code.submit(&[("otp", &otp)]).await
}

async fn id_token(tenant: &Tenant<'_>, secret: &str, page: Page<'_, '_>) -> Value {
    let back = page.expect(303).to_client();
    let tokens = Tokens::of(tenant.redeem_as_web(secret, &back["code"]).await);
    tenant.server.unverified(&tokens.id)
}

async fn error(browser: &Browser<'_>, url: &str) -> String {
    browser.open(url).await.expect(303).to_client()["error"].clone()
}

on_both_databases! {
    async fn oidc_core_3_1_2_1_who_has_two_kinds_proves_both_where_the_client_asks(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        let login = browser.open(&url(&tenant, &[("acr_values", TWO)])).await.expect(200);
        let page = by_password(&login, "ming").await;
        let back = by_phone(&tenant, &page).await;
        let claims = id_token(&tenant, &secret, back).await;
        assert_eq!(claims["acr"], TWO);
        assert_eq!(claims["amr"], json!(["sms", "pwd", "mfa"]));
        // Once is enough for the session.
        let again = browser.open(&url(&tenant, &[("acr_values", TWO)])).await;
        assert_eq!(id_token(&tenant, &secret, again).await["acr"], TWO);
    }

    async fn oidc_core_3_1_2_1_a_session_of_one_kind_is_stepped_up(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        let login = browser.open(&url(&tenant, &[])).await.expect(200);
        let first = id_token(&tenant, &secret, by_password(&login, "ming").await).await;
        assert_eq!(first["acr"], ONE);
        // Content with one, or silent: nobody is asked for more.
        let both = format!("{ONE} {TWO}");
        for more in [&[("acr_values", both.as_str())][..], &[("acr_values", TWO), ("prompt", "none")]] {
            let page = browser.open(&url(&tenant, more)).await;
            assert_eq!(id_token(&tenant, &secret, page).await["acr"], ONE);
        }
        server.advance(60);
        let login = browser.open(&url(&tenant, &[("acr_values", TWO)])).await.expect(200);
        assert_eq!(login.place(), "login");
        let page = by_password(&login, "ming").await;
        let back = by_phone(&tenant, &page).await;
        let second = id_token(&tenant, &secret, back).await;
        assert_eq!((&second["acr"], &second["sid"]), (&json!(TWO), &first["sid"]));
    }

    async fn oidc_core_5_5_1_1_what_is_essential_and_cannot_be_is_an_error(server: Server) {
        let (tenant, secret) = house(&server).await;
        let essential = json!({"id_token": {"acr": {"essential": true, "values": [TWO]}}}).to_string();
        let essential = [("claims", essential.as_str())];
        let browser = server.browser();
        // A wish keeps nobody out who has one kind alone; what is essential does, and the client is told why.
        let login = browser.open(&url(&tenant, &[("acr_values", TWO)])).await.expect(200);
        let page = by_password(&login, "hong").await;
        assert_eq!(id_token(&tenant, &secret, page).await["acr"], ONE);
        server.advance(60);
        assert_eq!(error(&browser, &url(&tenant, &essential)).await, "unmet_authentication_requirements");
        let silent = [essential[0], ("prompt", "none")];
        assert_eq!(error(&browser, &url(&tenant, &silent)).await, "unmet_authentication_requirements");
        // Who can is asked to.
        let browser = server.browser();
        let login = browser.open(&url(&tenant, &essential)).await.expect(200);
        let page = by_password(&login, "ming").await;
        let back = by_phone(&tenant, &page).await;
        assert_eq!(id_token(&tenant, &secret, back).await["acr"], TWO);
    }
}
