//! A simulator, a client, and the few words in which the tests speak.

use std::net::SocketAddr;

use hufu_wxsim::{App, ClockSource, Config, QuotaLimits, Seed, WxSim};
use serde_json::{Value, json};

pub(crate) const APP_1: &str = "wxde30000000000001";
pub(crate) const APP_2: &str = "wxde30000000000002";
pub(crate) const APP_3: &str = "wxde30000000000003";
pub(crate) const LOGIN: &str = "/sns/jscode2session";
pub(crate) const LEGACY: &str = "/cgi-bin/token";
pub(crate) const STABLE: &str = "/cgi-bin/stable_token";
pub(crate) const PHONE: &str = "/wxa/business/getuserphonenumber";
pub(crate) const ENCRYPT_KEY: &str = "/wxa/business/getuserencryptkey";
pub(crate) const CHECK_DATA: &str = "/wxa/business/checkencryptedmsg";
/// 2023-11-14 22:13:20 UTC; the clock of these tests starts here and stands still.
pub(crate) const START: i64 = 1_700_000_000;

#[expect(clippy::disallowed_types, reason = "tests talk to a simulator on loopback")]
pub(crate) type Client = reqwest::Client;

pub(crate) fn client() -> Client {
    reqwest::ClientBuilder::new().no_proxy().build().unwrap()
}

pub(crate) fn config() -> Config {
    Config {
        seed: Seed::from("test"),
        clock: ClockSource::Virtual(START),
        ..Config::default()
    }
}

/// A simulator and a client for it.
pub(crate) struct Site {
    pub(crate) sim: WxSim,
    pub(crate) client: Client,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The errcode; 0 where there is none.
    pub(crate) fn errcode(&self) -> i64 {
        self.json()
            .get("errcode")
            .map_or(0, |code| code.as_i64().unwrap())
    }
}

pub(crate) async fn start() -> Site {
    start_with(config()).await
}

pub(crate) async fn start_with(config: Config) -> Site {
    Site {
        sim: WxSim::start(config).await.unwrap(),
        client: client(),
    }
}

pub(crate) fn unlimited() -> QuotaLimits {
    QuotaLimits {
        logins_per_user_minute: None,
        logins_per_day: None,
        legacy_tokens_per_day: None,
        stable_tokens_per_minute: None,
        stable_tokens_per_day: None,
        forced_refreshes_per_day: None,
        phone_numbers_per_minute: None,
        phone_numbers_per_day: None,
        codes_per_minute: None,
    }
}

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let header = response
        .headers()
        .get("content-type")
        .map_or("", |value| value.to_str().unwrap());
    Answer {
        status: response.status().as_u16(),
        content_type: header.to_owned(),
        text: response.text().await.unwrap(),
    }
}

impl Site {
    pub(crate) fn app(&self, appid: &str) -> App {
        self.sim.app(appid).create().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.sim.address()
    }

    pub(crate) fn code(&self, app: &App, user: &str) -> String {
        self.sim.login_code(app, user).unwrap()
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        read(self.try_get(path, query).await.unwrap()).await
    }

    pub(crate) async fn try_get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> reqwest::Result<reqwest::Response> {
        self.client
            .get(format!("{}{path}", self.sim.url()))
            .query(query)
            .send()
            .await
    }

    /// The exchange of a code.
    pub(crate) async fn exchange(&self, app: &App, code: &str) -> Answer {
        self.get(LOGIN, &exchange_query(app, code)).await
    }

    /// The exchange of a code, without reading the body.
    pub(crate) async fn try_exchange(&self, app: &App, code: &str) -> reqwest::Result<reqwest::Response> {
        self.try_get(LOGIN, &exchange_query(app, code)).await
    }

    /// Waits until so many exchanges have reached the simulator, whether or not they are answered.
    pub(crate) async fn arrivals(&self, exchanges: usize) {
        while self.sim.requests(LOGIN).len() < exchanges {
            tokio::task::yield_now().await;
        }
    }

    /// A whole login.
    pub(crate) async fn login(&self, app: &App, user: &str) -> Answer {
        self.exchange(app, &self.code(app, user)).await
    }

    pub(crate) async fn legacy(&self, app: &App) -> Answer {
        let query = [
            ("grant_type", "client_credential"),
            ("appid", app.id()),
            ("secret", app.secret()),
        ];
        self.get(LEGACY, &query).await
    }

    pub(crate) async fn stable(&self, app: &App) -> Answer {
        self.stable_with(app, false).await
    }

    pub(crate) async fn forced(&self, app: &App) -> Answer {
        self.stable_with(app, true).await
    }

    async fn stable_with(&self, app: &App, force_refresh: bool) -> Answer {
        let body = json!({
            "grant_type": "client_credential", "appid": app.id(), "secret": app.secret(),
            "force_refresh": force_refresh,
        });
        self.post(STABLE, &body).await
    }

    /// A fresh access token.
    pub(crate) async fn token(&self, app: &App) -> String {
        token_of(&self.stable(app).await)
    }

    /// A call with an access token and a JSON body.
    pub(crate) async fn call(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.post(&format!("{path}?access_token={token}"), body).await
    }

    /// The exchange of a phone code.
    pub(crate) async fn phone(&self, token: &str, code: &str) -> Answer {
        self.call(PHONE, token, &json!({"code": code})).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        read(
            self.client
                .post(format!("{}{path}", self.sim.url()))
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// A request to the control plane.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = method.parse().unwrap();
        let mut request = self
            .client
            .request(method, format!("{}/__sim/v1/{path}", self.sim.url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }
}

pub(crate) fn exchange_query<'a>(app: &'a App, code: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("appid", app.id()),
        ("secret", app.secret()),
        ("js_code", code),
        ("grant_type", "authorization_code"),
    ]
}

pub(crate) fn token_of(answer: &Answer) -> String {
    answer.json()["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token: {}", answer.text))
        .to_owned()
}
