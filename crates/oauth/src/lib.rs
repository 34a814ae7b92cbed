//! What stands in an RFC: the token pipeline, client authentication, ID and access tokens, introspection, revocation,
//! userinfo and metadata.
//!
//! Nothing here speaks HTTP: a door parses a [`form::Form`], calls one function and renders its answer or its
//! [`error::OAuthError`]. Rows come through core's ports.

pub mod access_token;
pub mod authorize;
pub mod client_assertion;
pub mod client_authentication;
mod client_keys;
mod crypto;
pub mod device;
pub mod dpop;
pub mod error;
pub mod form;
pub mod hosted;
pub mod id_token;
pub mod introspection;
pub mod issuer;
pub mod jwk;
mod jws;
pub mod jwt;
pub mod keys;
pub mod login;
pub mod logout;
pub mod logout_token;
mod memo;
pub mod metadata;
pub mod revocation;
mod rfc6749;
#[cfg(test)]
mod signer;
pub mod token;
pub mod userinfo;
pub mod wechat;

use hufu_core::{
    Instant, Random,
    connector::WechatConnector,
    locale::Locale,
    outbound::Outbound,
    password::Passwords,
    sms::{SmsSender, challenge::Pepper},
};
use std::{net::IpAddr, sync::Arc};

/// What one request works with: whose issuer, when, from where, and the ports.
pub struct Context<'a> {
    /// The tenant's issuer.
    pub issuer: &'a issuer::Issuer,
    /// When the request came; read once.
    pub now: Instant,
    /// From where.
    pub ip: Option<IpAddr>,
    /// What it shows of the possession of a key.
    pub shown: &'a dpop::Shown,
    /// Randomness.
    pub random: &'a dyn Random,
    /// WeChat.
    pub wechat: &'a dyn WechatConnector,
    /// Passwords.
    pub passwords: &'a dyn Passwords,
    /// Codes by SMS.
    pub sms: &'a dyn SmsSender,
    /// Servers that clients name.
    pub outbound: &'a dyn Outbound,
    /// What codes by SMS are stored under.
    pub pepper: &'a Arc<Pepper>,
    /// The person's language.
    pub locale: Locale,
}
