//! Connectors: they turn a proof into an identity, and know nothing of users, tokens or endpoints of ours.

use crate::{
    identity::{OpenId, UnionId},
    reason::Reason,
    wechat_app::WechatCredential,
};
use async_trait::async_trait;
use secrecy::SecretString;

/// Proves a person by WeChat, and an app's credential too.
#[async_trait]
pub trait WechatConnector: Send + Sync {
    /// Exchanges a login code of `wx.login`. The code is sent to WeChat at most once, within three seconds.
    async fn finish(
        &self,
        app: &WechatCredential,
        js_code: &SecretString,
    ) -> Result<WechatProof, ConnectorError>;

    /// Asks WeChat whether the credential is right, by a live `stable_token` call.
    async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError>;
}

/// What WeChat says of the person behind a login code. Its `session_key` does not leave the connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatProof {
    /// Who, in the app.
    pub openid: OpenId,
    /// Who, in the app's open-platform account.
    pub unionid: Option<UnionId>,
}

/// Why there is no proof. `fate` is for the caller to act on; the rest is for logs and the audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fate:?} (upstream code {upstream_code:?}, rid {rid:?})")]
pub struct ConnectorError {
    /// What follows.
    pub fate: Fate,
    /// The upstream's own error code.
    pub upstream_code: Option<i64>,
    /// The upstream's id of the request, to quote to its support.
    pub rid: Option<String>,
    /// What the tenant's operator can do and where, for the event log. There for every [`Fate::Misconfigured`], and for
    /// other fates that an operator can end sooner.
    pub advice: Option<&'static str>,
}

/// What follows from a connector's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The proof is not accepted, and the same one never will be.
    Rejected(Reason),
    /// The person is not let in, whatever the proof.
    Denied(Reason),
    /// The upstream cannot answer now. Nothing was decided.
    Unavailable {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// Too many calls for this person.
    RateLimited {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// The tenant's operator must act.
    Misconfigured,
    /// Our own request was wrong: a defect of Hufu.
    Defect,
}
