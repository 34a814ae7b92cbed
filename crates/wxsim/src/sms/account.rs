//! Accounts at the vendors: keys, what their review let pass, and how often a number gets a message.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Refused, Submission};
use crate::Refusal;
use crate::crypt::hex;
use crate::seed::Lots;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsVendor {
    /// Alibaba Cloud, `SendSms` of 2017-05-25, signed by ACS3-HMAC-SHA256.
    Aliyun,
    /// Tencent Cloud, `SendSms` of 2021-01-11, signed by TC3-HMAC-SHA256.
    Tencent,
    /// A server of somebody's own, signed by HMAC-SHA256.
    Webhook,
}

impl SmsVendor {
    pub(super) const ALL: [Self; 3] = [Self::Aliyun, Self::Tencent, Self::Webhook];

    /// The name in paths and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aliyun => "aliyun",
            Self::Tencent => "tencent",
            Self::Webhook => "webhook",
        }
    }
}

/// A template that the vendor's review let pass.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsTemplate {
    /// Such as `SMS_123456789`, or `449739`.
    pub id: String,
    /// Its variables. Tencent's have no names, and only their number counts.
    #[serde(default)]
    pub params: Vec<String>,
}

/// An account, as told to the simulator.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsAccountSpec {
    /// At whom.
    pub vendor: SmsVendor,
    /// The AccessKey ID, the SecretId, or the webhook's name: 1 to 128 letters, digits, `_`, `-` or `.`.
    pub id: String,
    /// What is signed with; derived from the seed where absent.
    #[serde(default)]
    pub secret: Option<String>,
    /// Tencent: the application's number.
    #[serde(default)]
    pub sdk_app_id: Option<String>,
    /// Signatures that the review let pass.
    #[serde(default)]
    pub sign_names: Vec<String>,
    /// Templates that the review let pass.
    #[serde(default)]
    pub templates: Vec<SmsTemplate>,
    /// How many messages are paid for; any number where absent.
    #[serde(default)]
    pub balance: Option<u32>,
    /// The ceiling that the owner set: messages in 24 hours.
    #[serde(default)]
    pub daily_limit: Option<u32>,
    /// Numbers that get nothing, in E.164.
    #[serde(default)]
    pub blacklist: Vec<String>,
    /// The account is suspended: its key is known and may do nothing.
    #[serde(default)]
    pub suspended: bool,
}

impl SmsAccountSpec {
    /// An account without signatures and templates.
    pub fn new(vendor: SmsVendor, id: impl Into<String>) -> Self {
        Self {
            vendor,
            id: id.into(),
            secret: None,
            sdk_app_id: None,
            sign_names: Vec::new(),
            templates: Vec::new(),
            balance: None,
            daily_limit: None,
            blacklist: Vec::new(),
            suspended: false,
        }
    }
}

/// An account's credentials.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SmsAccount {
    /// At whom.
    pub vendor: SmsVendor,
    /// See [`SmsAccountSpec::id`].
    pub id: String,
    /// What is signed with.
    pub secret: String,
}

impl fmt::Debug for SmsAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmsAccount")
            .field(&self.vendor)
            .field(&self.id)
            .finish()
    }
}

/// A span of flow control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// A minute; at Tencent half of one.
    Minute,
    Hour,
    Day,
}

const DAY: i64 = 24 * 3600;
/// Beyond this, signed requests are too old or too far ahead at Alibaba Cloud, so their nonces may be forgotten.
pub(super) const NONCE_LIFE: i64 = 15 * 60;

/// An account, as remembered.
pub(super) struct Record {
    spec: SmsAccountSpec,
    secret: String,
    /// When each number got its messages within the last 24 hours; at Alibaba Cloud each number under each signature.
    sent: HashMap<String, VecDeque<i64>>,
    /// Nonces, and when each came.
    nonces: HashMap<String, i64>,
}

impl Record {
    pub(super) fn new(spec: SmsAccountSpec, lots: &Lots) -> Result<Self, Refusal> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if !(1..=128).contains(&spec.id.len()) || !spec.id.bytes().all(allowed) {
            return Err(Refusal::InvalidSmsAccount(
                "its id is 1 to 128 letters, digits, '_', '-' or '.'",
            ));
        }
        if spec.secret.as_deref() == Some("") {
            return Err(Refusal::EmptySecret);
        }
        if spec.vendor == SmsVendor::Tencent && spec.sdk_app_id.is_none() {
            return Err(Refusal::InvalidSmsAccount(
                "an account at Tencent needs an sdk_app_id",
            ));
        }
        let distinct: HashSet<_> = spec.templates.iter().map(|template| &template.id).collect();
        if distinct.len() < spec.templates.len() {
            return Err(Refusal::InvalidSmsAccount(
                "each of its templates has an id of its own",
            ));
        }
        let drawn = || hex(&lots.sms_secret(spec.vendor.as_str(), &spec.id));
        Ok(Self {
            secret: spec.secret.clone().unwrap_or_else(drawn),
            spec,
            sent: HashMap::new(),
            nonces: HashMap::new(),
        })
    }

    pub(super) fn account(&self) -> SmsAccount {
        SmsAccount {
            vendor: self.spec.vendor,
            id: self.spec.id.clone(),
            secret: self.secret.clone(),
        }
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.spec.suspended
    }

    pub(super) fn has_sdk_app_id(&self, id: &str) -> bool {
        self.spec.sdk_app_id.as_deref() == Some(id)
    }

    /// Whether this nonce comes for the first time.
    pub(super) fn take_nonce(&mut self, nonce: &str, now: i64) -> bool {
        self.nonces.retain(|_, at| now - *at <= 2 * NONCE_LIFE);
        self.nonces.insert(nonce.to_owned(), now).is_none()
    }

    /// Checks a message in the vendors' order and counts it, if it can be sent.
    pub(super) fn take(&mut self, message: &Submission<'_>, now: i64) -> Result<(), Refused> {
        if !self.spec.sign_names.iter().any(|name| name == message.sign_name) {
            return Err(Refused::SignName);
        }
        let template = self
            .spec
            .templates
            .iter()
            .find(|template| template.id == message.template);
        let template = template.ok_or(Refused::Template)?;
        self.check_params(template, message)?;
        let to = message.to.e164();
        if self.spec.blacklist.contains(&to) {
            return Err(Refused::Blacklisted);
        }
        if self.spec.balance == Some(0) {
            return Err(Refused::Balance);
        }
        self.sent.retain(|_, times| {
            times.retain(|at| now - *at < DAY);
            !times.is_empty()
        });
        let sent_today: usize = self.sent.values().map(VecDeque::len).sum();
        if self
            .spec
            .daily_limit
            .is_some_and(|most| sent_today >= most as usize)
        {
            return Err(Refused::Budget);
        }
        let key = match self.spec.vendor {
            SmsVendor::Aliyun => format!("{to} {}", message.sign_name),
            SmsVendor::Tencent | SmsVendor::Webhook => to,
        };
        let times = self.sent.entry(key).or_default();
        if let Some(span) = full(self.spec.vendor, times, now) {
            return Err(Refused::Flow(span));
        }
        times.push_back(now);
        if let Some(balance) = &mut self.spec.balance {
            *balance -= 1;
        }
        Ok(())
    }

    fn check_params(&self, template: &SmsTemplate, message: &Submission<'_>) -> Result<(), Refused> {
        match self.spec.vendor {
            SmsVendor::Aliyun => {
                if !template
                    .params
                    .iter()
                    .all(|name| message.params.contains_key(name))
                {
                    return Err(Refused::MissingParam);
                }
                // Templates for codes take nothing else.
                let is_plain = |value: &String| {
                    (1..=20).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric())
                };
                let mut values = message.params.values();
                if values.all(is_plain) {
                    Ok(())
                } else {
                    Err(Refused::InvalidParam)
                }
            }
            _ if template.params.len() == message.params.len() => Ok(()),
            _ => Err(Refused::MissingParam),
        }
    }
}

/// The span in which a number has had all that it gets. The windows slide.
fn full(vendor: SmsVendor, times: &VecDeque<i64>, now: i64) -> Option<Span> {
    let minute = if vendor == SmsVendor::Tencent { 30 } else { 60 };
    let spans = [
        (Span::Day, DAY, 10),
        (Span::Hour, 3600, 5),
        (Span::Minute, minute, 1),
    ];
    let is_full = |(_, seconds, most): &(Span, i64, usize)| {
        times.iter().filter(|at| now - **at < *seconds).count() >= *most
    };
    spans.into_iter().find(is_full).map(|(span, ..)| span)
}
