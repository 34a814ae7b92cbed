//! Authorization requests (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1): what a client asks for, what a person must do before it
//! gets that, and the act that gives it.
//!
//! | module | owns |
//! | --- | --- |
//! | `request` | a request whose members are all checked |
//! | `claims` | the `claims` parameter |
//! | `next` | what comes next: signing in, consent, or the code |
//! | `pending` | a request that waits: pushed by a client (RFC 9126), or for a person in a browser |
//! | `consent` | what a user lets a client do, remembered |
//! | `sign_out` | the act that ends a session |
//! | `complete` | the act that ends in a code |

pub mod claims;
mod complete;
mod consent;
mod next;
mod pending;
mod request;
mod sign_out;

pub use claims::ClaimsRequest;
pub use complete::{Authorized, Complete};
pub(crate) use consent::remember;
pub use consent::{ClientConsent, RevokeClient};
pub use next::{Next, Standing, next};
pub use pending::{AskedFor, KeepRequest, PUSHED_LIFETIME, PendingRequest, SIGN_IN_LIFETIME};
pub use request::{AuthorizationRequest, Prompt};
pub use sign_out::SignOut;
