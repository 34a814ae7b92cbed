//! Randomness that is the same in every run.

use hufu_core::Random;
use sha2::{Digest, Sha256};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A stream of SHA-256 blocks over a seed and a counter: no two draws are equal, and the n-th draw of a seed always is
/// the same. Clones draw from the same stream. Only for tests: who knows the seed knows the stream.
#[derive(Debug, Clone)]
pub struct SeededRandom {
    seed: u64,
    drawn: Arc<AtomicU64>,
}

impl SeededRandom {
    /// The stream of `seed`, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: Arc::default(),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.drawn.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(counter.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::random::bytes;

    #[test]
    fn a_seed_gives_one_stream_without_repetition() {
        let (one, same, other) = (SeededRandom::new(1), SeededRandom::new(1), SeededRandom::new(2));
        let first: [u8; 40] = bytes(&one);
        assert_eq!(first, bytes(&same));
        assert_ne!(first, bytes(&other));
        assert_ne!(first, bytes(&one.clone()));
        assert_ne!(first[..8], first[32..]);
    }
}
