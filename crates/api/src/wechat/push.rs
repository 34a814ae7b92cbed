//! Message push: WeChat tells that a user took a permission back, or closed the WeChat account.

use crate::{
    app::App,
    client_ip::ClientIp,
    problem::{Problem, ProblemType},
    wire::{Named, Parameters},
};
use axum::{body::Bytes, extract::State};
use hufu_core::{
    store,
    store::TenantStore,
    wechat_app::{AppId, PushKeys},
    wechat_push::{Delivery, Obey, Obeyed, PushEvent, PushRefused},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// The longest `echostr` that is echoed. WeChat's have about 20 characters.
const LONGEST_ECHO: usize = 128;

/// How WeChat signs a call.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct PushQuery {
    /// SHA-1 of Token, `timestamp` and `nonce`.
    signature: String,
    /// SHA-1 of Token, `timestamp`, `nonce` and ciphertext.
    msg_signature: String,
    /// Unix seconds; at most ten minutes from the server's time.
    timestamp: String,
    /// A random text.
    nonce: String,
    /// What to answer where WeChat asks whether the URL is ours.
    echostr: String,
}

impl PushQuery {
    fn delivery<'a>(&'a self, body: &'a [u8]) -> Delivery<'a> {
        Delivery {
            signature: &self.signature,
            msg_signature: &self.msg_signature,
            timestamp: &self.timestamp,
            nonce: &self.nonce,
            body,
        }
    }
}

/// Answer WeChat's check of the push URL
///
/// What the console calls when 消息推送 (Message Push) is saved. Answers `echostr`.
#[utoipa::path(
    get,
    path = "/wechat/push/{appid}",
    tag = "WeChat push",
    params(("appid" = String, Path, description = "The WeChat app", example = "wxde30000000000001"), PushQuery),
    responses(
        (status = 200, description = "`echostr`", body = String, content_type = "text/plain"),
        (status = 400, description = "`echostr` is not up to 128 letters and digits", body = crate::problem::ProblemBody),
        (status = 403, description = "The signature is not WeChat's, or not fresh", body = crate::problem::ProblemBody),
        (status = 404, description = "No app of that appid takes messages", body = crate::problem::ProblemBody),
        (status = 503, description = "The database is away; see `Retry-After`", body = crate::problem::ProblemBody),
    )
)]
pub(super) async fn check_push_url(
    State(app): State<Arc<App>>,
    Named(appid): Named<AppId>,
    Parameters(query): Parameters<PushQuery>,
) -> Result<String, Problem> {
    let receiver = Receiver::of(&app, &appid).await?;
    app.wechat
        .check_push_url(&receiver.keys, &query.delivery(&[]), app.clock.now())
        .map_err(|refused| refuse(&appid, refused))?;
    let echo = query.echostr;
    if echo.len() > LONGEST_ECHO || !echo.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Problem::new(
            ProblemType::MalformedRequest,
            "echostr must be up to 128 letters and digits.",
        ));
    }
    Ok(echo)
}

/// Take a message that WeChat pushes
///
/// XML or JSON, encrypted (安全模式, or 兼容模式, of which only the encrypted part is read). A user who takes back the phone loses
/// the phone that this app's WeChat verified; one who takes back everything is signed out as well; one whose WeChat account is
/// closed is deleted. Each message is obeyed once, however often it comes. Other messages are accepted and logged.
#[utoipa::path(
    post,
    path = "/wechat/push/{appid}",
    tag = "WeChat push",
    params(("appid" = String, Path, description = "The WeChat app", example = "wxde30000000000001"), PushQuery),
    request_body(content = String, content_type = "text/xml", description = "XML, or JSON with the same members"),
    responses(
        (status = 200, description = "`success`", body = String, content_type = "text/plain"),
        (status = 400, description = "The message is WeChat's and cannot be read", body = crate::problem::ProblemBody),
        (status = 403, description = "The message is not WeChat's, not encrypted, or not fresh", body = crate::problem::ProblemBody),
        (status = 404, description = "No app of that appid takes messages", body = crate::problem::ProblemBody),
        (status = 413, description = "The body is over 64 KiB", body = crate::problem::ProblemBody),
        (status = 503, description = "The database is away; see `Retry-After`", body = crate::problem::ProblemBody),
    )
)]
pub(super) async fn receive_push(
    State(app): State<Arc<App>>,
    Named(appid): Named<AppId>,
    ClientIp(ip): ClientIp,
    Parameters(query): Parameters<PushQuery>,
    body: Bytes,
) -> Result<&'static str, Problem> {
    let receiver = Receiver::of(&app, &appid).await?;
    let now = app.clock.now();
    let message = app
        .wechat
        .read_push(&appid, &receiver.keys, &query.delivery(&body), now)
        .map_err(|refused| refuse(&appid, refused))?;
    if let PushEvent::Other(event) = &message.event {
        tracing::info!(%appid, event, "WeChat pushed a message that asks for nothing");
        return Ok("success");
    }
    let act = Obey::prepare(appid.clone(), message, ip, now, app.random.as_ref());
    match store::write(receiver.rows.as_ref(), act).await? {
        Obeyed::Done => tracing::info!(%appid, "obeyed a message that WeChat pushed"),
        Obeyed::Replayed => tracing::info!(%appid, "WeChat pushed a message again"),
        Obeyed::Nothing => tracing::info!(%appid, "WeChat pushed a message about nobody here"),
    }
    Ok("success")
}

/// The tenant that has the app, and what its messages are checked with.
struct Receiver {
    rows: Arc<dyn TenantStore>,
    keys: PushKeys,
}

impl Receiver {
    /// One look-up by the appid's key; the rest is the issuer that is in memory.
    async fn of(app: &App, appid: &AppId) -> Result<Self, Problem> {
        let missing = || Problem::not_found("WeChat app that takes messages");
        let slug = app.store.wechat_app_tenant(appid).await?.ok_or_else(missing)?;
        let issuer = app.issuers.get(app, &slug).await?.ok_or_else(missing)?;
        let found = issuer.wechat_app(appid).await?.ok_or_else(missing)?;
        Ok(Self {
            rows: issuer.store.clone(),
            keys: found.push.clone().ok_or_else(missing)?,
        })
    }
}

fn refuse(appid: &AppId, refused: PushRefused) -> Problem {
    tracing::warn!(%appid, %refused, "a pushed message was refused");
    match refused {
        PushRefused::Unreadable => Problem::new(ProblemType::MalformedRequest, "The message cannot be read."),
        PushRefused::NotWechat => Problem::new(
            ProblemType::PushRefused,
            "Compare Token and EncodingAESKey at mp.weixin.qq.com, 开发 > 开发管理 > 开发设置 > 消息推送, with those that \
             Hufu was given.",
        ),
        PushRefused::NotFresh => Problem::new(
            ProblemType::PushRefused,
            "The timestamp is more than ten minutes from the server's time.",
        ),
        PushRefused::NotEncrypted => Problem::new(
            ProblemType::PushRefused,
            "Choose 安全模式 (security mode) at mp.weixin.qq.com, 开发 > 开发管理 > 开发设置 > 消息推送.",
        ),
    }
}
