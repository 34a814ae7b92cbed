//! TC3-HMAC-SHA256: how a call to Tencent Cloud is signed.
//!
//! Source: Tencent Cloud, API 3.0, 签名方法 v3.

use crate::hex::{hex, hmac_sha256, sha256_hex};
use hufu_core::Instant;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SIGNED_HEADERS: &str = "content-type;host";
/// What the body must be sent as.
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// A POST to `/`, as far as it is signed. Action, version and region are not.
pub(crate) struct Call<'a> {
    pub(crate) host: &'a str,
    pub(crate) service: &'static str,
    pub(crate) at: Instant,
    pub(crate) body: &'a str,
}

impl Call<'_> {
    /// The `Authorization` header.
    pub(crate) fn authorization(&self, secret_id: &str, secret_key: &str) -> String {
        format!(
            "{ALGORITHM} Credential={secret_id}/{}, SignedHeaders={SIGNED_HEADERS}, Signature={}",
            self.scope(),
            self.signature(secret_key)
        )
    }

    /// UTC, whatever the region.
    fn date(&self) -> String {
        self.at.format("%Y-%m-%d").to_string()
    }

    fn scope(&self) -> String {
        format!("{}/{}/tc3_request", self.date(), self.service)
    }

    fn signature(&self, secret_key: &str) -> String {
        let canonical = sha256_hex(self.canonical().as_bytes());
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{}\n{canonical}",
            self.at.timestamp(),
            self.scope()
        );
        let of_date = hmac_sha256(format!("TC3{secret_key}").as_bytes(), &[self.date().as_bytes()]);
        let of_service = hmac_sha256(&of_date, &[self.service.as_bytes()]);
        let key = hmac_sha256(&of_service, &[b"tc3_request"]);
        hex(&hmac_sha256(&key, &[to_sign.as_bytes()]))
    }

    fn canonical(&self) -> String {
        format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\n\n{SIGNED_HEADERS}\n{}",
            self.host,
            sha256_hex(self.body.as_bytes())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tencents_own_sample_is_reproduced() {
        let call = Call {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            at: Instant::from_timestamp(1_551_113_065, 0).unwrap(),
            body: r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#,
        };
        assert_eq!(
            sha256_hex(call.body.as_bytes()),
            "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
        );
        assert_eq!(
            sha256_hex(call.canonical().as_bytes()),
            "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031"
        );
        let authorization = call.authorization("AKID", "Gu5t9xGARNpq86cd98joQYCN3*******");
        assert_eq!(
            authorization,
            "TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, \
             Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
        );
    }
}
