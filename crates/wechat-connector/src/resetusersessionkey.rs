//! `GET /wxa/resetusersessionkey`: a new session key for the person. The old one is dead, and nobody but its owner can do
//! this.

use crate::{
    answer::Answer,
    errcode::Call,
    failure::{Undecided, undecided},
    login_state,
    upstream::{Ask, Upstream},
};
use hufu_core::{
    connector::ConnectorError, identity::OpenId, wechat_app::WechatCredential, wechat_session::SessionKey,
};
use secrecy::SecretString;

/// Asks WeChat, once.
pub(crate) async fn ask(
    upstream: &Upstream,
    app: &WechatCredential,
    token: &SecretString,
    openid: &OpenId,
    key: &SessionKey,
) -> Result<SessionKey, ConnectorError> {
    let signature = login_state::signature(key, b"");
    let ask = Ask {
        token: Some(token),
        query: &login_state::query(openid, &signature),
        ..Ask::new(Call::ResetSessionKey)
    };
    let answer = upstream.ask(app, ask).await?;
    new_key(answer, openid).map_err(|cause| undecided(Call::ResetSessionKey, &app.appid, &cause))
}

fn new_key(answer: Answer, openid: &OpenId) -> Result<SessionKey, Undecided> {
    if answer.openid.is_some_and(|whose| whose != openid.as_str()) {
        return Err(Undecided::Foreign("openid"));
    }
    answer
        .session_key
        .and_then(|key| SessionKey::parse(key).ok())
        .ok_or(Undecided::Incomplete("session_key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_key_is_a_session_key_and_of_the_same_person() {
        let openid = OpenId::parse("o1").unwrap();
        let new_key = |json: &str| new_key(Answer::read(json.as_bytes()).unwrap(), &openid);
        for good in [
            r#"{"errcode":0,"openid":"o1","session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
        ] {
            assert_eq!(new_key(good).ok().unwrap().text(), "d+KFPdO+vtDAOpp5pOFh0g==");
        }
        for bad in [
            r#"{"errcode":0,"openid":"o2","session_key":"d+KFPdO+vtDAOpp5pOFh0g=="}"#,
            r#"{"errcode":0,"openid":"o1","session_key":"d"}"#,
            r#"{"errcode":0,"openid":"o1"}"#,
        ] {
            assert!(new_key(bad).is_err(), "{bad}");
        }
    }
}
