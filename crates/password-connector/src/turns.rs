//! Who may hash next. There are as many turns as workers; a turn brings the worker's memory along. Who finds none free waits
//! in the queue of the tenant, and the queues are served round robin: a tenant that floods its own queue makes another
//! wait for one hash of each tenant that is waiting, not for the flood.
//!
//! No clock, no threads and no hashing here.

use crate::memory::Memory;
use hufu_core::id::TenantId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// All turns of the installation.
pub(crate) struct Turns {
    longest_queue: usize,
    state: Mutex<State>,
}

/// Nobody waits while a turn is free.
struct State {
    free: Vec<Memory>,
    queues: HashMap<TenantId, VecDeque<Waiter>>,
    /// The tenants of `queues`, whose turn is next first.
    round: VecDeque<TenantId>,
    next_ticket: u64,
}

struct Waiter {
    ticket: u64,
    grant: oneshot::Sender<Turn>,
}

/// The tenant's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Turns {
    pub(crate) fn new(workers: usize, longest_queue: usize) -> Arc<Self> {
        Arc::new(Self {
            longest_queue,
            state: Mutex::new(State {
                free: std::iter::repeat_with(Memory::default).take(workers).collect(),
                queues: HashMap::new(),
                round: VecDeque::new(),
                next_ticket: 0,
            }),
        })
    }

    /// A place in the tenant's queue, whose turn may have come already.
    pub(crate) fn join(self: &Arc<Self>, tenant: TenantId) -> Result<Place, Full> {
        let (grant, granted) = oneshot::channel();
        let mut state = self.locked();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        let place = |turns: &Arc<Self>| Place {
            turns: Arc::clone(turns),
            tenant,
            ticket,
            granted,
        };
        if let Some(memory) = state.free.pop() {
            drop(state);
            let place = place(self);
            // It cannot fail: the receiver is in the line above.
            let _ = grant.send(self.turn(memory));
            return Ok(place);
        }
        let queue = state.queues.entry(tenant).or_default();
        if queue.len() >= self.longest_queue {
            return Err(Full);
        }
        queue.push_back(Waiter { ticket, grant });
        if queue.len() == 1 {
            state.round.push_back(tenant);
        }
        drop(state);
        Ok(place(self))
    }

    fn turn(self: &Arc<Self>, memory: Memory) -> Turn {
        Turn {
            turns: Arc::clone(self),
            memory: Some(memory),
        }
    }

    /// To whoever is next and still there.
    fn pass_on(self: &Arc<Self>, mut memory: Memory) {
        loop {
            let mut state = self.locked();
            let Some(next) = state.next() else {
                state.free.push(memory);
                return;
            };
            drop(state);
            let Err(mut refused) = next.grant.send(self.turn(memory)) else {
                return;
            };
            let Some(returned) = refused.memory.take() else {
                return;
            };
            memory = returned;
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<Waiter> {
        let tenant = self.round.pop_front()?;
        let queue = self.queues.get_mut(&tenant)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&tenant);
        } else {
            self.round.push_back(tenant);
        }
        next
    }

    fn leave(&mut self, tenant: TenantId, ticket: u64) {
        let Some(queue) = self.queues.get_mut(&tenant) else {
            return;
        };
        queue.retain(|waiter| waiter.ticket != ticket);
        if queue.is_empty() {
            self.queues.remove(&tenant);
            self.round.retain(|waiting| *waiting != tenant);
        }
    }
}

/// A place in a queue. Dropped, such as when the caller went away, it is free for another.
pub(crate) struct Place {
    turns: Arc<Turns>,
    tenant: TenantId,
    ticket: u64,
    granted: oneshot::Receiver<Turn>,
}

impl Place {
    /// Waits for the turn; `None` only where [`Turns`] lost it.
    pub(crate) async fn wait(mut self) -> Option<Turn> {
        (&mut self.granted).await.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A turn that was granted and not taken comes back when the receiver is dropped.
        self.turns.locked().leave(self.tenant, self.ticket);
    }
}

/// The right to hash, and the memory for it. Dropped, it is the next one's.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    memory: Option<Memory>,
}

impl Turn {
    /// The worker's memory.
    pub(crate) fn memory(&mut self) -> &mut Memory {
        self.memory.get_or_insert_default()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.turns.pass_on(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };
    use uuid::Uuid;

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    /// The turn, if it has come.
    fn taken(place: &mut Place) -> Option<Turn> {
        place.granted.try_recv().ok()
    }

    /// Serves one after the other until nobody is left, and tells in which order.
    fn served(first: Turn, mut waiting: Vec<(&'static str, Place)>) -> Vec<&'static str> {
        let mut order = Vec::new();
        let mut turn = Some(first);
        while turn.take().is_some() {
            turn = waiting.iter_mut().find_map(|(who, place)| {
                let turn = taken(place)?;
                order.push(*who);
                Some(turn)
            });
        }
        order
    }

    #[test]
    fn who_has_a_turn_at_once_takes_nobodys_place_along() {
        let turns = Turns::new(1, 100);
        let mut first = turns.join(tenant(1)).unwrap();
        let mut second = turns.join(tenant(1)).unwrap();
        let turn = taken(&mut first).unwrap();
        drop(first);
        drop(turn);
        assert!(taken(&mut second).is_some());
    }

    #[test]
    fn a_flood_of_one_tenant_makes_another_wait_for_its_share_only() {
        let turns = Turns::new(1, 100);
        let first = taken(&mut turns.join(tenant(1)).unwrap()).unwrap();
        let join = |who, number| (who, turns.join(tenant(number)).unwrap());
        let mut waiting: Vec<_> = (0..100).map(|_| join("A", 1)).collect();
        waiting.extend((0..3).map(|_| join("B", 2)));
        waiting.push(join("C", 3));
        let order = served(first, waiting);
        assert_eq!(order.len(), 104);
        assert_eq!(order[..7], ["A", "B", "C", "A", "B", "A", "B"]);
        assert!(order[7..].iter().all(|who| *who == "A"));
    }

    #[test]
    fn within_a_tenant_the_first_comes_first() {
        let turns = Turns::new(1, 100);
        let first = taken(&mut turns.join(tenant(1)).unwrap()).unwrap();
        let names = ["1", "2", "3"];
        let waiting = names
            .map(|name| (name, turns.join(tenant(1)).unwrap()))
            .into_iter()
            .collect();
        assert_eq!(served(first, waiting), names);
    }

    #[test]
    fn a_full_queue_refuses_its_own_tenant_only() {
        let turns = Turns::new(1, 2);
        let turn = taken(&mut turns.join(tenant(1)).unwrap());
        let _waiting = [turns.join(tenant(1)).unwrap(), turns.join(tenant(1)).unwrap()];
        assert_eq!(turns.join(tenant(1)).err(), Some(Full));
        assert!(turns.join(tenant(2)).is_ok());
        drop(turn);
        assert!(
            turns.join(tenant(1)).is_ok(),
            "one place was left by who was served"
        );
    }

    #[test]
    fn whoever_goes_away_gives_the_place_back() {
        let turns = Turns::new(1, 2);
        let turn = taken(&mut turns.join(tenant(1)).unwrap());
        for _ in 0..10 {
            let one = turns.join(tenant(1)).unwrap();
            let two = turns.join(tenant(1)).unwrap();
            assert_eq!(turns.join(tenant(1)).err(), Some(Full));
            drop((two, one));
        }
        assert!(turns.locked().queues.is_empty() && turns.locked().round.is_empty());
        let mut last = turns.join(tenant(2)).unwrap();
        drop(turn);
        assert!(taken(&mut last).is_some());
        assert_eq!(turns.locked().free.len(), 1);
    }

    #[test]
    fn a_turn_that_nobody_takes_goes_to_the_next() {
        let turns = Turns::new(1, 10);
        let turn = taken(&mut turns.join(tenant(1)).unwrap());
        let gone = turns.join(tenant(1)).unwrap();
        let mut waits = turns.join(tenant(2)).unwrap();
        drop(turn);
        assert!(taken(&mut waits).is_none(), "it was granted to the first");
        drop(gone);
        assert!(taken(&mut waits).is_some());
    }

    #[test]
    fn a_wait_that_is_given_up_midway_leaves_no_trace() {
        let turns = Turns::new(1, 1);
        let turn = taken(&mut turns.join(tenant(1)).unwrap());
        {
            let mut wait: Pin<&mut _> = pin!(turns.join(tenant(1)).unwrap().wait());
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(wait.as_mut().poll(&mut context), Poll::Pending));
            assert_eq!(turns.join(tenant(1)).err(), Some(Full));
        }
        assert!(turns.join(tenant(1)).is_ok());
        drop(turn);
        assert_eq!(turns.locked().free.len(), 1);
    }

    #[test]
    fn there_are_never_more_turns_than_workers() {
        let turns = Turns::new(3, 100);
        let mut places: Vec<_> = (0..50).map(|n| turns.join(tenant(n % 5)).unwrap()).collect();
        let mut served = 0;
        while served < 50 {
            let held: Vec<_> = places.iter_mut().filter_map(taken).collect();
            assert!(!held.is_empty());
            assert_eq!(held.len() + turns.locked().free.len(), 3);
            served += held.len();
        }
        drop(places);
        assert_eq!(turns.locked().free.len(), 3);
    }
}
