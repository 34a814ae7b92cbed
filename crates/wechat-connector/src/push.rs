//! Messages that WeChat pushes: who sent them, when, and what they say. Only encrypted ones are believed, since the plain
//! signature does not cover the body.

use crate::{
    message_crypto,
    push_message::{Members, Unreadable},
};
use hufu_core::{
    Instant,
    identity::OpenId,
    wechat_app::{AppId, PushKeys},
    wechat_push::{Delivery, FRESH_FOR, PushEvent, PushMessage, PushRefused},
};
use sha2::{Digest, Sha256};

/// The longest name of an event that is kept, in characters.
const LONGEST_NAME: usize = 64;
/// The most permissions that one message takes back.
const MOST_PERMISSIONS: usize = 64;

/// Checks and reads a message.
pub(crate) fn read(
    appid: &AppId,
    keys: &PushKeys,
    delivery: &Delivery<'_>,
    now: Instant,
) -> Result<PushMessage, PushRefused> {
    let form = Members::read(delivery.body);
    let encrypt = match &form {
        Ok(members) => members.one("Encrypt"),
        Err(unreadable) => Err(*unreadable),
    };
    let encrypt = match encrypt {
        Ok(Some(encrypt)) => encrypt,
        neither => {
            check_signature(keys, delivery)?;
            return Err(neither.map_or(PushRefused::Unreadable, |_| PushRefused::NotEncrypted));
        }
    };
    let parts = [delivery.timestamp, delivery.nonce, encrypt];
    if !message_crypto::is_signed(keys, &parts, delivery.msg_signature) {
        return Err(PushRefused::NotWechat);
    }
    check_time(delivery, now)?;
    let message = message_crypto::open(keys, appid, encrypt).ok_or(PushRefused::NotWechat)?;
    let (event, openid) = Members::read(&message)
        .and_then(|members| said(&members))
        .map_err(|Unreadable| PushRefused::Unreadable)?;
    Ok(PushMessage {
        event,
        openid,
        digest: Sha256::digest(&*message).into(),
    })
}

/// Checks WeChat's question whether a URL is ours.
pub(crate) fn check_url(keys: &PushKeys, delivery: &Delivery<'_>, now: Instant) -> Result<(), PushRefused> {
    check_signature(keys, delivery)?;
    check_time(delivery, now)
}

/// The signature of everything but the body.
fn check_signature(keys: &PushKeys, delivery: &Delivery<'_>) -> Result<(), PushRefused> {
    let parts = [delivery.timestamp, delivery.nonce];
    if message_crypto::is_signed(keys, &parts, delivery.signature) {
        Ok(())
    } else {
        Err(PushRefused::NotWechat)
    }
}

fn check_time(delivery: &Delivery<'_>, now: Instant) -> Result<(), PushRefused> {
    let sent_at: Option<i64> = delivery.timestamp.parse().ok();
    let is_fresh = |sent_at: i64| now.timestamp().abs_diff(sent_at) <= u64::from(FRESH_FOR);
    if sent_at.is_some_and(is_fresh) {
        Ok(())
    } else {
        Err(PushRefused::NotFresh)
    }
}

fn said(members: &Members) -> Result<(PushEvent, Option<OpenId>), Unreadable> {
    let event = match members.one("Event")?.map(str::trim) {
        Some("user_authorization_revoke") => PushEvent::AuthorizationRevoked(permissions(members)),
        Some("user_authorization_cancellation") => PushEvent::AccountClosed,
        Some("user_info_modified") => PushEvent::InfoModified,
        Some(name) => PushEvent::Other(cut(name)),
        None => PushEvent::Other(cut(members.one("MsgType")?.unwrap_or_default())),
    };
    // Not FromUserName: in messages about permissions that is WeChat's own.
    let openid = members
        .one("OpenID")?
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let openid = match openid.map(OpenId::parse).transpose() {
        Ok(openid) => openid,
        Err(_) if matches!(event, PushEvent::Other(_)) => None,
        Err(_) => return Err(Unreadable),
    };
    Ok((event, openid))
}

/// WeChat's numbers, in whatever way they are put: a list, or a text of one or more of them.
fn permissions(members: &Members) -> Vec<u32> {
    members
        .all("RevokeInfo")
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter_map(|number| number.parse().ok())
        .take(MOST_PERMISSIONS)
        .collect()
}

fn cut(name: &str) -> String {
    let visible = name.chars().filter(char::is_ascii_graphic);
    visible.take(LONGEST_NAME).collect()
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
