//! `GET /wxa/business/getuserencryptkey`: the person's last encryption keys, which the mini-program has too. In API
//! security mode it is a POST, as everything is there.

use crate::{
    answer::KeyInfo,
    errcode::Call,
    failure::{Undecided, undecided},
    login_state,
    upstream::{Ask, Upstream},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_core::{
    Instant,
    connector::{ConnectorError, UserEncryptKey},
    identity::OpenId,
    wechat_app::WechatCredential,
    wechat_session::SessionKey,
};
use secrecy::{ExposeSecret, SecretString};

/// Asks WeChat, once.
pub(crate) async fn ask(
    upstream: &Upstream,
    app: &WechatCredential,
    token: &SecretString,
    openid: &OpenId,
    key: &SessionKey,
) -> Result<Vec<UserEncryptKey>, ConnectorError> {
    let signature = login_state::signature(key, b"");
    let ask = Ask {
        token: Some(token),
        query: &login_state::query(openid, &signature),
        ..Ask::new(Call::EncryptKeys)
    };
    let answer = upstream.ask(app, ask).await?;
    let list = answer.key_info_list.ok_or(Undecided::Incomplete("key_info_list"));
    list.and_then(newest_first)
        .map_err(|cause| undecided(Call::EncryptKeys, &app.appid, &cause))
}

fn newest_first(list: Vec<KeyInfo>) -> Result<Vec<UserEncryptKey>, Undecided> {
    let keys: Option<Vec<_>> = list.into_iter().map(encrypt_key).collect();
    let mut keys = keys.ok_or(Undecided::Incomplete("key_info_list"))?;
    keys.sort_by_key(|key| std::cmp::Reverse(key.version));
    Ok(keys)
}

/// AES-128: a key of 16 bytes, and 16 characters as initialization vector.
fn encrypt_key(info: KeyInfo) -> Option<UserEncryptKey> {
    let is_key = |text: &SecretString| {
        let bytes = BASE64_STANDARD.decode(text.expose_secret());
        bytes.is_ok_and(|bytes| zeroize::Zeroizing::new(bytes).len() == 16)
    };
    Some(UserEncryptKey {
        version: info.version?.0,
        encrypt_key: info.encrypt_key.filter(is_key)?,
        iv: info.iv.filter(|iv| iv.expose_secret().len() == 16)?,
        created_at: Instant::from_timestamp(info.create_time?.0, 0)?,
        expires_in: info.expire_in?.0.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use serde_json::{Value, json};

    fn keys(list: &Value) -> Option<Vec<UserEncryptKey>> {
        let answer = Answer::read(json!({"key_info_list": list}).to_string().as_bytes()).unwrap();
        newest_first(answer.key_info_list.unwrap()).ok()
    }

    /// As in WeChat's documentation.
    fn sample(version: i64) -> Value {
        json!({
            "encrypt_key": "VI6BpyrK9XH4i4AIGe86tg==",
            "version": version,
            "expire_in": 3597,
            "iv": "6003f73ec441c386",
            "create_time": 1_616_572_301,
        })
    }

    #[test]
    fn keys_come_newest_first_whatever_their_order() {
        let keys = keys(&json!([sample(9), sample(10), sample(8)])).unwrap();
        let versions: Vec<_> = keys.iter().map(|key| key.version).collect();
        assert_eq!(versions, [10, 9, 8]);
        assert_eq!(keys[0].iv.expose_secret(), "6003f73ec441c386");
        assert_eq!(
            (keys[0].expires_in, keys[0].created_at.timestamp()),
            (3597, 1_616_572_301)
        );
        let shown = format!("{keys:?}");
        assert!(!shown.contains("VI6B") && !shown.contains("6003f7"), "{shown}");
    }

    #[test]
    fn a_key_that_is_none_spoils_the_list() {
        for (member, bad) in [
            ("encrypt_key", json!("VI6B")),
            ("encrypt_key", Value::Null),
            ("iv", json!("")),
            ("version", Value::Null),
            ("expire_in", json!(-1)),
            ("create_time", json!(i64::MAX)),
        ] {
            let mut key = sample(1);
            key[member] = bad;
            assert!(keys(&json!([sample(2), key])).is_none(), "{member}");
        }
    }
}
