//! The store as ports.
//!
//! The tenant is chosen once, by [`Tenants::tenant`], so no query can forget it; work across tenants stands in ports of
//! its own ([`Tenants`], [`Operators`], [`Housekeeping`]), so that a reviewer sees it. Reads need no transaction. The
//! writes of one request are one [`Act`], handed over whole: an act may be run more than once (a serialization failure,
//! a group that is split), each time on a unit of work that has seen nothing of the run before.

use crate::{
    Instant,
    attempts::{AttemptKey, Failures},
    authorization::{ClientConsent, PendingRequest},
    client::{Client, ClientId},
    consent::Consent,
    event::Event,
    grant::{Grant, LiveGrant, RefreshToken, Spent},
    id::{
        EventId, GrantId, IdentityId, LoginId, OperatorId, RefreshTokenId, RequestId, ScanId, SessionId,
        TenantId, UserId,
    },
    identity::{Identity, OpenId, UnionKey},
    login::LoginTransaction,
    operator::Operator,
    page::{Page, PageRequest},
    password::Username,
    phone::PhoneNumber,
    profile::Profile,
    registration::InitialToken,
    scan::Scan,
    session::Session,
    signing_key::{KeyId, SigningAlgorithm, SigningKey, rotation::DueKey},
    tenant::{Tenant, TenantSlug},
    token::SecretHash,
    user::{User, UserState},
    wechat_app::{AppId, WechatApp},
    wechat_session::KeptKeys,
};
mod accounts;
mod browsers;
mod devices;
mod registration;
mod replay;
mod scans;

pub use accounts::{
    Account, AccountUnit, GrantSummary, KeptSmsVendor, SmsConversion, SmsCounted, SmsUnit, TransactionUnit,
};
pub use browsers::{BrowserUnit, LogoutDelivery, Logouts};
pub use devices::DeviceUnit;
pub use registration::RegistrationUnit;
pub use replay::{Proof, ReplayUnit, UseOnce};
pub use scans::ScanUnit;

use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// Why the store did not do it. Nothing was written, unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no connection free in time. Try again later. Where the connection broke under
    /// a commit, nobody knows whether it was done.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Another act got there first, again and again.
    #[error("the act lost a race too often: {0}")]
    Contention(String),
    /// The tenant, or another row that the act builds on, is gone.
    #[error("a row that this one belongs to is gone: {0}")]
    Gone(String),
    /// A row cannot become a domain value.
    #[error("corrupt row in {table} ({row}): {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        what: String,
    },
    /// A defect of Hufu.
    #[error("defect: {0}")]
    Defect(String),
}

/// What the ports answer.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The whole store.
pub trait Store: Tenants + Operators + Housekeeping + WechatApps + Logouts {}
impl<S: Tenants + Operators + Housekeeping + WechatApps + Logouts> Store for S {}

/// Tenants as an operator sees them: across tenants.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// The store of one tenant. Costs nothing; a tenant that does not exist has no rows.
    fn tenant(&self, id: TenantId) -> Arc<dyn TenantStore>;
    /// The tenant with that slug.
    async fn tenant_by_slug(&self, slug: &TenantSlug) -> Result<Option<Tenant>>;
    /// The slug of the tenant with that id.
    async fn tenant_slug(&self, id: TenantId) -> Result<Option<TenantSlug>>;
    /// Tenants in the order of their slugs.
    async fn tenants(&self, page: &PageRequest) -> Result<Page<Tenant>>;
    /// Creates the tenant, its data key and its signing keys at once, with the event in both its own log and the
    /// platform's. `false` where the slug is taken.
    async fn create_tenant(&self, tenant: &Tenant, keys: &[SigningKey], event: &Event) -> Result<bool>;
    /// Deletes the tenant with all that it has, its data key included; the event goes to the platform's log. `false`
    /// where there is no such tenant.
    async fn delete_tenant(&self, id: TenantId, event: &Event) -> Result<bool>;
    /// Adds or replaces a WeChat app, or moves it from the tenant that holds it, in one unit of work.
    async fn claim_wechat_app(&self, claim: &WechatAppClaim) -> Result<WechatAppClaimed>;
}

/// WeChat apps by appid alone: across tenants, since an appid has one tenant at most. What nodes share of an app is here.
#[async_trait]
pub trait WechatApps: Send + Sync {
    /// The slug of the tenant that has the app.
    async fn wechat_app_tenant(&self, appid: &AppId) -> Result<Option<TenantSlug>>;
    /// The app's access token, opened, whether it still serves or not.
    async fn access_token(&self, appid: &AppId) -> Result<Option<SharedToken>>;
    /// Keeps a token, sealed, for all nodes, unless one that was fetched later is there. Does nothing where no tenant has the
    /// app.
    async fn keep_access_token(&self, appid: &AppId, token: &SharedToken) -> Result<()>;
    /// Removes the token if it still is the one that was fetched at `fetched_at`: compare and expire.
    async fn expire_access_token(&self, appid: &AppId, fetched_at: Instant) -> Result<()>;
    /// Makes the app's next secret the current one if it still is `next`, with the event in the tenant's log. `false` where it
    /// is not, such as where another node was faster.
    async fn promote_secret(&self, appid: &AppId, next: &SecretString, event: &Event) -> Result<bool>;
    /// Adds an event to the log of the tenant that has the app. Does nothing where there is none.
    async fn record_of_app(&self, appid: &AppId, event: &Event) -> Result<()>;
}

/// An app's access token, as nodes share it.
#[derive(Debug, Clone)]
pub struct SharedToken {
    /// The token: up to 2,048 bytes.
    pub token: SecretString,
    /// SHA-256 of the AppSecret that it was fetched with: with another secret, another token.
    pub secret_hash: [u8; 32],
    /// When it was fetched, by the clock of the node that did.
    pub fetched_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// A tenant claims a WeChat app whose secret it has just proven.
#[derive(Debug, Clone)]
pub struct WechatAppClaim {
    /// Who claims it.
    pub tenant: TenantId,
    /// The app as it is to be. `created_at` is kept where the tenant has the app already.
    pub app: WechatApp,
    /// Whether to take it from another tenant that holds it.
    pub transfer: bool,
    /// The `updated_at` that the claim builds on; `None` to replace whatever is there.
    pub based_on: Option<Instant>,
    /// Who asks, and from where.
    pub audit: Audit,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WechatAppClaimed {
    /// Nobody had it.
    Created,
    /// The tenant had it.
    Replaced,
    /// Another tenant had it, and lost it. Its identities of the app remain.
    Transferred,
    /// Another tenant has it and no transfer was asked for. Nothing changed.
    HeldByAnother,
    /// It was changed since it was read. Nothing changed.
    Stale,
}

/// Operator tokens and the platform's own event log.
#[async_trait]
pub trait Operators: Send + Sync {
    /// The operator, revoked or not.
    async fn operator(&self, id: OperatorId) -> Result<Option<Operator>>;
    /// Operators in the order of their ids: all, or those of one tenant.
    async fn operators(&self, tenant: Option<TenantId>, page: &PageRequest) -> Result<Page<Operator>>;
    /// Adds an operator; the event goes to the tenant's log where it is limited to one, else to the platform's.
    async fn create_operator(&self, operator: &Operator, event: &Event) -> Result<()>;
    /// Revokes a token. `false` where it is unknown or was revoked before.
    async fn revoke_operator(&self, id: OperatorId, now: Instant, event: &Event) -> Result<bool>;
    /// The platform's own events, newest first.
    async fn platform_events(&self, page: &PageRequest) -> Result<Page<Event>>;
}

/// What the server does by itself.
#[async_trait]
pub trait Housekeeping: Send + Sync {
    /// Asks the database for a sign of life.
    async fn ping(&self) -> Result<()>;
    /// The slugs of tenants whose configuration (tenant, WeChat apps, clients, keys) changed at or after `since`,
    /// deletions included, with a mark of the last change: its instant, or a millisecond after the mark before where that is
    /// later, so that equal marks mean no change. Entries are kept for an hour.
    async fn changed_since(&self, since: Instant) -> Result<Vec<(TenantSlug, Instant)>>;
    /// At most `limit` keys that are to be succeeded at `now`, of all tenants, the longest overdue first.
    async fn due_keys(&self, now: Instant, limit: u32) -> Result<Vec<DueKey>>;
    /// Removes at most `limit` rows of each kind that are of no use at `now`: expired refresh tokens, grants, sessions
    /// and revocations, session keys, messages that were obeyed, access tokens of WeChat apps, logins under way, proofs that were used, codes, counts
    /// of messages and failures; and deletes the accounts whose cooling-off is over, each with an event in its tenant's log. Gives how
    /// many it removed; 0 when there is nothing left.
    async fn remove_expired(&self, now: Instant, limit: u32) -> Result<u64>;
}

/// One tenant's rows.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Which tenant.
    fn id(&self) -> TenantId;
    /// A client.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>>;
    /// Clients in the order of their ids.
    async fn clients(&self, page: &PageRequest) -> Result<Page<Client>>;
    /// The tokens with which clients register themselves, used up and expired ones too, in the order of their creation.
    async fn initial_tokens(&self, page: &PageRequest) -> Result<Page<InitialToken>>;
    /// A WeChat app, its secret opened.
    async fn wechat_app(&self, appid: &AppId) -> Result<Option<WechatApp>>;
    /// WeChat apps in the order of their appids.
    async fn wechat_apps(&self, page: &PageRequest) -> Result<Page<WechatApp>>;
    /// All signing keys that are not retired at `now`, opened, oldest first.
    async fn signing_keys(&self, now: Instant) -> Result<Vec<SigningKey>>;
    /// A user.
    async fn user(&self, id: UserId) -> Result<Option<User>>;
    /// Users in the order of their ids, which is that of their creation.
    async fn users(&self, page: &PageRequest) -> Result<Page<User>>;
    /// A user's identities, oldest first; at most 100.
    async fn identities(&self, user: UserId) -> Result<Vec<Identity>>;
    /// The session keys that are kept of an identity, opened.
    async fn session_keys(&self, identity: IdentityId) -> Result<Option<KeptKeys>>;
    /// A user's live sessions at `now`, newest first; at most 100.
    async fn sessions(&self, user: UserId, now: Instant) -> Result<Vec<Session>>;
    /// A session that lives in a browser, ended or not, with its user.
    async fn browser_session(&self, id: SessionId) -> Result<Option<(Session, User)>>;
    /// A request that waits, opened, whether its time is over or not.
    async fn request(&self, id: RequestId) -> Result<Option<PendingRequest>>;
    /// A sign-in by scan, whether its time is over or not.
    async fn scan(&self, id: ScanId) -> Result<Option<Scan>>;
    /// What a user lets a client do.
    async fn client_consent(&self, user: UserId, client: &ClientId) -> Result<Option<ClientConsent>>;
    /// What a user lets clients do, by their ids; at most 100.
    async fn client_consents(&self, user: UserId) -> Result<Vec<ClientConsent>>;
    /// A user's live grants at `now`, newest first; at most 100.
    async fn grants(&self, user: UserId, now: Instant) -> Result<Vec<GrantSummary>>;
    /// The account of that name, and the failures that are counted under the keys.
    async fn account(
        &self,
        username: &Username,
        keys: &[AttemptKey],
    ) -> Result<(Option<Account>, Vec<Failures>)>;
    /// A user's profile; an empty one where there is none.
    async fn profile(&self, user: UserId) -> Result<Profile>;
    /// What a user did about documents, newest first; at most 100.
    async fn consents(&self, user: UserId) -> Result<Vec<Consent>>;
    /// A login that is under way, its proofs opened, whether its time is over or not.
    async fn transaction(&self, id: LoginId) -> Result<Option<LoginTransaction>>;
    /// The tenant's SMS vendor, opened.
    async fn sms_vendor(&self) -> Result<Option<KeptSmsVendor>>;
    /// A grant with its session and user, for the check of an access token; and whether the token `jti` was revoked.
    async fn live_grant(&self, id: GrantId, jti: &str) -> Result<Option<(LiveGrant, Revoked)>>;
    /// Whether the token `jti`, which belongs to no grant, was revoked.
    async fn revoked(&self, jti: &str) -> Result<Revoked>;
    /// A refresh token with its family, spent or not.
    async fn refresh_token(&self, id: RefreshTokenId) -> Result<Option<(RefreshToken, LiveGrant)>>;
    /// The tenant's events, newest first.
    async fn events(&self, page: &PageRequest) -> Result<Page<Event>>;
    /// Runs an act. Call [`write`] instead, which gives back what the act gives.
    async fn run(&self, act: Arc<dyn ErasedAct>) -> Result<()>;
}

/// Whether a token was revoked before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It was.
    Yes,
    /// It was not.
    No,
}

/// The writes of one request. Everything that it reads and writes goes through the unit of work; its ids and secrets
/// are made before, so that a second run does the same.
#[async_trait]
pub trait Act: Send + Sync + 'static {
    /// What the caller gets once the unit is durably committed. A refusal that must leave a trace (reuse of a refresh
    /// token revokes its family) is an output: only a [`StoreError`] rolls back.
    type Output: Send + 'static;
    /// Loads, decides, applies.
    async fn run(&self, unit: &mut dyn Unit) -> Result<Self::Output>;
}

/// An act whose output is kept aside, so that stores need not know its type.
#[async_trait]
pub trait ErasedAct: Send + Sync {
    /// Runs the act.
    async fn run(&self, unit: &mut dyn Unit) -> Result<()>;
}

struct Kept<A: Act> {
    act: A,
    output: Mutex<Option<A::Output>>,
}

#[async_trait]
impl<A: Act> ErasedAct for Kept<A> {
    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        let output = self.act.run(unit).await?;
        *self.output.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
        Ok(())
    }
}

/// Runs `act` on the tenant's rows as one unit of work and gives back its output once that is durable.
pub async fn write<A: Act>(store: &dyn TenantStore, act: A) -> Result<A::Output> {
    let kept = Arc::new(Kept {
        act,
        output: Mutex::new(None),
    });
    store.run(kept.clone()).await?;
    let output = kept.output.lock().unwrap_or_else(PoisonError::into_inner).take();
    output.ok_or_else(|| StoreError::Defect("the store committed an act that it did not run".into()))
}

/// A unit of work on one tenant's rows.
pub trait Unit:
    LoginUnit
    + GrantUnit
    + AdminUnit
    + AccountUnit
    + TransactionUnit
    + SmsUnit
    + BrowserUnit
    + ReplayUnit
    + RegistrationUnit
    + ScanUnit
    + DeviceUnit
{
}
impl<U> Unit for U where
    U: LoginUnit
        + GrantUnit
        + AdminUnit
        + AccountUnit
        + TransactionUnit
        + SmsUnit
        + BrowserUnit
        + ReplayUnit
        + RegistrationUnit
        + ScanUnit
        + DeviceUnit
{
}

/// What a login reads and writes.
#[async_trait]
pub trait LoginUnit: Send {
    /// The WeChat identity (appid, openid) and its user.
    async fn identity(&mut self, appid: &AppId, openid: &OpenId) -> Result<Option<(Identity, User)>>;
    /// The user that holds the union key.
    async fn union_holder(&mut self, key: &UnionKey) -> Result<Option<User>>;
    /// Whether the user has one identity at the most and no grant to a client of any app but that identity's.
    async fn is_bare(&mut self, user: UserId) -> Result<bool>;
    /// Adds a user.
    async fn insert_user(&mut self, user: &User) -> Result<()>;
    /// Adds an identity; records its union key for its user where nobody holds that.
    async fn insert_identity(&mut self, identity: &Identity) -> Result<()>;
    /// Writes the union key into the identity; with `holder`, records it for that user too where nobody holds it.
    async fn record_union(
        &mut self,
        identity: IdentityId,
        key: &UnionKey,
        holder: Option<UserId>,
    ) -> Result<()>;
    /// Moves all identities and union keys of `absorbed` to `into`, ends its sessions and grants, and leaves a tombstone.
    async fn absorb(&mut self, absorbed: UserId, into: UserId, now: Instant) -> Result<()>;
    /// Adds a session with its first grant and that grant's first refresh token.
    async fn open_session(
        &mut self,
        session: &Session,
        grant: &Grant,
        token: Option<&RefreshToken>,
    ) -> Result<()>;
    /// The user that has the phone.
    async fn phone_holder(&mut self, number: &PhoneNumber) -> Result<Option<User>>;
    /// A user's identities, in no order; at most 100.
    async fn identities_of(&mut self, user: UserId) -> Result<Vec<Identity>>;
    /// The phone that a user has.
    async fn phone_of(&mut self, user: UserId) -> Result<Option<Identity>>;
    /// Removes an identity with what is kept of it. `false` where it is unknown.
    async fn remove_identity(&mut self, id: IdentityId) -> Result<bool>;
    /// The session keys that are kept of an identity, locked.
    async fn session_keys(&mut self, identity: IdentityId) -> Result<Option<KeptKeys>>;
    /// Keeps session keys, sealed, in place of those that are there. Does nothing where the tenant keeps none: a login may
    /// end after the setting was changed.
    async fn keep_session_keys(&mut self, identity: IdentityId, keys: &KeptKeys) -> Result<()>;
    /// Forgets the session keys of an identity.
    async fn forget_session_keys(&mut self, identity: IdentityId) -> Result<()>;
    /// Whether no message of this digest was pushed for the app before; it is remembered until `until`.
    async fn first_delivery(&mut self, appid: &AppId, digest: [u8; 32], until: Instant) -> Result<bool>;
    /// Adds an audit event to the tenant's log.
    async fn record(&mut self, event: &Event) -> Result<()>;
}

/// What a refresh or a revocation reads and writes.
#[async_trait]
pub trait GrantUnit: Send {
    /// A refresh token with its family, spent or not.
    async fn refresh_token(&mut self, id: RefreshTokenId) -> Result<Option<(RefreshToken, LiveGrant)>>;
    /// Marks `spent` as the family's last spent token if that still is `before`. `false`: somebody else was faster.
    async fn spend(&mut self, grant: GrantId, before: Option<Spent>, spent: Spent) -> Result<bool>;
    /// Adds the next generation's token.
    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<()>;
    /// Moves the end of a refresh token that is used without being spent.
    async fn prolong_refresh_token(&mut self, id: RefreshTokenId, expires_at: Instant) -> Result<()>;
    /// Revokes a grant with all its tokens. `false` where it is unknown or was revoked before.
    async fn revoke_family(&mut self, grant: GrantId, now: Instant) -> Result<bool>;
    /// Revokes one access token until it would have expired anyway.
    async fn revoke_access_token(&mut self, jti: &str, expires_at: Instant) -> Result<()>;
}

/// What an operator's change reads and writes. Each bumps the tenant's configuration where that is what it changes.
#[async_trait]
pub trait AdminUnit: Send {
    /// The tenant itself.
    async fn this_tenant(&mut self) -> Result<Option<Tenant>>;
    /// Writes display name, settings and `updated_at`. `false` where the tenant is gone.
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<bool>;
    /// A client.
    async fn client(&mut self, id: &ClientId) -> Result<Option<Client>>;
    /// Adds or replaces a client.
    async fn put_client(&mut self, client: &Client) -> Result<()>;
    /// Writes a client's new secret. `false` where there is no such confidential client.
    async fn set_client_secret(&mut self, id: &ClientId, hash: SecretHash, now: Instant) -> Result<bool>;
    /// Removes a client and revokes all grants to it. `false` where it is unknown.
    async fn delete_client(&mut self, id: &ClientId, now: Instant) -> Result<bool>;
    /// Removes a WeChat app. Identities of it remain. `false` where it is unknown.
    async fn delete_wechat_app(&mut self, appid: &AppId, now: Instant) -> Result<bool>;
    /// Gives a WeChat app the secret that will follow its current one. `false` where the app is unknown.
    async fn set_next_secret(&mut self, appid: &AppId, next: &SecretString, now: Instant) -> Result<bool>;
    /// Forgets all session keys of the tenant.
    async fn forget_all_session_keys(&mut self) -> Result<()>;
    /// Adds a key.
    async fn insert_key(&mut self, key: &SigningKey) -> Result<()>;
    /// Makes a waiting key sign from `at` on, and be succeeded at `rotates_at`.
    async fn activate_key(&mut self, kid: &KeyId, at: Instant, rotates_at: Option<Instant>) -> Result<()>;
    /// Writes when a key is succeeded by itself.
    async fn set_rotation(&mut self, kid: &KeyId, at: Option<Instant>) -> Result<()>;
    /// Gives all keys of the algorithm that have no end yet one, except `keep`; they are succeeded no more.
    async fn retire_keys(&mut self, algorithm: SigningAlgorithm, keep: &KeyId, at: Instant) -> Result<()>;
    /// The keys that are not retired at `now`, oldest first.
    async fn keys(&mut self, now: Instant) -> Result<Vec<SigningKey>>;
    /// Removes a key at once. `false` where it is unknown.
    async fn delete_key(&mut self, kid: &KeyId, now: Instant) -> Result<bool>;
    /// A user.
    async fn user(&mut self, id: UserId) -> Result<Option<User>>;
    /// Writes a user's state.
    async fn set_user_state(&mut self, id: UserId, state: UserState, now: Instant) -> Result<()>;
    /// Ends all sessions of a user and revokes all its grants.
    async fn end_sessions(&mut self, user: UserId, now: Instant) -> Result<()>;
    /// Ends one live session of a user and revokes its grants. `false` where there is none.
    async fn end_session(&mut self, user: UserId, session: SessionId, now: Instant) -> Result<bool>;
    /// Deletes a user with its identities, sessions and grants. `false` where it is unknown.
    async fn delete_user(&mut self, user: UserId) -> Result<bool>;
}

/// Who asks for a change, from where, when, and under which id it is recorded.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The event's id.
    pub event: EventId,
    /// Who.
    pub actor: crate::event::Actor,
    /// From where.
    pub ip: Option<std::net::IpAddr>,
    /// When.
    pub now: Instant,
}

impl Audit {
    /// The event that records the change.
    pub fn event(&self, kind: crate::event::EventKind, target: &str, detail: serde_json::Value) -> Event {
        Event {
            id: self.event,
            at: self.now,
            actor: self.actor.clone(),
            ip: self.ip,
            kind,
            target: target.to_string(),
            detail,
        }
    }
}
