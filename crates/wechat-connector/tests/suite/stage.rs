//! What every test needs: a WeChat, an app in it, and a connector that talks to it.

use crate::log;
use hufu_core::{
    connector::{ConnectorError, Fate, WechatConnector, WechatProof},
    wechat_app::{AppId, WechatCredential},
};
use hufu_testkit::TestClock;
use hufu_wechat_connector::{Config, WechatApi};
use hufu_wxsim::{App, Fault, FaultAction, WxSim};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

pub(crate) const LOGIN: &str = "/sns/jscode2session";
pub(crate) const TOKEN: &str = "/cgi-bin/stable_token";
pub(crate) const APPID: &str = "wxde30000000000001";

/// The budget where nothing takes long, for slow machines.
const PATIENCE: Duration = Duration::from_secs(30);

/// A WeChat with one app, and a connector.
pub(crate) struct Stage {
    pub(crate) sim: WxSim,
    pub(crate) clock: TestClock,
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
        Self::with_budget(Duration::from_millis(400)).await
    }

    async fn with_budget(budget: Duration) -> Self {
        log::listen();
        let sim = WxSim::start(hufu_wxsim::Config::default()).await.unwrap();
        let app = credential(&sim.app(APPID).create().unwrap());
        let clock = TestClock::new();
        let wechat = Arc::new(node(&sim, &clock, budget));
        Self {
            sim,
            clock,
            wechat,
            app,
        }
    }

    /// Another node: it shares nothing but WeChat.
    pub(crate) fn another_node(&self) -> WechatApi {
        node(&self.sim, &self.clock, PATIENCE)
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

fn node(sim: &WxSim, clock: &TestClock, budget: Duration) -> WechatApi {
    let config = Config {
        budget,
        token_budget: budget,
        ..Config::new(sim.url().parse().unwrap())
    };
    WechatApi::new(config, Arc::new(clock.clone())).unwrap()
}

pub(crate) fn credential(app: &App) -> WechatCredential {
    WechatCredential {
        appid: AppId::parse(app.id()).unwrap(),
        secret: app.secret().into(),
    }
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
