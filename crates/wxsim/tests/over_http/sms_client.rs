//! How an account's owner calls the SMS vendors: the other side of their signatures.

use hmac::{Hmac, KeyInit, Mac};
use hufu_wxsim::{SmsAccountSpec, SmsTemplate, SmsVendor};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::crypto::{hex, sha256_hex};
use crate::support::{Answer, START, Site, read};

pub(crate) const ALIYUN: &str = "/__sim/sms/aliyun/";
pub(crate) const TENCENT: &str = "/__sim/sms/tencent/";
pub(crate) const WEBHOOK: &str = "/__sim/sms/webhook/gateway";
pub(crate) const ALICE: &str = "+8613800138000";

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// An account at each vendor: key `AK`, secret `hush`, signature 虎符, and a template of one variable, `code`.
pub(crate) fn spec(vendor: SmsVendor) -> SmsAccountSpec {
    let template = |id: &str| SmsTemplate {
        id: id.into(),
        params: vec!["code".into()],
    };
    let mut spec = SmsAccountSpec::new(vendor, "AK");
    spec.secret = Some("hush".into());
    spec.sign_names = vec!["虎符".into()];
    match vendor {
        SmsVendor::Aliyun => spec.templates = vec![template("SMS_1")],
        SmsVendor::Tencent => {
            spec.sdk_app_id = Some("1400006666".into());
            spec.templates = vec![template("1")];
        }
        SmsVendor::Webhook => spec.id = "gateway".into(),
    }
    spec
}

/// A call to Alibaba Cloud, to be spoiled before it is signed, and after.
#[derive(Clone)]
pub(crate) struct Aliyun {
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) action: &'static str,
    pub(crate) date: &'static str,
    pub(crate) nonce: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) signed_headers: &'static str,
    /// Added to the query after signing.
    pub(crate) forged: &'static str,
}

impl Aliyun {
    /// A code for Alice, at the start of the tests' time.
    pub(crate) fn new(nonce: u32) -> Self {
        Self {
            key: "AK",
            secret: "hush",
            action: "SendSms",
            date: "2023-11-14T22:13:20Z",
            nonce: nonce.to_string(),
            query: vec![
                ("PhoneNumbers", "13800138000".into()),
                ("SignName", "虎符".into()),
                ("TemplateCode", "SMS_1".into()),
                ("TemplateParam", r#"{"code":"483920"}"#.into()),
            ],
            signed_headers: "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version",
            forged: "",
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        for parameter in &mut self.query {
            if parameter.0 == name {
                parameter.1 = value.into();
            }
        }
        self
    }

    pub(crate) async fn send(&self, site: &Site) -> Answer {
        let escape = |text: &str| -> String {
            let escaped = |byte: u8| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            };
            text.bytes().map(escaped).collect()
        };
        let mut query: Vec<_> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        query.sort();
        let query = query.join("&");
        let body = sha256_hex("");
        let host = site.address().to_string();
        let headers = [
            ("host", host.as_str()),
            ("x-acs-action", self.action),
            ("x-acs-content-sha256", &body),
            ("x-acs-date", self.date),
            ("x-acs-signature-nonce", &self.nonce),
            ("x-acs-version", "2017-05-25"),
        ];
        let is_signed = |name: &str| self.signed_headers.split(';').any(|signed| signed == name);
        let line = |(name, value): &(&str, &str)| format!("{name}:{value}\n");
        let signed: Vec<_> = headers
            .iter()
            .filter(|(name, _)| is_signed(name))
            .map(line)
            .collect();
        let signed = signed.concat();
        let canonical = format!("POST\n/\n{query}\n{signed}\n{}\n{body}", self.signed_headers);
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(&canonical));
        let signature = hex(&hmac(self.secret.as_bytes(), &to_sign));
        let authorization = format!(
            "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={signature}",
            self.key, self.signed_headers
        );
        let url = format!("{}{ALIYUN}?{query}{}", site.sim.url(), self.forged);
        let mut request = site.client.post(url).header("authorization", authorization);
        for (name, value) in &headers[1..] {
            request = request.header(*name, *value);
        }
        read(request.send().await.unwrap()).await
    }
}

/// A call to Tencent Cloud, to be spoiled before it is signed.
#[derive(Clone)]
pub(crate) struct Tencent {
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) action: &'static str,
    pub(crate) version: &'static str,
    pub(crate) region: &'static str,
    pub(crate) timestamp: i64,
    pub(crate) date: &'static str,
    pub(crate) body: Value,
}

impl Tencent {
    /// A code for Alice, at the start of the tests' time.
    pub(crate) fn new() -> Self {
        Self {
            key: "AK",
            secret: "hush",
            action: "SendSms",
            version: "2021-01-11",
            region: "ap-guangzhou",
            timestamp: START,
            date: "2023-11-14",
            body: json!({
                "PhoneNumberSet": [ALICE], "SmsSdkAppId": "1400006666", "SignName": "虎符",
                "TemplateId": "1", "TemplateParamSet": ["483920"], "SessionContext": "s",
            }),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.body[name] = value;
        self
    }

    pub(crate) async fn send(&self, site: &Site) -> Answer {
        let body = self.body.to_string();
        let content_type = "application/json";
        let canonical = format!(
            "POST\n/\n\ncontent-type:{content_type}\nhost:{}\nx-tc-action:{}\n\ncontent-type;host;x-tc-action\n{}",
            site.address(),
            self.action.to_lowercase(),
            sha256_hex(&body)
        );
        let scope = format!("{}/sms/tc3_request", self.date);
        let to_sign = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            self.timestamp,
            sha256_hex(&canonical)
        );
        let key = hmac(format!("TC3{}", self.secret).as_bytes(), self.date);
        let key = hmac(&hmac(&key, "sms"), "tc3_request");
        let authorization = format!(
            "TC3-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host;x-tc-action, Signature={}",
            self.key,
            hex(&hmac(&key, &to_sign))
        );
        let request = site.client.post(format!("{}{TENCENT}", site.sim.url()));
        let request = request
            .header("authorization", authorization)
            .header("content-type", content_type)
            .header("x-tc-action", self.action)
            .header("x-tc-version", self.version)
            .header("x-tc-region", self.region)
            .header("x-tc-timestamp", self.timestamp);
        read(request.body(body).send().await.unwrap()).await
    }
}

/// A call to the webhook, signed with this secret at this second.
pub(crate) async fn webhook(site: &Site, secret: &str, at: i64, key: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = hex(&hmac(secret.as_bytes(), &format!("{at}.{body}")));
    let request = site.client.post(format!("{}{WEBHOOK}", site.sim.url()));
    let request = request
        .header("content-type", "application/json")
        .header("hufu-timestamp", at)
        .header("hufu-signature", format!("v1={signature}"))
        .header("idempotency-key", key);
    read(request.body(body).send().await.unwrap()).await
}

/// Status and code.
pub(crate) fn aliyun_code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["Code"].as_str().unwrap().to_owned())
}

/// Whether the whole request is refused, and the code of the request, or else of the number.
pub(crate) fn tencent_code(answer: &Answer) -> (bool, String) {
    assert_eq!(answer.status, 200);
    let response = &answer.json()["Response"];
    let error = &response["Error"]["Code"];
    let own = &response["SendStatusSet"][0]["Code"];
    (own.is_null(), error.as_str().or(own.as_str()).unwrap().to_owned())
}
