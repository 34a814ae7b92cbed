//! Sends codes by SMS: core's `SmsSender`, over the APIs of Alibaba Cloud and Tencent Cloud, over signed webhooks, or into
//! a sink for development; and reads phone numbers as people write them.
//!
//! A message is one request, inside one budget, and never a retry: an answer that did not come may belong to a message that
//! did. Whether a message may be sent at all is core's to say (`hufu_core::sms`): nothing is counted here.
//!
//! No host is a tenant's to choose: those of the vendors and of the webhooks are the deployment's settings, and the tenant's
//! keys sign the host that they are sent to. Codes and numbers are in no log and no error.
//!
//! Users, tenants, stores and endpoints of ours are unknown here.
//!
//! | module | owns |
//! | --- | --- |
//! | `http` | the client: budget, size cap, no redirects, no URLs in errors |
//! | `api` | the connector as core knows it |
//! | `aliyun`, `aliyun_codes`, `acs3` | Alibaba Cloud: the call, what its error codes mean, its signature |
//! | `tencent`, `tencent_codes`, `tc3` | Tencent Cloud: the same |
//! | `webhook` | a server that the deployment knows by name |
//! | `failure` | from what came back to what follows; the one log line of each failure |
//! | `phone` | phone numbers as people write them |
//! | `hex` | digests in hexadecimal |
//!
//! To add a vendor: a variant of core's `SmsVendor`, a file that makes its request and reads its answer, and a table of its
//! error codes.

mod acs3;
mod aliyun;
mod aliyun_codes;
mod api;
mod config;
mod failure;
mod hex;
mod http;
mod phone;
mod tc3;
mod tencent;
mod tencent_codes;
mod webhook;

pub use api::{ConsoleSink, SmsApi};
pub use config::{Config, OFFICIAL_ALIYUN_BASE, OFFICIAL_TENCENT_BASE, UnusableConfig};
pub use phone::{Region, parse_phone};
