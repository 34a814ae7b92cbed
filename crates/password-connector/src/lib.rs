//! Proves a person by a password: core's `Passwords`. Hashes are argon2id; those that other products made are verified
//! once, and replaced at that login.
//!
//! Hashing is slow and needs memory, both by design, so it is rationed: as many at once as there are workers, in turns that
//! are fair between tenants, after a wait that is bounded. An unknown user costs what a wrong password does.
//!
//! Accounts, attempts and endpoints are unknown here: who may try again, and when, is decided before a password comes here.
//!
//! | module | owns |
//! | --- | --- |
//! | `passwords` | the port: hashing, verifying, when a hash is replaced |
//! | `presented` | a password as it is hashed: length and normalization |
//! | `encoded` | hashes as text, ours and those of other products |
//! | `tag` | the slow functions, their floors and ceilings |
//! | `pool`, `turns` | who may hash next, and for how long one waits |
//! | `memory` | a worker's memory, wiped after each hash |
//! | `blocklist` | what a new password must not be |
//! | `config` | the installation's settings |

mod blocklist;
mod config;
mod encoded;
mod memory;
mod passwords;
mod pool;
mod presented;
mod tag;
mod turns;

pub use config::{Config, UnusableConfig};
pub use passwords::Argon2Passwords;
