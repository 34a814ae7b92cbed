//! What most cases begin with, and the few verbs that they are written in.

use super::{
    acts::{Directly, Refresh, Refreshed, Work},
    paging::all,
    parallel::{MANY, at_once},
};
use crate::{
    Mint,
    builders::{ClientChanges, appid},
};
use hufu_core::{
    Instant,
    change::{Audited, Change, Changed},
    client::{Client, ClientId},
    event::{Event, EventKind},
    grant::LiveGrant,
    id::{GrantId, UserId},
    identity::{Identity, UnionKey, WechatIdentity},
    login::{Outcome, SignIn, SignInRequest, SignedIn},
    reason::Reason,
    settings::Settings,
    signing_key::SigningAlgorithm,
    store::{Result, Revoked, Store, TenantStore, Unit, WechatAppClaimed, write},
    tenant::Tenant,
    token::OpaqueToken,
    user::User,
    wechat_app::{AppId, WechatApp},
};
use std::sync::Arc;

/// A store and a mint.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) store: Arc<dyn Store>,
    pub(super) mint: Mint,
}

impl Bench {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            mint: Mint::new(20_260_105),
        }
    }

    /// Creates a tenant with a key of each algorithm.
    pub(super) async fn tenant(&self, slug: &str) -> Home {
        let tenant = self.mint.tenant(slug);
        self.create(&tenant).await;
        self.home(tenant)
    }

    /// Creates `tenant` with a key of each algorithm.
    pub(super) async fn create(&self, tenant: &Tenant) {
        let es256 = self.mint.signing_key("first-es256");
        let mut rs256 = self.mint.signing_key("first-rs256");
        rs256.algorithm = SigningAlgorithm::Rs256;
        let event = self.mint.event(EventKind::TenantCreated, tenant.slug.as_str());
        let created = self.store.create_tenant(tenant, &[es256, rs256], &event).await;
        assert_eq!(created, Ok(true), "{} is a new slug", tenant.slug);
    }

    /// The rows of a tenant, whether it is there or not.
    pub(super) fn home(&self, tenant: Tenant) -> Home {
        Home {
            rows: self.store.tenant(tenant.id),
            tenant,
            bench: self.clone(),
        }
    }

    /// Deletes a tenant.
    pub(super) async fn delete(&self, tenant: &Tenant) -> bool {
        let event = self.mint.event(EventKind::TenantDeleted, tenant.slug.as_str());
        self.store.delete_tenant(tenant.id, &event).await.unwrap()
    }

    /// The platform's events, newest first.
    pub(super) async fn platform_events(&self) -> Vec<Event> {
        all(async |page| self.store.platform_events(&page).await).await
    }
}

/// One tenant and its rows.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) tenant: Tenant,
    pub(super) rows: Arc<dyn TenantStore>,
    pub(super) bench: Bench,
}

impl Home {
    pub(super) fn mint(&self) -> &Mint {
        &self.bench.mint
    }

    pub(super) fn now(&self) -> Instant {
        self.mint().now()
    }

    /// Lets the store open all its connections, so that whoever starts at once afterwards does: the first of many would else
    /// be done before the second is connected.
    pub(super) async fn warm_up(&self) {
        at_once(MANY, |_| {
            let rows = self.rows.clone();
            async move { rows.revoked("no-such-jti").await.unwrap() }
        })
        .await;
    }

    /// Runs `work` on what is `given` as one unit.
    pub(super) async fn write<S, T>(
        &self,
        given: S,
        work: for<'a> fn(&'a mut dyn Unit, &'a S) -> Work<'a, T>,
    ) -> Result<T>
    where
        S: Send + Sync + 'static,
        T: Send + 'static,
    {
        write(self.rows.as_ref(), Directly { given, work }).await
    }

    /// Makes a change as an operator would.
    pub(super) async fn try_change(&self, change: Change) -> Result<Changed> {
        let audit = self.mint().audit();
        write(self.rows.as_ref(), Audited { change, audit }).await
    }

    /// Makes a change that the store must be able to answer.
    pub(super) async fn change(&self, change: Change) -> Changed {
        self.try_change(change).await.unwrap()
    }

    /// Registers a public client, of an app where one is given.
    pub(super) async fn register(&self, id: &str, of: Option<&AppId>) -> ClientId {
        let client = self.mint().client(id);
        let client = of.map_or(client.clone(), |of| client.of_app(of));
        assert_eq!(self.put(&client).await, Changed::Created);
        client.id
    }

    /// Registers or replaces a client, whatever is there.
    pub(super) async fn put(&self, client: &Client) -> Changed {
        self.change(Change::Client {
            client: client.clone(),
            based_on: None,
            key: None,
        })
        .await
    }

    /// Replaces the tenant's settings.
    pub(super) async fn set(&self, settings: Settings) {
        let tenant = Tenant {
            settings,
            ..self.tenant.clone()
        };
        let based_on = None;
        let changed = self.change(Change::Tenant { tenant, based_on }).await;
        assert_eq!(changed, Changed::Updated);
    }

    /// Claims an app, taking it from nobody.
    pub(super) async fn claim(&self, app: &WechatApp) -> WechatAppClaimed {
        let claim = self.mint().claim(self.tenant.id, app.clone());
        self.bench.store.claim_wechat_app(&claim).await.unwrap()
    }

    /// An app of this tenant alone, with a client of its own.
    pub(super) async fn mini_program(&self, number: u64) -> (AppId, ClientId) {
        let appid = appid(number);
        let app = self.mint().wechat_app(&appid);
        assert_eq!(self.claim(&app).await, WechatAppClaimed::Created);
        let client = self
            .register(&format!("mini-program-{number}"), Some(&appid))
            .await;
        (appid, client)
    }

    /// Asks for a sign-in that ends in a session, or says why it does not.
    pub(super) async fn ask(&self, request: SignInRequest) -> Asked {
        let (act, _) = SignIn::prepare(request, &self.mint().random);
        asked(write(self.rows.as_ref(), act).await.unwrap())
    }

    /// Signs a person in who must be let in.
    pub(super) async fn sign_in(&self, person: &WechatIdentity, client: &ClientId) -> Login {
        let (act, token) = self.mint().sign_in(person, client);
        let signed_in = asked(write(self.rows.as_ref(), act).await.unwrap()).unwrap();
        Login {
            user: signed_in.session.user_id,
            grant: signed_in.grant.id,
            signed_in,
            token: Arc::new(token),
        }
    }

    /// Presents a refresh token.
    pub(super) async fn refresh(&self, token: &OpaqueToken) -> Refreshed {
        write(self.rows.as_ref(), Refresh::prepare(token, self.mint()))
            .await
            .unwrap()
    }

    /// A grant with its session and user.
    pub(super) async fn live(&self, grant: GrantId) -> Option<LiveGrant> {
        let found = self.rows.live_grant(grant, "no-such-jti").await.unwrap();
        found.map(|(live, revoked)| {
            assert_eq!(revoked, Revoked::No);
            live
        })
    }

    /// Whether access tokens of the grant are alive now.
    pub(super) async fn is_alive(&self, grant: GrantId) -> bool {
        self.live(grant)
            .await
            .is_some_and(|live| live.is_live(self.now()))
    }

    /// Asserts that nothing of a login is alive: no access token, no refresh token, no session.
    pub(super) async fn assert_ended(&self, login: &Login) {
        assert!(!self.is_alive(login.grant).await, "the grant ended");
        assert!(!self.has_session(login).await, "the session ended");
        assert_eq!(self.refresh(&login.token).await, Refreshed::Refused);
    }

    /// Asserts that a login is alive, without using its refresh token.
    pub(super) async fn assert_alive(&self, login: &Login) {
        assert!(self.is_alive(login.grant).await, "the grant lives");
        assert!(self.has_session(login).await, "the session lives");
    }

    async fn has_session(&self, login: &Login) -> bool {
        let sessions = self.rows.sessions(login.user, self.now()).await.unwrap();
        sessions
            .iter()
            .any(|session| session.id == login.signed_in.session.id)
    }

    /// All users.
    pub(super) async fn users(&self) -> Vec<User> {
        all(async |page| self.rows.users(&page).await).await
    }

    /// A user that must be there.
    pub(super) async fn user(&self, id: UserId) -> User {
        self.rows.user(id).await.unwrap().expect("the user is there")
    }

    /// The identities of a user, oldest first.
    pub(super) async fn identities(&self, user: UserId) -> Vec<Identity> {
        self.rows.identities(user).await.unwrap()
    }

    /// The one WeChat identity of a user: those of one instant come in no order.
    pub(super) async fn wechat_of(&self, user: UserId) -> Identity {
        let mut identities = self.identities(user).await;
        identities.retain(|identity| identity.wechat().is_some());
        assert_eq!(identities.len(), 1);
        identities.remove(0)
    }

    /// All events, newest first.
    pub(super) async fn events(&self) -> Vec<Event> {
        all(async |page| self.rows.events(&page).await).await
    }

    /// All events of a kind, newest first.
    pub(super) async fn events_of(&self, kind: EventKind) -> Vec<Event> {
        let mut events = self.events().await;
        events.retain(|event| event.kind == kind);
        events
    }

    /// Who holds a union key.
    pub(super) async fn union_holder(&self, person: &WechatIdentity) -> Option<UserId> {
        let key: UnionKey = person.union_key().expect("the person has a union key");
        self.write(key, |unit, key| {
            Box::pin(async move { Ok(unit.union_holder(key).await?.map(|user| user.id)) })
        })
        .await
        .unwrap()
    }

    /// Asserts that the newest event is `kind` on `target`, as [`Mint::audit`] has it.
    pub(super) async fn assert_recorded(&self, kind: EventKind, target: &str) {
        let events = self.events().await;
        let newest = events.first().expect("something was recorded");
        let audit = self.mint().audit();
        assert_eq!((newest.kind, newest.target.as_str()), (kind, target));
        assert_eq!(
            (&newest.actor, newest.ip, newest.at),
            (&audit.actor, audit.ip, audit.now)
        );
    }

    /// Asserts that `change` is answered by `answer`, one of those that change nothing, and that nothing is recorded.
    pub(super) async fn assert_nothing_changes(&self, change: Change, answer: Changed) {
        let before = self.events().await;
        assert_eq!(self.change(change).await, answer);
        assert_eq!(self.events().await, before, "nothing is recorded");
    }
}

/// A session, or why there is none.
pub(super) type Asked = std::result::Result<SignedIn, Reason>;

/// What came of a sign-in that wanted a session at once.
pub(super) fn asked(outcome: Outcome) -> Asked {
    match outcome {
        Outcome::SignedIn(signed_in) => Ok(signed_in),
        Outcome::Refused(refusal) => Err(refusal.reason),
        Outcome::More(more) => Err(more.reason.expect("something was proven")),
        Outcome::Code | Outcome::Browser(_) | Outcome::InvalidSession => {
            panic!("the sign-in came to {outcome:?}")
        }
    }
}

/// Someone who was signed in.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: UserId,
    pub(super) grant: GrantId,
    pub(super) signed_in: SignedIn,
    pub(super) token: Arc<OpaqueToken>,
}
