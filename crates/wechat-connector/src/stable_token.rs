//! `POST /cgi-bin/stable_token`: the app's access token, the same for every caller until five minutes before its end.
//! Never forced: a forced refresh is rationed, and makes others' tokens invalid.

use crate::{
    answer::Answer,
    errcode::Call,
    failure::{Undecided, undecided},
    upstream::{Ask, Upstream},
};
use hufu_core::{connector::ConnectorError, wechat_app::WechatCredential};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// WeChat's longest, in seconds. More than that is not believed.
const LONGEST_TTL: u32 = 7200;

/// A token as WeChat gave it out.
pub(crate) struct Issued {
    pub(crate) token: SecretString,
    /// Seconds, from when WeChat answered.
    pub(crate) expires_in: u32,
}

#[derive(Serialize)]
struct Request<'a> {
    grant_type: &'a str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

/// Asks WeChat, once, with this secret of the app.
pub(crate) async fn fetch(
    upstream: &Upstream,
    app: &WechatCredential,
    secret: &SecretString,
) -> Result<Issued, ConnectorError> {
    issued(app, upstream.ask(app, ask(app, secret)).await?)
}

/// Asks WeChat, once, with the app's current secret, even where WeChat has not answered for the app for a while.
pub(crate) async fn prove(upstream: &Upstream, app: &WechatCredential) -> Result<Issued, ConnectorError> {
    issued(app, upstream.ask_in_any_case(app, ask(app, &app.secret)).await?)
}

fn ask(app: &WechatCredential, secret: &SecretString) -> Ask<'static> {
    let request = Request {
        grant_type: "client_credential",
        appid: app.appid.as_str(),
        secret: secret.expose_secret(),
        force_refresh: false,
    };
    Ask {
        json: Some(serde_json::to_string(&request).expect("a struct of texts can be written as JSON")),
        ..Ask::new(Call::Token)
    }
}

fn issued(app: &WechatCredential, answer: Answer) -> Result<Issued, ConnectorError> {
    let incomplete = |what| undecided(Call::Token, &app.appid, &Undecided::Incomplete(what));
    let ttl = answer
        .expires_in()
        .and_then(|seconds| u32::try_from(seconds).ok());
    let token = answer.access_token;
    Ok(Issued {
        token: token
            .filter(|token| !token.expose_secret().is_empty())
            .ok_or_else(|| incomplete("access_token"))?,
        expires_in: ttl
            .filter(|&seconds| seconds > 0)
            .ok_or_else(|| incomplete("expires_in"))?
            .min(LONGEST_TTL),
    })
}
