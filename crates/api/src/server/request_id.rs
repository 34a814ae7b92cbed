//! The id of the request that is being answered: in the log, in the header `X-Request-Id` and in problems.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hufu_core::{Instant, Random, random};

/// The header, both ways.
pub(crate) static HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `future` as the answer to the request `id`.
pub(super) async fn scope<F: Future>(id: String, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

/// The caller's id where it is 1 to 64 letters, digits, `-`, `_` or `.`; else a new one.
pub(super) fn of(headers: &HeaderMap, now: Instant, random: &dyn Random) -> String {
    let sane = |value: &&HeaderValue| {
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=64).contains(&value.len()) && value.as_bytes().iter().all(allowed)
    };
    headers
        .get(&HEADER)
        .filter(sane)
        .and_then(|value| value.to_str().ok())
        .map_or_else(
            || random::uuid_v7(now, random).simple().to_string(),
            str::to_owned,
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::Clock;

    fn id_for(value: &'static [u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(&HEADER, HeaderValue::from_bytes(value).unwrap());
        of(
            &headers,
            hufu_core::time::SystemClock.now(),
            &crate::random::SystemRandom,
        )
    }

    #[test]
    fn a_sane_id_is_taken_over() {
        assert_eq!(id_for(b"a.B_c-1"), "a.B_c-1");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not() {
        for bad in [&b""[..], b"a b", b"a\"b", b"\xff", &[b'a'; 65]] {
            assert_eq!(id_for(bad.to_vec().leak()).len(), 32);
        }
    }
}
