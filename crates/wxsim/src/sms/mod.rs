//! The SMS vendors: Alibaba Cloud, Tencent Cloud, and a server that takes signed webhooks. They verify signatures, mind
//! their limits, and put what they take into one inbox, where the codes can be read.
//!
//! | path | file |
//! | --- | --- |
//! | `POST /__sim/sms/aliyun/` | `aliyun` |
//! | `POST /__sim/sms/tencent/` | `tencent` |
//! | `POST /__sim/sms/webhook/{name}` | `webhook` |
//!
//! Each path stands for the root of the vendor's host: what is signed is `/`. Time is a parameter, and one lock guards all
//! of it (see `server`).

mod account;
mod aliyun;
mod inbox;
mod tencent;
mod webhook;

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;

use account::{Record, Span};
pub use account::{SmsAccount, SmsAccountSpec, SmsTemplate, SmsVendor};
use inbox::Inbox;
pub use inbox::SmsRecord;

use crate::Refusal;
use crate::crypt::hex;
use crate::seed::Lots;
use crate::wechat::{Answer, Call};
use crate::world::Phone;

const MOUNT: &str = "/__sim/sms/";

/// Whether a path is one of these, and not one of the control plane.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with(MOUNT)
}

/// Which vendor a path belongs to, and what follows after its name.
fn vendor_at(path: &str) -> Option<(SmsVendor, &str)> {
    let path = path.strip_prefix(MOUNT)?;
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let vendor = SmsVendor::ALL
        .into_iter()
        .find(|vendor| vendor.as_str() == name)?;
    Some((vendor, rest))
}

/// What the vendors remember.
pub(crate) struct Sms {
    lots: Lots,
    accounts: BTreeMap<(SmsVendor, String), Record>,
    inbox: Inbox,
    drawn: u64,
}

/// A message, as a vendor was asked to send it.
struct Submission<'a> {
    to: Phone,
    sign_name: &'a str,
    template: &'a str,
    params: BTreeMap<String, String>,
}

/// Why a vendor does not take a message.
enum Refused {
    SignName,
    Template,
    MissingParam,
    InvalidParam,
    Blacklisted,
    Balance,
    Budget,
    Flow(Span),
}

impl Sms {
    pub(crate) fn new(lots: Lots) -> Self {
        Self {
            lots,
            accounts: BTreeMap::new(),
            inbox: Inbox::default(),
            drawn: 0,
        }
    }

    /// Forgets all accounts and messages.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            drawn: self.drawn,
            ..Self::new(self.lots.clone())
        };
    }

    /// Opens an account, or replaces it: what it sent is forgotten.
    pub(crate) fn open(&mut self, spec: SmsAccountSpec) -> Result<SmsAccount, Refusal> {
        let record = Record::new(spec, &self.lots)?;
        let account = record.account();
        self.accounts.insert((account.vendor, account.id.clone()), record);
        Ok(account)
    }

    pub(crate) fn accounts(&self) -> usize {
        self.accounts.len()
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    pub(crate) fn clear_inbox(&mut self) {
        self.inbox.clear();
    }

    fn account(&mut self, vendor: SmsVendor, id: &str) -> Option<&mut Record> {
        self.accounts.get_mut(&(vendor, id.to_owned()))
    }

    /// Takes a message, or says why not. Gives the message's serial number.
    fn submit(
        &mut self,
        (vendor, id): (SmsVendor, &str),
        submission: Submission<'_>,
        now: i64,
    ) -> Result<u64, Refused> {
        let record = self.account(vendor, id).ok_or(Refused::SignName)?;
        record.take(&submission, now)?;
        let message = SmsRecord {
            serial: self.inbox.seen() + 1,
            at: now,
            vendor,
            account: id.to_owned(),
            to: submission.to.e164(),
            sign_name: Some(submission.sign_name.to_owned()),
            template: Some(submission.template.to_owned()),
            code: code_in(submission.params.values()),
            params: submission.params,
            idempotency_key: None,
        };
        Ok(self.inbox.put(message))
    }

    /// A request's id: hexadecimal, in the groups of a UUID.
    fn request_id(&mut self) -> String {
        self.drawn += 1;
        let id = hex(&self.lots.bytes::<16>("sms-request", self.drawn));
        format!(
            "{}-{}-{}-{}-{}",
            &id[..8],
            &id[8..12],
            &id[12..16],
            &id[16..20],
            &id[20..]
        )
    }
}

/// The first text of four to eight digits.
fn code_in<'a>(mut params: impl Iterator<Item = &'a String>) -> Option<String> {
    let is_code = |text: &&String| (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    params.find(is_code).cloned()
}

/// Answers a call to a vendor.
pub(crate) fn handle(sms: &mut Sms, call: &Call, now: i64) -> Answer {
    match vendor_at(&call.path) {
        Some((SmsVendor::Aliyun, "")) => aliyun::handle(sms, call, now),
        Some((SmsVendor::Tencent, "")) => tencent::handle(sms, call, now),
        Some((SmsVendor::Webhook, name)) => webhook::handle(sms, call, name, now),
        _ => json(StatusCode::NOT_FOUND, &serde_json::json!({"error": "not_found"})),
    }
}

/// A refusal in the words of the vendor that a path belongs to; none, where it belongs to none. `whole`: of the request, and
/// not of the number.
pub(crate) fn refusal(path: &str, code: &str, message: &str, whole: bool) -> Option<Answer> {
    const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";
    Some(match vendor_at(path)?.0 {
        SmsVendor::Aliyun => aliyun::refusal(code, message, whole, REQUEST_ID.into()),
        SmsVendor::Tencent if whole => tencent::whole_refusal(code, message, REQUEST_ID.into()),
        SmsVendor::Tencent => tencent::refusal("", code, message, REQUEST_ID.into()),
        SmsVendor::Webhook => webhook::refusal(StatusCode::UNPROCESSABLE_ENTITY, code),
    })
}

fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    Answer {
        status,
        content_type: HeaderValue::from_static("application/json;charset=utf-8"),
        date: None,
        headers: Vec::new(),
        body: serde_json::to_vec(body).expect("structs of texts and numbers can be written as JSON"),
        errcode: None,
        seal: None,
    }
}
