//! Runs the work of a turn: on a thread where waiting harms nobody, no more at once than there are workers, after a wait that
//! is bounded. A caller who goes away while waiting gives the place back; work that has begun is finished, and holds its
//! turn until then.

use crate::{
    memory::Memory,
    turns::{Full, Turns},
};
use hufu_core::{id::TenantId, password::PasswordError};
use std::{sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::timeout};

/// The workers and those who wait for them.
pub(crate) struct Pool {
    turns: Arc<Turns>,
    longest_wait: Duration,
}

impl Pool {
    pub(crate) fn new(workers: usize, longest_queue: usize, longest_wait: Duration) -> Self {
        Self {
            turns: Turns::new(workers, longest_queue),
            longest_wait,
        }
    }

    /// Does `work` when it is the tenant's turn.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        tenant: TenantId,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.turns.join(tenant).map_err(|Full| self.busy())?;
        let turn = timeout(self.longest_wait, place.wait()).await;
        let mut turn = turn.map_err(|_| self.busy())?.ok_or(PasswordError::Failed)?;
        // The turn goes along, so that it lasts as long as the work does.
        let done = spawn_blocking(move || work(turn.memory())).await;
        done.map_err(|_| PasswordError::Failed)
    }

    /// After the longest wait, all who wait now are served or have given up.
    fn busy(&self) -> PasswordError {
        let seconds = self.longest_wait.as_secs().max(1);
        PasswordError::Busy {
            retry_after: u32::try_from(seconds).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };
    use tokio::task::{JoinSet, yield_now};
    use uuid::Uuid;

    const LONG: Duration = Duration::from_mins(10);

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    /// Occupies a worker until the sender is dropped; returns once the work has begun.
    async fn occupy(pool: &Arc<Pool>, number: u128) -> mpsc::Sender<()> {
        let (end, ended) = mpsc::channel::<()>();
        let (begin, under_way) = tokio::sync::oneshot::channel();
        let pool = Arc::clone(pool);
        tokio::spawn(async move {
            let work = move |_: &mut Memory| {
                let _ = begin.send(());
                let _ = ended.recv();
            };
            pool.run(tenant(number), work).await
        });
        under_way.await.unwrap();
        end
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_at_once_are_never_more_than_the_workers() {
        let pool = Arc::new(Pool::new(3, 100, LONG));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut all = JoinSet::new();
        for number in 0..100 {
            let (pool, now, most) = (Arc::clone(&pool), Arc::clone(&now), Arc::clone(&most));
            all.spawn(async move {
                let work = move |memory: &mut Memory| {
                    let at_once = now.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(at_once, Ordering::SeqCst);
                    memory.with(64, 64, |blocks| {
                        assert!(
                            blocks
                                .iter()
                                .all(|block| block.as_ref().iter().all(|word| *word == 0))
                        );
                        for block in blocks.iter_mut() {
                            block.as_mut().fill(number);
                        }
                    });
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                pool.run(tenant(u128::from(number) % 4), work).await
            });
        }
        while let Some(done) = all.join_next().await {
            assert_eq!(done.unwrap(), Ok(()));
        }
        assert_eq!(now.load(Ordering::SeqCst), 0);
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn whoever_waits_too_long_or_finds_the_queue_full_is_told_when_to_come_back() {
        let pool = Arc::new(Pool::new(1, 1, Duration::ZERO));
        let end = occupy(&pool, 1).await;
        let busy = Err(PasswordError::Busy { retry_after: 1 });
        assert_eq!(pool.run(tenant(1), |_| ()).await, busy, "no wait at all");
        drop(end);

        let pool = Arc::new(Pool::new(1, 1, LONG));
        let end = occupy(&pool, 1).await;
        let waits = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(tenant(1), |_| "done").await }
        });
        yield_now().await;
        let busy = Err(PasswordError::Busy { retry_after: 600 });
        assert_eq!(pool.run(tenant(1), |_| ()).await, busy, "a full queue");
        drop(end);
        assert_eq!(waits.await.unwrap(), Ok("done"));
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_frees_the_place_and_begun_work_keeps_its_turn() {
        let pool = Arc::new(Pool::new(1, 1, LONG));
        let end = occupy(&pool, 1).await;
        for _ in 0..10 {
            let gone = tokio::spawn({
                let pool = Arc::clone(&pool);
                async move { pool.run(tenant(1), |_| ()).await }
            });
            yield_now().await;
            assert!(matches!(
                pool.run(tenant(1), |_| ()).await,
                Err(PasswordError::Busy { .. })
            ));
            gone.abort();
            assert!(gone.await.unwrap_err().is_cancelled());
        }
        drop(end);
        assert_eq!(pool.run(tenant(1), |_| 7).await, Ok(7));

        // Dropped while the work is under way: the worker is not free before it ends.
        let (end, ended) = mpsc::channel::<()>();
        let (begin, under_way) = tokio::sync::oneshot::channel();
        let work = move |_: &mut Memory| {
            let _ = begin.send(());
            let _ = ended.recv();
        };
        let gone = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(tenant(1), work).await }
        });
        under_way.await.unwrap();
        gone.abort();
        assert!(gone.await.is_err());
        let impatient = Pool {
            turns: Arc::clone(&pool.turns),
            longest_wait: Duration::ZERO,
        };
        let busy = Err(PasswordError::Busy { retry_after: 1 });
        assert_eq!(impatient.run(tenant(2), |_| ()).await, busy);
        drop(end);
        assert_eq!(pool.run(tenant(2), |_| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let pool = Pool::new(1, 1, LONG);
        let panics = |_: &mut Memory| -> () { panic!("on purpose") };
        assert_eq!(pool.run(tenant(1), panics).await, Err(PasswordError::Failed));
        assert_eq!(pool.run(tenant(1), |_| 7).await, Ok(7));
    }
}
