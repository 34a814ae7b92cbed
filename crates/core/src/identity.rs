//! Identities: one proven way to be a user.

use crate::{
    Instant,
    id::{IdentityId, UserId},
    password::Username,
    phone::PhoneNumber,
    text::text_newtype,
    wechat_app::{AppId, UnionScope},
};
use serde::{Deserialize, Serialize};

text_newtype!(
    /// WeChat's id of a person in one app: 1 to 128 visible ASCII characters. It has nothing to do with OpenID Connect.
    OpenId,
    visible_ascii
);

text_newtype!(
    /// WeChat's id of a person in one open-platform account: 1 to 128 visible ASCII characters.
    UnionId,
    visible_ascii
);

fn visible_ascii(text: &str) -> Result<(), crate::Invalid> {
    if (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(crate::Invalid("must be 1 to 128 visible ASCII characters"))
    }
}

/// A unionid together with the only place where it has meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnionKey {
    /// Which open-platform account.
    pub scope: UnionScope,
    /// Who, in that account.
    pub unionid: UnionId,
}

/// What a connector proved about a person, before anyone asks which user that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatIdentity {
    /// In which app.
    pub appid: AppId,
    /// Who, in that app.
    pub openid: OpenId,
    /// Who, in the app's open-platform account, where WeChat told.
    pub unionid: Option<UnionId>,
    /// The app's union scope, where the operator gave it one.
    pub union_scope: Option<UnionScope>,
}

impl WechatIdentity {
    /// The key that may link this person across apps: there only where both halves are known.
    pub fn union_key(&self) -> Option<UnionKey> {
        Some(UnionKey {
            scope: self.union_scope.clone()?,
            unionid: self.unionid.clone()?,
        })
    }
}

/// A phone that someone answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPhone {
    /// The number.
    pub number: PhoneNumber,
    /// Who said that the person has it.
    pub verifier: PhoneVerifier,
}

/// Who verified a phone: whoever takes it back must be the one who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneVerifier {
    /// WeChat, through `getuserphonenumber` of this app.
    Wechat(AppId),
    /// Hufu, by a code that it sent there.
    Sms,
    /// An operator, who brought the user from elsewhere.
    Operator,
}

impl PhoneVerifier {
    /// The name in APIs and events: an appid, `sms` or `operator`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Wechat(appid) => appid.as_str(),
            Self::Sms => "sms",
            Self::Operator => "operator",
        }
    }
}

/// What kind of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A person in a WeChat app.
    Wechat,
    /// A phone.
    Phone,
    /// A username and a password.
    Account,
}

impl IdentityKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Wechat, Self::Phone, Self::Account];

    /// `wechat`, `phone` or `account`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Phone => "phone",
            Self::Account => "account",
        }
    }
}

/// What a connector proved, whichever it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalIdentity {
    /// A person in a WeChat app.
    Wechat(WechatIdentity),
    /// A phone. A user has one at most, and a number has one user at most in a tenant.
    Phone(VerifiedPhone),
    /// A username, whose password is kept beside the identity. A user has one at most.
    Account(Username),
}

impl ExternalIdentity {
    /// What kind it is.
    pub const fn kind(&self) -> IdentityKind {
        match self {
            Self::Wechat(_) => IdentityKind::Wechat,
            Self::Phone(_) => IdentityKind::Phone,
            Self::Account(_) => IdentityKind::Account,
        }
    }
}

/// An identity that a user has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// For APIs that name one identity.
    pub id: IdentityId,
    /// Whose it is.
    pub user_id: UserId,
    /// What was proven.
    pub external: ExternalIdentity,
    /// When it was first proven.
    pub created_at: Instant,
}

impl Identity {
    /// The person in a WeChat app, where it is that.
    pub const fn wechat(&self) -> Option<&WechatIdentity> {
        match &self.external {
            ExternalIdentity::Wechat(wechat) => Some(wechat),
            _ => None,
        }
    }

    /// The phone, where it is that.
    pub const fn phone(&self) -> Option<&VerifiedPhone> {
        match &self.external {
            ExternalIdentity::Phone(phone) => Some(phone),
            _ => None,
        }
    }

    /// The username, where it is that.
    pub const fn account(&self) -> Option<&Username> {
        match &self.external {
            ExternalIdentity::Account(username) => Some(username),
            _ => None,
        }
    }
}
