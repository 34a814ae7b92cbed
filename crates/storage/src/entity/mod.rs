//! Tables as sea-orm sees them, one file each, with the way from a row to a domain value and back.
//!
//! A row that cannot become a domain value is [`StoreError::Corrupt`](hufu_core::store::StoreError::Corrupt), which
//! names table and row.

mod read;

pub(crate) mod attempts;
pub(crate) mod authorization_codes;
pub(crate) mod authorization_requests;
pub(crate) mod client_consents;
pub(crate) mod clients;
pub(crate) mod config_changes;
pub(crate) mod consents;
pub(crate) mod devices;
pub(crate) mod events;
pub(crate) mod grants;
pub(crate) mod identities;
pub(crate) mod initial_tokens;
pub(crate) mod installation;
pub(crate) mod logins;
pub(crate) mod logout_deliveries;
pub(crate) mod merges;
pub(crate) mod operators;
pub(crate) mod passwords;
pub(crate) mod profiles;
pub(crate) mod refresh_tokens;
pub(crate) mod revoked_tokens;
pub(crate) mod scans;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod sms_alarms;
pub(crate) mod sms_challenges;
pub(crate) mod sms_messages;
pub(crate) mod sms_vendors;
pub(crate) mod sms_volumes;
pub(crate) mod tenants;
pub(crate) mod used_proofs;
pub(crate) mod users;
pub(crate) mod wechat_access_tokens;
pub(crate) mod wechat_apps;
pub(crate) mod wechat_pushes;
pub(crate) mod wechat_session_keys;
pub(crate) mod wechat_unions;

pub(crate) use read::Row;
