//! A tenant on a test server, onboarded by the administration API as an operator would.

use crate::{Browser, Reply, Server};
use hufu_wxsim::{SmsAccountSpec, SmsTemplate, SmsVendor};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The scope of a client that uses the account API.
const MEMBER: &str = "account offline_access openid phone profile wechat";

/// The client of [`Tenant::with_shop`] and [`Tenant::with_members`].
const SHOP: &str = "shop";

/// A code verifier and its challenge (RFC 7636 appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where [`Tenant::web_client`] gets its codes, and where people go when they have signed out.
pub const CALLBACK: &str = "https://rp.example/cb";
/// The same.
pub const SIGNED_OUT: &str = "https://rp.example/out";

/// The grant type of the silent login.
const WECHAT_CODE: &str = "urn:hufu:grant-type:wechat-code";

/// A tenant. It borrows its server.
#[derive(Debug, Clone, Copy)]
pub struct Tenant<'a> {
    /// Where it lives.
    pub server: &'a Server,
    /// Its slug.
    pub slug: &'a str,
}

/// The tokens of a successful answer.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token; empty where there is none.
    pub refresh: String,
    /// The ID token; empty where there is none.
    pub id: String,
    /// The whole answer.
    pub reply: Reply,
}

impl Tokens {
    /// Reads the tokens of an answer that must be 200.
    #[track_caller]
    pub fn of(reply: Reply) -> Self {
        let reply = reply.expect(200);
        let text = |name: &str| reply.body[name].as_str().unwrap_or_default().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            id: text("id_token"),
            reply,
        }
    }
}

impl Tenant<'_> {
    /// The issuer URL.
    pub fn issuer(&self) -> String {
        format!("{}/t/{}", self.server.base, self.slug)
    }

    /// An endpoint of the issuer.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// A path of the tenant in the administration API, as the platform's operator.
    pub async fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.server
            .admin(method, &format!("/tenants/{}{path}", self.slug), body)
            .await
    }

    /// Creates a WeChat app in the simulator and adds it to the tenant, in no union scope.
    pub async fn wechat_app(&self, appid: &str) {
        let app = self
            .server
            .sim
            .app(appid)
            .create()
            .expect("the simulator takes the app");
        self.put_wechat_app(appid, app.secret(), None).await.expect(201);
    }

    /// Creates a WeChat app in the simulator, bound to an open-platform account that is also its union scope.
    pub async fn wechat_app_in(&self, appid: &str, account: &str) {
        let open = self.server.open_account(account);
        let app = self
            .server
            .sim
            .app(appid)
            .bound_to(&open)
            .create()
            .expect("the simulator takes the app");
        self.put_wechat_app(appid, app.secret(), Some(account))
            .await
            .expect(201);
    }

    /// Adds or replaces a WeChat app.
    pub async fn put_wechat_app(&self, appid: &str, secret: &str, union_scope: Option<&str>) -> Reply {
        let mut body = json!({"kind": "mini_program", "secret": secret});
        if let Some(scope) = union_scope {
            body["union_scope"] = scope.into();
        }
        self.admin("PUT", &format!("/wechat-apps/{appid}"), Some(body))
            .await
    }

    /// Registers a public first-party mini-program client for the app, which signs people in by WeChat.
    pub async fn mini_program(&self, client: &str, appid: &str) {
        let grants = json!([WECHAT_CODE, "refresh_token"]);
        self.put_mini_program(client, appid, "offline_access openid wechat", grants)
            .await;
    }

    /// The same with a scope, and for every way to sign in.
    pub async fn mini_program_for(&self, client: &str, appid: &str, scope: &str) {
        let grants = json!([WECHAT_CODE, "refresh_token", "authorization_code"]);
        self.put_mini_program(client, appid, scope, grants).await;
    }

    async fn put_mini_program(&self, client: &str, appid: &str, scope: &str, grants: Value) {
        let body = json!({
            "client_name": client, "token_endpoint_auth_method": "none", "first_party": true, "wechat_appid": appid,
            "grant_types": grants, "scope": scope,
        });
        self.admin("PUT", &format!("/clients/{client}"), Some(body))
            .await
            .expect(201);
    }

    /// Registers a confidential client with `client_credentials` and gives its secret.
    pub async fn confidential(&self, client: &str) -> String {
        let body = json!({"client_name": client, "grant_types": ["client_credentials"]});
        let reply = self
            .admin("PUT", &format!("/clients/{client}"), Some(body))
            .await
            .expect(201);
        reply.str("/client_secret").to_owned()
    }

    /// Registers a confidential client of somebody else's that signs people in by the browser, and gives its secret. Members that
    /// are given take the place of what it has.
    pub async fn web_client(&self, client: &str, members: Value) -> String {
        let mut body = json!({
            "client_name": "Tea & <Web>", "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [SIGNED_OUT],
            "grant_types": ["authorization_code", "refresh_token"], "scope": "account offline_access openid phone profile",
        });
        if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
            body.extend(members);
        }
        let path = format!("/clients/{client}");
        let reply = self.admin("PUT", &path, Some(body)).await.expect(201);
        reply.body["client_secret"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The URL of an authorization request of client `web`, with PKCE. A parameter that is given takes the place of what is always
    /// sent; an empty one leaves it out.
    pub fn authorize_url(&self, parameters: &[(&str, &str)]) -> String {
        let always = [
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "st&te"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut query: Vec<(&str, &str)> = always.to_vec();
        query.retain(|(name, _)| !parameters.iter().any(|(given, _)| given == name));
        query.extend(parameters.iter().filter(|(_, value)| !value.is_empty()));
        url::Url::parse_with_params(&self.url("/authorize"), query)
            .expect("a URL")
            .to_string()
    }

    /// Redeems a code of the authorization endpoint as client `web`.
    pub async fn redeem_as_web(&self, secret: &str, code: &str) -> Reply {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("client_secret", secret),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", CALLBACK),
        ])
        .await
    }

    /// Signs `username` in in a browser, for client `web`, and says yes to whatever is asked. Gives what goes back to the client.
    pub async fn enter(
        &self,
        browser: &Browser<'_>,
        (username, password): (&str, &str),
        parameters: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let login = browser.open(&self.authorize_url(parameters)).await.expect(200);
        let page = login
            .submit(&[("username", username), ("password", password)])
            .await;
        if page.reply.status == 303 {
            return page.to_client();
        }
        let page = page.expect(200).submit(&[("decision", "allow")]).await;
        page.expect(303).to_client()
    }

    /// A tenant's usual equipment: app `wx0000000000000001`, client `shop` for it.
    pub async fn with_shop(self) -> Self {
        self.wechat_app("wx0000000000000001").await;
        self.mini_program(SHOP, "wx0000000000000001").await;
        self
    }

    /// The same equipment, with a client that signs people in by steps too, may use the account API, and reads phones and
    /// profiles.
    pub async fn with_members(self) -> Self {
        self.wechat_app("wx0000000000000001").await;
        self.mini_program_for(SHOP, "wx0000000000000001", MEMBER).await;
        self
    }

    /// Changes settings.
    pub async fn set(&self, settings: Value) {
        let body = json!({"settings": settings});
        self.admin("PATCH", "", Some(body)).await.expect(200);
    }

    /// `POST /token`.
    pub async fn token(&self, form: &[(&str, &str)]) -> Reply {
        self.server.http.post_form(&self.url("/token"), form).await
    }

    /// Sends a login code.
    pub async fn exchange(&self, client: &str, js_code: &str) -> Reply {
        self.token(&[
            ("grant_type", WECHAT_CODE),
            ("client_id", client),
            ("js_code", js_code),
        ])
        .await
    }

    /// Sends a login code and a code of the getPhoneNumber button.
    pub async fn exchange_with_phone(&self, client: &str, js_code: &str, phone_code: &str) -> Reply {
        self.token(&[
            ("grant_type", WECHAT_CODE),
            ("client_id", client),
            ("js_code", js_code),
            ("phone_code", phone_code),
        ])
        .await
    }

    /// What the getPhoneNumber button gives in the app.
    pub fn phone_code(&self, appid: &str, user: &str) -> String {
        self.server
            .sim
            .phone_code(appid, user)
            .expect("the simulator gives a code")
    }

    /// A request to the account API.
    pub async fn account(&self, method: &str, path: &str, access: &str, body: Option<Value>) -> Reply {
        let url = self.url(&format!("/account{path}"));
        self.server.http.json(method, &url, access, body).await
    }

    /// Links the phone of a person to the user of an access token.
    pub async fn link_phone(&self, access: &str, phone_code: &str) -> Reply {
        let body = json!({"phone_code": phone_code});
        self.account("POST", "/identities", access, Some(body)).await
    }

    /// Opens an account at the simulator's Alibaba Cloud and sends the tenant's codes through it.
    pub async fn sms_account(&self) {
        let template = SmsTemplate {
            id: "SMS_123456789".to_owned(),
            params: vec!["code".to_owned()],
        };
        let account = self
            .server
            .sim
            .sms_account(SmsAccountSpec {
                sign_names: vec!["虎符".to_owned()],
                templates: vec![template],
                ..SmsAccountSpec::new(SmsVendor::Aliyun, format!("LTAI5t-{}", self.slug))
            })
            .expect("the simulator takes the account");
        let body = json!({
            "vendor": "aliyun", "access_key_id": account.id, "access_key_secret": account.secret, "sign_name": "虎符",
            "template_code": "SMS_123456789", "template_params": {"code": "code"},
        });
        let reply = self.admin("PUT", "/sms", Some(body)).await;
        assert!(matches!(reply.status, 200 | 201), "{reply}");
    }

    /// `POST /authorize-challenge` as client `shop` of [`Tenant::with_members`]. A field that is given takes the place of what is
    /// always sent.
    pub async fn challenge(&self, fields: &[(&str, &str)]) -> Reply {
        let always = [
            ("response_type", "code"),
            ("client_id", SHOP),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let is_given = |name: &str| fields.iter().any(|(given, _)| *given == name);
        let mut form = always.to_vec();
        form.retain(|(name, _)| !is_given(name));
        form.extend_from_slice(fields);
        let url = self.url("/authorize-challenge");
        self.server.http.post_form(&url, &form).await
    }

    /// Redeems an authorization code of [`Tenant::challenge`].
    pub async fn redeem(&self, code: &str) -> Reply {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", SHOP),
            ("code", code),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// Registers a user with a username and a password and gives the tokens.
    pub async fn register(&self, username: &str, password: &str) -> Value {
        let fields = [
            ("prompt", "create"),
            ("username", username),
            ("password", password),
        ];
        let step = self.challenge(&fields).await.expect(200);
        self.redeem(step.str("/authorization_code"))
            .await
            .expect(200)
            .body
    }

    /// Sends a username with its password and gives what the challenge endpoint says.
    pub async fn sign_in_by_password(&self, username: &str, password: &str) -> Reply {
        self.challenge(&[("username", username), ("password", password)])
            .await
    }

    /// Signs a person in by a code to the phone and gives the tokens. The tenant needs [`Tenant::sms_account`].
    pub async fn sign_in_by_phone(&self, phone: &str) -> Value {
        let sent = self.challenge(&[("phone", phone)]).await;
        let session = sent.str("/auth_session");
        let code = self.server.sms_code(phone);
        let step = self
            .challenge(&[("auth_session", session), ("otp", &code)])
            .await
            .expect(200);
        self.redeem(step.str("/authorization_code"))
            .await
            .expect(200)
            .body
    }

    /// What `wx.login` gives in the app.
    pub fn code(&self, appid: &str, user: &str) -> String {
        self.server
            .sim
            .login_code(appid, user)
            .expect("the simulator gives a code")
    }

    /// Signs a person in by client `shop` of [`Tenant::with_shop`].
    pub async fn login(&self, user: &str) -> Tokens {
        Tokens::of(self.exchange(SHOP, &self.code("wx0000000000000001", user)).await)
    }

    /// Refreshes.
    pub async fn refresh(&self, client: &str, token: &str) -> Reply {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
        ])
        .await
    }

    /// Userinfo by an access token.
    pub async fn userinfo(&self, access: &str) -> Reply {
        let http = &self.server.http;
        http.send(http.request("GET", &self.url("/userinfo")).bearer_auth(access))
            .await
    }

    /// Introspects as a confidential client.
    pub async fn introspect(&self, client: &str, secret: &str, token: &str) -> Reply {
        let form = [("client_id", client), ("client_secret", secret), ("token", token)];
        self.server.http.post_form(&self.url("/introspect"), &form).await
    }

    /// The `sub` behind an access token.
    pub async fn sub(&self, access: &str) -> String {
        self.userinfo(access).await.expect(200).str("/sub").to_owned()
    }

    /// The kinds of the tenant's events, newest first.
    pub async fn events(&self) -> Vec<Value> {
        let reply = self.admin("GET", "/events?limit=200", None).await.expect(200);
        reply.body["items"].as_array().expect("items").clone()
    }
}
