//! `GET /sns/jscode2session`: a login code for the person's ids. No access token, one call, never a retry: after a
//! timeout nobody but WeChat knows whether the code was used up. A code that was refused for the app's secret was not
//! looked at, so it may come with another secret.

use crate::{
    answer::Answer,
    errcode::Call,
    failure::{Undecided, undecided},
    upstream::{Ask, Upstream},
};
use hufu_core::{
    connector::{ConnectorError, WechatProof},
    identity::{OpenId, UnionId},
    wechat_app::WechatCredential,
    wechat_session::SessionKey,
};
use secrecy::{ExposeSecret, SecretString};

/// Asks WeChat, once, with this secret of the app.
pub(crate) async fn exchange(
    upstream: &Upstream,
    app: &WechatCredential,
    secret: &SecretString,
    js_code: &SecretString,
) -> Result<WechatProof, ConnectorError> {
    let query = [
        ("appid", app.appid.as_str()),
        ("secret", secret.expose_secret()),
        ("js_code", js_code.expose_secret()),
        ("grant_type", "authorization_code"),
    ];
    let ask = Ask {
        query: &query,
        ..Ask::new(Call::Login)
    };
    let answer = upstream.ask(app, ask).await?;
    proof(answer).map_err(|cause| undecided(Call::Login, &app.appid, &cause))
}

/// Only openid *and* session_key make a success.
fn proof(answer: Answer) -> Result<WechatProof, Undecided> {
    let session_key = answer
        .session_key
        .and_then(|key| SessionKey::parse(key).ok())
        .ok_or(Undecided::Incomplete("session_key"))?;
    let openid = answer.openid.as_deref().unwrap_or_default();
    let unionid = answer.unionid.as_deref().filter(|unionid| !unionid.is_empty());
    Ok(WechatProof {
        openid: OpenId::parse(openid).map_err(|_| Undecided::Incomplete("openid"))?,
        unionid: unionid
            .map(UnionId::parse)
            .transpose()
            .map_err(|_| Undecided::Incomplete("unionid"))?,
        session_key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(json: &str) -> Result<WechatProof, String> {
        proof(Answer::read(json.as_bytes()).unwrap()).map_err(|cause| cause.to_string())
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
        assert_eq!(proof.session_key.text(), "d+KFPdO+vtDAOpp5pOFh0g==");
        for bad in [
            "{}",
            r#"{"openid":"o1"}"#,
            r#"{"openid":"o1","session_key":""}"#,
            r#"{"openid":"o1","session_key":null}"#,
            r#"{"openid":"o1","session_key":"k"}"#,
            r#"{"session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"openid":"","session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"openid":"o 1","session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"openid":"虎符","session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"openid":"o1","session_key":"d+KFPdO+vtDAOpp5pOFh0g==","unionid":"o\u00002"}"#,
        ] {
            assert!(outcome(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_empty_unionid_is_none() {
        for (unionid, expected) in [(r#""""#, None), ("null", None), (r#""o2""#, Some("o2"))] {
            let json =
                format!(r#"{{"openid":"o1","session_key":"d+KFPdO+vtDAOpp5pOFh0g==","unionid":{unionid}}}"#);
            assert_eq!(
                outcome(&json).unwrap().unionid.as_ref().map(UnionId::as_str),
                expected
            );
        }
    }
}
