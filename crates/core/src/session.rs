//! Sessions: a user signed in at a tenant. Ending one ends all that grew from it.

use crate::{
    Instant,
    id::{SessionId, UserId},
};

/// How a person proved who they are, as a value of `amr` (RFC 8176 registers none for WeChat).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A login code of `wx.login`.
    Wechat,
    /// A phone number that WeChat has verified, by the code of its getPhoneNumber button.
    WechatPhone,
}

impl Method {
    /// The value in `amr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::WechatPhone => "wechat_phone",
        }
    }

    /// Reads [`Method::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Wechat, Self::WechatPhone]
            .into_iter()
            .find(|method| method.as_str() == text)
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
