//! `GET /wxa/checksession`: whether a session key is still the person's.

use crate::{
    errcode::{self, Call},
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
) -> Result<bool, ConnectorError> {
    let signature = login_state::signature(key, b"");
    let ask = Ask {
        token: Some(token),
        query: &login_state::query(openid, &signature),
        ..Ask::new(Call::CheckSession)
    };
    match upstream.ask(app, ask).await {
        Ok(_) => Ok(true),
        Err(error) if error.upstream_code == Some(errcode::NOT_THE_SESSION_KEY) => Ok(false),
        Err(error) => Err(error),
    }
}
