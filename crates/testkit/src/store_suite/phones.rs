//! Phones that come with a login: whose they become, who is found by them, and who is refused.

use super::bench::{Asked, Bench, Home};
use crate::builders::{Person, SignInChanges, appid, person, phone, phone_number};
use hufu_core::{
    change::Change,
    client::ClientId,
    event::{Event, EventKind},
    id::UserId,
    identity::{ExternalIdentity, Identity, VerifiedPhone, WechatIdentity},
    login::SignInRequest,
    reason::Reason,
    session::Method,
    settings::Registration,
    store::{Store, StoreError},
    user::{User, UserState},
};
use std::sync::Arc;

pub(super) const NUMBER: &str = "+8613800138000";
pub(super) const OTHER_NUMBER: &str = "+14155552671";

/// A tenant with an app, whose client everyone comes by.
#[derive(Clone)]
pub(super) struct Shop {
    pub(super) home: Home,
    client: ClientId,
}

impl Shop {
    pub(super) async fn new(store: Arc<dyn Store>) -> Self {
        let home = Bench::new(store).tenant("tea").await;
        let (_, client) = home.mini_program(1).await;
        Self { home, client }
    }

    /// A request of someone of the app, a second later.
    pub(super) fn request(&self, openid: &str) -> SignInRequest {
        self.home.mint().later(1);
        self.home.mint().sign_in_request(&who(openid), &self.client)
    }

    /// Someone comes with a phone, who must be let in.
    pub(super) async fn comes_with(&self, openid: &str, number: &str) -> UserId {
        self.known_comes_with(&who(openid), number).await
    }

    pub(super) async fn known_comes_with(&self, proven: &WechatIdentity, number: &str) -> UserId {
        self.home.mint().later(1);
        let request = self.home.mint().sign_in_request(proven, &self.client);
        let request = request.with_phone(&phone(&appid(1), number));
        self.home.ask(request).await.unwrap().session.user_id
    }

    /// Someone comes with a phone where the tenant takes phones as proof.
    async fn joins_with(&self, openid: &str, number: &str) -> Asked {
        self.known_joins_with(who(openid), number).await
    }

    pub(super) async fn known_joins_with(&self, proven: WechatIdentity, number: &str) -> Asked {
        let proven_phone = phone(&proven.appid, number);
        let request = self.request("x").of(&proven).with_phone(&proven_phone);
        self.home.ask(request.joining_by_phone()).await
    }

    /// Asserts that a request is refused, and that nothing at all comes of it.
    async fn assert_refused(&self, request: SignInRequest, reason: Reason) {
        let openid = request.proofs.wechat.as_ref().unwrap().identity.openid.clone();
        let before = self.everything().await;
        assert_eq!(self.home.ask(request).await, Err(reason), "{openid}");
        assert_eq!(self.everything().await, before, "{openid}: nothing is written");
    }

    /// Users with their identities and the number of their sessions, and all events.
    async fn everything(&self) -> (Vec<(User, Vec<Identity>, usize)>, Vec<Event>) {
        let mut users = vec![];
        for user in self.home.users().await {
            let identities = self.home.identities(user.id).await;
            let sessions = self.home.rows.sessions(user.id, self.home.now()).await.unwrap();
            users.push((user, identities, sessions.len()));
        }
        (users, self.home.events().await)
    }
}

fn who(openid: &str) -> WechatIdentity {
    person(&appid(1), openid)
}

/// Someone of another app.
fn elsewhere(openid: &str) -> WechatIdentity {
    person(&appid(2), openid)
}

/// Who has a number.
pub(super) async fn holder(home: &Home, number: &str) -> Option<UserId> {
    home.write(phone_number(number), |unit, number| unit.phone_holder(number))
        .await
        .unwrap()
        .map(|user| user.id)
}

/// The phone that a user has.
pub(super) async fn phone_of(home: &Home, user: UserId) -> Option<Identity> {
    home.write(user, |unit, user| unit.phone_of(*user)).await.unwrap()
}

/// The number that a user has.
pub(super) async fn number_of(home: &Home, user: UserId) -> Option<String> {
    let phone = phone_of(home, user).await;
    phone.map(|identity| identity.phone().unwrap().number.as_str().to_owned())
}

async fn is_bare(home: &Home, user: UserId) -> bool {
    home.write(user, |unit, user| unit.is_bare(*user)).await.unwrap()
}

/// Adds a phone to a user, whatever core would say.
async fn insert(home: &Home, user: UserId, phone: VerifiedPhone) -> Result<(), StoreError> {
    let identity = home.mint().identity(user, ExternalIdentity::Phone(phone));
    home.write(identity, |unit, identity| unit.insert_identity(identity))
        .await
}

pub async fn a_phone_that_comes_with_a_first_login_is_the_new_users(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let proven = phone(&appid(1), NUMBER);
    let request = shop.request("ming").with_phone(&proven);
    let signed_in = home.ask(request).await.unwrap();
    let user = signed_in.session.user_id;
    assert_eq!(signed_in.session.amr, [Method::Wechat, Method::WechatPhone]);
    let sessions = home.rows.sessions(user, home.now()).await.unwrap();
    assert_eq!(sessions, [signed_in.session], "amr comes back");

    let wechat = home.wechat_of(user).await;
    assert_eq!(wechat.wechat(), Some(&who("ming")));
    let phone = phone_of(home, user).await.unwrap();
    assert_eq!(
        (phone.phone(), phone.created_at, phone.user_id),
        (Some(&proven), home.now(), user)
    );
    let identities = home.identities(user).await;
    assert_eq!(identities.len(), 2);
    assert!(identities.contains(&wechat) && identities.contains(&phone));
    assert_eq!(holder(home, NUMBER).await, Some(user));
    assert_eq!(holder(home, OTHER_NUMBER).await, None);

    let linked = home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].target, user.to_string());
    assert_eq!(linked[0].detail["kind"], "phone");
    let log = format!("{:?}", home.events().await);
    assert!(!log.contains(&NUMBER[1..]), "no event has a number");
}

pub async fn a_phone_that_comes_later_is_the_users_once(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = home.sign_in(&who("ming"), &shop.client).await.user;
    assert_eq!(shop.comes_with("ming", NUMBER).await, user);
    let (identities, events) = (home.identities(user).await, home.events().await);
    assert_eq!(identities.len(), 2);
    for _ in 0..2 {
        assert_eq!(shop.comes_with("ming", NUMBER).await, user);
        assert_eq!(
            shop.joins_with("ming", NUMBER).await.unwrap().session.user_id,
            user
        );
    }
    assert_eq!(home.identities(user).await, identities);
    assert_eq!(home.events().await, events, "what is known is nothing to record");
}

pub async fn another_phone_replaces_the_one_before(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = shop.comes_with("ming", NUMBER).await;
    assert_eq!(shop.comes_with("ming", OTHER_NUMBER).await, user);
    assert_eq!(number_of(home, user).await.as_deref(), Some(OTHER_NUMBER));
    assert_eq!(home.identities(user).await.len(), 2);
    let linked = home.events_of(EventKind::IdentityLinked).await;
    let replaced = &linked[0].detail["replaced"];
    assert_eq!(replaced["verified_by"], appid(1).as_str());
    assert!(replaced["id"].is_string(), "which, for whoever is asked about it");
    assert!(linked[1].detail["replaced"].is_null());
    let next = shop.comes_with("hong", NUMBER).await;
    assert_ne!(next, user, "the number is free again");
    assert_eq!(holder(home, NUMBER).await, Some(next));
}

pub async fn a_number_of_another_is_taken_and_leaves_no_trace(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    shop.comes_with("ming", NUMBER).await;
    shop.home.sign_in(&who("hong"), &shop.client).await;
    shop.comes_with("lan", OTHER_NUMBER).await;
    let theirs = phone(&appid(1), NUMBER);
    for openid in ["nobody-yet", "hong", "lan"] {
        let request = shop.request(openid).with_phone(&theirs);
        shop.assert_refused(request, Reason::PhoneTaken).await;
    }
    let unknown = who("known-elsewhere").known_as("u-1", "group");
    let request = shop.request("x").of(&unknown).with_phone(&theirs);
    shop.assert_refused(request, Reason::PhoneTaken).await;
    assert_eq!(shop.home.union_holder(&unknown).await, None);
    // By whichever app it was verified.
    let elsewhere = shop.request("hong").with_phone(&phone(&appid(2), NUMBER));
    shop.assert_refused(elsewhere, Reason::PhoneTaken).await;
    // A real user does not go into another, even where phones are proof.
    let other = shop.home.register("of-no-app", None).await;
    shop.home.sign_in(&who("hong"), &other).await;
    for openid in ["hong", "lan"] {
        let request = shop.request(openid).with_phone(&theirs).joining_by_phone();
        shop.assert_refused(request, Reason::PhoneTaken).await;
    }
}

pub async fn where_phones_are_proof_a_new_person_is_the_one_with_the_phone(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = shop.comes_with("ming", NUMBER).await;
    // Whoever is found by the phone is nobody new.
    let request = shop.request("x").of(&elsewhere("ming-again"));
    let request = request.where_registration_is(Registration::Closed);
    let request = request.with_phone(&phone(&appid(2), NUMBER));
    let joined = home.ask(request.joining_by_phone()).await.unwrap();
    assert_eq!(joined.session.user_id, user);
    let identities = home.identities(user).await;
    let wechat: Vec<_> = identities.iter().filter_map(Identity::wechat).collect();
    assert_eq!(wechat, [&who("ming"), &elsewhere("ming-again")]);
    assert_eq!(identities.len(), 3);
    let linked = home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked[0].detail["because"], "phone");
    assert_eq!(home.users().await.len(), 1);
    assert_eq!(
        home.sign_in(&elsewhere("ming-again"), &shop.client).await.user,
        user
    );
}

pub async fn r52_who_is_in_the_app_already_is_not_joined_by_a_phone(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = shop.comes_with("ming", NUMBER).await;
    let bare = home.sign_in(&who("hong"), &shop.client).await.user;
    // One person has one openid in an app, so these are others, whatever number they have now.
    for openid in ["nobody-yet", "hong"] {
        let request = shop.request(openid).with_phone(&phone(&appid(1), NUMBER));
        shop.assert_refused(request.joining_by_phone(), Reason::PhoneTaken)
            .await;
    }
    assert_eq!(home.user(bare).await.state, UserState::Active);
    assert_eq!(home.identities(user).await.len(), 2);
}

pub async fn where_phones_are_proof_a_bare_user_goes_into_the_one_with_the_phone(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let into = shop.comes_with("ming", NUMBER).await;
    let (_, client) = home.mini_program(2).await;
    let bare = home.sign_in(&elsewhere("ming-again"), &client).await;
    let joined = shop
        .known_joins_with(elsewhere("ming-again"), NUMBER)
        .await
        .unwrap();
    assert_eq!(joined.session.user_id, into);
    assert_eq!(home.user(bare.user).await.state, UserState::Merged { into });
    assert_eq!(home.identities(bare.user).await, []);
    home.assert_ended(&bare).await;
    let told = home.events_of(EventKind::UserAbsorbed).await;
    assert_eq!((told.len(), &told[0].detail["because"]), (1, &"phone".into()));
    assert_eq!(home.identities(into).await.len(), 3);
    assert_eq!(
        home.sign_in(&elsewhere("ming-again"), &shop.client).await.user,
        into
    );
}

pub async fn where_phones_are_proof_a_disabled_user_is_not_found_by_one(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let disabled = shop.comes_with("ming", NUMBER).await;
    shop.home.sign_in(&who("hong"), &shop.client).await;
    shop.home
        .change(Change::UserState(disabled, UserState::Disabled))
        .await;
    for proven in [who("ming"), elsewhere("nobody-yet"), elsewhere("hong")] {
        let request = shop
            .request("x")
            .of(&proven)
            .with_phone(&phone(&appid(1), NUMBER));
        shop.assert_refused(request.joining_by_phone(), Reason::UserDisabled)
            .await;
    }
    // The disabled user comes without the phone, or with a new one.
    shop.assert_refused(shop.request("ming"), Reason::UserDisabled)
        .await;
    let request = shop.request("ming").with_phone(&phone(&appid(1), OTHER_NUMBER));
    shop.assert_refused(request, Reason::UserDisabled).await;
}

pub async fn a_phone_registers_where_it_must(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let request = |registration, openid: &str| shop.request(openid).where_registration_is(registration);
    let proven = phone(&appid(1), NUMBER);
    shop.assert_refused(request(Registration::Phone, "ming"), Reason::PhoneRequired)
        .await;
    let closed = request(Registration::Closed, "ming").with_phone(&proven);
    shop.assert_refused(closed, Reason::RegistrationClosed).await;
    let registered = request(Registration::Phone, "ming").with_phone(&proven);
    let user = shop.home.ask(registered).await.unwrap().session.user_id;
    // Who is there comes with or without it, and may bring one where nobody new may come.
    for request in [
        request(Registration::Phone, "ming"),
        request(Registration::Closed, "ming").with_phone(&phone(&appid(1), OTHER_NUMBER)),
    ] {
        assert_eq!(shop.home.ask(request).await.unwrap().session.user_id, user);
    }
    assert_eq!(number_of(&shop.home, user).await.as_deref(), Some(OTHER_NUMBER));
}

pub async fn a_phone_goes_to_the_user_that_remains_of_two(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let elsewhere = person(&appid(2), "ming-2").known_as("u-ming", "group");
    let into = home.sign_in(&elsewhere, &shop.client).await.user;
    let bare = home.sign_in(&who("ming"), &shop.client).await.user;
    let request = shop.request("x").of(&who("ming").known_as("u-ming", "group"));
    let request = request.with_phone(&phone(&appid(1), NUMBER));
    assert_eq!(home.ask(request).await.unwrap().session.user_id, into);
    assert_eq!(home.user(bare).await.state, UserState::Merged { into });
    assert_eq!(holder(home, NUMBER).await, Some(into));
    assert_eq!(home.identities(into).await.len(), 3);
}

pub async fn a_user_with_a_phone_is_not_bare(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = home.sign_in(&who("ming"), &shop.client).await.user;
    assert!(is_bare(home, user).await);
    shop.comes_with("ming", NUMBER).await;
    assert!(!is_bare(home, user).await);
    // Not even where the phone is all that is left of it.
    let wechat = home.identities(user).await.remove(0).id;
    let removed = home.write(wechat, |unit, id| unit.remove_identity(*id)).await;
    assert_eq!(removed, Ok(true));
    assert!(!is_bare(home, user).await);
    assert_eq!(number_of(home, user).await.as_deref(), Some(NUMBER));
}

pub async fn a_number_is_one_users_whoever_verified_it(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let home = &shop.home;
    let user = shop.comes_with("ming", NUMBER).await;
    let other = home.sign_in(&who("hong"), &shop.client).await.user;
    for verifier in [appid(1), appid(2)] {
        let refused = insert(home, other, phone(&verifier, NUMBER)).await;
        assert!(
            matches!(refused, Err(StoreError::Contention(_))),
            "run again, the act finds the holder: {refused:?}"
        );
    }
    assert_eq!(holder(home, NUMBER).await, Some(user));
    assert_eq!(phone_of(home, other).await, None);
    home.change(Change::DeleteUser(user)).await;
    assert_eq!(holder(home, NUMBER).await, None);
    assert_eq!(insert(home, other, phone(&appid(2), NUMBER)).await, Ok(()));
}

pub async fn r51_equal_numbers_in_two_tenants_never_meet(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let client = ours.register("shop", None).await;
    theirs.register("shop", None).await;
    let proven = phone(&appid(1), NUMBER);
    let ask = async |home: &Home, who: WechatIdentity| {
        let request = bench.mint.sign_in_request(&who, &client);
        let request = request.with_phone(&proven).joining_by_phone();
        home.ask(request).await.unwrap().session.user_id
    };
    let here = ask(&ours, who("ming")).await;
    assert_eq!(holder(&theirs, NUMBER).await, None);
    let there = ask(&theirs, who("ming")).await;
    assert_ne!(here, there);
    assert_eq!(ask(&theirs, elsewhere("hong")).await, there);
    for (home, own, foreign) in [(&ours, here, there), (&theirs, there, here)] {
        assert_eq!(holder(home, NUMBER).await, Some(own));
        assert_eq!(phone_of(home, foreign).await, None);
    }
    // Whatever becomes of each of these: nothing of the other tenant changes.
    let phone = phone_of(&ours, here).await.unwrap();
    let removed = theirs.write(phone.id, |unit, id| unit.remove_identity(*id)).await;
    assert_eq!(removed, Ok(false));
    assert!(
        insert(&theirs, here, self::phone(&appid(1), OTHER_NUMBER))
            .await
            .is_err()
    );
    assert_eq!(phone_of(&ours, here).await, Some(phone));
    assert_eq!(holder(&ours, OTHER_NUMBER).await, None);
}
