//! Measures a release build of hufu over real HTTP: requests per second of the *server's* CPU, latencies, memory, time to
//! the first answer.
//!
//! Run it by `scripts/bench`. The server runs on one core (`taskset`), with SQLite on disk and durable commits, ES256, and
//! the simulator of WeChat in a process of its own. What the load costs on this side is not counted; it does disturb the
//! latencies, since it has the other core and the simulator beside it.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod installation;
mod load;
mod process;

use anyhow::Result;
use installation::Installation;
use load::{Load, Request};
use std::sync::Arc;

/// How many logins the memory is measured after.
const LOGINS: usize = 100_000;

#[tokio::main]
async fn main() -> Result<()> {
    let installation = Arc::new(Installation::start().await?);
    println!(
        "start to first discovery answer, new process, existing database: {} ms",
        installation.first_answer_ms
    );
    println!("memory idle: {:.1} MB", installation.hufu.resident_mb()?);
    println!();
    println!("| request | per CPU-second | per second | p50 ms | p99 ms | errors |");
    println!("| --- | --- | --- | --- | --- | --- |");

    let load = Load::new(installation.clone())?;
    load.run("discovery", 40_000, |i| {
        Request::get(&i.issuer("/.well-known/openid-configuration"))
    })
    .await?;
    load.run("jwks", 40_000, |i| Request::get(&i.issuer("/jwks")))
        .await?;
    load.run_logins("login, first time of a person", 20_000, 20_000)
        .await?;
    let tokens = load
        .run_logins("login, returning", LOGINS - 20_000, 2_000)
        .await?;

    let access: Arc<[String]> = tokens.iter().map(|tokens| tokens.access.clone()).collect();
    let one = access.clone();
    load.run("userinfo, 2,000 tokens", 40_000, move |i| {
        Request::bearer(&i.issuer("/userinfo"), i.pick(&one))
    })
    .await?;
    let one = access.clone();
    load.run("introspection, 2,000 tokens", 40_000, move |i| {
        i.introspect(i.pick(&one))
    })
    .await?;
    load.run_refreshes("refresh", 20_000, tokens).await?;
    println!();
    println!(
        "memory after {LOGINS} logins: {:.1} MB",
        installation.hufu.resident_mb()?
    );
    Ok(())
}
