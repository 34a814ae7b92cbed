//! `POST /t/{tenant}/token`, one file a grant, and what holds for all of them.

mod client_credentials;
mod pipeline;
mod refresh_token;
mod wechat_code;
mod wechat_errors;
mod wechat_phone;
