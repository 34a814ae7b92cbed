//! Acts that fail, panic or come in crowds; databases that go away and come back.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use async_trait::async_trait;
use fresh::Fresh;
use hufu_core::{
    event::{Event, EventKind},
    page::{PageLimit, PageRequest},
    store::{Act, Housekeeping, Result, StoreError, TenantStore, Tenants, Unit, write},
};
use hufu_storage::SqlStore;
use hufu_testkit::Mint;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Records an event, then does as it is told.
struct Record {
    event: Event,
    then: Then,
}

#[derive(Clone)]
enum Then {
    Succeed,
    Fail,
    Panic,
    /// Tells that it is there, then waits until somebody says go. Only in its first run.
    Wait {
        there: Arc<Notify>,
        go: Arc<Notify>,
        runs: Arc<AtomicU32>,
    },
}

#[async_trait]
impl Act for Record {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        unit.record(&self.event).await?;
        match &self.then {
            Then::Succeed => Ok(()),
            Then::Fail => Err(StoreError::Defect("as told".into())),
            Then::Panic => panic!("as told"),
            Then::Wait { there, go, runs } => {
                if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                    there.notify_one();
                    go.notified().await;
                }
                // Something to find out by whether the connection is still there.
                unit.this_tenant().await.map(drop)
            }
        }
    }
}

struct Bench {
    store: SqlStore,
    rows: Arc<dyn TenantStore>,
    mint: Mint,
}

impl Bench {
    async fn new(store: SqlStore) -> Self {
        let mint = Mint::new(7);
        let tenant = mint.tenant("tea");
        let event = mint.event(EventKind::TenantCreated, "tea");
        let keys = [mint.signing_key("k")];
        assert_eq!(store.create_tenant(&tenant, &keys, &event).await, Ok(true));
        let rows = store.tenant(tenant.id);
        Self { store, rows, mint }
    }

    fn act(&self, then: Then) -> Record {
        Record {
            event: self.mint.event(EventKind::WechatAppMisconfigured, "wx"),
            then,
        }
    }

    async fn recorded(&self) -> usize {
        let (mut after, mut recorded) = (None, 0);
        loop {
            let request = PageRequest {
                after,
                limit: PageLimit::default(),
            };
            let page = self.rows.events(&request).await.unwrap();
            let is_ours = |event: &&Event| event.kind == EventKind::WechatAppMisconfigured;
            recorded += page.items.iter().filter(is_ours).count();
            if page.next.is_none() {
                return recorded;
            }
            after = page.next;
        }
    }

    /// Runs 100 acts at once, every tenth of which does something else.
    async fn crowd(&self, tenth: Then) -> Vec<std::result::Result<Result<()>, tokio::task::JoinError>> {
        let tasks: Vec<_> = (0..100)
            .map(|i| {
                let act = self.act(if i % 10 == 9 { tenth.clone() } else { Then::Succeed });
                let rows = self.rows.clone();
                tokio::spawn(async move { write(&*rows, act).await })
            })
            .collect();
        let mut outcomes = vec![];
        for task in tasks {
            outcomes.push(task.await);
        }
        outcomes
    }
}

async fn a_failing_act_harms_no_other(database: &Fresh) {
    let bench = Bench::new(database.store().await).await;
    let outcomes = bench.crowd(Then::Fail).await;
    let done = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Ok(()))))
        .count();
    let failed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Err(StoreError::Defect(what))) if what == "as told"))
        .count();
    assert_eq!((done, failed), (90, 10));
    assert_eq!(bench.recorded().await, 90);
}

async fn a_panicking_act_harms_no_other(database: &Fresh) {
    let bench = Bench::new(database.store().await).await;
    let outcomes = bench.crowd(Then::Panic).await;
    let done = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Ok(()))))
        .count();
    assert_eq!(done, 90);
    assert_eq!(bench.recorded().await, 90);
    assert_eq!(write(&*bench.rows, bench.act(Then::Succeed)).await, Ok(()));
}

async fn an_act_that_nobody_waits_for_is_all_or_nothing(database: &Fresh) {
    let bench = Bench::new(database.store().await).await;
    let (there, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let act = bench.act(Then::Wait {
        there: there.clone(),
        go: go.clone(),
        runs: Arc::default(),
    });
    let rows = bench.rows.clone();
    let task = tokio::spawn(async move { write(&*rows, act).await });
    there.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    go.notify_one();
    assert_eq!(write(&*bench.rows, bench.act(Then::Succeed)).await, Ok(()));
    let recorded = bench.recorded().await;
    assert!((1..=2).contains(&recorded), "{recorded}");
}

on_both! {
    a_failing_act_harms_no_other,
    a_panicking_act_harms_no_other,
    an_act_that_nobody_waits_for_is_all_or_nothing,
}

/// While another process writes and does not stop, acts are refused in time; afterwards they are not.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_recovers_from_another_process_that_holds_the_lock() {
    use sqlx::{Connection, Executor, SqliteConnection};
    let database = Fresh::sqlite();
    let bench = Bench::new(database.punctual_store().await).await;
    let mut other = SqliteConnection::connect(&database.url()).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let outcomes = timeout(Duration::from_secs(30), bench.crowd(Then::Succeed))
        .await
        .unwrap();
    for outcome in outcomes {
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    assert_eq!(bench.recorded().await, 0, "readers do not wait for writers");
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(write(&*bench.rows, bench.act(Then::Succeed)).await, Ok(()));
    assert_eq!(bench.recorded().await, 1);
}

const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Idle connections are found dead before anybody notices.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_connections_that_were_killed_are_replaced() {
    let Some(database) = Fresh::postgres().await else {
        return;
    };
    let bench = Bench::new(database.store().await).await;
    for _ in 0..3 {
        for outcome in bench.crowd(Then::Succeed).await {
            assert_eq!(outcome.unwrap(), Ok(()));
        }
        database.execute(KILL).await;
        assert_eq!(bench.store.ping().await, Ok(()));
        assert_eq!(write(&*bench.rows, bench.act(Then::Succeed)).await, Ok(()));
        database.execute(KILL).await;
    }
    assert_eq!(bench.recorded().await, 303);
    database.remove().await;
}

/// A connection that is killed under an act costs a second run, not an error.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_act_whose_connection_is_killed_runs_again() {
    let Some(database) = Fresh::postgres().await else {
        return;
    };
    let bench = Bench::new(database.store().await).await;
    let (there, go, runs) = (
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
        Arc::<AtomicU32>::default(),
    );
    let act = bench.act(Then::Wait {
        there: there.clone(),
        go: go.clone(),
        runs: runs.clone(),
    });
    let rows = bench.rows.clone();
    let task = tokio::spawn(async move { write(&*rows, act).await });
    there.notified().await;
    database.execute(KILL).await;
    go.notify_one();
    assert_eq!(task.await.unwrap(), Ok(()));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(bench.recorded().await, 1);
    database.remove().await;
}

/// While the database is away every answer is `Unavailable` and comes in time; afterwards all is as before.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_recovers_from_an_outage_without_a_restart() {
    let Some(database) = Fresh::postgres().await else {
        return;
    };
    let bench = Bench::new(database.punctual_store().await).await;
    database.closed_to_connections(true).await;
    let outcome = timeout(Duration::from_secs(15), bench.store.ping())
        .await
        .unwrap();
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    let act = write(&*bench.rows, bench.act(Then::Succeed));
    let outcome = timeout(Duration::from_secs(15), act).await.unwrap();
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    database.closed_to_connections(false).await;
    assert_eq!(bench.store.ping().await, Ok(()));
    assert_eq!(write(&*bench.rows, bench.act(Then::Succeed)).await, Ok(()));
    assert_eq!(bench.recorded().await, 1);
    database.remove().await;
}
