//! A server on a random port, with the clock and the simulator that belong to it.

use crate::{Browser, Database, Http, Reply, Tenant, database::Created};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use hufu_api::{
    app::App,
    background,
    base_url::BaseUrl,
    embed::{self, Embedding, PasswordConfig},
    issuers::Heard,
    server::{self, Running},
};
use hufu_testkit::{Held, HeldPasswords, Hold, SeededRandom, TestClock};
use hufu_wxsim::{ClockSource, Config, OpenAccount, Seed, WxSim};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::TcpListener,
    ops::Deref,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

/// Any 32 bytes: the tests' master key.
const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// How long a request may take, and whatever it waits for: more than a busy machine needs for a crowd.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. It ends with the test. It has a minute for each request and for all that it waits for, so that a machine which
/// is busy or stands still for seconds makes a test slow, not red.
pub struct Server {
    /// Where it listens; its base URL too, except of [`Server::another_node`].
    pub base: String,
    /// The base URL of all nodes.
    public: String,
    /// A client to speak to it with.
    pub http: Http,
    /// The WeChat that it asks.
    pub sim: Arc<WxSim>,
    /// The URL of its database.
    pub database_url: String,
    /// The platform operator's token.
    pub operator: String,
    accounts: Arc<Mutex<HashMap<String, OpenAccount>>>,
    clock: TestClock,
    right_passwords: Hold,
    heard: tokio::sync::Mutex<Heard>,
    patience: Option<Duration>,
    _running: Running,
    app: Arc<App>,
    database: Arc<Created>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server with an empty database and a platform operator.
    pub async fn start(database: Database) -> Self {
        let created = database.create();
        let url = created.url.clone();
        Self::start_on(created, &url, Some(PATIENCE)).await
    }

    /// Starts a server with the time-outs of a [`Punctual`] one that reaches its PostgreSQL database through `via`, which is given the server's `host:port` and
    /// gives the one to use instead.
    pub async fn start_via(via: impl FnOnce(&str) -> String) -> Self {
        let created = Database::Postgres.create();
        let (head, name) = created.url.rsplit_once('/').expect("a URL with a database");
        let (scheme, address) = head.rsplit_once('@').map_or_else(
            || {
                head.split_once("//")
                    .map(|(s, a)| (format!("{s}//"), a))
                    .expect("a URL")
            },
            |(s, a)| (format!("{s}@"), a),
        );
        let url = format!("{scheme}{}/{name}", via(address));
        Self::start_on(created, &url, None).await
    }

    async fn start_on(database: Created, url: &str, patience: Option<Duration>) -> Self {
        let (clock, right_passwords) = (TestClock::new(), Hold::default());
        let sim = WxSim::start(Config {
            seed: Seed::from("black box"),
            clock: ClockSource::Virtual(TestClock::START / 1_000),
            ..Config::default()
        })
        .await
        .expect("the simulator starts");
        let app = app(url, None, &sim, &clock, patience).await;
        let operator = embed::create_operator(&app.0, "tests")
            .await
            .expect("an operator");
        let (base, running, app) = serve(app, &right_passwords);
        Self {
            app,
            public: base.clone(),
            base,
            http: Http::new(),
            sim: Arc::new(sim),
            database_url: url.to_owned(),
            operator: operator.expose_secret().to_owned(),
            accounts: Arc::default(),
            clock,
            right_passwords,
            heard: tokio::sync::Mutex::default(),
            patience,
            _running: running,
            database: Arc::new(database),
        }
    }

    /// Another node of the same installation: its own memory and address, the same database, time and WeChat.
    pub async fn another_node(&self) -> Self {
        let public = Some(self.public.as_str());
        let app = app(&self.database_url, public, &self.sim, &self.clock, self.patience).await;
        self.node(app)
    }

    /// The same, but it believes nobody where a request comes from.
    pub async fn exposed_node(&self) -> Self {
        let public = Some(self.public.as_str());
        let (mut app, listener) =
            app(&self.database_url, public, &self.sim, &self.clock, self.patience).await;
        app.trusted_proxies.clear();
        self.node((app, listener))
    }

    fn node(&self, app: (App, TcpListener)) -> Self {
        let (base, running, app) = serve(app, &self.right_passwords);
        Self {
            app,
            base,
            public: self.public.clone(),
            http: Http::new(),
            sim: self.sim.clone(),
            database_url: self.database_url.clone(),
            operator: self.operator.clone(),
            accounts: self.accounts.clone(),
            clock: self.clock.clone(),
            right_passwords: self.right_passwords.clone(),
            heard: tokio::sync::Mutex::default(),
            patience: self.patience,
            _running: running,
            database: self.database.clone(),
        }
    }

    /// A tenant that is there already, as this node serves it.
    pub fn known_tenant<'a>(&'a self, slug: &'a str) -> Tenant<'a> {
        Tenant { server: self, slug }
    }

    /// The number that an SQL statement gives, asked past the server: for what no endpoint shows.
    pub fn number(&self, sql: &str) -> i64 {
        crate::database::number(&self.database_url, sql)
    }

    /// The code in the last message that a phone got, in E.164.
    pub fn sms_code(&self, phone: &str) -> String {
        let messages = self.sim.sms(phone);
        let code = messages.last().and_then(|message| message.code.clone());
        code.unwrap_or_else(|| panic!("no code came to {phone}: {messages:?}"))
    }

    /// Moves the server's and the simulator's time.
    pub fn advance(&self, seconds: u32) {
        self.clock.advance(seconds);
        self.sim.advance(seconds.into()).expect("time goes forward");
    }

    /// Holds back all who give a right password from now on, after the check and before anything comes of it, until what is
    /// returned is dropped.
    pub fn hold_right_passwords(&self) -> Held {
        self.right_passwords.begin()
    }

    /// One round of what the server does every minute to keys that are due, and how many it succeeded.
    pub async fn rotate_keys(&self) -> usize {
        background::rotate_keys(&self.app).await
    }

    /// One round of what the server does every minute: what is over is removed.
    pub async fn clean(&self) {
        background::remove_one_round(&self.app).await;
    }

    /// One round of what the server does every other second to tell clients that sessions ended, and how many tries that were.
    pub async fn deliver_logouts(&self) -> usize {
        background::deliver_logouts(&self.app).await
    }

    /// Takes what is to be told, as a node does that dies before it tells it.
    pub async fn take_logouts_and_die(&self) -> usize {
        let now = self.app.clock.now();
        let lease = now + Duration::from_mins(1);
        let taken = self.app.store.claim_logouts(now, lease, 100).await;
        taken.expect("the database is there").len()
    }

    /// What the server does every second: it forgets what other nodes have changed.
    pub async fn hear_of_changes(&self) {
        self.app
            .issuers
            .hear(&self.app, &mut *self.heard.lock().await)
            .await;
    }

    /// An open-platform account of the simulator, made when it is first named.
    pub fn open_account(&self, name: &str) -> OpenAccount {
        let mut accounts = self.accounts.lock().expect("no test panics with it");
        let make = || {
            self.sim
                .open_account_named(name)
                .expect("the simulator takes the account")
        };
        accounts.entry(name.to_owned()).or_insert_with(make).clone()
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// Creates a tenant.
    pub async fn tenant<'a>(&'a self, slug: &'a str) -> Tenant<'a> {
        let body = json!({"display_name": slug});
        self.admin("PUT", &format!("/tenants/{slug}"), Some(body))
            .await
            .expect(201);
        Tenant { server: self, slug }
    }

    /// A request to the administration API, as the platform's operator.
    pub async fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.admin_as(&self.operator, method, path, body).await
    }

    /// A request to the administration API by any token.
    pub async fn admin_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.http
            .json(method, &format!("{}/admin/v1{path}", self.base), token, body)
            .await
    }

    /// Sends `count` requests at once and gives all answers.
    pub async fn in_parallel<F: Future<Output = Reply>>(
        &self,
        count: usize,
        make: impl Fn() -> F,
    ) -> Vec<Reply> {
        join_all((0..count).map(|_| make())).await
    }

    /// The claims of a JWT, its signature not looked at.
    pub fn unverified(&self, jwt: &str) -> Value {
        part(jwt, 1)
    }

    /// The header of a JWT.
    pub fn header_of(&self, jwt: &str) -> Value {
        part(jwt, 0)
    }
}

/// A server that waits for others as long as `hufu serve` does by default: for a test of how long that is.
#[derive(Debug)]
pub struct Punctual(Server);

impl Punctual {
    /// Starts it with an empty database and a platform operator.
    pub async fn start(database: Database) -> Self {
        let created = database.create();
        let url = created.url.clone();
        Self(Server::start_on(created, &url, None).await)
    }
}

impl Deref for Punctual {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

/// An application on a database, and where it will listen.
async fn app(
    url: &str,
    public: Option<&str>,
    sim: &WxSim,
    clock: &TestClock,
    patience: Option<Duration>,
) -> (App, TcpListener) {
    let ports = embed::ports(Embedding {
        database_url: url.to_owned(),
        master_key: MASTER_KEY.into(),
        wechat_api_base: sim.url().parse().expect("a URL"),
        sms_base: format!("{}/__sim/sms", sim.url()).parse().expect("a URL"),
        sms_console: None,
        passwords: PasswordConfig {
            // The longest that it takes.
            longest_wait: patience.map_or(PasswordConfig::default().longest_wait, |patience| {
                patience.min(Duration::from_secs(30))
            }),
            ..cheap()
        },
        patience,
        clock: Arc::new(clock.clone()),
        random: Arc::new(SeededRandom::new(seed())),
    })
    .await
    .expect("the database opens");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = own_url(&listener);
    let base = BaseUrl::parse(public.unwrap_or(&own)).expect("a base URL");
    let mut app = App::new(base, ports);
    // A test tells by `X-Forwarded-For` where a request comes from.
    app.request_timeout = patience.unwrap_or(App::REQUEST_TIMEOUT);
    app.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    (app, listener)
}

/// As little work as is allowed, in little memory.
fn cheap() -> PasswordConfig {
    PasswordConfig {
        memory_kib: 7_168,
        passes: 5,
        ..PasswordConfig::default()
    }
}

fn own_url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}

fn serve((mut app, listener): (App, TcpListener), right_passwords: &Hold) -> (String, Running, Arc<App>) {
    app.passwords = Arc::new(HeldPasswords::new(app.passwords, right_passwords.clone()));
    let base = own_url(&listener);
    let app = Arc::new(app);
    let running = server::serve(app.clone(), listener).expect("the server starts");
    (base, running, app)
}

fn part(jwt: &str, index: usize) -> Value {
    let part = jwt.split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// A seed that no other server of this process has.
fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
