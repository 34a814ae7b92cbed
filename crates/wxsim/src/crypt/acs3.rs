//! ACS3-HMAC-SHA256: how a call to Alibaba Cloud is signed.

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{hex, hmac_sha256_hex, sha256_hex};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// What the `Authorization` of a call says.
pub(crate) struct Authorization<'a> {
    /// Whose key signed.
    pub(crate) access_key_id: &'a str,
    /// Which headers are signed, separated by semicolons.
    pub(crate) signed_headers: &'a str,
    /// Hexadecimal.
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=…`
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let parts = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut parts = parts.split(',');
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        Some(Self {
            access_key_id: part("Credential")?,
            signed_headers: part("SignedHeaders")?,
            signature: part("Signature")?,
        })
    }
}

/// A call, as far as it is signed. Its path is `/`, as that of every call of this kind.
pub(crate) struct SignedCall<'a> {
    pub(crate) method: &'a str,
    /// As it was sent.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// In the order in which they are signed.
    pub(crate) signed_headers: &'a str,
    pub(crate) body: &'a [u8],
}

impl SignedCall<'_> {
    /// Hexadecimal. A header that is not there is signed as an empty one.
    pub(crate) fn signature(&self, secret: &str) -> String {
        let to_sign = format!("{ALGORITHM}\n{}", sha256_hex(&self.canonical()));
        hmac_sha256_hex(secret.as_bytes(), to_sign.as_bytes())
    }

    fn canonical(&self) -> String {
        let mut query: Vec<_> = form_urlencoded::parse(self.query.as_bytes())
            .map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)))
            .collect();
        query.sort();
        let header = |name| {
            let value = self.headers.get(name).and_then(|value| value.to_str().ok());
            let value = value.unwrap_or_default().trim();
            format!("{name}:{value}\n")
        };
        let headers: String = self.signed_headers.split(';').map(header).collect();
        format!(
            "{}\n/\n{}\n{headers}\n{}\n{}",
            self.method,
            query.join("&"),
            self.signed_headers,
            hex(&Sha256::digest(self.body)),
        )
    }
}

/// RFC 3986: all but the unreserved characters, in capitals.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.push_str(&hex(&[byte]).to_uppercase());
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::super::vectors::text;
    use super::*;

    #[test]
    fn published_signature_is_reproduced() {
        let sample = |member: &str| text(&format!("/aliyun_acs3/{member}"));
        let mut headers = HeaderMap::new();
        let body_hash = hex(&Sha256::digest(sample("body")));
        for (name, value) in [
            ("host", sample("host")),
            ("x-acs-action", sample("action")),
            ("x-acs-content-sha256", body_hash),
            ("x-acs-date", sample("date")),
            ("x-acs-signature-nonce", sample("nonce")),
            ("x-acs-version", sample("version")),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let body = sample("body");
        let signed = SignedCall {
            method: &sample("method"),
            query: &sample("query"),
            headers: &headers,
            signed_headers: "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version",
            body: body.as_bytes(),
        };
        assert_eq!(sha256_hex(&signed.canonical()), sample("canonical_sha256"));
        assert_eq!(signed.signature(&sample("secret")), sample("signature"));
    }

    #[test]
    fn query_is_sorted_and_encoded_anew() {
        let headers = HeaderMap::new();
        let canonical = |query| {
            SignedCall {
                method: "POST",
                query,
                headers: &headers,
                signed_headers: "host",
                body: b"",
            }
            .canonical()
        };
        assert!(
            canonical("b=%e8%99%8e&a=x+y*~").starts_with("POST\n/\na=x%20y%2A~&b=%E8%99%8E\nhost:\n\nhost\n")
        );
    }

    #[test]
    fn authorization_has_three_parts_in_order() {
        let read =
            Authorization::parse("ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-date,Signature=0f");
        let read = read.unwrap();
        assert_eq!(
            (read.access_key_id, read.signed_headers, read.signature),
            ("AK", "host;x-acs-date", "0f")
        );
        for bad in [
            "",
            "Bearer x",
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SHA256 SignedHeaders=a,Credential=b,Signature=c",
        ] {
            assert!(Authorization::parse(bad).is_none(), "{bad}");
        }
    }
}
