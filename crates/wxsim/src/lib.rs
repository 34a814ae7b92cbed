//! A simulator of WeChat's servers, and of two SMS vendors, for development and tests.
//!
//! It answers with WeChat's bytes on WeChat's paths (the *data plane*) and is steered either in process, through
//! [`WxSim`], or over HTTP under `/__sim/v1/` (the *control plane*). Nothing is written to disk. People are functions of
//! the [`Seed`]: the same seed, appid and user name give the same openid, today and after a restart.
//!
//! It shares no code with the server that it tests: shared code would share the mistake.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use hufu_wxsim::{Config, Preset, WxSim};
//!
//! let sim = WxSim::start(Config::default()).await?;
//! let account = sim.open_account();
//! let app = sim.app("wxde30000000000001").secret("s3").bound_to(&account).create()?;
//! let code = sim.login_code(&app, "alice")?; // what wx.login does
//! let phone_code = sim.phone_code(&app, "alice")?; // what the button for a phone number does
//! // … the server under test exchanges both at `sim.url()` …
//! sim.fault(Preset::Busy)?;
//! # Ok(())
//! # }
//! ```
//!
//! | module | owns |
//! | --- | --- |
//! | `seed`, `clock` | where everything that looks random comes from; what time it is |
//! | `crypt` | WeChat's ciphers and signatures, as pure functions |
//! | `world` | apps, users, codes, access tokens, encrypted data, quotas: what WeChat remembers |
//! | `wechat` | the data plane: one file an endpoint |
//! | `png` | pictures |
//! | `push` | what WeChat sends to an app's own server |
//! | `sms` | the SMS vendors, under `/__sim/sms/`: signatures, limits, and the inbox of all phones |
//! | `fault` | how an answer goes wrong on purpose, and how it then travels |
//! | `request_log` | what was asked, with the secrets masked |
//! | `control` | the control plane |
//! | `listener`, `sim` | sockets; the handle that tests hold |

mod clock;
mod config;
mod control;
mod crypt;
mod fault;
mod listener;
mod png;
mod push;
mod refusal;
mod request_log;
mod seed;
mod server;
mod sim;
mod sms;
mod wechat;
mod world;

pub use clock::ClockSource;
pub use config::{Config, StartError};
pub use crypt::api_security::ApiSecurityKeys;
pub use fault::{Cut, Fault, FaultAction, FaultMatch, FaultReport, Preset};
pub use push::{
    Delivery, DeliveryOptions, Push, PushEvent, PushFailure, PushFormat, PushReply, PushReport, PushTamper,
};
pub use refusal::Refusal;
pub use request_log::RequestRecord;
pub use seed::Seed;
pub use server::StateReport;
pub use sim::{AppBuilder, UserBuilder, WxSim};
pub use sms::{SmsAccount, SmsAccountSpec, SmsRecord, SmsTemplate, SmsVendor};
pub use world::{
    App, AppChange, AppReport, AppSpec, DataKind, EncryptedData, OpenAccount, Opened, Patch, QuotaLimits,
    SessionKeyRotation, Tamper, User, UserChange, UserEncryptKey, UserSpec,
};
