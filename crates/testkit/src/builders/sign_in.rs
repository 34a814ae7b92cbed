//! Sign-ins.

use super::{CALLER, Mint, scope};
use hufu_core::{
    client::ClientId,
    identity::WechatIdentity,
    login::{Refreshable, SignIn, SignInRequest},
    settings::{Registration, TokenLifetimes},
    token::OpaqueToken,
};

impl Mint {
    /// A refreshable sign-in of `proven` for `client`, where anyone may register.
    pub fn sign_in_request(&self, proven: &WechatIdentity, client: &ClientId) -> SignInRequest {
        SignInRequest {
            proven: proven.clone(),
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
