//! The store suite: what every implementation of core's store ports must do, on every database.
//!
//! A case is a sentence and a function that takes a store: migrated, empty, and the case's own until it ends. Cases need
//! no order and no clock but their own. Those of 100 tasks at once want a runtime of several threads. To run them:
//!
//! ```ignore
//! macro_rules! run {
//!     ($($subject:ident: [$($case:ident,)*],)*) => {$(mod $subject {$(
//!         #[tokio::test(flavor = "multi_thread")]
//!         async fn $case() {
//!             hufu_testkit::store_suite::$subject::$case(super::an_empty_store().await).await;
//!         }
//!     )*})*};
//! }
//! hufu_testkit::store_cases!(run);
//! ```
//!
//! To add a case, write it in its subject's file and name it in [`store_cases`](crate::store_cases); a test here fails
//! where a case is not named. Every operation has a case in which another tenant tries it on rows that are not its own.
#![allow(missing_docs, reason = "a case's name is its sentence")]
#![allow(clippy::unwrap_used, reason = "a case fails where the store does")]

mod acts;
mod bench;
mod cases;
mod paging;
mod parallel;

pub mod absorption;
pub mod accounts;
pub mod attempts;
pub mod browsers;
pub mod clients;
pub mod closing;
pub mod codes;
pub mod consents;
pub mod devices;
pub mod events;
pub mod grants;
pub mod housekeeping;
pub mod key_rotation;
pub mod keys;
pub mod linking;
pub mod login;
pub mod login_steps;
pub mod merges;
pub mod model;
pub mod operators;
pub mod phone_linking;
pub mod phone_races;
pub mod phones;
pub mod pushes;
pub mod refresh;
pub mod registration;
pub mod replay;
pub mod scans;
pub mod secret_rotation;
pub mod session_keys;
pub mod shared_tokens;
pub mod sms_budget;
pub mod sms_codes;
pub mod tenant_deletion;
pub mod tenants;
pub mod units;
pub mod users;
pub mod wechat_apps;
