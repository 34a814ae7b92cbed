//! ACS3-HMAC-SHA256: how a call to Alibaba Cloud is signed.
//!
//! Source: Alibaba Cloud, OpenAPI, 请求结构和签名机制 V3.

use crate::hex::{hex, hmac_sha256, sha256_hex};
use std::fmt::Write;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const SIGNED_HEADERS: &str =
    "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

/// A POST to `/` with an empty body, as far as it is signed.
pub(crate) struct Call<'a> {
    pub(crate) host: &'a str,
    pub(crate) action: &'static str,
    pub(crate) version: &'static str,
    /// UTC, such as `2023-10-26T10:22:32Z`.
    pub(crate) date: &'a str,
    /// Never the same twice.
    pub(crate) nonce: &'a str,
    /// By [`query`].
    pub(crate) query: &'a str,
}

impl Call<'_> {
    /// The headers of the call, but for `host`.
    pub(crate) fn headers(&self, access_key_id: &str, secret: &str) -> Vec<(&'static str, String)> {
        let signature = self.signature(secret);
        let authorization = format!(
            "{ALGORITHM} Credential={access_key_id},SignedHeaders={SIGNED_HEADERS},Signature={signature}"
        );
        vec![
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
            ("authorization", authorization),
        ]
    }

    fn signature(&self, secret: &str) -> String {
        let to_sign = format!("{ALGORITHM}\n{}", sha256_hex(self.canonical().as_bytes()));
        hex(&hmac_sha256(secret.as_bytes(), &[to_sign.as_bytes()]))
    }

    fn canonical(&self) -> String {
        let Self {
            host,
            action,
            version,
            date,
            nonce,
            query,
        } = self;
        let body = sha256_hex(b"");
        format!(
            "POST\n/\n{query}\nhost:{host}\nx-acs-action:{action}\nx-acs-content-sha256:{body}\nx-acs-date:{date}\n\
             x-acs-signature-nonce:{nonce}\nx-acs-version:{version}\n\n{SIGNED_HEADERS}\n{body}"
        )
    }
}

/// Parameters as they are sent and signed: sorted, and encoded by RFC 3986.
pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// All but the unreserved characters.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alibabas_own_sample_is_reproduced() {
        let query = query(&[
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]);
        let call = Call {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &query,
        };
        assert_eq!(
            sha256_hex(call.canonical().as_bytes()),
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
        );
        assert_eq!(
            call.signature("YourAccessKeySecret"),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
        let (name, authorization) = call
            .headers("YourAccessKeyId", "YourAccessKeySecret")
            .pop()
            .unwrap();
        assert_eq!(name, "authorization");
        assert!(
            authorization
                .starts_with("ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-")
        );
    }

    #[test]
    fn a_query_is_sorted_and_encoded() {
        let query = query(&[("b", "虎 *~"), ("a", "{\"x\":1}"), ("B", "+/=")]);
        assert_eq!(query, "B=%2B%2F%3D&a=%7B%22x%22%3A1%7D&b=%E8%99%8E%20%2A~");
    }
}
