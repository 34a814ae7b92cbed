//! TC3-HMAC-SHA256: how a call to Tencent Cloud is signed.

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{hex, hmac_sha256, hmac_sha256_hex, sha256_hex};

const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// What the `Authorization` of a call says.
pub(crate) struct Authorization<'a> {
    /// Whose key signed.
    pub(crate) secret_id: &'a str,
    /// Such as `2019-02-25`, UTC.
    pub(crate) date: &'a str,
    /// Such as `sms`.
    pub(crate) service: &'a str,
    /// Which headers are signed, separated by semicolons.
    pub(crate) signed_headers: &'a str,
    /// Hexadecimal.
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// `TC3-HMAC-SHA256 Credential=…/2019-02-25/sms/tc3_request, SignedHeaders=a;b, Signature=…`
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let parts = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut parts = parts.split(',').map(str::trim_start);
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let mut credential = part("Credential")?.split('/');
        let authorization = Self {
            secret_id: credential.next()?,
            date: credential.next()?,
            service: credential.next()?,
            signed_headers: part("SignedHeaders")?,
            signature: part("Signature")?,
        };
        (credential.next() == Some("tc3_request") && credential.next().is_none()).then_some(authorization)
    }
}

/// A POST to `/`, as far as it is signed.
pub(crate) struct SignedCall<'a> {
    pub(crate) service: &'a str,
    /// Unix seconds, as they were sent.
    pub(crate) timestamp: &'a str,
    pub(crate) date: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) signed_headers: &'a str,
    pub(crate) body: &'a [u8],
}

impl SignedCall<'_> {
    /// Hexadecimal. A header that is not there is signed as an empty one.
    pub(crate) fn signature(&self, secret: &str) -> String {
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{}/{}/tc3_request\n{}",
            self.timestamp,
            self.date,
            self.service,
            sha256_hex(&self.canonical())
        );
        let of_date = hmac_sha256(format!("TC3{secret}").as_bytes(), self.date.as_bytes());
        let of_service = hmac_sha256(&of_date, self.service.as_bytes());
        let key = hmac_sha256(&of_service, b"tc3_request");
        hmac_sha256_hex(&key, to_sign.as_bytes())
    }

    fn canonical(&self) -> String {
        let header = |name| {
            let value = self.headers.get(name).and_then(|value| value.to_str().ok());
            let value = value.unwrap_or_default().trim();
            format!("{name}:{}\n", value.to_lowercase())
        };
        let headers: String = self.signed_headers.split(';').map(header).collect();
        format!(
            "POST\n/\n\n{headers}\n{}\n{}",
            self.signed_headers,
            hex(&Sha256::digest(self.body))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::{at, text};
    use super::*;

    #[test]
    fn published_signature_is_reproduced() {
        let sample = |member: &str| text(&format!("/tencent_tc3/{member}"));
        let mut headers = HeaderMap::new();
        headers.insert("host", sample("host").parse().unwrap());
        headers.insert("content-type", "application/json; charset=utf-8".parse().unwrap());
        let timestamp = at("/tencent_tc3/timestamp").to_string();
        let payload = sample("payload");
        let signed = SignedCall {
            service: &sample("service"),
            timestamp: &timestamp,
            date: "2019-02-25",
            headers: &headers,
            signed_headers: &sample("signed_headers"),
            body: payload.as_bytes(),
        };
        assert_eq!(hex(&Sha256::digest(signed.body)), sample("payload_sha256"));
        assert_eq!(sha256_hex(&signed.canonical()), sample("canonical_sha256"));
        assert_eq!(signed.signature(&sample("secret_key")), sample("signature"));
    }

    #[test]
    fn authorization_names_key_date_service_and_headers() {
        let header =
            "TC3-HMAC-SHA256 Credential=ID/2019-02-25/sms/tc3_request, SignedHeaders=host, Signature=0f";
        let read = Authorization::parse(header).unwrap();
        assert_eq!(
            (read.secret_id, read.date, read.service),
            ("ID", "2019-02-25", "sms")
        );
        assert_eq!((read.signed_headers, read.signature), ("host", "0f"));
        for bad in [
            "",
            "TC3-HMAC-SHA256 Credential=ID/2019-02-25/sms, SignedHeaders=host, Signature=0f",
            "TC3-HMAC-SHA256 Credential=ID/2019-02-25/sms/tc3_request/x, SignedHeaders=host, Signature=0f",
        ] {
            assert!(Authorization::parse(bad).is_none(), "{bad}");
        }
    }
}
