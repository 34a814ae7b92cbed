//! What a person has proved in one login so far. The proofs of one login are of one person: that is what signing in with them
//! together says.

use crate::{
    consent::Document,
    id::IdentityId,
    identity::{IdentityKind, PhoneVerifier, VerifiedPhone, WechatIdentity},
    password::{PasswordHash, Username},
    session::Method,
    token::SecretHash,
    wechat_session::KeptKey,
};

/// The proofs. One of each kind: a later one takes the place of an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// A person in a WeChat app.
    pub wechat: Option<WechatProof>,
    /// A phone.
    pub phone: Option<VerifiedPhone>,
    /// A password that was right.
    pub account: Option<AccountProof>,
    /// A username that the person wants, with a password.
    pub new_account: Option<NewAccount>,
    /// The documents that the client says the person has accepted.
    pub documents: Vec<Document>,
    /// The thumbprint of the key that the login, and what comes of it, is bound to (RFC 9449): that of its first step.
    pub dpop_jkt: Option<String>,
}

/// A login code that WeChat took.
#[derive(Debug, Clone)]
pub struct WechatProof {
    /// Who, in which app.
    pub identity: WechatIdentity,
    /// The session key that came with it, where the tenant keeps them.
    pub session_key: Option<KeptKey>,
}

/// A password that was right.
#[derive(Debug, Clone)]
pub struct AccountProof {
    /// The identity whose password it is.
    pub identity: IdentityId,
    /// Its name. Failures are counted under it.
    pub username: Username,
    /// SHA-256 of the hash that the password was checked against: a password that was changed since is no proof any more.
    pub checked: SecretHash,
    /// What to keep instead of that hash, where it was made with other parameters.
    pub rehash: Option<PasswordHash>,
}

impl AccountProof {
    /// What [`AccountProof::checked`] is of a hash.
    pub fn digest(hash: &PasswordHash) -> SecretHash {
        SecretHash::of(hash.expose().as_bytes())
    }
}

/// A username that nobody has yet, and the hash of a password that was let pass.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name.
    pub username: Username,
    /// The hash.
    pub hash: PasswordHash,
}

impl Proofs {
    /// These, and what was proven since.
    #[must_use]
    pub fn with(self, later: Self) -> Self {
        let mut documents = self.documents;
        for document in later.documents {
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
        // As many as one request may name: the last ones.
        documents.drain(..documents.len().saturating_sub(8));
        Self {
            wechat: later.wechat.or(self.wechat),
            phone: later.phone.or(self.phone),
            account: later.account.or(self.account),
            new_account: later.new_account.or(self.new_account),
            documents,
            dpop_jkt: self.dpop_jkt.or(later.dpop_jkt),
        }
    }

    /// The kinds of identity that were proven.
    pub fn kinds(&self) -> Vec<IdentityKind> {
        let is_account = self.account.is_some() || self.new_account.is_some();
        let kinds = [
            (IdentityKind::Wechat, self.wechat.is_some()),
            (IdentityKind::Phone, self.phone.is_some()),
            (IdentityKind::Account, is_account),
        ];
        kinds
            .into_iter()
            .filter_map(|(kind, is)| is.then_some(kind))
            .collect()
    }

    /// Whether the phone was verified by a code of ours, which only whoever has the phone can know.
    pub fn has_phone_in_hand(&self) -> bool {
        self.phone
            .as_ref()
            .is_some_and(|phone| phone.verifier == PhoneVerifier::Sms)
    }

    /// The values of `amr` (RFC 8176).
    pub fn methods(&self) -> Vec<Method> {
        let phone = self.phone.as_ref().map(|phone| match phone.verifier {
            PhoneVerifier::Wechat(_) => Method::WechatPhone,
            PhoneVerifier::Sms | PhoneVerifier::Operator => Method::Sms,
        });
        let is_account = self.account.is_some() || self.new_account.is_some();
        let mut methods: Vec<_> = (self.wechat.is_some().then_some(Method::Wechat).into_iter())
            .chain(phone)
            .chain(is_account.then_some(Method::Password))
            .collect();
        if self.factors().len() > 1 {
            methods.push(Method::MultiFactor);
        }
        methods
    }

    /// The kinds that stand for themselves: a phone that WeChat answers for adds nothing to WeChat.
    pub fn factors(&self) -> Vec<IdentityKind> {
        let counts = |kind: &IdentityKind| *kind != IdentityKind::Phone || self.has_phone_in_hand();
        self.kinds().into_iter().filter(counts).collect()
    }
}
