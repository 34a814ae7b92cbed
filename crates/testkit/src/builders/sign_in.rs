//! Sign-ins, and what signed-in users add.

use super::{CALLER, Mint, scope};
use hufu_core::{
    client::ClientId,
    id::UserId,
    identity::{VerifiedPhone, WechatIdentity},
    link::AddIdentityRequest,
    login::{Handout, Proofs, Refreshable, SignIn, SignInRequest, Wants, WechatProof},
    settings::{Registration, Settings, TokenLifetimes},
    token::OpaqueToken,
    wechat_session::KeptKey,
};

/// The proof of a person in a WeChat app, without a session key.
pub fn by_wechat(proven: &WechatIdentity) -> WechatProof {
    WechatProof {
        identity: proven.clone(),
        session_key: None,
    }
}

impl Mint {
    /// A refreshable sign-in of `proven` for `client`, where anyone may register.
    pub fn sign_in_request(&self, proven: &WechatIdentity, client: &ClientId) -> SignInRequest {
        let proofs = Proofs {
            wechat: Some(by_wechat(proven)),
            ..Proofs::default()
        };
        self.sign_in_with(proofs, client)
    }

    /// A refreshable sign-in by `proofs` for `client`, at a tenant with default settings.
    pub fn sign_in_with(&self, proofs: Proofs, client: &ClientId) -> SignInRequest {
        SignInRequest {
            proofs,
            otp: None,
            presented: None,
            client: client.clone(),
            scope: scope("offline_access openid"),
            wants: Wants::Session(Refreshable::Yes),
            settings: Settings::default(),
            ip: Some(CALLER),
            now: self.now(),
        }
    }

    /// A signed-in user adds what `proofs` prove, and merges with nobody.
    pub fn add_identity(&self, user: UserId, proofs: Proofs, client: &ClientId) -> AddIdentityRequest {
        AddIdentityRequest {
            user,
            proofs,
            otp: None,
            presented: None,
            merge: false,
            client: client.clone(),
            settings: Settings::default(),
            ip: Some(CALLER),
            now: self.now(),
        }
    }

    /// The act of [`Mint::sign_in_request`], and its refresh token.
    pub fn sign_in(&self, proven: &WechatIdentity, client: &ClientId) -> (SignIn, OpaqueToken) {
        let (act, handout) = SignIn::prepare(self.sign_in_request(proven, client), &self.random);
        (act, refresh_token(handout))
    }
}

/// The refresh token of a sign-in that asked for one.
pub fn refresh_token(handout: Handout) -> OpaqueToken {
    handout.refresh_token.expect("the sign-in is refreshable")
}

/// Small changes to a request.
pub trait SignInChanges {
    /// It is of this person.
    #[must_use]
    fn of(self, proven: &WechatIdentity) -> Self;
    /// The person proves a phone too.
    #[must_use]
    fn with_phone(self, phone: &VerifiedPhone) -> Self;
    /// The tenant takes a phone that WeChat verified as proof of who the person is.
    #[must_use]
    fn joining_by_phone(self) -> Self;
    /// The tenant keeps the session key that came with the proof.
    #[must_use]
    fn keeping(self, key: KeptKey) -> Self;
    /// The tenant takes new users in this way.
    #[must_use]
    fn where_registration_is(self, registration: Registration) -> Self;
    /// The tenant's tokens live so long.
    #[must_use]
    fn living(self, tokens: TokenLifetimes) -> Self;
}

impl SignInChanges for SignInRequest {
    fn of(mut self, proven: &WechatIdentity) -> Self {
        self.proofs.wechat = Some(by_wechat(proven));
        self
    }

    fn with_phone(mut self, phone: &VerifiedPhone) -> Self {
        self.proofs.phone = Some(phone.clone());
        self
    }

    fn joining_by_phone(mut self) -> Self {
        self.settings.link_by_wechat_phone = true;
        self
    }

    fn keeping(mut self, key: KeptKey) -> Self {
        let wechat = self
            .proofs
            .wechat
            .as_mut()
            .expect("a key comes with a WeChat proof");
        wechat.session_key = Some(key);
        self
    }

    fn where_registration_is(mut self, registration: Registration) -> Self {
        self.settings.registration = registration;
        self
    }

    fn living(mut self, tokens: TokenLifetimes) -> Self {
        self.settings.tokens = tokens;
        self
    }
}
