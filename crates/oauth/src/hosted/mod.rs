//! What stands behind the pages where people sign in: browsers, requests that wait for them, and the steps that a page takes.
//!
//! | module | owns |
//! | --- | --- |
//! | `visitor` | what a browser's cookies say: which browser, who is signed in |
//! | `waiting` | a request that waits for the person in this browser |
//! | `scan` | signing in by the tenant's mini-program, which reads a code |
//! | `steps` | signing in, saying yes or no to a client |
//!
//! Pages themselves, cookies as headers and forms as HTML are the API's.

pub mod scan;
mod steps;
mod visitor;
mod waiting;

pub use steps::{Entered, consent, deny, enter};
pub use visitor::{BrowserSecret, SignedIn, Visitor};
pub use waiting::{For, Waiting, wait_for_page};
