//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2) and what leads to it.
//!
//! | module | owns |
//! | --- | --- |
//! | `checks` | the ordered list of what is looked at in a request |
//! | `redirect` | whom may be redirected to: client and redirect URI |
//! | `pushed` | requests that clients push first (RFC 9126) |
//! | `respond` | answers by redirect or by form |
//! | `proceed` | from a checked request to a code, or to the page that comes first |
//!
//! A request that is refused before its redirect URI is proven is answered by a page, never by a redirect (RFC 9700 §4.11.2).

mod checks;
mod proceed;
mod pushed;
mod redirect;
mod respond;
pub(crate) mod step_up;

pub(crate) use checks::{resources_of, scope_of};
pub use proceed::{Answer, Asked, begin, proceed, read};
pub use pushed::{PushedResponse, push};
pub use respond::Respond;
