//! `POST /cgi-bin/stable_token`: the app's access token, the same for every caller until five minutes before its end.
//! Never forced: a forced refresh is rationed, and makes others' tokens invalid.

use crate::{
    errcode::Call,
    failure::{Undecided, judge, undecided},
    http::Http,
};
use hufu_core::{connector::ConnectorError, wechat_app::WechatCredential};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::time::Duration;

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

/// Asks WeChat, once.
pub(crate) async fn fetch(
    http: &Http,
    app: &WechatCredential,
    budget: Duration,
) -> Result<Issued, ConnectorError> {
    let request = Request {
        grant_type: "client_credential",
        appid: app.appid.as_str(),
        secret: app.secret.expose_secret(),
        force_refresh: false,
    };
    let json = serde_json::to_string(&request).expect("a struct of texts can be written as JSON");
    let body = http.post_json("/cgi-bin/stable_token", json, budget).await;
    let answer = judge(Call::Token, &app.appid, body)?;
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
