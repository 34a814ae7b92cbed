//! The load: 64 connections that each wait for an answer before they ask again.

use crate::installation::Installation;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 64;

/// A request that can be sent again and again.
pub(crate) struct Request {
    method: &'static str,
    url: String,
    bearer: Option<String>,
    header: Option<(&'static str, String)>,
    body: Option<(&'static str, String)>,
}

impl Request {
    pub(crate) fn get(url: &str) -> Self {
        Self {
            method: "GET",
            url: url.to_owned(),
            bearer: None,
            header: None,
            body: None,
        }
    }

    /// The same with one more header.
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        Self {
            header: Some((name, value.to_owned())),
            ..self
        }
    }

    pub(crate) fn bearer(url: &str, token: &str) -> Self {
        Self {
            bearer: Some(token.to_owned()),
            ..Self::get(url)
        }
    }

    pub(crate) fn form(url: &str, form: &[(&str, &str)]) -> Self {
        // Everything sent here is base64url, hexadecimal or a name; only the grant type's colons are special.
        let body = form
            .iter()
            .map(|(k, v)| format!("{k}={}", v.replace(':', "%3A")))
            .collect::<Vec<_>>()
            .join("&");
        Self {
            method: "POST",
            body: Some(("application/x-www-form-urlencoded", body)),
            ..Self::get(url)
        }
    }

    pub(crate) fn json(method: &'static str, url: &str, bearer: Option<&str>, body: &Value) -> Self {
        let body = Some(("application/json", body.to_string()));
        Self {
            method,
            url: url.to_owned(),
            bearer: bearer.map(str::to_owned),
            header: None,
            body,
        }
    }
}

/// What a browser is shown.
pub(crate) struct Shown {
    pub(crate) location: Option<String>,
    pub(crate) cookies: Vec<String>,
    pub(crate) text: String,
}

/// A client.
#[derive(Clone)]
pub(crate) struct Http(
    #[expect(clippy::disallowed_types, reason = "the bench's own client, to loopback only")] reqwest::Client,
);

impl Http {
    pub(crate) fn new() -> Result<Self> {
        #[expect(clippy::disallowed_types, reason = "the bench's own client, to loopback only")]
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(2 * CONNECTIONS)
            .build()?;
        Ok(Self(client))
    }

    async fn send(&self, request: &Request) -> Result<reqwest::Response> {
        let mut builder = self.0.request(request.method.parse()?, &request.url);
        if let Some(token) = &request.bearer {
            builder = builder.bearer_auth(token);
        }
        if let Some((name, value)) = &request.header {
            builder = builder.header(*name, value);
        }
        if let Some((content_type, body)) = &request.body {
            builder = builder.header("content-type", *content_type).body(body.clone());
        }
        Ok(builder.send().await?)
    }

    /// The headers that matter of an answer, and its text.
    pub(crate) async fn page(&self, request: &Request) -> Result<Shown> {
        let response = self.send(request).await?;
        let header = |name: &str| {
            let values = response.headers().get_all(name).iter();
            values
                .filter_map(|value| value.to_str().ok())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (location, cookies) = (header("location").pop(), header("set-cookie"));
        let text = response.text().await?;
        Ok(Shown {
            location,
            cookies,
            text,
        })
    }

    pub(crate) async fn status(&self, request: &Request) -> Result<u16> {
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        response.bytes().await?;
        Ok(status)
    }

    pub(crate) async fn json(&self, request: &Request) -> Result<Value> {
        let response = self.send(request).await?;
        let status = response.status();
        let body = response.bytes().await?;
        ensure!(
            status.is_success(),
            "{} answers {status}: {}",
            request.url,
            String::from_utf8_lossy(&body)
        );
        Ok(serde_json::from_slice(&body)?)
    }
}

/// What a login gave.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Value) -> Result<Self> {
        let text = |name: &str| {
            Ok::<_, anyhow::Error>(answer[name].as_str().context("a token is missing")?.to_owned())
        };
        Ok(Self {
            access: text("access_token")?,
            refresh: text("refresh_token")?,
        })
    }
}

/// The load on one installation.
pub(crate) struct Load {
    pub(crate) installation: Arc<Installation>,
    pub(crate) http: Http,
}

impl Load {
    pub(crate) fn new(installation: Arc<Installation>) -> Result<Self> {
        Ok(Self {
            installation,
            http: Http::new()?,
        })
    }

    /// Sends `count` requests that `make` makes, and prints their row.
    pub(crate) async fn run<F>(&self, name: &str, count: usize, make: F) -> Result<()>
    where
        F: Fn(&Installation) -> Request + Send + Sync + 'static,
    {
        let make = Arc::new(make);
        self.measure(name, count, move |http, installation, _| {
            let make = make.clone();
            async move {
                let request = make(&installation);
                let began = Instant::now();
                let status = http.status(&request).await?;
                ensure!(status == 200, "{status}");
                Ok(began.elapsed())
            }
        })
        .await
    }

    /// Signs people in, `people` of them in turn, and gives the last tokens of each. Minting the codes is not counted.
    pub(crate) async fn run_logins(&self, name: &str, count: usize, people: usize) -> Result<Vec<Tokens>> {
        let kept: Arc<Mutex<Vec<Option<Tokens>>>> = Arc::new(Mutex::new(vec![None; people]));
        let tokens = kept.clone();
        self.measure(name, count, move |http, installation, turn| {
            let kept = kept.clone();
            async move {
                let code = http.json(&installation.mint(turn % people)).await?;
                let request = installation.exchange(code["code"].as_str().context("no code")?);
                let began = Instant::now();
                let answer = http.json(&request).await?;
                let took = began.elapsed();
                kept.lock().unwrap_or_else(PoisonError::into_inner)[turn % people] =
                    Some(Tokens::of(&answer)?);
                Ok(took)
            }
        })
        .await?;
        let tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(tokens.iter().flatten().cloned().collect())
    }

    /// Refreshes each family in turn.
    pub(crate) async fn run_refreshes(&self, name: &str, count: usize, tokens: Vec<Tokens>) -> Result<()> {
        let families: Arc<Vec<tokio::sync::Mutex<Tokens>>> =
            Arc::new(tokens.into_iter().map(tokio::sync::Mutex::new).collect());
        self.measure(name, count, move |http, installation, turn| {
            let families = families.clone();
            async move {
                let mut family = families[turn % families.len()].lock().await;
                let began = Instant::now();
                let answer = http.json(&installation.refresh(&family.refresh)).await?;
                let took = began.elapsed();
                *family = Tokens::of(&answer)?;
                Ok(took)
            }
        })
        .await
    }

    /// Signs people in by password, `people` accounts in turn, on that many connections.
    pub(crate) async fn run_passwords(
        &self,
        name: &str,
        (count, people): (usize, usize),
        connections: usize,
    ) -> Result<()> {
        let one = move |http: Http, installation: Arc<Installation>, turn: usize| async move {
            let request = installation.by_password("bench", &format!("person-{}", turn % people), "");
            let began = Instant::now();
            http.json(&request).await?;
            Ok(began.elapsed())
        };
        self.measure_on(connections, name, count, one).await
    }

    /// Guesses at the passwords of another tenant, of names that nobody has, until it is dropped.
    pub(crate) fn flood(&self) -> tokio::task::JoinSet<()> {
        let mut tasks = tokio::task::JoinSet::new();
        let turn = Arc::new(AtomicUsize::new(0));
        for _ in 0..CONNECTIONS {
            let (turn, http, installation) = (turn.clone(), self.http.clone(), self.installation.clone());
            tasks.spawn(async move {
                loop {
                    let name = format!("nobody-{}x", turn.fetch_add(1, Ordering::Relaxed));
                    // Whatever is answered: a flood does not care.
                    let _ = http.status(&installation.by_password("flood", &name, "")).await;
                }
            });
        }
        tasks
    }

    pub(crate) async fn measure<F, Fut>(&self, name: &str, count: usize, one: F) -> Result<()>
    where
        F: Fn(Http, Arc<Installation>, usize) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Duration>> + Send,
    {
        self.measure_on(CONNECTIONS, name, count, one).await
    }

    async fn measure_on<F, Fut>(&self, connections: usize, name: &str, count: usize, one: F) -> Result<()>
    where
        F: Fn(Http, Arc<Installation>, usize) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Duration>> + Send,
    {
        let (turn, one) = (Arc::new(AtomicUsize::new(0)), Arc::new(one));
        let (cpu, began) = (self.installation.hufu.cpu()?, Instant::now());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let (turn, one) = (turn.clone(), one.clone());
            let (http, installation) = (self.http.clone(), self.installation.clone());
            tasks.spawn(async move {
                let (mut took, mut errors) = (Vec::new(), 0_u32);
                loop {
                    let turn = turn.fetch_add(1, Ordering::Relaxed);
                    if turn >= count {
                        return (took, errors);
                    }
                    match one(http.clone(), installation.clone(), turn).await {
                        Ok(duration) => took.push(duration),
                        Err(_) => errors += 1,
                    }
                }
            });
        }
        let (mut took, mut errors) = (Vec::new(), 0);
        for (times, failed) in tasks.join_all().await {
            took.extend(times);
            errors += failed;
        }
        let (cpu, wall) = (self.installation.hufu.cpu()?.saturating_sub(cpu), began.elapsed());
        print_row(name, &mut took, errors, cpu, wall);
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are small")]
fn print_row(name: &str, took: &mut [Duration], errors: u32, cpu: Duration, wall: Duration) {
    took.sort_unstable();
    let at = |share: usize| {
        took.get(took.len() * share / 100)
            .map_or(0.0, |t| t.as_secs_f64() * 1e3)
    };
    let done = took.len() as f64;
    println!(
        "| {name} | {:.0} | {:.0} | {:.2} | {:.2} | {errors} |",
        done / cpu.as_secs_f64(),
        done / wall.as_secs_f64(),
        at(50),
        at(99),
    );
}
