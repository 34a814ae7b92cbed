//! What every test needs: a WeChat, an app in it, and a connector that talks to it.

use crate::log;
use hufu_core::{
    connector::{ConnectorError, Fate, WechatConnector, WechatProof},
    identity::OpenId,
    phone::PhoneNumber,
    wechat_app::{AppId, WechatCredential},
};
use hufu_testkit::{MemoryWechatApps, SeededRandom, TestClock};
use hufu_wechat_connector::{Config, WechatApi};
use hufu_wxsim::{App, ClockSource, Fault, FaultAction, WxSim};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

pub(crate) const LOGIN: &str = "/sns/jscode2session";
pub(crate) const TOKEN: &str = "/cgi-bin/stable_token";
pub(crate) const PHONE: &str = "/wxa/business/getuserphonenumber";
pub(crate) const APPID: &str = "wxde30000000000001";

/// The budget where nothing takes long, for slow machines.
const PATIENCE: Duration = Duration::from_secs(30);

/// A WeChat with one app, a store that knows the app, and a connector. Both clocks show the same time until one is moved.
pub(crate) struct Stage {
    pub(crate) sim: WxSim,
    pub(crate) clock: TestClock,
    pub(crate) apps: MemoryWechatApps,
    pub(crate) wechat: Arc<WechatApi>,
    pub(crate) app: WechatCredential,
}

impl Stage {
    /// For most tests.
    pub(crate) async fn set() -> Self {
        Self::with_budget(PATIENCE).await
    }

    /// For tests in which the budget is used up.
    pub(crate) async fn impatient() -> Self {
        Self::with_budget(Duration::from_secs(1)).await
    }

    async fn with_budget(budget: Duration) -> Self {
        log::listen();
        let config = hufu_wxsim::Config {
            clock: ClockSource::Virtual(TestClock::START / 1_000),
            ..hufu_wxsim::Config::default()
        };
        let sim = WxSim::start(config).await.unwrap();
        let app = credential(&sim.app(APPID).create().unwrap());
        let (clock, apps) = (TestClock::new(), MemoryWechatApps::new());
        apps.put(app.clone());
        let wechat = Arc::new(node(&sim.url(), &clock, &apps, budget));
        Self {
            sim,
            clock,
            apps,
            wechat,
            app,
        }
    }

    /// Another node: it shares WeChat, the store and the time, and nothing else.
    pub(crate) fn another_node(&self) -> WechatApi {
        node(&self.sim.url(), &self.clock, &self.apps, PATIENCE)
    }

    /// A node that looks for WeChat elsewhere.
    pub(crate) fn astray(&self, base: &str) -> WechatApi {
        node(base, &self.clock, &self.apps, Duration::from_secs(3))
    }

    /// Time passes, here and at WeChat.
    pub(crate) fn advance(&self, seconds: u32) {
        self.clock.advance(seconds);
        self.sim.advance(seconds.into()).unwrap();
    }

    /// Longer than any pause of a circuit: the next call passes.
    pub(crate) fn let_pauses_end(&self) {
        self.advance(60);
    }

    /// WeChat, whose clock is a little ahead, would give out a new access token, and we would not yet ask for one.
    pub(crate) fn make_a_new_token_due(&self) {
        self.clock.advance(6_890);
        self.sim.advance(6_990).unwrap();
    }

    /// Who Alice is to the app.
    pub(crate) fn alice(&self) -> OpenId {
        OpenId::parse(&self.sim.openid(APPID, "alice")).unwrap()
    }

    /// What the button for a phone number gives Alice.
    pub(crate) fn phone_code(&self) -> SecretString {
        self.sim.phone_code(APPID, "alice").unwrap().into()
    }

    /// Alice's number by a fresh code.
    pub(crate) async fn phone(&self) -> Result<PhoneNumber, ConnectorError> {
        self.wechat
            .phone(&self.app, &self.alice(), &self.phone_code())
            .await
    }

    /// What `wx.login` gives Alice.
    pub(crate) fn code(&self) -> SecretString {
        self.sim.login_code(APPID, "alice").unwrap().into()
    }

    pub(crate) async fn finish(&self, code: &SecretString) -> Result<WechatProof, ConnectorError> {
        self.wechat.finish(&self.app, code).await
    }

    /// A login with a fresh code.
    pub(crate) async fn log_in(&self) -> Result<WechatProof, ConnectorError> {
        self.finish(&self.code()).await
    }

    pub(crate) fn fault(&self, fault: impl Into<Fault>) {
        self.sim.clear_faults();
        self.sim.fault(fault).unwrap();
    }

    /// How often WeChat was asked at `path`.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.sim.requests(path).len()
    }

    /// Waits for what goes on in the background.
    pub(crate) async fn until(&self, mut is_so: impl AsyncFnMut(&Self) -> bool) {
        let waiting = async {
            while !is_so(self).await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting)
            .await
            .expect("it never came to pass");
    }
}

fn node(base: &str, clock: &TestClock, apps: &MemoryWechatApps, budget: Duration) -> WechatApi {
    let config = Config {
        budget,
        token_budget: budget,
        ..Config::new(base.parse().unwrap())
    };
    let (clock, random) = (Arc::new(clock.clone()), Arc::new(SeededRandom::new(1)));
    WechatApi::new(config, clock, random, Arc::new(apps.clone())).unwrap()
}

pub(crate) fn credential(app: &App) -> WechatCredential {
    WechatCredential::new(AppId::parse(app.id()).unwrap(), app.secret().into())
}

/// WeChat answers with this code, and acts on nothing.
pub(crate) fn errcode(n: i64) -> FaultAction {
    FaultAction::Errcode {
        n,
        msg: "as ordered by a test".into(),
    }
}

pub(crate) fn fate<T>(outcome: Result<T, ConnectorError>) -> Option<Fate> {
    outcome.err().map(|error| error.fate)
}

pub(crate) fn is_unavailable<T>(outcome: Result<T, ConnectorError>) -> bool {
    matches!(fate(outcome), Some(Fate::Unavailable { retry_after: 1.. }))
}
