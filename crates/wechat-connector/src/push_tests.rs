//! Messages as WeChat sends them, and as others would.

use super::*;
use crate::message_crypto::tests::{appid, keys, seal, sign};

const NOW: i64 = 1_700_000_000;
const NONCE: &str = "1374517644";

fn now() -> Instant {
    Instant::from_timestamp(NOW, 0).unwrap()
}

/// A delivery, and what it borrows.
struct Sent {
    signature: String,
    msg_signature: String,
    timestamp: String,
    body: String,
}

impl Sent {
    fn read(&self) -> Result<PushMessage, PushRefused> {
        read(&appid(), &keys(), &self.delivery(), now())
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery {
            signature: &self.signature,
            msg_signature: &self.msg_signature,
            timestamp: &self.timestamp,
            nonce: NONCE,
            body: self.body.as_bytes(),
        }
    }
}

/// As WeChat sends it, in either form.
fn sent(message: &str, at: i64) -> Sent {
    let encrypt = seal(&keys(), appid().as_str(), message.as_bytes());
    let timestamp = at.to_string();
    let body = if message.starts_with('<') {
        format!(
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        )
    } else {
        format!(r#"{{"ToUserName":"gh_1","Encrypt":"{encrypt}"}}"#)
    };
    Sent {
        signature: sign(&keys(), &[&timestamp, NONCE]),
        msg_signature: sign(&keys(), &[&timestamp, NONCE, &encrypt]),
        timestamp,
        body,
    }
}

/// What it says and to whom.
fn said(message: &str) -> Result<(PushEvent, Option<String>), PushRefused> {
    let message = sent(message, NOW).read()?;
    Ok((message.event, message.openid.map(|openid| openid.to_string())))
}

fn revoked(what: &[u32]) -> PushEvent {
    PushEvent::AuthorizationRevoked(what.to_vec())
}

const REVOKED: &str = r#"{"ToUserName":"gh_870882ca4b1","FromUserName":"owAqB1v0ahK_Xlc7GshIDdf2yf7E",
    "CreateTime":1626857200,"MsgType":"event","Event":"user_authorization_revoke",
    " OpenID":"owAqB1nqaOYYWl0Ng484G2z5NIwU","AppID":"wxb11529c136998cb6","RevokeInfo":"8"}"#;

#[test]
fn wechats_own_sample_is_read() {
    let (event, openid) = said(REVOKED).unwrap();
    assert_eq!(event, revoked(&[8]));
    assert_eq!(openid.as_deref(), Some("owAqB1nqaOYYWl0Ng484G2z5NIwU"));
}

#[test]
fn events_are_told_apart_in_either_form() {
    for (name, expected) in [
        ("user_info_modified", PushEvent::InfoModified),
        ("user_authorization_revoke", revoked(&[])),
        ("user_authorization_cancellation", PushEvent::AccountClosed),
        ("subscribe", PushEvent::Other("subscribe".into())),
    ] {
        let json = format!(r#"{{"MsgType":"event","Event":"{name}","OpenID":"o1"}}"#);
        let xml = format!(
            "<xml><MsgType>event</MsgType><Event><![CDATA[{name}]]></Event><OpenID>o1</OpenID></xml>"
        );
        for message in [json, xml] {
            assert_eq!(said(&message).unwrap(), (expected.clone(), Some("o1".into())));
        }
    }
}

#[test]
fn permissions_are_read_however_they_are_put() {
    for (json, expected) in [
        (r#""8""#, &[8][..]),
        ("8", &[8]),
        (r#""8,301""#, &[8, 301]),
        (r#""8 301""#, &[8, 301]),
        (r#"["8","301"]"#, &[8, 301]),
        ("[8, 301]", &[8, 301]),
        (r#""[8, 301]""#, &[8, 301]),
        (r#""8、301；6""#, &[8, 301, 6]),
        (r#""""#, &[]),
        (r#""99999999999,8,x8""#, &[8]),
        ("null", &[]),
        ("[]", &[]),
    ] {
        let message = format!(r#"{{"Event":"user_authorization_revoke","OpenID":"o1","RevokeInfo":{json}}}"#);
        assert_eq!(said(&message).unwrap().0, revoked(expected), "{json}");
    }
    for xml in [
        "<RevokeInfo>8,301</RevokeInfo>",
        "<RevokeInfo><![CDATA[8 301]]></RevokeInfo>",
        "<RevokeInfo><item>8</item><item>301</item></RevokeInfo>",
        "<RevokeInfo>8</RevokeInfo><RevokeInfo>301</RevokeInfo>",
    ] {
        let message = format!("<xml><Event>user_authorization_revoke</Event><OpenID>o1</OpenID>{xml}</xml>");
        assert_eq!(said(&message).unwrap().0, revoked(&[8, 301]), "{xml}");
    }
}

#[test]
fn an_unknown_event_is_named_by_what_can_be_shown_of_its_name() {
    let long = "e".repeat(100);
    for (name, expected) in [
        (&*long, &"e".repeat(64)[..]),
        ("a b\\u0007c虎d", "abcd"),
        ("", ""),
    ] {
        let message = format!(r#"{{"Event":"{name}"}}"#);
        assert_eq!(said(&message), Ok((PushEvent::Other(expected.into()), None)));
    }
    let text = r#"{"MsgType":"text","FromUserName":"o1","Content":"hello"}"#;
    assert_eq!(said(text), Ok((PushEvent::Other("text".into()), None)));
    assert_eq!(said("{}"), Ok((PushEvent::Other(String::new()), None)));
}

#[test]
fn nobody_is_meant_by_an_openid_that_is_none_or_two() {
    let about = |openid: &str| {
        said(&format!(
            r#"{{"Event":"user_authorization_cancellation"{openid}}}"#
        ))
    };
    assert_eq!(about(""), Ok((PushEvent::AccountClosed, None)));
    assert_eq!(about(r#","OpenID":"""#), Ok((PushEvent::AccountClosed, None)));
    for bad in [
        r#","OpenID":"o 1""#,
        r#","OpenID":["o1","o2"]"#,
        r#","OpenID":"o1"," OpenID":"o2""#,
    ] {
        assert_eq!(about(bad), Err(PushRefused::Unreadable), "{bad}");
    }
}

#[test]
fn what_is_proven_and_is_no_message_is_unreadable() {
    for bad in [
        "",
        "hello",
        "[]",
        "<xml><Event>",
        r#"<!DOCTYPE xml [<!ENTITY x "y">]><xml><Event>&x;</Event></xml>"#,
        r#"{"Event":"a","Event":"b"}"#,
    ] {
        assert_eq!(said(bad), Err(PushRefused::Unreadable), "{bad}");
    }
}

#[test]
fn a_message_is_believed_only_with_a_right_signature_of_now() {
    let good = sent(REVOKED, NOW);
    assert!(good.read().is_ok());
    for at in [NOW - 600, NOW + 600] {
        assert!(sent(REVOKED, at).read().is_ok());
    }
    for at in [NOW - 601, NOW + 601] {
        assert_eq!(sent(REVOKED, at).read(), Err(PushRefused::NotFresh));
    }

    let not_wechat = |change: fn(&mut Sent)| {
        let mut sent = sent(REVOKED, NOW);
        change(&mut sent);
        assert_eq!(sent.read(), Err(PushRefused::NotWechat));
    };
    not_wechat(|sent| sent.msg_signature.clear());
    not_wechat(|sent| sent.msg_signature = sent.signature.clone());
    not_wechat(|sent| sent.timestamp = (NOW + 1).to_string());
    // Whoever forges is not told what else is wrong.
    not_wechat(|sent| sent.timestamp = "0".to_owned());
    not_wechat(|sent| {
        let encrypt = seal(&keys(), appid().as_str(), b"{}");
        sent.body = format!(r#"{{"Encrypt":"{encrypt}"}}"#);
    });

    let other = AppId::parse("wxde30000000000001").unwrap();
    let refused = read(&other, &keys(), &good.delivery(), now());
    assert_eq!(refused, Err(PushRefused::NotWechat));
    for keys in [
        PushKeys {
            token: "another".into(),
            ..keys()
        },
        PushKeys {
            encoding_aes_key: "bbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into(),
            ..keys()
        },
    ] {
        let refused = read(&appid(), &keys, &good.delivery(), now());
        assert_eq!(refused, Err(PushRefused::NotWechat));
    }
}

#[test]
fn a_plain_message_is_told_from_a_forged_one_by_its_signature() {
    for (body, proven) in [
        (REVOKED, PushRefused::NotEncrypted),
        ("<xml><Event>subscribe</Event></xml>", PushRefused::NotEncrypted),
        ("hello", PushRefused::Unreadable),
        ("", PushRefused::Unreadable),
        (r#"{"Encrypt":["a","b"]}"#, PushRefused::Unreadable),
    ] {
        let plain = |signature: String| Sent {
            signature,
            body: body.to_owned(),
            ..sent("{}", NOW)
        };
        assert_eq!(plain(sent("{}", NOW).signature).read(), Err(proven), "{body}");
        assert_eq!(plain(String::new()).read(), Err(PushRefused::NotWechat), "{body}");
    }
}

#[test]
fn a_message_that_is_plain_too_is_read_from_what_is_encrypted() {
    let mut sent = sent(REVOKED, NOW);
    sent.body = sent.body.replace(
        r#""ToUserName":"gh_1""#,
        r#""Event":"user_authorization_cancellation","OpenID":"o2""#,
    );
    assert_eq!(sent.read().unwrap().event, revoked(&[8]));
}

#[test]
fn a_message_has_the_digest_of_what_is_inside_whenever_it_comes() {
    let digest = |message: &str, at| sent(message, at).read().unwrap().digest;
    assert_eq!(digest(REVOKED, NOW), digest(REVOKED, NOW + 5));
    assert_eq!(digest("{}", NOW), <[u8; 32]>::from(Sha256::digest("{}")));
    assert_ne!(digest("{}", NOW), digest(REVOKED, NOW));
}

#[test]
fn a_question_whether_the_url_is_ours_must_be_signed_and_of_now() {
    let check = |sent: &Sent| check_url(&keys(), &sent.delivery(), now());
    assert_eq!(check(&sent("{}", NOW)), Ok(()));
    assert_eq!(check(&sent("{}", NOW - 601)), Err(PushRefused::NotFresh));
    let mut unsigned = sent("{}", NOW);
    unsigned.signature.clear();
    assert_eq!(check(&unsigned), Err(PushRefused::NotWechat));
    for timestamp in ["", "now", "1e9", "99999999999999999999"] {
        let odd = Sent {
            signature: sign(&keys(), &[timestamp, NONCE]),
            timestamp: timestamp.to_owned(),
            ..sent("{}", NOW)
        };
        assert_eq!(check(&odd), Err(PushRefused::NotFresh), "{timestamp}");
    }
}
