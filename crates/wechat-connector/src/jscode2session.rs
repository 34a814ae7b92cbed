//! `GET /sns/jscode2session`: a login code for the person's ids. No access token, one call, never a retry: after a
//! timeout nobody but WeChat knows whether the code was used up.

use crate::{
    answer::Answer,
    errcode::Call,
    failure::{Undecided, judge, undecided},
    http::Http,
};
use hufu_core::{
    connector::{ConnectorError, WechatProof},
    identity::{OpenId, UnionId},
    wechat_app::WechatCredential,
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// Whether this can be a login code at all: 1 to 128 visible ASCII characters. WeChat's have 32.
pub(crate) fn is_login_code(js_code: &SecretString) -> bool {
    let code = js_code.expose_secret();
    (1..=128).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic())
}

/// Asks WeChat, once.
pub(crate) async fn exchange(
    http: &Http,
    app: &WechatCredential,
    js_code: &SecretString,
    budget: Duration,
) -> Result<WechatProof, ConnectorError> {
    let query = [
        ("appid", app.appid.as_str()),
        ("secret", app.secret.expose_secret()),
        ("js_code", js_code.expose_secret()),
        ("grant_type", "authorization_code"),
    ];
    let body = http.get("/sns/jscode2session", &query, budget).await;
    let answer = judge(Call::Login, &app.appid, body)?;
    proof(&answer).map_err(|cause| undecided(Call::Login, &app.appid, &cause))
}

/// Only openid *and* session_key make a success. The session_key is dropped with the answer.
fn proof(answer: &Answer) -> Result<WechatProof, Undecided> {
    if answer
        .session_key
        .as_ref()
        .is_none_or(|key| key.expose_secret().is_empty())
    {
        return Err(Undecided::Incomplete("session_key"));
    }
    let openid = answer.openid.as_deref().unwrap_or_default();
    let unionid = answer.unionid.as_deref().filter(|unionid| !unionid.is_empty());
    Ok(WechatProof {
        openid: OpenId::parse(openid).map_err(|_| Undecided::Incomplete("openid"))?,
        unionid: unionid
            .map(UnionId::parse)
            .transpose()
            .map_err(|_| Undecided::Incomplete("unionid"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(json: &str) -> Result<WechatProof, String> {
        proof(&Answer::read(json.as_bytes()).unwrap()).map_err(|cause| cause.to_string())
    }

    #[test]
    fn a_success_has_an_openid_and_a_session_key() {
        let proof =
            outcome(r#"{"session_key":"d+KFPdO+vtDAOpp5pOFh0g==","openid":"ohWik5BeX2ssH5EhYn0rnSw3OfRg"}"#)
                .unwrap();
        assert_eq!(
            (proof.openid.as_str(), proof.unionid),
            ("ohWik5BeX2ssH5EhYn0rnSw3OfRg", None)
        );
        for bad in [
            "{}",
            r#"{"openid":"o1"}"#,
            r#"{"openid":"o1","session_key":""}"#,
            r#"{"openid":"o1","session_key":null}"#,
            r#"{"session_key":"k"}"#,
            r#"{"openid":"","session_key":"k"}"#,
            r#"{"openid":"o 1","session_key":"k"}"#,
            r#"{"openid":"虎符","session_key":"k"}"#,
            r#"{"openid":"o1","session_key":"k","unionid":"o\u00002"}"#,
        ] {
            assert!(outcome(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_empty_unionid_is_none() {
        for (unionid, expected) in [(r#""""#, None), ("null", None), (r#""o2""#, Some("o2"))] {
            let json = format!(r#"{{"openid":"o1","session_key":"k","unionid":{unionid}}}"#);
            assert_eq!(
                outcome(&json).unwrap().unionid.as_ref().map(UnionId::as_str),
                expected
            );
        }
    }

    #[test]
    fn a_login_code_is_1_to_128_visible_ascii_characters() {
        let is_code = |text: &str| is_login_code(&SecretString::from(text));
        assert!(is_code("0b1n1EGa1o4bNG0sBsFa1b3Tf83n1EGv"));
        assert!(is_code(&"x".repeat(128)));
        for bad in ["", " ", "a b", "a\n", "虎", "a\u{7f}", &"x".repeat(129)] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
