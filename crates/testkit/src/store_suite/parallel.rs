//! Doing one thing many times at once.

use std::sync::Arc;
use tokio::sync::Barrier;

/// How many try at once.
pub(super) const MANY: usize = 100;

/// Runs `task(0)` to `task(n - 1)` at once, each on a task of its own, and gives what they give, in that order.
pub(super) async fn at_once<F>(n: usize, task: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let start = Arc::new(Barrier::new(n));
    let running: Vec<_> = (0..n)
        .map(|i| {
            let (start, work) = (start.clone(), task(i));
            tokio::spawn(async move {
                start.wait().await;
                work.await
            })
        })
        .collect();
    let mut outputs = Vec::with_capacity(n);
    for task in running {
        outputs.push(task.await.unwrap());
    }
    outputs
}

/// How many are `wanted`.
pub(super) fn count<T: PartialEq>(outputs: &[T], wanted: &T) -> usize {
    outputs.iter().filter(|output| *output == wanted).count()
}
