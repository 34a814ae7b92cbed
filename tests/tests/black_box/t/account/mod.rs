//! `/t/{tenant}/account/…`: the signed-in user's own API.

mod close;
mod consents;
mod export;
mod identities;
mod open_data;
mod password;
mod profile;
mod refusals;
mod sessions;
mod wechat_session;
