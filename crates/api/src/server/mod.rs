//! The listener, and what happens around every request.
//!
//! | module | owns |
//! | --- | --- |
//! | `around` | the one layer: id, span, limits, panics, headers, metrics |
//! | `family` | errors that no handler makes |
//! | `language` | the language of the person behind the request |
//! | [`request_id`] | the id of the request that is being answered |
//! | `listener` | sockets, header time-out, graceful end |
//! | `tls` | the certificate, read again when it changes |

mod around;
mod family;
pub(crate) mod language;
mod listener;
pub mod request_id;
mod tls;

pub(crate) use around::around;
pub(crate) use family::Family;
pub(crate) use listener::start;
pub use listener::{GRACE, Running, serve, serve_tls, told_to_stop};
pub use tls::{Tls, TlsFiles};

/// The longest body of any request, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
