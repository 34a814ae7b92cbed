//! What every test needs: the vendors, an account at each, and a connector that talks to them.

use crate::log;
use hufu_core::{
    locale::Locale,
    phone::PhoneNumber,
    sms::{
        AliyunSms, IdempotencyKey, Sent, SmsError, SmsFate, SmsMessage, SmsPurpose, SmsSender, SmsVendor,
        TemplateValue, TencentSms, WebhookSms,
    },
};
use hufu_sms_connector::{Config, SmsApi};
use hufu_testkit::{SeededRandom, TestClock};
use hufu_wxsim::{ClockSource, Fault, FaultAction, SmsAccountSpec, SmsRecord, SmsTemplate, WxSim};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

pub(crate) use hufu_wxsim::SmsVendor as At;

pub(crate) const ALICE: &str = "+8613800138000";
pub(crate) const CODE: &str = "483920";
pub(crate) const KEY: &str = "LTAI5tExampleKeyId";
pub(crate) const SECRET: &str = "hunter2hunter2hunter2hunter2hunter2";
const SIGN_NAME: &str = "虎符";

/// The budget where nothing takes long, for slow machines.
const PATIENCE: Duration = Duration::from_secs(30);

/// Vendors with an account each, and a connector. Both clocks show the same time until one is moved.
pub(crate) struct Stage {
    pub(crate) sim: WxSim,
    pub(crate) clock: TestClock,
    pub(crate) api: SmsApi,
}

impl Stage {
    /// For most tests.
    pub(crate) async fn set() -> Self {
        Self::with_budget(PATIENCE).await
    }

    /// For tests in which the budget is used up.
    pub(crate) async fn impatient() -> Self {
        Self::with_budget(Duration::from_secs(1)).await
    }

    async fn with_budget(budget: Duration) -> Self {
        log::listen();
        let config = hufu_wxsim::Config {
            clock: ClockSource::Virtual(TestClock::START / 1_000),
            ..hufu_wxsim::Config::default()
        };
        let sim = WxSim::start(config).await.unwrap();
        for vendor in ALL {
            sim.sms_account(account(vendor)).unwrap();
        }
        let clock = TestClock::new();
        let api = SmsApi::new(
            Config {
                budget,
                ..config_at(&sim.url())
            },
            Arc::new(clock.clone()),
            Arc::new(SeededRandom::new(1)),
        );
        Self {
            sim,
            clock,
            api: api.unwrap(),
        }
    }

    /// A connector that looks for the vendors elsewhere.
    pub(crate) fn astray(&self, base: &str) -> SmsApi {
        let config = Config {
            budget: PATIENCE,
            ..config_at(base)
        };
        let (clock, random) = (Arc::new(self.clock.clone()), Arc::new(SeededRandom::new(2)));
        SmsApi::new(config, clock, random).unwrap()
    }

    /// Time passes, here and there.
    pub(crate) fn advance(&self, seconds: u32) {
        self.clock.advance(seconds);
        self.sim.advance(seconds.into()).unwrap();
    }

    pub(crate) fn fault(&self, fault: impl Into<Fault>) {
        self.sim.clear_faults();
        self.sim.fault(fault).unwrap();
    }

    /// Alice's code, through this vendor.
    pub(crate) async fn send(&self, at: At) -> Result<Sent, SmsError> {
        self.api.send(&vendor(at), &message()).await
    }

    /// What comes of it where the vendor refuses with this code.
    pub(crate) async fn refused(&self, at: At, code: &str, msg: &str, whole: bool) -> SmsError {
        self.fault(refusal(code, msg, whole));
        self.send(at).await.unwrap_err()
    }

    /// How often a vendor was asked.
    pub(crate) fn asked(&self, at: At) -> usize {
        self.sim.requests(&path(at)).len()
    }

    /// What Alice got.
    pub(crate) fn inbox(&self) -> Vec<SmsRecord> {
        self.sim.sms(ALICE)
    }
}

pub(crate) const ALL: [At; 3] = [At::Aliyun, At::Tencent, At::Webhook];

fn config_at(base: &str) -> Config {
    let url = |path: &str| format!("{base}/__sim/sms/{path}").parse().unwrap();
    let mut config = Config::new(url("aliyun"), url("tencent"));
    config.webhooks.insert("gateway".into(), url("webhook/gateway"));
    config
}

/// Where a vendor is asked.
pub(crate) fn path(at: At) -> String {
    match at {
        At::Aliyun => "/__sim/sms/aliyun/".into(),
        At::Tencent => "/__sim/sms/tencent/".into(),
        At::Webhook => "/__sim/sms/webhook/gateway".into(),
    }
}

/// An account as the vendor has it.
pub(crate) fn account(at: At) -> SmsAccountSpec {
    let id = if at == At::Webhook { "gateway" } else { KEY };
    let template = |id: &str| SmsTemplate {
        id: id.into(),
        params: vec!["code".into(), "minutes".into()],
    };
    SmsAccountSpec {
        secret: Some(SECRET.into()),
        sdk_app_id: Some("1400006666".into()),
        sign_names: vec![SIGN_NAME.into()],
        templates: vec![template("SMS_123456789"), template("449739")],
        ..SmsAccountSpec::new(at, id)
    }
}

/// The same account as the tenant has it.
pub(crate) fn vendor(at: At) -> SmsVendor {
    match at {
        At::Aliyun => SmsVendor::Aliyun(AliyunSms {
            access_key_id: KEY.into(),
            access_key_secret: SECRET.into(),
            sign_name: SIGN_NAME.into(),
            template_code: "SMS_123456789".into(),
            template_params: [
                ("code".into(), TemplateValue::Code),
                ("minutes".into(), TemplateValue::Minutes),
            ]
            .into(),
        }),
        At::Tencent => SmsVendor::Tencent(TencentSms {
            secret_id: KEY.into(),
            secret_key: SECRET.into(),
            sdk_app_id: "1400006666".into(),
            sign_name: SIGN_NAME.into(),
            template_id: "449739".into(),
            region: "ap-guangzhou".into(),
            template_params: vec![TemplateValue::Minutes, TemplateValue::Code],
        }),
        At::Webhook => SmsVendor::Webhook(WebhookSms {
            name: "gateway".into(),
            secret: SECRET.into(),
        }),
    }
}

pub(crate) fn message() -> SmsMessage {
    message_to(ALICE)
}

pub(crate) fn message_to(number: &str) -> SmsMessage {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let key = format!("challenge-{}", SERIAL.fetch_add(1, Ordering::Relaxed));
    SmsMessage {
        to: PhoneNumber::parse(number).unwrap(),
        code: CODE.into(),
        minutes: 5,
        purpose: SmsPurpose::SignIn,
        locale: Locale::Chinese,
        idempotency_key: IdempotencyKey::parse(&key).unwrap(),
    }
}

pub(crate) fn refusal(code: &str, msg: &str, whole: bool) -> FaultAction {
    FaultAction::SmsRefusal {
        code: code.into(),
        msg: msg.into(),
        whole,
    }
}

/// What follows from each code, whether an operator is told what to do, and whether the request or the message is refused.
pub(crate) async fn holds(stage: &Stage, at: At, whole: bool, expected: &[(&str, SmsFate)]) {
    for (code, fate) in expected {
        let before = stage.asked(at);
        let error = stage.refused(at, code, "", whole).await;
        assert_eq!(error.fate, *fate, "{code}");
        assert_eq!(error.upstream_code.as_deref(), Some(*code));
        let must_act = matches!(fate, SmsFate::Misconfigured | SmsFate::BudgetExhausted);
        assert_eq!(error.advice.is_some(), must_act, "{code}");
        assert_eq!(stage.asked(at), before + 1, "{code}");
    }
    assert!(stage.inbox().is_empty());
}

/// An answer that did not come, or says nothing: the message may be under way.
pub(crate) const UNKNOWN: SmsFate = SmsFate::Unavailable { retry_after: 60 };
/// An answer that says that nothing was done.
pub(crate) const PUT_OFF: SmsFate = SmsFate::Unavailable { retry_after: 5 };
