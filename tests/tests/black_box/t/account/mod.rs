//! `/t/{tenant}/account/…`: the signed-in user's own API.

mod identities;
mod open_data;
mod wechat_session;
