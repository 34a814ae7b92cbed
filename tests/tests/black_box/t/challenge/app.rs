//! What a mini-program's own code does: a client `app` of a tenant, and its steps through a login.

use hufu_tests::{Reply, Server, Tenant, Tokens};
use serde_json::{Value, json};

/// The WeChat app of tenant `acme`; other tenants have others.
pub(crate) const APPID: &str = "wx0000000000000001";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// What answers to [`VERIFIER`].
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// A password that may be chosen.
pub(crate) const PASSWORD: &str = "Lantern7 otter bridge quill";

/// A tenant `slug` with SMS, a WeChat app and the public first-party client `app`, which may do all that such a client may.
pub(crate) async fn with_app<'a>(server: &'a Server, slug: &'a str) -> Tenant<'a> {
    let tenant = server.tenant(slug).await;
    let appid = appid_of(slug);
    tenant.wechat_app(&appid).await;
    put_client(&tenant, "app", json!({})).await.expect(201);
    tenant.sms_account().await;
    tenant
}

/// The WeChat app of a tenant.
pub(crate) fn appid_of(slug: &str) -> String {
    match slug {
        "acme" => APPID.to_owned(),
        other => {
            let number: u32 = other
                .bytes()
                .fold(2, |sum, byte| sum * 31 % 65_521 + u32::from(byte));
            format!("wx{number:016x}")
        }
    }
}

/// Registers a client like `app`, with these members other.
pub(crate) async fn put_client(tenant: &Tenant<'_>, client: &str, members: Value) -> Reply {
    let mut body = json!({
        "client_name": client, "token_endpoint_auth_method": "none", "first_party": true,
        "wechat_appid": appid_of(tenant.slug), "redirect_uris": ["https://app.example.com/callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:hufu:grant-type:wechat-code"],
        "scope": "account offline_access openid phone profile wechat",
    });
    for (name, value) in members.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    tenant
        .admin("PUT", &format!("/clients/{client}"), Some(body))
        .await
}

/// A form with what every step has; a member that the test gives takes the place of that, and an empty one is left out.
pub(crate) fn form<'a>(members: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let is_given = |name: &str| members.iter().any(|(given, _)| *given == name);
    let usual = usual.into_iter().filter(|(name, _)| !is_given(name));
    let given = members.iter().copied().filter(|(_, value)| !value.is_empty());
    usual.chain(given).collect()
}

/// One step at the challenge endpoint by client `app`.
pub(crate) async fn step(tenant: &Tenant<'_>, members: &[(&str, &str)]) -> Reply {
    let url = tenant.url("/authorize-challenge");
    tenant.server.http.post_form(&url, &form(members)).await
}

/// The same from an address that a proxy tells.
pub(crate) async fn step_from(tenant: &Tenant<'_>, address: &str, members: &[(&str, &str)]) -> Reply {
    let http = &tenant.server.http;
    let request = http.request("POST", &tenant.url("/authorize-challenge"));
    http.send(request.header("x-forwarded-for", address).form(&form(members)))
        .await
}

/// The code of a login that is complete.
#[track_caller]
pub(crate) fn code_of(reply: Reply) -> String {
    let reply = reply.expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
    reply.str("/authorization_code").to_owned()
}

/// Redeems a code by client `app`.
pub(crate) async fn redeem(tenant: &Tenant<'_>, code: &str) -> Reply {
    redeem_with(tenant, code, &[]).await
}

/// The same with other members.
pub(crate) async fn redeem_with(tenant: &Tenant<'_>, code: &str, members: &[(&str, &str)]) -> Reply {
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let is_given = |name: &str| members.iter().any(|(given, _)| *given == name);
    let mut form: Vec<_> = usual.into_iter().filter(|(name, _)| !is_given(name)).collect();
    form.extend(members.iter().filter(|(_, value)| !value.is_empty()));
    tenant.token(&form).await
}

/// The tokens of a login that is complete.
pub(crate) async fn as_app(tenant: &Tenant<'_>, reply: Reply) -> Tokens {
    Tokens::of(redeem(tenant, &code_of(reply)).await)
}

/// Registers a username with [`PASSWORD`].
pub(crate) async fn register(tenant: &Tenant<'_>, username: &str) -> Tokens {
    let reply = step(
        tenant,
        &[
            ("prompt", "create"),
            ("username", username),
            ("password", PASSWORD),
        ],
    )
    .await;
    as_app(tenant, reply).await
}

/// A login under way: each step goes on with the `auth_session` of the last answer that had one.
pub(crate) struct Login<'a> {
    tenant: Tenant<'a>,
    pub(crate) auth_session: String,
}

impl<'a> Login<'a> {
    pub(crate) fn new(tenant: Tenant<'a>) -> Self {
        Self {
            tenant,
            auth_session: String::new(),
        }
    }

    /// One that began elsewhere: with an answer that had an `auth_session`.
    #[track_caller]
    pub(crate) fn after(tenant: Tenant<'a>, reply: &Reply) -> Self {
        Self {
            tenant,
            auth_session: reply.str("/auth_session").to_owned(),
        }
    }

    pub(crate) async fn step(&mut self, members: &[(&str, &str)]) -> Reply {
        let mut all = members.to_vec();
        all.push(("auth_session", &self.auth_session));
        let reply = step(&self.tenant, &all).await;
        if let Some(next) = reply.body["auth_session"].as_str() {
            next.clone_into(&mut self.auth_session);
        }
        reply
    }

    /// Has a code sent, and gives it.
    pub(crate) async fn send(&mut self, phone: &str) -> String {
        let sent = self.step(&[("phone", phone)]).await;
        sent.expect_error(400, "insufficient_authorization", None);
        self.tenant.server.sms_code(phone)
    }

    /// Proves a phone: has a code sent and sends it.
    pub(crate) async fn prove_phone(&mut self, phone: &str) -> Reply {
        let otp = self.send(phone).await;
        self.step(&[("otp", &otp)]).await
    }
}

/// Signs in, or registers, by a phone.
pub(crate) async fn by_phone(tenant: &Tenant<'_>, phone: &str) -> Tokens {
    let reply = Login::new(*tenant).prove_phone(phone).await;
    as_app(tenant, reply).await
}

/// Signs in, or registers, by WeChat.
pub(crate) async fn by_wechat(tenant: &Tenant<'_>, person: &str) -> Tokens {
    Tokens::of(tenant.exchange("app", &wx(tenant, person)).await)
}

/// What `wx.login` gives in the tenant's app.
pub(crate) fn wx(tenant: &Tenant<'_>, person: &str) -> String {
    tenant.code(&appid_of(tenant.slug), person)
}

/// Six digits that are not these.
pub(crate) fn not(otp: &str) -> &'static str {
    if otp == "271828" { "314159" } else { "271828" }
}

/// How many events of a kind the tenant has.
pub(crate) async fn count(tenant: &Tenant<'_>, kind: &str) -> usize {
    let events = tenant.events().await;
    events.iter().filter(|event| event["kind"] == kind).count()
}

/// All live and merged users of the tenant.
pub(crate) async fn users(tenant: &Tenant<'_>) -> Vec<Value> {
    let users = tenant.admin("GET", "/users?limit=200", None).await.expect(200);
    users.body["items"].as_array().expect("items").clone()
}

/// The kinds of a user's identities, as an operator sees them, sorted.
pub(crate) async fn kinds(tenant: &Tenant<'_>, sub: &str) -> Vec<String> {
    let path = format!("/users/{sub}/identities");
    let identities = tenant.admin("GET", &path, None).await.expect(200);
    let items = identities.body["items"].as_array().expect("items");
    let mut kinds: Vec<_> = items
        .iter()
        .map(|item| item["kind"].as_str().expect("a kind").to_owned())
        .collect();
    kinds.sort();
    kinds
}

/// Whether a machine that did not keep up says so: the caller may come again. Nothing else may excuse one of many requests at once.
pub(crate) fn is_overload(reply: &Reply) -> bool {
    let told = (reply.status, reply.body["error"].as_str());
    told == (503, Some("temporarily_unavailable")) && reply.header("retry-after").is_some()
}
