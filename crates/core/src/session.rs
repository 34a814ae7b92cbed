//! Sessions: a user signed in at a tenant. Ending one ends all that grew from it.

use crate::{
    Instant,
    id::{SessionId, UserId},
    identity::IdentityKind,
    time,
    token::SecretHash,
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

impl serde::Serialize for Method {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Method {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("is not a method"))
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
    /// The browser that it lives in; `None` where it was opened without one.
    pub browser: Option<Browser>,
}

/// How a browser holds a session. The cookie changes whenever the person proves anew who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// The hash of the cookie's secret.
    pub cookie: SecretHash,
    /// When the session was last used in it, give or take [`SEEN_EVERY`].
    pub seen_at: Instant,
    /// What the browser called itself when the person signed in: at most [`USER_AGENT`] bytes.
    pub user_agent: Option<String>,
}

/// How often the last use of a session is written down, in seconds: not at every request.
pub const SEEN_EVERY: u32 = 60;
/// How much of a browser's name is kept, in bytes.
pub const USER_AGENT: usize = 256;

impl Session {
    /// Whether `cookie` opens the session at `now`: it is alive, this is its browser's cookie, and it was used within `idle_ttl`
    /// seconds.
    pub fn is_open_to(&self, cookie: SecretHash, now: Instant, idle_ttl: u32) -> bool {
        let is_used =
            |browser: &Browser| browser.cookie == cookie && now < time::after(browser.seen_at, idle_ttl);
        self.is_live(now) && self.browser.as_ref().is_some_and(is_used)
    }

    /// Whether the session is alive at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}
