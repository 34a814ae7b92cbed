//! The device authorization grant (RFC 8628): a device that has no browser shows a code, a person types it in where they are
//! signed in, and lets the device have what it asks for, or does not.
//!
//! | module | owns |
//! | --- | --- |
//! | `user_code` | the code that people type |
//! | `state` | how far a device is, and how often it may ask |
//! | `acts` | the acts of the person: typing the code, deciding |
//! | `redeem` | the act of the device: asking whether it may, and getting its grant |

mod acts;
mod redeem;
mod state;
mod user_code;

pub use acts::{DecideDevice, Decided, EnterUserCode, Entered, Guess, MakeDevice};
pub use redeem::RedeemDevice;
pub use state::{Allowed, DeviceRefused, DeviceState, Pace};
pub use user_code::{ALPHABET, LENGTH, UserCode};

use crate::{
    Instant,
    client::{ClientId, Resource},
    id::DeviceId,
    scope::Scope,
    token::SecretHash,
};
use std::net::IpAddr;

/// How long the codes of a device are good, in seconds.
pub const DEVICE_LIFETIME: u32 = 600;
/// How long a device waits from one question to the next, in seconds (RFC 8628 §3.2).
pub const INTERVAL: u32 = 5;
/// What is added to that each time it did not wait, in seconds (RFC 8628 §3.5).
pub const SLOWER: u32 = 5;

/// A device that asks for access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// By which it is found, with its device code.
    pub id: DeviceId,
    /// The hash of the device code's secret.
    pub hash: SecretHash,
    /// [`UserCode::hash`]: by which it is found, with its user code. Unique in the tenant.
    pub user_code: SecretHash,
    /// Which client runs on it.
    pub client_id: ClientId,
    /// What that asks for.
    pub scope: Scope,
    /// What its tokens may be for, beside the issuer (RFC 8707).
    pub resources: Vec<Resource>,
    /// Where it is.
    pub ip: Option<IpAddr>,
    /// How far it is.
    pub state: DeviceState,
    /// How often it asks.
    pub pace: Pace,
    /// When it began.
    pub created_at: Instant,
    /// The end.
    pub expires_at: Instant,
}
