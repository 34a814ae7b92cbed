//! Whoever signs in, links, merges and closes in whatever order: what holds after every step.
//!
//! A few people in two tenants prove whatever they like, also what is another's by now: phones and WeChat accounts change hands. What
//! the acts answer is not looked at; what they leave is. [`Tenant::check`] says what must hold.

use super::{accounts::account, bench::Bench, bench::Home, sms_codes::SECRET};
use crate::{
    SeededRandom,
    builders::{
        Person, appid, by_new_account, by_password, by_phone, by_wechat, client_id, password, person, phone,
    },
};
use hufu_core::{
    Random,
    account::{ByUser, CloseAccount},
    change::Change,
    id::{EventId, IdentityId, SessionId, UserId},
    identity::{ExternalIdentity, Identity, IdentityKind, WechatIdentity},
    link::AddIdentity,
    login::{Proofs, SignIn},
    session::Method,
    settings::Settings,
    store::{Store, write},
    unlink::Unlink,
    user::{User, UserState},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const PEOPLE: u32 = 7;
const APPS: u64 = 2;
const STEPS: u32 = 200;
const COOLING_OFF: u32 = 86_400;

/// Draws from a seed.
struct Dice(SeededRandom);

impl Dice {
    fn roll(&self, sides: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_be_bytes(bytes) % sides
    }

    fn is_one_of(&self, sides: u32) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let sides = u32::try_from(from.len()).unwrap();
        (sides > 0).then(|| &from[self.roll(sides) as usize])
    }
}

/// Every second person is known to an open-platform account, which WeChat tells now and then.
fn wechat(dice: &Dice) -> WechatIdentity {
    let (who, app) = (dice.roll(PEOPLE), 1 + u64::from(dice.roll(2)) % APPS);
    let proven = person(&appid(app), &format!("person-{who}-{app}"));
    match who % 2 {
        0 if dice.is_one_of(2) => proven.known_as(&format!("u-{who}"), "group"),
        _ => proven,
    }
}

fn number(dice: &Dice) -> String {
    format!("+861380013800{}", dice.roll(PEOPLE))
}

fn name(dice: &Dice) -> String {
    format!("person-{}", dice.roll(PEOPLE))
}

/// A tenant as it was after the last step.
struct Tenant {
    home: Home,
    users: BTreeMap<UserId, (User, Vec<Identity>)>,
}

impl Tenant {
    async fn new(bench: &Bench, slug: &str) -> Self {
        let home = bench.tenant(slug).await;
        home.register("shop", None).await;
        for app in 1..=APPS {
            home.register(&format!("app-{app}"), Some(&appid(app))).await;
        }
        let vendor = home.mint().sms_vendor(SECRET);
        home.change(Change::SmsVendor(vendor)).await;
        Self {
            home,
            users: BTreeMap::new(),
        }
    }

    fn of_state(&self, is: impl Fn(UserState) -> bool) -> Vec<UserId> {
        let users = self.users.values().filter(|(user, _)| is(user.state));
        users.map(|(user, _)| user.id).collect()
    }

    fn settings(dice: &Dice) -> Settings {
        Settings {
            link_by_wechat_phone: dice.is_one_of(2),
            ..Settings::default()
        }
    }

    /// One kind of proof, or two.
    async fn proofs(&self, dice: &Dice) -> Proofs {
        let mut proofs = match dice.roll(8) {
            0..=3 => Proofs::default(),
            4 | 5 => by_phone(&number(dice)),
            6 => match account(&self.home, &name(dice)).await {
                Some(account) => by_password(&account),
                None => Proofs::default(),
            },
            _ => by_new_account(&name(dice), &password("some")),
        };
        if proofs.kinds().is_empty() || dice.is_one_of(3) {
            let wechat = wechat(dice);
            if proofs.phone.is_none() && dice.is_one_of(5) {
                proofs.phone = Some(phone(&wechat.appid, &number(dice)));
            }
            proofs.wechat = Some(by_wechat(&wechat));
        }
        proofs
    }

    async fn step(&self, dice: &Dice) {
        let home = &self.home;
        let (now, random) = (home.mint().later(1 + dice.roll(60)), &home.mint().random);
        let active = self.of_state(|state| state == UserState::Active);
        let someone = dice.pick(&active).copied();
        match (dice.roll(24), someone) {
            (8..=15, Some(user)) => {
                let mut request = home
                    .mint()
                    .add_identity(user, self.proofs(dice).await, &client_id("shop"));
                request.merge = !dice.is_one_of(4);
                request.settings = Self::settings(dice);
                // One kind, as the account API lets through.
                if request.proofs.wechat.is_some() {
                    request.proofs = Proofs {
                        wechat: request.proofs.wechat,
                        ..Proofs::default()
                    };
                }
                let (act, _) = AddIdentity::prepare(request, random);
                write(home.rows.as_ref(), act).await.unwrap();
            }
            (16..=18, Some(user)) => {
                let identities = &self.users[&user].1;
                let act = Unlink {
                    user,
                    session: SessionId::generate(now, random),
                    amr: vec![Method::Wechat],
                    identity: dice.pick(identities).unwrap().id,
                    settings: Settings::default(),
                    event: EventId::generate(now, random),
                    ip: None,
                    now,
                };
                write(home.rows.as_ref(), act).await.unwrap();
            }
            (19, Some(user)) => {
                home.change(Change::UserState(user, UserState::Disabled)).await;
            }
            (20 | 21, _) => {
                let merged = self.of_state(|state| matches!(state, UserState::Merged { .. }));
                let disabled = self.of_state(|state| state == UserState::Disabled);
                if let Some(user) = dice.pick(&disabled) {
                    home.change(Change::UserState(*user, UserState::Active)).await;
                }
                if let Some(user) = dice.pick(&merged) {
                    home.change(Change::Unmerge(*user)).await;
                }
            }
            (22, Some(user)) => {
                let by = ByUser {
                    user,
                    session: SessionId::generate(now, random),
                    client: client_id("shop"),
                    event: EventId::generate(now, random),
                    ip: None,
                    now,
                };
                let act = CloseAccount {
                    by,
                    cooling_off: COOLING_OFF,
                };
                write(home.rows.as_ref(), act).await.unwrap().unwrap();
            }
            (23, _) if dice.is_one_of(3) => {
                let later = home.mint().later(COOLING_OFF);
                home.bench.store.remove_expired(later, 100).await.unwrap();
            }
            _ => {
                let proofs = self.proofs(dice).await;
                let app = proofs.wechat.as_ref().map(|wechat| &wechat.identity.appid);
                // Whoever comes by an app comes by its own client, as a rule.
                let client = match (1..=APPS).find(|number| app == Some(&appid(*number))) {
                    Some(number) if !dice.is_one_of(9) => format!("app-{number}"),
                    _ => "shop".to_owned(),
                };
                let mut request = home.mint().sign_in_with(proofs, &client_id(&client));
                request.settings = Self::settings(dice);
                let (act, _) = SignIn::prepare(request, random);
                write(home.rows.as_ref(), act).await.unwrap();
            }
        }
    }

    /// Looks at everything, and holds it against what was before.
    async fn check(&mut self, what: &str) {
        let mut users = BTreeMap::new();
        for user in self.home.users().await {
            let identities = self.home.identities(user.id).await;
            users.insert(user.id, (user, identities));
        }
        let before = std::mem::replace(&mut self.users, users);
        self.every_identity_has_one_user(what);
        self.every_active_user_has_a_way_in(what).await;
        self.nobody_became_somebody_else(&before, what);
        self.nobody_is_gone_who_did_not_close(&before, what);
    }

    fn every_identity_has_one_user(&self, what: &str) {
        let (mut ids, mut proven) = (BTreeSet::new(), BTreeSet::new());
        for (user, identities) in self.users.values() {
            let mut own = BTreeSet::new();
            for identity in identities {
                assert_eq!(identity.user_id, user.id, "{what}");
                assert!(ids.insert(identity.id), "{what}: {} is there twice", identity.id);
                let key = match &identity.external {
                    ExternalIdentity::Wechat(wechat) => format!("{} {}", wechat.appid, wechat.openid),
                    ExternalIdentity::Phone(phone) => phone.number.as_str().to_owned(),
                    ExternalIdentity::Account(name) => name.as_str().to_owned(),
                };
                assert!(proven.insert(key), "{what}: one proof is of two identities");
                let kind = identity.external.kind();
                let is_only = own.insert(kind) || kind == IdentityKind::Wechat;
                assert!(is_only, "{what}: {} has two of {kind:?}", user.id);
            }
            if matches!(user.state, UserState::Merged { .. }) {
                assert!(identities.is_empty(), "{what}: a tombstone has nothing");
            }
        }
    }

    async fn every_active_user_has_a_way_in(&self, what: &str) {
        for (user, identities) in self.users.values() {
            if user.is_active() {
                assert!(!identities.is_empty(), "{what}: {} cannot come in", user.id);
            } else {
                let sessions = self.home.rows.sessions(user.id, self.home.now()).await.unwrap();
                assert_eq!(sessions, [], "{what}: {} is signed in", user.id);
            }
        }
    }

    /// An identity goes to another user only by a merge, which leaves a tombstone that points there, or by one that is undone.
    fn nobody_became_somebody_else(&self, before: &BTreeMap<UserId, (User, Vec<Identity>)>, what: &str) {
        let owner: BTreeMap<IdentityId, UserId> = self
            .users
            .values()
            .flat_map(|(user, identities)| identities.iter().map(|identity| (identity.id, user.id)))
            .collect();
        for (from, identities) in before.values() {
            for identity in identities {
                let Some(to) = owner.get(&identity.id).filter(|to| **to != from.id) else {
                    continue;
                };
                let merged = self.users[&from.id].0.state == UserState::Merged { into: *to };
                let undone = before
                    .get(to)
                    .is_some_and(|(to, _)| to.state == UserState::Merged { into: from.id });
                assert!(
                    merged || (undone && self.users[to].0.is_active()),
                    "{what}: {} went from {} to {to}",
                    identity.id,
                    from.id
                );
            }
        }
    }

    fn nobody_is_gone_who_did_not_close(&self, before: &BTreeMap<UserId, (User, Vec<Identity>)>, what: &str) {
        let now = self.home.now();
        for (user, _) in before.values() {
            let closed = user.closes_at.is_some_and(|at| at <= now);
            assert!(
                closed || self.users.contains_key(&user.id),
                "{what}: {} is gone",
                user.id
            );
        }
    }
}

pub async fn whatever_people_do_nobody_becomes_somebody_else(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut happened = BTreeMap::new();
    for seed in 1..=3 {
        let dice = Dice(SeededRandom::new(seed));
        let mut tenants = [
            Tenant::new(&bench, &format!("one-{seed}")).await,
            Tenant::new(&bench, &format!("two-{seed}")).await,
        ];
        for step in 0..STEPS {
            let at = dice.roll(2) as usize;
            tenants[at].step(&dice).await;
            for tenant in &mut tenants {
                tenant
                    .check(&format!("seed {seed}, step {step}, in tenant {at}"))
                    .await;
            }
            let [one, two] = &tenants;
            let ids = |tenant: &Tenant| -> BTreeSet<_> {
                let identities = tenant.users.values().flat_map(|(_, identities)| identities);
                identities.map(|identity| identity.id).collect()
            };
            assert!(ids(one).is_disjoint(&ids(two)), "an identity is of two tenants");
            assert!(one.users.keys().all(|id| !two.users.contains_key(id)));
        }
        for tenant in &tenants {
            for event in tenant.home.events().await {
                *happened.entry(event.kind.as_str()).or_insert(0) += 1;
            }
        }
    }
    // Enough for this to mean something.
    for kind in [
        "user.created",
        "user.absorbed",
        "user.merged",
        "user.unmerged",
        "user.deleted",
    ] {
        assert!(
            happened.get(kind).is_some_and(|times| *times >= 3),
            "{kind}: {happened:?}"
        );
    }
}
