//! Endpoints below `/t/{tenant}`.

mod authorize;
mod discovery;
mod introspect;
mod jwt;
mod linking;
mod outage;
mod revoke;
mod secrecy;
mod stock_client;
mod token;
mod userinfo;
