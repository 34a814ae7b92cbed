//! Who is the person that all the proofs of a login are of? A password names its user; WeChat and a phone are looked up by
//! `linking`; and where two proofs name two users, the login goes no further, unless one of the two is bare.

use crate::{
    id::UserId,
    linking::{PhoneVerdict, Record, Verdict},
    reason::Reason,
};

/// How it came out that two users are one: WeChat says so.
pub(super) const UNIONID: &str = "unionid";

/// Who a password and WeChat say that the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// The user; `None` where nobody is this person yet.
    pub(super) user: Option<UserId>,
    /// What becomes of the WeChat identity.
    pub(super) wechat: WechatStep,
    /// A bare user that goes into [`Person::user`], and how that came out.
    pub(super) absorbed: Option<(UserId, &'static str)>,
}

/// What becomes of a proven WeChat identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WechatStep {
    /// There was none.
    None,
    /// It is nobody's yet: it becomes the person's.
    Link,
    /// It is the user's; this is what the proof teaches about it.
    Learn(Record),
    /// Two users are one by unionid: the identity that is known gets it.
    Unite,
}

impl WechatStep {
    /// Whether it adds a row to a user who is there: an identity, or the unionid of one.
    pub(super) const fn adds(&self) -> bool {
        match self {
            Self::Link => true,
            Self::Learn(record) => matches!(
                record,
                Record::Identity | Record::Union(_) | Record::Rebound { free: true, .. }
            ),
            Self::None | Self::Unite => false,
        }
    }
}

/// Another user that WeChat names beside the password's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    /// Whether the user that WeChat names is bare. Only asked where a password names another.
    pub(super) wechat_is_bare: bool,
    /// Whether the password's user has another openid in the app. Only asked where the openid is nobody's, or another's.
    pub(super) account_in_app: bool,
}

/// Decides. `account` is whose password was right, `wechat` what linking says of the WeChat proof.
pub(super) fn decide(
    account: Option<UserId>,
    wechat: Option<Verdict>,
    sides: Sides,
) -> Result<Person, Reason> {
    let person = |user, wechat| {
        Ok(Person {
            user,
            wechat,
            absorbed: None,
        })
    };
    match (account, wechat) {
        (user, None) => person(user, WechatStep::None),
        (_, Some(Verdict::Refused)) => Err(Reason::UserDisabled),
        (None, Some(Verdict::New { .. })) => person(None, WechatStep::Link),
        (Some(_), Some(Verdict::New { .. })) if sides.account_in_app => Err(Reason::WechatExists),
        (Some(user), Some(Verdict::New { .. })) => person(Some(user), WechatStep::Link),
        (None, Some(Verdict::Existing { user, record })) => person(Some(user), WechatStep::Learn(record)),
        (Some(account), Some(Verdict::Existing { user, record })) if account == user => {
            person(Some(user), WechatStep::Learn(record))
        }
        (Some(account), Some(Verdict::Existing { user, record }))
            if sides.wechat_is_bare && !sides.account_in_app && record != Record::Identity =>
        {
            Ok(Person {
                user: Some(account),
                wechat: WechatStep::Learn(record),
                absorbed: Some((user, "password")),
            })
        }
        (account, Some(Verdict::Absorb { absorbed, into }))
            if account.is_none_or(|account| account == into) =>
        {
            Ok(Person {
                user: Some(into),
                wechat: WechatStep::Unite,
                absorbed: Some((absorbed, UNIONID)),
            })
        }
        (Some(_), Some(_)) | (None, Some(Verdict::Absorb { .. })) => Err(Reason::WechatTaken),
    }
}

impl Person {
    /// What a phone adds: the person may turn out to be the one who has it.
    pub(super) fn with_phone(mut self, phone: Option<PhoneVerdict>) -> Result<Self, Reason> {
        match phone {
            None | Some(PhoneVerdict::Link | PhoneVerdict::Held) => {}
            Some(PhoneVerdict::Refused) => return Err(Reason::UserDisabled),
            Some(PhoneVerdict::Taken) => return Err(Reason::PhoneTaken),
            Some(PhoneVerdict::Join(user)) => self.user = Some(user),
            Some(PhoneVerdict::Absorb { absorbed, into }) => {
                self.user = Some(into);
                self.absorbed = Some((absorbed, "phone"));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
#[path = "person_tests.rs"]
mod tests;
