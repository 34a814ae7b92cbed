//! Units of work: wholly done or not at all, whoever else is at work at the same time.

use super::{
    acts::Work,
    bench::{Bench, Home},
    parallel::{MANY, at_once},
};
use crate::builders::person;
use async_trait::async_trait;
use hufu_core::{
    event::{Event, EventKind},
    identity::{ExternalIdentity, Identity},
    store::{Act, Result, Store, StoreError, TenantStore, Unit, write},
    user::User,
};
use std::sync::Arc;

/// A user with an identity and an event: three rows that are there together or not at all.
#[derive(Clone)]
struct Three {
    user: User,
    identity: Identity,
    event: Event,
}

impl Three {
    fn new(home: &Home, openid: &str) -> Self {
        let user = home.mint().user();
        let wechat = ExternalIdentity::Wechat(person(&crate::builders::appid(1), openid));
        Self {
            identity: home.mint().identity(user.id, wechat),
            event: home.mint().event(EventKind::UserCreated, &user.id.to_string()),
            user,
        }
    }

    async fn insert(&self, unit: &mut dyn Unit) -> Result<()> {
        unit.insert_user(&self.user).await?;
        unit.insert_identity(&self.identity).await?;
        unit.record(&self.event).await
    }

    /// Whether all three are there. Never some of them.
    async fn is_there(&self, home: &Home) -> bool {
        let user = home.rows.user(self.user.id).await.unwrap().is_some();
        let identity = home.identities(self.user.id).await == [self.identity.clone()];
        let event = home.events().await.contains(&self.event);
        assert_eq!(
            (identity, event),
            (user, user),
            "user, identity and event come together"
        );
        user
    }
}

fn insert<'a>(unit: &'a mut dyn Unit, three: &'a Three) -> Work<'a, ()> {
    Box::pin(three.insert(unit))
}

fn insert_and_fail<'a>(unit: &'a mut dyn Unit, three: &'a Three) -> Work<'a, ()> {
    Box::pin(async move {
        three.insert(unit).await?;
        Err(StoreError::Defect("the case wants it so".into()))
    })
}

fn insert_and_panic<'a>(unit: &'a mut dyn Unit, three: &'a Three) -> Work<'a, ()> {
    Box::pin(async move {
        three.insert(unit).await?;
        panic!("the case wants it so");
    })
}

pub async fn an_act_sees_what_it_wrote_and_gives_its_output(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let three = Three::new(&home, "ming");
    let seen = home
        .write(three.clone(), |unit, three| {
            Box::pin(async move {
                three.insert(unit).await?;
                let wechat = three.identity.wechat().expect("it is one");
                Ok((
                    unit.user(three.user.id).await?,
                    unit.identity(&wechat.appid, &wechat.openid).await?,
                ))
            })
        })
        .await
        .unwrap();
    assert_eq!(seen.0, Some(three.user.clone()));
    assert_eq!(seen.1, Some((three.identity.clone(), three.user.clone())));
    assert!(three.is_there(&home).await);
}

pub async fn a_failing_act_leaves_nothing(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let three = Three::new(&home, "ming");
    let failed = home.write(three.clone(), insert_and_fail).await;
    assert_eq!(failed, Err(StoreError::Defect("the case wants it so".into())));
    assert!(!three.is_there(&home).await);
    home.write(three.clone(), insert).await.unwrap();
    assert!(
        three.is_there(&home).await,
        "the same rows can be written after it"
    );
}

pub async fn a_row_that_is_there_fails_the_whole_act(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let first = Three::new(&home, "ming");
    home.write(first.clone(), insert).await.unwrap();
    let second = Three::new(&home, "ming");
    let failed = home.write(second.clone(), insert).await;
    assert!(failed.is_err(), "the identity is taken");
    assert!(!second.is_there(&home).await);
    assert!(first.is_there(&home).await);
}

pub async fn failing_acts_do_not_touch_those_beside_them(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let homes = [bench.tenant("one").await, bench.tenant("two").await];
    let outputs = at_once(MANY, |i| {
        let home = homes[i % 2].clone();
        async move {
            let three = Three::new(&home, &format!("person-{i}"));
            let work = if i % 3 == 0 { insert_and_fail } else { insert };
            (home.write(three.clone(), work).await.is_ok(), three)
        }
    })
    .await;
    for (i, (done, three)) in outputs.iter().enumerate() {
        assert_eq!(*done, i % 3 != 0);
        assert_eq!(three.is_there(&homes[i % 2]).await, *done);
    }
}

/// The caller of the panicking act may be told by an error or by the panic itself; nobody else notices.
pub async fn a_panicking_act_takes_nobody_with_it(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let outputs = at_once(20, |i| {
        let home = home.clone();
        async move {
            let three = Three::new(&home, &format!("person-{i}"));
            if i % 5 == 0 {
                let (home, three) = (home.clone(), three.clone());
                let told = tokio::spawn(async move { home.write(three, insert_and_panic).await });
                assert!(!matches!(told.await, Ok(Ok(()))));
            } else {
                home.write(three.clone(), insert).await.unwrap();
            }
            (i % 5 != 0, three)
        }
    })
    .await;
    for (done, three) in outputs {
        assert_eq!(three.is_there(&home).await, done);
    }
    let after = Three::new(&home, "after");
    home.write(after.clone(), insert).await.unwrap();
    assert!(after.is_there(&home).await);
}

/// Whoever asks may go away before the answer comes.
pub async fn an_act_whose_caller_left_is_done_wholly_or_not_at_all(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move {
            let three = Three::new(&home, &format!("person-{i}"));
            let (writer, given) = (home.clone(), three.clone());
            let asked = tokio::spawn(async move { writer.write(given, insert).await });
            for _ in 0..i {
                tokio::task::yield_now().await;
            }
            asked.abort();
            (matches!(asked.await, Ok(Ok(()))), three)
        }
    })
    .await;
    for (answered, three) in outputs {
        let (user, identity) = home
            .write(three, |unit, three| {
                Box::pin(async move {
                    let wechat = three.identity.wechat().expect("it is one");
                    let mut user = unit.user(three.user.id).await?;
                    let identity = unit.identity(&wechat.appid, &wechat.openid).await?;
                    if user.is_none() && identity.is_some() {
                        // It was done between the two looks.
                        user = unit.user(three.user.id).await?;
                    }
                    Ok((user, identity))
                })
            })
            .await
            .unwrap();
        assert_eq!(user, identity.map(|(_, user)| user), "both or neither");
        assert!(user.is_some() || !answered, "what was answered is there");
    }
    let after = Three::new(&home, "after");
    home.write(after.clone(), insert).await.unwrap();
    assert!(after.is_there(&home).await);
}

/// Reads in the middle of its work what others can see of it.
struct Watched {
    three: Three,
    rows: Arc<dyn TenantStore>,
}

#[async_trait]
impl Act for Watched {
    type Output = Option<User>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Option<User>> {
        self.three.insert(unit).await?;
        self.rows.user(self.three.user.id).await
    }
}

pub async fn nobody_sees_an_act_that_is_not_done(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let three = Three::new(&home, "ming");
    let act = Watched {
        three: three.clone(),
        rows: home.rows.clone(),
    };
    assert_eq!(write(home.rows.as_ref(), act).await, Ok(None));
    assert!(three.is_there(&home).await);
}
