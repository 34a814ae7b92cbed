//! The request that takes a message to an app's server: signed, and encrypted in safe mode.

use serde::{Deserialize, Serialize};

use super::event::{Envelope, Message};
use super::{Push, PushEvent, PushFormat};
use crate::Refusal;
use crate::crypt::message::{MessageKey, signature};
use crate::seed::Lots;

/// The owner of messages that are not for this app.
const ANOTHER_APPID: &str = "wx0000000000000000";

/// A request to an app's server. The method is POST.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The parameters that are added to the URL's own, in WeChat's order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// XML or JSON.
    pub body: String,
    /// `text/xml` or `application/json`.
    pub content_type: &'static str,
}

/// How a delivery differs from what WeChat would send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// What is broken on purpose.
    pub tamper: Option<PushTamper>,
    /// WeChat's clock is so many seconds ahead; negative is behind.
    pub timestamp_skew: i64,
}

/// What is broken about a delivery; all else is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushTamper {
    /// The signatures are not those of the token.
    Signature,
    /// Safe mode: the encrypted message is for another app.
    Appid,
    /// Safe mode: the encrypted message is padded wrongly.
    Padding,
    /// Safe mode: the encrypted message was changed after it was signed.
    Body,
}

/// Who sends, to whom, and when.
pub(crate) struct Sender<'a> {
    pub(crate) lots: &'a Lots,
    pub(crate) push: &'a Push,
    pub(crate) appid: &'a str,
    pub(crate) unionid: Option<String>,
    /// Tells this delivery from all others.
    pub(crate) serial: u64,
    pub(crate) now: i64,
}

impl Sender<'_> {
    pub(crate) fn delivery(&self, event: &PushEvent, options: DeliveryOptions) -> Result<Delivery, Refusal> {
        let (push, tamper) = (self.push, options.tamper);
        if !push.safe && tamper.is_some_and(|tamper| tamper != PushTamper::Signature) {
            return Err(Refusal::InvalidPush("only messages in safe mode are encrypted"));
        }
        let at = self.now.saturating_add(options.timestamp_skew);
        let from = self.lots.event_sender(self.appid);
        let to = self.lots.message_name(self.appid);
        let message = Message {
            to_user_name: &to,
            from_user_name: &from,
            create_time: at,
            msg_type: "event",
            event: &event.kind,
            openid: &self.lots.openid(self.appid, &event.user),
            unionid: self.unionid.as_deref(),
            appid: self.appid,
            revoke_info: event.revoke_info.as_deref(),
        }
        .written(push.format);
        let (timestamp, nonce) = (at.to_string(), nonce(self.lots, self.serial));
        let mut query = signed(push, &timestamp, &nonce);
        query.push(("openid".into(), from.clone()));
        let body = if push.safe {
            let mut encrypted = self.encrypted(&message, tamper)?;
            query.push(("encrypt_type".into(), "aes".into()));
            query.push((
                "msg_signature".into(),
                signature([&push.token, &timestamp, &nonce, &encrypted]),
            ));
            if tamper == Some(PushTamper::Body) {
                encrypted = with_another_first_character(&encrypted);
            }
            let envelope = Envelope {
                to_user_name: &to,
                encrypt: &encrypted,
            };
            envelope.written(push.format)
        } else {
            message
        };
        if tamper == Some(PushTamper::Signature) {
            for (name, value) in &mut query {
                if name.ends_with("signature") {
                    *value = with_another_first_character(value);
                }
            }
        }
        Ok(Delivery {
            query,
            body,
            content_type: match push.format {
                PushFormat::Xml => "text/xml",
                PushFormat::Json => "application/json",
            },
        })
    }

    fn encrypted(&self, message: &str, tamper: Option<PushTamper>) -> Result<String, Refusal> {
        let key = MessageKey::parse(&self.push.encoding_aes_key).ok_or(Refusal::InvalidPush(
            "push.encoding_aes_key is 43 characters of base64",
        ))?;
        let appid = if tamper == Some(PushTamper::Appid) {
            ANOTHER_APPID
        } else {
            self.appid
        };
        let random = self.lots.bytes("message-random", self.serial);
        Ok(key.encrypt(&random, message, appid, |padded| {
            if tamper == Some(PushTamper::Padding)
                && let Some(last) = padded.last_mut()
            {
                *last = 0;
            }
        }))
    }
}

/// The query with which WeChat asks whether a server knows the token, and the text that it must send back.
pub(crate) fn verification(push: &Push, lots: &Lots, serial: u64, now: i64) -> Delivery {
    let nonce_text = nonce(lots, serial);
    let mut query = signed(push, &now.to_string(), &nonce_text);
    let echo = u64::from_be_bytes(lots.bytes("echostr", serial)).to_string();
    query.insert(1, ("echostr".into(), echo.clone()));
    Delivery {
        query,
        body: echo,
        content_type: "text/plain",
    }
}

/// The parameters that say that WeChat is who asks.
fn signed(push: &Push, timestamp: &str, nonce: &str) -> Vec<(String, String)> {
    vec![
        ("signature".into(), signature([&push.token, timestamp, nonce])),
        ("timestamp".into(), timestamp.into()),
        ("nonce".into(), nonce.into()),
    ]
}

fn nonce(lots: &Lots, serial: u64) -> String {
    u32::from_be_bytes(lots.bytes("message-nonce", serial)).to_string()
}

/// Letters and digits of hex and of base64 stay what they are.
fn with_another_first_character(text: &str) -> String {
    let mut characters = text.chars();
    let first = match characters.next() {
        Some('a') => 'b',
        _ => 'a',
    };
    std::iter::once(first).chain(characters).collect()
}
