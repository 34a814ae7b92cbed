//! WeChat as the endpoints ask it: through the app's circuit, within the budget, sealed where the app's owner wants that.
//! What comes back is an answer that says that all is well, or what follows.

use crate::{
    answer::Answer,
    api_security::{Envelope, Keyring},
    app_log::AppLog,
    circuit::{Circuits, Outcome, Transition},
    config::{Config, UnusableConfig},
    errcode::{self, Call},
    failure::{Undecided, judge, unasked, unusable},
    http::{Http, LONGEST_BODY, LONGEST_PICTURE, Reply, Request},
};
use hufu_core::{
    Clock,
    connector::{ConnectorError, Fate},
    event::EventKind,
    wechat_app::{AppId, WechatCredential},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tracing::warn;

/// WeChat's API, for all apps.
pub(crate) struct Upstream {
    http: Http,
    budget: Duration,
    token_budget: Duration,
    circuits: Circuits,
    keyring: Keyring,
    log: AppLog,
}

/// A question.
pub(crate) struct Ask<'a> {
    pub(crate) call: Call,
    /// The app's access token, for calls that take one. Never part of what is sealed.
    pub(crate) token: Option<&'a SecretString>,
    /// Parameters in the query. In API security mode they go into the body.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// A JSON object, for calls that are POSTs.
    pub(crate) json: Option<String>,
}

impl Ask<'_> {
    /// A call without parameters.
    pub(crate) const fn new(call: Call) -> Self {
        Self {
            call,
            token: None,
            query: &[],
            json: None,
        }
    }
}

impl Upstream {
    pub(crate) fn new(config: Config, log: AppLog) -> Result<Self, UnusableConfig> {
        config.check()?;
        Ok(Self {
            http: Http::new(config.api_base)?,
            budget: config.budget,
            token_budget: config.token_budget,
            circuits: Circuits::new(),
            keyring: Keyring::new(Arc::clone(&log.random)),
            log,
        })
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.log.clock.as_ref()
    }

    pub(crate) const fn log(&self) -> &AppLog {
        &self.log
    }

    /// Asks once, if the app's circuit lets it pass.
    pub(crate) async fn ask(&self, app: &WechatCredential, ask: Ask<'_>) -> Result<Answer, ConnectorError> {
        let pass = self
            .circuits
            .admit(&app.appid, self.clock().now())
            .map_err(|retry_after| unasked(Fate::Unavailable { retry_after }))?;
        let call = ask.call;
        let answer = self.exchange(app, ask).await?;
        let outcome = outcome(&answer);
        if let Some(transition) = pass.settle(outcome, self.clock().now()) {
            self.tell(&app.appid, transition).await;
        }
        judge(call, &app.appid, answer)
    }

    /// Asks once, whatever the circuit's state, and tells it nothing: someone is there to see what comes.
    pub(crate) async fn ask_in_any_case(
        &self,
        app: &WechatCredential,
        ask: Ask<'_>,
    ) -> Result<Answer, ConnectorError> {
        let call = ask.call;
        judge(call, &app.appid, self.exchange(app, ask).await?)
    }

    /// Fails where there is nothing to send.
    async fn exchange(
        &self,
        app: &WechatCredential,
        ask: Ask<'_>,
    ) -> Result<Result<Answer, Undecided>, ConnectorError> {
        let envelope = self.envelope(app, ask.call)?;
        let budget = match ask.call {
            Call::Token => self.token_budget,
            _ => self.budget,
        };
        let mut query: Vec<(&str, &str)> = Vec::new();
        if let Some(token) = ask.token {
            query.push(("access_token", token.expose_secret()));
        }
        let mut request = Request {
            path: ask.call.path(),
            query: &[],
            json: ask.json,
            headers: Vec::new(),
            longest: if ask.call.gives_picture() {
                LONGEST_PICTURE
            } else {
                LONGEST_BODY
            },
        };
        match &envelope {
            None => query.extend(ask.query),
            Some(envelope) => {
                let sealed = envelope.seal(ask.query, request.json.as_deref(), self.clock().now());
                let sealed = match sealed {
                    Ok(sealed) => sealed,
                    Err(cause) => return Ok(Err(cause)),
                };
                request.headers = sealed.headers;
                request.json = Some(sealed.body);
            }
        }
        request.query = &query;
        let reply = self.http.send(request, budget).await;
        Ok(reply
            .map_err(Undecided::from)
            .and_then(|reply| self.read(ask.call, envelope.as_ref(), reply)))
    }

    fn read(&self, call: Call, envelope: Option<&Envelope<'_>>, reply: Reply) -> Result<Answer, Undecided> {
        match envelope {
            None if call.gives_picture() && !reply.body.starts_with(b"{") => {
                Ok(Answer::of_picture(reply.body))
            }
            None => Ok(Answer::read(&reply.body)?),
            Some(envelope) => envelope.open(&reply.headers, &reply.body, self.clock().now()),
        }
    }

    /// What the call is sealed in, where it is.
    fn envelope<'a>(
        &self,
        app: &'a WechatCredential,
        call: Call,
    ) -> Result<Option<Envelope<'a>>, ConnectorError> {
        let Some(config) = app.api_security.as_ref().filter(|_| call.takes_api_security()) else {
            return Ok(None);
        };
        match self.keyring.envelope(&app.appid, config, call) {
            Ok(envelope) => Ok(Some(envelope)),
            Err((member, error)) => {
                let error: &dyn std::error::Error = &error;
                warn!(appid = %app.appid, member, error, "a key of API security mode cannot be used");
                Err(unusable(errcode::API_SECURITY))
            }
        }
    }

    async fn tell(&self, appid: &AppId, transition: Transition) {
        match transition {
            Transition::Opened {
                failures,
                retry_after,
            } => {
                warn!(%appid, failures, retry_after, "WeChat does not answer for the app: it is not asked for a while");
                let detail = json!({"failures": failures, "retry_after": retry_after});
                self.log
                    .record(EventKind::WechatAppCircuitOpened, appid, detail)
                    .await;
            }
            Transition::Closed => {
                warn!(%appid, "WeChat answers for the app again");
                self.log
                    .record(EventKind::WechatAppCircuitClosed, appid, json!({}))
                    .await;
            }
        }
    }
}

/// Whether WeChat is there. A success that lacks something is an answer: what WeChat says of one person shall not part an
/// app from all others; and so is one that is not proven to be WeChat's, since keys that do not fit are not its failure.
fn outcome(answer: &Result<Answer, Undecided>) -> Outcome {
    match answer {
        Ok(answer) if answer.errcode() == errcode::BUSY => Outcome::Failed,
        Ok(_) | Err(Undecided::Unverified(_) | Undecided::NotSealed) => Outcome::Answered,
        Err(_) => Outcome::Failed,
    }
}
