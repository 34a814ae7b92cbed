//! A tenant's SMS vendor: what it must hold, and what of that can be told to be wrong without asking anybody.

use crate::Invalid;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// Through whom a tenant's codes are sent. Sealed at rest as a whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "vendor", rename_all = "snake_case")]
pub enum SmsVendor {
    /// Alibaba Cloud 短信服务, `SendSms`.
    Aliyun(AliyunSms),
    /// Tencent Cloud 短信, `SendSms`.
    Tencent(TencentSms),
    /// A server that the deployment knows by name.
    Webhook(WebhookSms),
    /// Nobody: the code is shown to whoever runs the server. Only for development.
    Console,
}

/// An account at Alibaba Cloud. Signature and template are what its review let pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AliyunSms {
    /// The AccessKey ID, of a RAM user who may do nothing but `dysms:SendSms`.
    pub access_key_id: String,
    /// The AccessKey secret.
    #[serde(serialize_with = "for_sealing")]
    pub access_key_secret: SecretString,
    /// The signature, without 【】.
    pub sign_name: String,
    /// Such as `SMS_123456789`.
    pub template_code: String,
    /// What stands for each of the template's variables, by name: `{"code": "code"}`.
    pub template_params: BTreeMap<String, TemplateValue>,
}

/// An account at Tencent Cloud. Signature and template are what its review let pass.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TencentSms {
    /// The SecretId, of a sub-user who may do nothing but `sms:SendSms`.
    pub secret_id: String,
    /// The SecretKey.
    #[serde(serialize_with = "for_sealing")]
    pub secret_key: SecretString,
    /// The SmsSdkAppId, such as `1400006666`.
    pub sdk_app_id: String,
    /// The signature, without 【】.
    pub sign_name: String,
    /// The template's number.
    pub template_id: String,
    /// Such as `ap-guangzhou`.
    pub region: String,
    /// What stands for `{1}`, `{2}` … of the template, in this order.
    pub template_params: Vec<TemplateValue>,
}

/// A server that sends for the tenant. Where it is, the deployment says: no host is a tenant's to choose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebhookSms {
    /// Under which name the deployment's configuration has its URL.
    pub name: String,
    /// What requests to it are signed with: 32 to 256 visible ASCII characters.
    #[serde(serialize_with = "for_sealing")]
    pub secret: SecretString,
}

/// What a template's variable stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateValue {
    /// The code.
    Code,
    /// For how many minutes it is good.
    Minutes,
}

impl SmsVendor {
    /// `aliyun`, `tencent`, `webhook` or `console`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Aliyun(_) => "aliyun",
            Self::Tencent(_) => "tencent",
            Self::Webhook(_) => "webhook",
            Self::Console => "console",
        }
    }

    /// Checks the shape of everything: the member that cannot be right, and why. The message repeats nothing.
    pub fn check(&self) -> Result<(), (&'static str, Invalid)> {
        match self {
            Self::Aliyun(aliyun) => aliyun.check(),
            Self::Tencent(tencent) => tencent.check(),
            Self::Webhook(webhook) => webhook.check(),
            Self::Console => Ok(()),
        }
    }
}

impl AliyunSms {
    fn check(&self) -> Result<(), (&'static str, Invalid)> {
        let names = || self.template_params.keys().map(String::as_str);
        let values: Vec<_> = self.template_params.values().copied().collect();
        rule("access_key_id", is_word(&self.access_key_id), KEY)?;
        rule(
            "access_key_secret",
            is_word(self.access_key_secret.expose_secret()),
            KEY,
        )?;
        rule("sign_name", is_sign_name(&self.sign_name), SIGN_NAME)?;
        rule("template_code", is_word(&self.template_code), WORD)?;
        rule(
            "template_params",
            names().all(is_word) && has_one_code(&values),
            PARAMS,
        )
    }
}

impl TencentSms {
    fn check(&self) -> Result<(), (&'static str, Invalid)> {
        rule("secret_id", is_word(&self.secret_id), KEY)?;
        rule("secret_key", is_word(self.secret_key.expose_secret()), KEY)?;
        rule("sdk_app_id", is_number(&self.sdk_app_id), NUMBER)?;
        rule("sign_name", is_sign_name(&self.sign_name), SIGN_NAME)?;
        rule("template_id", is_number(&self.template_id), NUMBER)?;
        rule("region", is_word(&self.region), WORD)?;
        rule("template_params", has_one_code(&self.template_params), PARAMS)
    }
}

impl WebhookSms {
    fn check(&self) -> Result<(), (&'static str, Invalid)> {
        let secret = self.secret.expose_secret();
        let is_secret = (32..=256).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
        rule("name", is_word(&self.name), WORD)?;
        rule(
            "secret",
            is_secret,
            Invalid("must be 32 to 256 visible ASCII characters"),
        )
    }
}

const KEY: Invalid = Invalid("must be the 1 to 128 letters and digits that the vendor's console shows");
const WORD: Invalid = Invalid("must be 1 to 128 letters, digits, '_', '-' or '.'");
const NUMBER: Invalid = Invalid("must be the 1 to 20 digits that the vendor's console shows");
const SIGN_NAME: Invalid = Invalid("must be 1 to 64 characters, without 【】, blanks and control characters");
const PARAMS: Invalid =
    Invalid("must have 1 to 10 variables, named as in the template, and exactly one of them the code");

fn rule(member: &'static str, holds: bool, otherwise: Invalid) -> Result<(), (&'static str, Invalid)> {
    if holds { Ok(()) } else { Err((member, otherwise)) }
}

fn is_word(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_sign_name(text: &str) -> bool {
    let allowed = |c: char| !(c.is_control() || c.is_whitespace() || matches!(c, '【' | '】'));
    (1..=64).contains(&text.chars().count()) && text.chars().all(allowed)
}

fn has_one_code(values: &[TemplateValue]) -> bool {
    let codes = values
        .iter()
        .filter(|value| **value == TemplateValue::Code)
        .count();
    values.len() <= 10 && codes == 1
}

/// Only the store serializes these, and seals what comes of it.
fn for_sealing<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliyun() -> AliyunSms {
        AliyunSms {
            access_key_id: "LTAI5tExample".into(),
            access_key_secret: "hunter2hunter2".into(),
            sign_name: "虎符".into(),
            template_code: "SMS_123456789".into(),
            template_params: [("code".into(), TemplateValue::Code)].into(),
        }
    }

    fn tencent() -> TencentSms {
        TencentSms {
            secret_id: "AKIDExample".into(),
            secret_key: "hunter2hunter2".into(),
            sdk_app_id: "1400006666".into(),
            sign_name: "虎符".into(),
            template_id: "449739".into(),
            region: "ap-guangzhou".into(),
            template_params: vec![TemplateValue::Code, TemplateValue::Minutes],
        }
    }

    fn webhook() -> WebhookSms {
        WebhookSms {
            name: "gateway".into(),
            secret: "hunter2hunter2hunter2hunter2hunter2".into(),
        }
    }

    fn member(vendor: &SmsVendor) -> Option<&'static str> {
        vendor.check().err().map(|(member, _)| member)
    }

    #[test]
    fn a_vendor_without_flaw_passes_and_each_flaw_is_named() {
        for vendor in [
            SmsVendor::Aliyun(aliyun()),
            SmsVendor::Tencent(tencent()),
            SmsVendor::Webhook(webhook()),
            SmsVendor::Console,
        ] {
            assert_eq!(member(&vendor), None);
        }
        let flawed = |spoil: fn(&mut AliyunSms)| {
            let mut vendor = aliyun();
            spoil(&mut vendor);
            member(&SmsVendor::Aliyun(vendor))
        };
        // Whatever could end a header, a query or a signature's line.
        assert_eq!(flawed(|v| v.access_key_id = "a,b".into()), Some("access_key_id"));
        assert_eq!(
            flawed(|v| v.access_key_secret = "".into()),
            Some("access_key_secret")
        );
        assert_eq!(flawed(|v| v.sign_name = "【虎符】".into()), Some("sign_name"));
        assert_eq!(flawed(|v| v.sign_name = "a\nb".into()), Some("sign_name"));
        assert_eq!(flawed(|v| v.sign_name = "虎".repeat(65)), Some("sign_name"));
        assert_eq!(flawed(|v| v.template_code = String::new()), Some("template_code"));
        assert_eq!(flawed(|v| v.template_params.clear()), Some("template_params"));
        let two = |v: &mut AliyunSms| {
            v.template_params.insert("again".into(), TemplateValue::Code);
        };
        assert_eq!(flawed(two), Some("template_params"));
        let odd = |v: &mut AliyunSms| {
            v.template_params.insert("a b".into(), TemplateValue::Minutes);
        };
        assert_eq!(flawed(odd), Some("template_params"));

        let flawed = |spoil: fn(&mut TencentSms)| {
            let mut vendor = tencent();
            spoil(&mut vendor);
            member(&SmsVendor::Tencent(vendor))
        };
        assert_eq!(flawed(|v| v.secret_id = "a\r\nb".into()), Some("secret_id"));
        assert_eq!(flawed(|v| v.secret_key = "虎".into()), Some("secret_key"));
        assert_eq!(flawed(|v| v.sdk_app_id = "14x".into()), Some("sdk_app_id"));
        assert_eq!(flawed(|v| v.sign_name = String::new()), Some("sign_name"));
        assert_eq!(flawed(|v| v.template_id = "1".repeat(21)), Some("template_id"));
        assert_eq!(flawed(|v| v.region = "ap guangzhou".into()), Some("region"));
        assert_eq!(
            flawed(|v| v.template_params = vec![TemplateValue::Minutes]),
            Some("template_params")
        );
        let many = |v: &mut TencentSms| v.template_params.extend([TemplateValue::Minutes; 10]);
        assert_eq!(flawed(many), Some("template_params"));

        let of = |name: &str, secret: &str| {
            member(&SmsVendor::Webhook(WebhookSms {
                name: name.into(),
                secret: secret.into(),
            }))
        };
        assert_eq!(of("../x", &"s".repeat(32)), Some("name"));
        assert_eq!(of("x", &"s".repeat(31)), Some("secret"));
        assert_eq!(of("x", &"s".repeat(257)), Some("secret"));
    }

    #[test]
    fn r54_a_vendor_is_whole_when_sealed_and_blind_in_debug() {
        for (vendor, secret) in [
            (SmsVendor::Aliyun(aliyun()), "hunter2hunter2"),
            (SmsVendor::Tencent(tencent()), "hunter2hunter2"),
            (
                SmsVendor::Webhook(webhook()),
                "hunter2hunter2hunter2hunter2hunter2",
            ),
            (SmsVendor::Console, ""),
        ] {
            let sealed = serde_json::to_string(&vendor).unwrap();
            assert!(
                sealed.contains(secret) && sealed.contains(vendor.kind()),
                "{sealed}"
            );
            let read: SmsVendor = serde_json::from_str(&sealed).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), sealed);
            assert!(!format!("{vendor:?} {vendor:#?}").contains("hunter2"));
        }
    }
}
