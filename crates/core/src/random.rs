//! Randomness as a port, so that tests can seed it and no other place draws any.

use crate::time::Instant;
use uuid::Uuid;

/// The only source of randomness: cryptographically secure outside tests.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Draws `N` random bytes.
pub fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// A UUIDv7 (RFC 9562 §5.7) of `now`: time-ordered, so that new rows land at the end of an index.
pub fn uuid_v7(now: Instant, random: &dyn Random) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes::<10>(random)).into_uuid()
}
