//! The handle that a test, or a program with a simulator inside, holds.

mod builders;
mod data;
mod push;
mod sms;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use builders::{AppBuilder, UserBuilder};

use crate::fault::{Fault, FaultReport};
use crate::listener;
use crate::request_log::{Filter, RequestRecord};
use crate::server::{Server, StateReport};
use crate::world::{App, AppChange, AppSpec, OpenAccount, Patch, Standing, User, UserChange, UserSpec};
use crate::{Config, Refusal, StartError};

/// A simulator that is running. Dropping it ends it and all its connections.
pub struct WxSim {
    server: Arc<Server>,
    address: SocketAddr,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl WxSim {
    /// Starts a simulator. It runs on the tokio runtime that this is called on.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.check()?;
        let bind = |cause| StartError::Bind {
            listen: config.listen,
            cause,
        };
        let socket = TcpListener::bind(config.listen).await.map_err(bind)?;
        let address = socket.local_addr().map_err(bind)?;
        let server = Arc::new(Server::new(&config));
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(listener::serve(socket, Arc::clone(&server), stopped));
        Ok(Self {
            server,
            address,
            stop,
            task,
        })
    }

    /// Where it answers, such as `http://127.0.0.1:40123`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets the answers under way end (for half a second at most), and ends.
    pub async fn shutdown(mut self) {
        // Nobody listens any more if it has ended by itself.
        let _ = self.stop.send(());
        let _ = (&mut self.task).await;
    }

    // People and apps

    /// Creates an open-platform account with a name of its own: `open-account-1`, then `open-account-2` …
    pub fn open_account(&self) -> OpenAccount {
        self.server.world().create_nameless_open_account()
    }

    /// Creates an open-platform account of this name. Equal names give equal unionids after a restart.
    pub fn open_account_named(&self, id: &str) -> Result<OpenAccount, Refusal> {
        self.server.world().create_open_account(id)
    }

    /// Describes an app, to be made by [`AppBuilder::create`].
    pub fn app(&self, appid: impl Into<String>) -> AppBuilder<'_> {
        AppBuilder {
            sim: self,
            spec: AppSpec {
                appid: appid.into(),
                ..AppSpec::default()
            },
        }
    }

    /// Changes an app; what the change leaves out stays.
    pub fn change_app(&self, app: impl AsRef<str>, change: AppChange) -> Result<App, Refusal> {
        self.server.world().change_app(app.as_ref(), change)
    }

    /// Gives an app a new secret, as its owner may at any time. The old one stops working at once.
    pub fn rotate_secret(&self, app: impl AsRef<str>) -> Result<App, Refusal> {
        self.change_app(
            app,
            AppChange {
                rotate_secret: true,
                ..AppChange::default()
            },
        )
    }

    /// Draws the secret that an app will have once it is activated, and tells it; the one in force stays.
    pub fn prepare_secret(&self, app: impl AsRef<str>) -> Result<String, Refusal> {
        let app = self.change_app(
            app,
            AppChange {
                prepare_secret: true,
                ..AppChange::default()
            },
        )?;
        let next = app.next_secret().map(str::to_owned);
        next.ok_or_else(|| Refusal::NoNextSecret(app.id().into()))
    }

    /// Puts the prepared secret in force. The old one stops working at once.
    pub fn activate_secret(&self, app: impl AsRef<str>) -> Result<App, Refusal> {
        self.change_app(
            app,
            AppChange {
                activate_secret: true,
                ..AppChange::default()
            },
        )
    }

    /// Binds an app to an open-platform account: its users have a unionid from now on.
    pub fn bind(&self, app: impl AsRef<str>, account: &OpenAccount) -> Result<App, Refusal> {
        self.change_app(
            app,
            AppChange {
                open_account: Patch::Set(account.id().into()),
                ..AppChange::default()
            },
        )
    }

    /// Unbinds an app: its users have no unionid from now on.
    pub fn unbind(&self, app: impl AsRef<str>) -> Result<App, Refusal> {
        self.change_app(
            app,
            AppChange {
                open_account: Patch::Clear,
                ..AppChange::default()
            },
        )
    }

    /// Describes a person, to be made by [`UserBuilder::create`]. A person who is only to log in needs no creation.
    pub fn user(&self, id: impl Into<String>) -> UserBuilder<'_> {
        UserBuilder {
            sim: self,
            spec: UserSpec {
                id: id.into(),
                ..UserSpec::default()
            },
        }
    }

    /// Changes a person; what the change leaves out stays.
    pub fn change_user(&self, user: impl AsRef<str>, change: UserChange) -> Result<User, Refusal> {
        self.server.world().change_user(user.as_ref(), change)
    }

    /// The openid of a person in an app, whether or not either exists.
    pub fn openid(&self, app: impl AsRef<str>, user: impl AsRef<str>) -> String {
        self.server.lots().openid(app.as_ref(), user.as_ref())
    }

    /// The unionid of a person in an open-platform account, whether or not either exists.
    pub fn unionid(&self, account: impl AsRef<str>, user: impl AsRef<str>) -> String {
        self.server.lots().unionid(account.as_ref(), user.as_ref())
    }

    // Logins

    /// What `wx.login` does: a code for this person in this app. A person that nobody has heard of is created.
    pub fn login_code(&self, app: impl AsRef<str>, user: impl AsRef<str>) -> Result<String, Refusal> {
        let now = self.now();
        self.server
            .world()
            .mint_login_code(app.as_ref(), user.as_ref(), now)
    }

    /// Whether a call with this access token of this app would be let in now.
    pub fn access_token_works(&self, app: impl AsRef<str>, token: &str) -> bool {
        self.server
            .world()
            .token_owner(token, self.now())
            .is_some_and(|(owner, standing)| *owner == *app.as_ref() && standing == Standing::Works)
    }

    // Faults

    /// Sets a fault, or a whole bad day: [`crate::Preset`]. The oldest fault that is due strikes.
    pub fn fault(&self, fault: impl Into<Fault>) -> Result<FaultReport, Refusal> {
        self.server.faults().add(fault.into())
    }

    /// The faults in force, and how they fared.
    pub fn faults(&self) -> Vec<FaultReport> {
        self.server.faults().reports()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.server.faults().clear();
    }

    // Clock

    /// Simulated Unix seconds.
    pub fn now(&self) -> i64 {
        self.server.clock.now()
    }

    /// Moves the clock forward by so many seconds and returns the new time.
    pub fn advance(&self, seconds: u64) -> Result<i64, Refusal> {
        self.server.clock.advance(seconds)
    }

    /// Moves the clock to a Unix second, forward or back.
    pub fn set_clock(&self, unix_seconds: i64) -> Result<i64, Refusal> {
        self.server.clock.set(unix_seconds)
    }

    // What happened

    /// The logged requests to this path, the oldest first, secrets masked.
    pub fn requests(&self, path: &str) -> Vec<RequestRecord> {
        self.server.log().records(
            Filter {
                path: Some(path),
                appid: None,
            },
            false,
        )
    }

    /// The same with the secrets in clear.
    pub fn requests_with_secrets(&self, path: &str) -> Vec<RequestRecord> {
        self.server.log().records(
            Filter {
                path: Some(path),
                appid: None,
            },
            true,
        )
    }

    /// Empties the request log.
    pub fn clear_requests(&self) {
        self.server.log().clear(Filter::default());
    }

    /// All that the simulator holds, without secrets.
    pub fn state(&self) -> StateReport {
        self.server.state(false)
    }

    /// Forgets everything and everybody, and sets the clock back to where it started.
    pub fn reset(&self) {
        self.server.reset();
    }
}

impl Drop for WxSim {
    fn drop(&mut self) {
        self.task.abort();
    }
}
