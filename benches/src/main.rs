//! Measures a release build of hufu over real HTTP: requests per second of the *server's* CPU, latencies, memory, time to
//! the first answer.
//!
//! Run it by `scripts/bench`. The server runs on one core (`taskset`), with SQLite on disk and durable commits, ES256, and
//! the simulator of WeChat in a process of its own. What the load costs on this side is not counted; it does disturb the
//! latencies, since it has the other core and the simulator beside it.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod browser;
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
    browser::run(&load).await?;
    println!();
    println!(
        "memory after {LOGINS} logins: {:.1} MB",
        installation.hufu.resident_mb()?
    );
    passwords(&load, &installation).await
}

/// Accounts that sign in by password.
const ACCOUNTS: usize = 100;

/// Passwords: how near to what argon2id costs by itself, how much memory with 100 in flight, and what a flood of guesses in one tenant
/// does to WeChat logins in another.
async fn passwords(load: &Load, installation: &Arc<Installation>) -> Result<()> {
    let http = load::Http::new()?;
    for person in 0..ACCOUNTS {
        let request = installation.by_password("bench", &format!("person-{person}"), "create");
        http.json(&request).await?;
    }
    println!();
    println!(
        "argon2id alone (19,456 KiB, 2 passes): {:.1} in a second of one core",
        argon2id()?
    );
    println!();
    println!("| request | per CPU-second | per second | p50 ms | p99 ms | errors |");
    println!("| --- | --- | --- | --- | --- | --- |");
    load.run_passwords("password login, 32 in flight", (600, ACCOUNTS), 32)
        .await?;
    let watched = installation.clone();
    let peak = tokio::spawn(async move {
        let mut peak = 0.0_f64;
        for _ in 0..200 {
            peak = peak.max(watched.hufu.resident_mb().unwrap_or_default());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        peak
    });
    load.run_passwords("password login, 100 in flight", (600, ACCOUNTS), 100)
        .await?;
    let peak = peak.await?;
    load.run_logins("WeChat login, returning, nothing beside it", 5_000, 2_000)
        .await?;
    let flood = load.flood();
    load.run_logins(
        "WeChat login, returning, another tenant flooded with passwords",
        5_000,
        2_000,
    )
    .await?;
    drop(flood);
    println!();
    println!("memory with 100 password logins in flight: {peak:.1} MB");
    Ok(())
}

/// Hashes in a second on this core.
fn argon2id() -> Result<f64> {
    const ROUNDS: u32 = 30;
    let failed = |error| anyhow::anyhow!("{error}");
    let params = argon2::Params::new(19_456, 2, 1, Some(32)).map_err(failed)?;
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut blocks = vec![argon2::Block::default(); 19_456];
    let began = std::time::Instant::now();
    for round in 0..ROUNDS {
        let mut tag = [0; 32];
        hasher
            .hash_password_into_with_memory(&round.to_be_bytes(), b"a salt of sixteen", &mut tag, &mut blocks)
            .map_err(failed)?;
    }
    Ok(f64::from(ROUNDS) / began.elapsed().as_secs_f64())
}
