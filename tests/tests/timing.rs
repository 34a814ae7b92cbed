//! What a stop-watch must not tell: whether there is such a user (r43). A test binary of its own, so that no other test runs
//! beside it in its process.
//!
//! The machine may be busy, and then all answers are slow, but all kinds alike: they are asked for in turns, in an order
//! that is drawn anew each time. Two kinds are told apart where a rank test tells them apart and their medians differ by more
//! than a fiftieth. How much the medians differ says nothing by itself: where half of all answers are slow, chance alone decides
//! on which side a median lies. What has failed once is measured again, with all samples: noise goes away, and a difference stays.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use hufu_tests::{Database, Reply, Server, Tenant};
use serde_json::json;
use std::time::Instant;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PASSWORD: &str = "Lantern7 otter bridge quill";
/// Of each kind, in one round.
const SAMPLES: usize = 120;
const ROUNDS: usize = 4;
/// How much two medians must differ, of the greater one: a rank test of many samples finds what nobody could make use of.
const LEAST_APART: f64 = 0.02;
/// Standard deviations of the rank sum: beyond it is chance once in 15,000 times.
const MOST_Z: f64 = 4.0;
/// How many people of each kind there are: each has failures of their own, so that nobody is throttled.
const PEOPLE: usize = 30;

/// A way not to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    Wrong,
    Disabled,
    DisabledAndWrong,
}

const KINDS: [Kind; 4] = [Kind::Unknown, Kind::Wrong, Kind::Disabled, Kind::DisabledAndWrong];

impl Kind {
    fn username(self, nth: usize) -> String {
        let person = nth % PEOPLE;
        match self {
            Self::Unknown => format!("nobody-{person:03}"),
            Self::Wrong => format!("person-{person:03}"),
            Self::Disabled => format!("closed-{person:03}"),
            Self::DisabledAndWrong => format!("closed-{:03}", PEOPLE + person),
        }
    }

    const fn password(self) -> &'static str {
        match self {
            Self::Unknown | Self::Disabled => PASSWORD,
            Self::Wrong | Self::DisabledAndWrong => "Lantern7 otter bridge quilt",
        }
    }
}

async fn step(tenant: &Tenant<'_>, members: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("response_type", "code"),
        ("client_id", "shop"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    form.extend_from_slice(members);
    tenant
        .server
        .http
        .post_form(&tenant.url("/authorize-challenge"), &form)
        .await
}

/// Microseconds.
async fn timed(tenant: &Tenant<'_>, kind: Kind, nth: usize) -> f64 {
    let username = kind.username(nth);
    let began = Instant::now();
    let reply = step(tenant, &[("username", &username), ("password", kind.password())]).await;
    let took = began.elapsed();
    reply.expect_error(400, "invalid_grant", Some("password_wrong"));
    took.as_secs_f64() * 1e6
}

async fn people(tenant: &Tenant<'_>) {
    for person in 0..PEOPLE {
        for kind in [Kind::Wrong, Kind::Disabled, Kind::DisabledAndWrong] {
            let name = kind.username(person);
            let tokens = tenant.register(&name, PASSWORD).await;
            if kind != Kind::Wrong {
                let sub = tenant.sub(tokens["access_token"].as_str().unwrap()).await;
                let body = json!({"status": "disabled"});
                tenant
                    .admin("PATCH", &format!("/users/{sub}"), Some(body))
                    .await
                    .expect(200);
            }
        }
    }
}

/// A draw that is the same in each run: a linear congruential generator.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn shuffled(&mut self) -> [Kind; 4] {
        let mut kinds = KINDS;
        for at in (1..kinds.len()).rev() {
            kinds.swap(at, self.below(at + 1));
        }
        kinds
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Mann and Whitney: how many standard deviations the rank sum of `one` is from what it would be if both were alike.
#[expect(clippy::cast_precision_loss, reason = "there are some hundred samples")]
fn z(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = (one.iter().map(|sample| (*sample, true)))
        .chain(other.iter().map(|sample| (*sample, false)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks = all.iter().enumerate().filter(|(_, (_, is_one))| *is_one);
    let sum: f64 = ranks.map(|(at, _)| (at + 1) as f64).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    (sum - n * (n + m + 1.0) / 2.0) / deviation
}

/// What tells two kinds apart, if anything does.
fn told_apart(samples: &[Vec<f64>; 4]) -> Vec<String> {
    let mut told = Vec::new();
    for one in 0..KINDS.len() {
        for other in one + 1..KINDS.len() {
            let (a, b) = (median(&samples[one]), median(&samples[other]));
            let apart = (a - b).abs() / a.max(b);
            let z = z(&samples[one], &samples[other]).abs();
            if z > MOST_Z && apart > LEAST_APART {
                told.push(format!(
                    "{:?} {a:.0} µs, {:?} {b:.0} µs, z = {z:.1}",
                    KINDS[one], KINDS[other]
                ));
            }
        }
    }
    told
}

async fn nobody_is_told_apart(database: Database) {
    let server = Server::start(database).await;
    let tenant = server.tenant("acme").await.with_members().await;
    tenant
        .set(json!({"attempts": {"address_per_hour": 100_000, "tenant_per_hour": 1_000_000}}))
        .await;
    people(&tenant).await;
    let mut draw = Draw(43);
    let mut nth = 0;
    for kind in KINDS {
        for _ in 0..5 {
            timed(&tenant, kind, nth).await;
            nth += 1;
        }
    }
    server.advance(86_400);
    let mut samples: [Vec<f64>; 4] = Default::default();
    let mut told = Vec::new();
    for _ in 0..ROUNDS {
        for _ in 0..SAMPLES {
            for kind in draw.shuffled() {
                let took = timed(&tenant, kind, nth).await;
                let at = KINDS.iter().position(|one| *one == kind).unwrap();
                samples[at].push(took);
            }
            nth += 1;
            if nth.is_multiple_of(PEOPLE) {
                // Whatever delays there are by now are over.
                server.advance(3_600);
            }
        }
        told = told_apart(&samples);
        if told.is_empty() {
            return;
        }
    }
    panic!("{database:?}: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r43_time_tells_no_unknown_disabled_or_mistaken_user_from_another() {
    for database in [Database::Sqlite, Database::Postgres] {
        nobody_is_told_apart(database).await;
    }
}

#[test]
fn the_measure_tells_apart_what_differs_and_nothing_else() {
    let noise = |seed: u64, base: f64| -> Vec<f64> {
        let mut draw = Draw(seed);
        (0..SAMPLES)
            .map(|_| base + f64::from(u32::try_from(draw.below(4_000)).unwrap()))
            .collect()
    };
    let alike: [Vec<f64>; 4] = [1, 2, 3, 4].map(|seed| noise(seed, 20_000.0));
    assert!(told_apart(&alike).is_empty(), "{:?}", told_apart(&alike));
    // One of them skips the hash.
    let mut skips = alike.clone();
    skips[0] = noise(5, 2_000.0);
    assert_eq!(told_apart(&skips).len(), 3);
    // One of them reads a row more.
    let mut reads = alike;
    reads[1] = noise(6, 22_000.0);
    assert_eq!(told_apart(&reads).len(), 3);
}
