//! The connector as core knows it.

use crate::{
    aliyun,
    config::{Config, UnusableConfig},
    failure::unusable,
    http::Http,
    phone, tencent, webhook,
};
use async_trait::async_trait;
use hufu_core::{
    Clock, Invalid, Random,
    phone::PhoneNumber,
    random,
    sms::{Sent, SmsError, SmsMessage, SmsSender, SmsVendor},
};
use std::sync::Arc;

/// Where messages of [`SmsVendor::Console`] go: whoever runs the server for development sees code and number there.
pub type ConsoleSink = Box<dyn Fn(&SmsMessage) + Send + Sync>;

/// All SMS vendors, for all tenants.
pub struct SmsApi {
    config: Config,
    http: Http,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    console: Option<ConsoleSink>,
}

impl SmsApi {
    /// Makes the client; nothing is sent yet. The clock and the randomness are for signatures.
    pub fn new(
        config: Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, UnusableConfig> {
        config.check()?;
        phone::load();
        Ok(Self {
            http: Http::new(config.budget)?,
            config,
            clock,
            random,
            console: None,
        })
    }

    /// Lets messages of [`SmsVendor::Console`] be shown. Without a sink they are refused, so that no server shows codes by
    /// mistake.
    #[must_use]
    pub fn with_console(mut self, sink: ConsoleSink) -> Self {
        self.console = Some(sink);
        self
    }
}

#[async_trait]
impl SmsSender for SmsApi {
    fn read_number(&self, text: &str) -> Result<PhoneNumber, Invalid> {
        phone::parse_phone(text, phone::Region::CHINA)
    }

    async fn send(&self, vendor: &SmsVendor, message: &SmsMessage) -> Result<Sent, SmsError> {
        let flaw = vendor.check().err().map(|(member, _)| member);
        let now = self.clock.now();
        match (vendor, flaw) {
            (SmsVendor::Aliyun(_), Some(member)) => Err(aliyun::unusable_settings(member)),
            (SmsVendor::Aliyun(account), None) => {
                let envelope = aliyun::Envelope {
                    base: &self.config.aliyun_base,
                    now,
                    nonce: random::bytes(self.random.as_ref()),
                };
                aliyun::send(&self.http, envelope, account, message).await
            }
            (SmsVendor::Tencent(_), Some(member)) => Err(tencent::unusable_settings(member)),
            (SmsVendor::Tencent(account), None) => {
                tencent::send(&self.http, (&self.config.tencent_base, now), account, message).await
            }
            (SmsVendor::Webhook(_), Some(member)) => Err(webhook::unusable_settings(member)),
            (SmsVendor::Webhook(account), None) => match self.config.webhooks.get(&account.name) {
                Some(url) => webhook::send(&self.http, (url, now), account, message).await,
                None => Err(webhook::unusable_settings("name")),
            },
            (SmsVendor::Console, _) => match &self.console {
                Some(show) => {
                    show(message);
                    Ok(Sent { vendor_id: None })
                }
                None => Err(unusable("console", "vendor", NO_CONSOLE)),
            },
        }
    }
}

const NO_CONSOLE: &str = "This server is not for development, so it shows codes to nobody: choose another vendor in the \
    tenant's SMS settings. 该服务器不是开发环境，不会在控制台显示验证码：请在租户短信设置中选择其他短信服务商。";
