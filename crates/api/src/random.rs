//! Randomness of the process: the generator of the one crypto library.

use hufu_core::Random;

/// Cryptographically secure, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness once it has started");
    }
}
