//! The ports of accounts: passwords, logins under way, codes by SMS, failures, profiles, consents, merges.

use super::Result;
use crate::{
    Instant,
    attempts::{AttemptKey, Failures},
    consent::Consent,
    id::{CodeId, GrantId, IdentityId, LoginId, SessionId, UserId},
    identity::Identity,
    login::{AuthorizationCode, LoginTransaction},
    merge::Merge,
    password::{PasswordHash, Username},
    phone::PhoneNumber,
    profile::Profile,
    scope::Scope,
    sms::{
        SmsPurpose, SmsVendor,
        budget::{Conversion, Count, Counted, Limit},
        challenge::SmsChallenge,
    },
    user::User,
};
use async_trait::async_trait;
use std::net::IpAddr;
use uuid::Uuid;

/// A username with its password.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its identity.
    pub identity: Identity,
    /// Whose it is.
    pub user: User,
    /// The password's hash.
    pub hash: PasswordHash,
}

/// A grant as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSummary {
    /// The grant.
    pub id: GrantId,
    /// In which session it was given.
    pub session_id: SessionId,
    /// To which client.
    pub client_id: crate::client::ClientId,
    /// How far it goes.
    pub scope: Scope,
    /// When it was given.
    pub created_at: Instant,
}

/// A tenant's SMS vendor as it is kept.
#[derive(Debug, Clone)]
pub struct KeptSmsVendor {
    /// The vendor, opened.
    pub vendor: SmsVendor,
    /// When there first was one.
    pub created_at: Instant,
    /// When it was last replaced.
    pub updated_at: Instant,
}

/// A message that is about to be sent, as it is counted.
#[derive(Debug, Clone)]
pub struct SmsCounted {
    /// The challenge whose code it carries; also its own id.
    pub id: Uuid,
    /// To whom.
    pub phone: PhoneNumber,
    /// Who asked for it: already an `address_key`. `None` where nobody knows, which is counted as one address.
    pub address: Option<IpAddr>,
    /// When.
    pub sent_at: Instant,
}

/// How many of the messages to one block of numbers or one country came back, and whether the tenant was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsConversion {
    /// [`Counted::Prefix`] or [`Counted::Country`].
    pub counted: Counted,
    /// Which block or calling code.
    pub key: String,
    /// Of those sent in the last hour (a block) or 24 hours (a country) and over five minutes ago.
    pub conversion: Conversion,
    /// Whether an alarm stands.
    pub is_raised: bool,
}

/// What accounts and their passwords need.
#[async_trait]
pub trait AccountUnit: Send {
    /// The account of that name.
    async fn account(&mut self, username: &Username) -> Result<Option<Account>>;
    /// The account of an identity.
    async fn account_of(&mut self, identity: IdentityId) -> Result<Option<Account>>;
    /// Keeps a password's hash for an identity, in place of the one before.
    async fn set_password(&mut self, identity: IdentityId, hash: &PasswordHash, now: Instant) -> Result<()>;
    /// Ends all live sessions of a user but one and revokes their grants. Gives how many. The user must be locked.
    async fn end_other_sessions(
        &mut self,
        user: UserId,
        keep: Option<SessionId>,
        now: Instant,
    ) -> Result<u64>;
    /// Ends the eldest live sessions of a user until `keep` are left, and revokes their grants. The user must be locked.
    async fn end_oldest_sessions(&mut self, user: UserId, keep: u32, now: Instant) -> Result<()>;
    /// Writes when a user's account will be deleted, or that it will not.
    async fn set_closing(&mut self, user: UserId, closes_at: Option<Instant>) -> Result<()>;
    /// Writes a user's profile.
    async fn put_profile(&mut self, user: UserId, profile: &Profile) -> Result<()>;
    /// The last thing that a user did about each document: at most 100.
    async fn last_consents(&mut self, user: UserId) -> Result<Vec<Consent>>;
    /// Adds to the record.
    async fn add_consent(&mut self, consent: &Consent) -> Result<()>;
    /// Gives identities to another user, with the union keys that only they have. Both users must be locked. Gives the ids of those
    /// that `from` had.
    async fn move_identities(
        &mut self,
        ids: &[IdentityId],
        from: UserId,
        to: UserId,
    ) -> Result<Vec<IdentityId>>;
    /// Records a merge.
    async fn insert_merge(&mut self, merge: &Merge) -> Result<()>;
    /// The last merge of a user into another that was not undone.
    async fn merge_of(&mut self, merged: UserId) -> Result<Option<Merge>>;
    /// Marks a merge as undone.
    async fn undo_merge(&mut self, merge: &Merge, now: Instant) -> Result<()>;
}

/// What logins that take more than one step need.
#[async_trait]
pub trait TransactionUnit: Send {
    /// A login that is under way, locked.
    async fn transaction(&mut self, id: LoginId) -> Result<Option<LoginTransaction>>;
    /// Keeps a login, its proofs sealed, in place of what was kept under its id.
    async fn put_transaction(&mut self, transaction: &LoginTransaction) -> Result<()>;
    /// Forgets a login.
    async fn delete_transaction(&mut self, id: LoginId) -> Result<()>;
    /// Adds a code, where the user is still active ([`StoreError::Contention`](super::StoreError) otherwise).
    async fn insert_code(&mut self, code: &AuthorizationCode) -> Result<()>;
    /// A code, used or not, locked.
    async fn code(&mut self, id: CodeId) -> Result<Option<AuthorizationCode>>;
    /// Marks a code as used.
    async fn use_code(&mut self, id: CodeId, now: Instant) -> Result<()>;
    /// The failures that are counted under the keys, locked; those that there are, in any order.
    async fn failures(&mut self, keys: &[AttemptKey]) -> Result<Vec<Failures>>;
    /// Keeps a count.
    async fn put_failures(&mut self, failures: &Failures) -> Result<()>;
    /// Forgets a count.
    async fn forget_failures(&mut self, key: &AttemptKey) -> Result<()>;
}

/// What codes by SMS need.
#[async_trait]
pub trait SmsUnit: Send {
    /// The tenant's vendor, locked until the unit ends: the sends of a tenant are counted one after the other, so that a budget
    /// holds however many ask at once.
    async fn sms_vendor(&mut self) -> Result<Option<KeptSmsVendor>>;
    /// Keeps the tenant's vendor, sealed. `created_at` is kept where there is one.
    async fn put_sms_vendor(&mut self, kept: &KeptSmsVendor) -> Result<()>;
    /// Forgets the tenant's vendor. `false` where there is none.
    async fn delete_sms_vendor(&mut self) -> Result<bool>;
    /// The challenge for a phone and a purpose, used or not, locked.
    async fn sms_challenge(
        &mut self,
        phone: &PhoneNumber,
        purpose: SmsPurpose,
    ) -> Result<Option<SmsChallenge>>;
    /// Keeps a challenge in place of the one for its phone and purpose.
    async fn put_sms_challenge(&mut self, challenge: &SmsChallenge) -> Result<()>;
    /// What was sent in the windows of `limits`, for a message like this one: its phone, its address, its block, its country, the
    /// tenant. The windows end at `message.sent_at`. Those of a day may begin up to 15 minutes early.
    async fn sms_counts(&mut self, message: &SmsCounted, limits: &[Limit]) -> Result<Vec<Count>>;
    /// Counts a message.
    async fn count_sms(&mut self, message: &SmsCounted) -> Result<()>;
    /// Notes that the code of a message came back.
    async fn sms_came_back(&mut self, id: Uuid) -> Result<()>;
    /// How the messages to the number's block and country have fared at `now`.
    async fn sms_conversions(&mut self, phone: &PhoneNumber, now: Instant) -> Result<Vec<SmsConversion>>;
    /// Raises or ends an alarm.
    async fn set_sms_alarm(&mut self, counted: Counted, key: &str, raised_at: Option<Instant>) -> Result<()>;
}
