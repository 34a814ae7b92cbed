//! Sessions: a user signed in at a tenant. Ending one ends all that grew from it.

use crate::{
    Instant,
    id::{SessionId, UserId},
    identity::IdentityKind,
};

/// How a person proved who they are, as a value of `amr` (RFC 8176 registers none for WeChat).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A login code of `wx.login`.
    Wechat,
    /// A phone number that WeChat has verified, by the code of its getPhoneNumber button.
    WechatPhone,
    /// A password (RFC 8176 `pwd`).
    Password,
    /// A code sent to the phone (RFC 8176 `sms`).
    Sms,
    /// Two of different kinds (RFC 8176 `mfa`). Stands beside them.
    MultiFactor,
}

impl Method {
    const ALL: [Self; 5] = [
        Self::Wechat,
        Self::WechatPhone,
        Self::Password,
        Self::Sms,
        Self::MultiFactor,
    ];

    /// The value in `amr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::WechatPhone => "wechat_phone",
            Self::Password => "pwd",
            Self::Sms => "sms",
            Self::MultiFactor => "mfa",
        }
    }

    /// The kind of identity that was proven.
    pub const fn kind(self) -> Option<IdentityKind> {
        match self {
            Self::Wechat => Some(IdentityKind::Wechat),
            Self::WechatPhone | Self::Sms => Some(IdentityKind::Phone),
            Self::Password => Some(IdentityKind::Account),
            Self::MultiFactor => None,
        }
    }

    /// Reads [`Method::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// As text, the `sid` of tokens.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// How they proved it.
    pub amr: Vec<Method>,
    /// When they proved it.
    pub auth_time: Instant,
    /// The absolute end.
    pub expires_at: Instant,
    /// When it was ended before that.
    pub ended_at: Option<Instant>,
}

impl Session {
    /// Whether the session is alive at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}
