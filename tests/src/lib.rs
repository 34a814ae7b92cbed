//! The small language of the black-box tests: a server on a random port with its own database and its own simulator of
//! WeChat, a tenant on it, and answers.
//!
//! Everything goes over real HTTP. Time is virtual: [`Server::advance`] moves the server's clock and the simulator's
//! together. Write a test with [`on_both_databases`].

#![expect(clippy::missing_panics_doc, reason = "a harness panics where a test fails")]

mod browser;
mod database;
mod http;
mod proxy;
mod reply;
mod server;
mod tenant;

pub use browser::{Browser, Page};
pub use database::Database;
pub use http::Http;
pub use proxy::Proxy;
pub use reply::Reply;
pub use server::{Punctual, Server};
pub use tenant::{CALLBACK, SIGNED_OUT, Tenant, Tokens};

/// Makes of each `async fn name(server: Server) { … }` a module with one test on SQLite and one on PostgreSQL. A test
/// of how long the server waits for others takes a `Punctual` instead.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident: $type:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all that its file imports")]
            use super::*;

            $(#[$meta])*
            async fn test($server: $type) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                test(<$type>::start($crate::Database::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgresql() {
                test(<$type>::start($crate::Database::Postgres).await).await;
            }
        }
    )* };
}
