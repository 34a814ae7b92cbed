//! SMS vendors on the wire.

use super::WHAT;
use crate::{
    admin::access::TenantAccess,
    app::SmsOutlets,
    problem::{FieldError, Problem},
};
use chrono::{DateTime, Utc};
use hufu_core::{
    sms::{AliyunSms, SmsVendor, TemplateValue, TencentSms, WebhookSms},
    store::KeptSmsVendor,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Through whom the tenant's codes are to be sent. Signature and template are what the vendor's review let pass.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SmsVendorRequest)]
#[serde(tag = "vendor", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum VendorRequest {
    /// An account at Alibaba Cloud (短信服务, `SendSms`).
    #[schema(title = "Alibaba Cloud")]
    Aliyun {
        /// The AccessKey ID, of a RAM user who may do nothing but `dysms:SendSms`.
        #[schema(example = "LTAI5tExampleKeyId")]
        access_key_id: String,
        /// The AccessKey secret. Kept sealed, and never returned.
        #[schema(value_type = String, write_only)]
        access_key_secret: SecretString,
        /// The signature, without 【】.
        #[schema(max_length = 64, example = "茶馆")]
        sign_name: String,
        /// The template.
        #[schema(example = "SMS_123456789")]
        template_code: String,
        /// What stands for each of the template's variables, by name. One of them is the code.
        #[schema(example = json!({"code": "code", "minutes": "minutes"}))]
        template_params: BTreeMap<String, TemplateValueBody>,
    },
    /// An account at Tencent Cloud (短信, `SendSms`).
    #[schema(title = "Tencent Cloud")]
    Tencent {
        /// The SecretId, of a sub-user who may do nothing but `sms:SendSms`.
        secret_id: String,
        /// The SecretKey. Kept sealed, and never returned.
        #[schema(value_type = String, write_only)]
        secret_key: SecretString,
        /// The SmsSdkAppId.
        #[schema(example = "1400006666")]
        sdk_app_id: String,
        /// The signature, without 【】.
        #[schema(max_length = 64, example = "茶馆")]
        sign_name: String,
        /// The template's number.
        #[schema(example = "449739")]
        template_id: String,
        /// The region that is asked.
        #[schema(example = "ap-guangzhou")]
        region: String,
        /// What stands for `{1}`, `{2}` … of the template, in this order. One of them is the code.
        #[schema(example = json!(["code", "minutes"]))]
        template_params: Vec<TemplateValueBody>,
    },
    /// A server that sends for the tenant. Where it is, the installation's configuration says.
    #[schema(title = "A server of your own")]
    Webhook {
        /// Its name in the configuration (`sms.webhooks`).
        #[schema(example = "gateway")]
        name: String,
        /// What requests to it are signed with: visible ASCII characters. Kept sealed, and never returned.
        #[schema(value_type = String, write_only, min_length = 32, max_length = 256)]
        secret: SecretString,
    },
    /// Nobody: codes are shown to whoever runs the server. For `hufu dev` only.
    #[schema(title = "The console")]
    Console {},
}

/// What a template's variable stands for: `code`, or `minutes`, for how many the code is good.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = SmsTemplateValue)]
#[serde(rename_all = "snake_case")]
pub(super) enum TemplateValueBody {
    Code,
    Minutes,
}

impl VendorRequest {
    /// All rules of its members, and whether the installation has such a vendor.
    pub(super) fn check(self, outlets: &SmsOutlets) -> Result<SmsVendor, Problem> {
        let vendor = SmsVendor::from(self);
        if let Err((member, rule)) = vendor.check() {
            return Err(FieldError::at(&format!("/{member}"), rule.to_string()).into());
        }
        match &vendor {
            SmsVendor::Webhook(webhook) if !outlets.webhooks.contains(&webhook.name) => Err(FieldError::at(
                "/name",
                "must be a server that the installation's configuration names in sms.webhooks",
            )
            .into()),
            SmsVendor::Console if !outlets.console => Err(FieldError::at(
                "/vendor",
                "must not be console: this installation is not for development, and shows codes to nobody",
            )
            .into()),
            _ => Ok(vendor),
        }
    }
}

impl From<VendorRequest> for SmsVendor {
    fn from(request: VendorRequest) -> Self {
        match request {
            VendorRequest::Aliyun {
                access_key_id,
                access_key_secret,
                sign_name,
                template_code,
                template_params,
            } => {
                let params = template_params.into_iter();
                Self::Aliyun(AliyunSms {
                    access_key_id,
                    access_key_secret,
                    sign_name,
                    template_code,
                    template_params: params.map(|(name, value)| (name, value.into())).collect(),
                })
            }
            VendorRequest::Tencent {
                secret_id,
                secret_key,
                sdk_app_id,
                sign_name,
                template_id,
                region,
                template_params,
            } => Self::Tencent(TencentSms {
                secret_id,
                secret_key,
                sdk_app_id,
                sign_name,
                template_id,
                region,
                template_params: template_params.into_iter().map(Into::into).collect(),
            }),
            VendorRequest::Webhook { name, secret } => Self::Webhook(WebhookSms { name, secret }),
            VendorRequest::Console {} => Self::Console,
        }
    }
}

impl From<TemplateValueBody> for TemplateValue {
    fn from(value: TemplateValueBody) -> Self {
        match value {
            TemplateValueBody::Code => Self::Code,
            TemplateValueBody::Minutes => Self::Minutes,
        }
    }
}

impl From<TemplateValue> for TemplateValueBody {
    fn from(value: TemplateValue) -> Self {
        match value {
            TemplateValue::Code => Self::Code,
            TemplateValue::Minutes => Self::Minutes,
        }
    }
}

/// Through whom the tenant's codes are sent, without secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmsVendor)]
pub(super) struct VendorAnswer {
    /// The vendor.
    #[serde(flatten)]
    vendor: VendorShown,
    /// When the tenant first had a vendor.
    created_at: DateTime<Utc>,
    /// When it was last replaced.
    updated_at: DateTime<Utc>,
}

/// A vendor, without its secrets; the members are those of the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmsVendorShown)]
#[serde(tag = "vendor", rename_all = "snake_case")]
enum VendorShown {
    /// Alibaba Cloud.
    #[schema(title = "Alibaba Cloud")]
    Aliyun {
        access_key_id: String,
        sign_name: String,
        template_code: String,
        template_params: BTreeMap<String, TemplateValueBody>,
    },
    /// Tencent Cloud.
    #[schema(title = "Tencent Cloud")]
    Tencent {
        secret_id: String,
        sdk_app_id: String,
        sign_name: String,
        template_id: String,
        region: String,
        template_params: Vec<TemplateValueBody>,
    },
    /// A server that the installation's configuration names.
    #[schema(title = "A server of your own")]
    Webhook { name: String },
    /// Nobody.
    #[schema(title = "The console")]
    Console {},
}

impl From<KeptSmsVendor> for VendorAnswer {
    fn from(kept: KeptSmsVendor) -> Self {
        let vendor = match kept.vendor {
            SmsVendor::Aliyun(aliyun) => VendorShown::Aliyun {
                access_key_id: aliyun.access_key_id,
                sign_name: aliyun.sign_name,
                template_code: aliyun.template_code,
                template_params: aliyun
                    .template_params
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            },
            SmsVendor::Tencent(tencent) => VendorShown::Tencent {
                secret_id: tencent.secret_id,
                sdk_app_id: tencent.sdk_app_id,
                sign_name: tencent.sign_name,
                template_id: tencent.template_id,
                region: tencent.region,
                template_params: tencent.template_params.into_iter().map(Into::into).collect(),
            },
            SmsVendor::Webhook(webhook) => VendorShown::Webhook { name: webhook.name },
            SmsVendor::Console => VendorShown::Console {},
        };
        Self {
            vendor,
            created_at: kept.created_at,
            updated_at: kept.updated_at,
        }
    }
}

/// Reads the tenant's vendor.
pub(super) async fn read(access: &TenantAccess) -> Result<VendorAnswer, Problem> {
    let kept = access.rows().sms_vendor().await?;
    kept.map(Into::into).ok_or_else(|| Problem::not_found(WHAT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn aliyun() -> Value {
        json!({"vendor": "aliyun", "access_key_id": "LTAI5t", "access_key_secret": "hunter2hunter2", "sign_name": "茶馆",
            "template_code": "SMS_1", "template_params": {"code": "code"}})
    }

    fn tencent() -> Value {
        json!({"vendor": "tencent", "secret_id": "AKID", "secret_key": "hunter2hunter2", "sdk_app_id": "1400006666",
            "sign_name": "茶馆", "template_id": "449739", "region": "ap-guangzhou", "template_params": ["minutes", "code"]})
    }

    fn webhook() -> Value {
        json!({"vendor": "webhook", "name": "gateway", "secret": "hunter2hunter2hunter2hunter2hunter2"})
    }

    fn with(mut request: Value, member: &str, value: Value) -> Value {
        request[member] = value;
        request
    }

    fn everywhere() -> SmsOutlets {
        SmsOutlets {
            webhooks: ["gateway".to_owned()].into(),
            console: true,
        }
    }

    fn checked(request: Value, outlets: &SmsOutlets) -> Result<SmsVendor, String> {
        let request: VendorRequest = serde_json::from_value(request).map_err(|error| error.to_string())?;
        request.check(outlets).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn what_is_shown_is_what_was_said_without_secrets() {
        for request in [aliyun(), tencent(), webhook(), json!({"vendor": "console"})] {
            let vendor = checked(request.clone(), &everywhere()).unwrap();
            let at = DateTime::default();
            let answer = VendorAnswer::from(KeptSmsVendor {
                vendor,
                created_at: at,
                updated_at: at,
            });
            let mut expected = request;
            let members = expected.as_object_mut().unwrap();
            for secret in ["access_key_secret", "secret_key", "secret"] {
                members.remove(secret);
            }
            members.insert("created_at".into(), json!(at));
            members.insert("updated_at".into(), json!(at));
            assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        }
    }

    #[test]
    fn what_a_vendor_does_not_have_is_refused() {
        for request in [aliyun(), tencent(), webhook(), json!({"vendor": "console"})] {
            let refused = checked(
                with(request, "endpoint", json!("https://evil.example")),
                &everywhere(),
            );
            assert!(refused.unwrap_err().contains("endpoint"));
        }
        assert!(checked(json!({"vendor": "pigeon"}), &everywhere()).is_err());
        assert!(checked(json!({}), &everywhere()).is_err());
    }

    #[test]
    fn a_member_that_breaks_a_rule_is_pointed_at_and_not_repeated() {
        for (request, member) in [
            (
                with(aliyun(), "access_key_secret", json!("hunter 2")),
                "access_key_secret",
            ),
            (with(aliyun(), "sign_name", json!("【茶馆】")), "sign_name"),
            (with(aliyun(), "template_params", json!({})), "template_params"),
            (with(tencent(), "secret_key", json!("hunter 2")), "secret_key"),
            (with(tencent(), "sdk_app_id", json!("x")), "sdk_app_id"),
            (with(webhook(), "secret", json!("hunter2")), "secret"),
            (with(webhook(), "name", json!("elsewhere")), "name"),
        ] {
            let refused = checked(request, &everywhere()).unwrap_err();
            assert!(
                refused.contains(&format!("\"#/{member}\"")) && !refused.contains("hunter"),
                "{member}: {refused}"
            );
        }
    }

    #[test]
    fn the_console_is_for_development_only() {
        let refused = checked(json!({"vendor": "console"}), &SmsOutlets::default()).unwrap_err();
        assert!(refused.contains("not for development"), "{refused}");
    }
}
