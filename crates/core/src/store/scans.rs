//! The port of sign-ins by scan.

use super::Result;
use crate::{
    Instant,
    id::{RequestId, ScanId},
    scan::{Scan, ScanState},
};
use async_trait::async_trait;

/// What a sign-in by scan reads and writes.
#[async_trait]
pub trait ScanUnit: Send {
    /// Adds a scan. `false` where one of its id is there.
    async fn put_scan(&mut self, scan: &Scan) -> Result<bool>;
    /// A scan, locked.
    async fn scan(&mut self, id: ScanId) -> Result<Option<Scan>>;
    /// Writes `after` where the state is `before`. `false`: somebody else was faster.
    async fn set_scan_state(&mut self, id: ScanId, before: ScanState, after: ScanState) -> Result<bool>;
    /// Counts a picture. `false` where `most` were counted before.
    async fn count_picture(&mut self, id: ScanId, most: u32) -> Result<bool>;
    /// How many scans of a request are not over at `now`.
    async fn open_scans(&mut self, request: RequestId, now: Instant) -> Result<u64>;
}
