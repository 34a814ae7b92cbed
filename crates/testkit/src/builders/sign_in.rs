//! Sign-ins.

use super::{CALLER, Mint, scope};
use hufu_core::{
    client::ClientId,
    identity::{VerifiedPhone, WechatIdentity},
    login::{Refreshable, SignIn, SignInRequest},
    settings::{Registration, TokenLifetimes},
    token::OpaqueToken,
    wechat_session::KeptKey,
};

impl Mint {
    /// A refreshable sign-in of `proven` for `client`, where anyone may register.
    pub fn sign_in_request(&self, proven: &WechatIdentity, client: &ClientId) -> SignInRequest {
        SignInRequest {
            proven: proven.clone(),
            phone: None,
            join_by_phone: false,
            session_key: None,
            client: client.clone(),
            scope: scope("offline_access openid"),
            registration: Registration::Open,
            lifetimes: TokenLifetimes::default(),
            refreshable: Refreshable::Yes,
            ip: Some(CALLER),
            now: self.now(),
        }
    }

    /// The act of [`Mint::sign_in_request`], and its refresh token.
    pub fn sign_in(&self, proven: &WechatIdentity, client: &ClientId) -> (SignIn, OpaqueToken) {
        let (act, token) = SignIn::prepare(self.sign_in_request(proven, client), &self.random);
        (act, token.expect("the sign-in is refreshable"))
    }
}

/// Small changes to a request.
pub trait SignInChanges {
    /// The person proves a phone too.
    #[must_use]
    fn with_phone(self, phone: &VerifiedPhone) -> Self;
    /// The tenant takes a phone as proof of who the person is.
    #[must_use]
    fn joining_by_phone(self) -> Self;
    /// The tenant keeps the session key that came with the proof.
    #[must_use]
    fn keeping(self, key: KeptKey) -> Self;
}

impl SignInChanges for SignInRequest {
    fn with_phone(self, phone: &VerifiedPhone) -> Self {
        Self {
            phone: Some(phone.clone()),
            ..self
        }
    }

    fn joining_by_phone(self) -> Self {
        Self {
            join_by_phone: true,
            ..self
        }
    }

    fn keeping(self, key: KeptKey) -> Self {
        Self {
            session_key: Some(key),
            ..self
        }
    }
}
