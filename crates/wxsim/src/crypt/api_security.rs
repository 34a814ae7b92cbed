//! API security mode: bodies under AES-256-GCM, signed with RSA-PSS (SHA-256, salt of 32 bytes).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PublicEncryptingKey};
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};

use super::hex;
use crate::Refusal;

/// Which message this is: part of what is signed and of what is authenticated.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Scheme, host and path.
    pub(crate) url: &'a str,
    pub(crate) appid: &'a str,
    pub(crate) timestamp: i64,
}

impl Context<'_> {
    fn signed(&self, body: &str) -> String {
        let Self {
            url,
            appid,
            timestamp,
        } = self;
        format!("{url}\n{appid}\n{timestamp}\n{body}")
    }

    fn authenticated(&self, symmetric_sn: &str) -> String {
        let Self {
            url,
            appid,
            timestamp,
        } = self;
        format!("{url}|{appid}|{timestamp}|{symmetric_sn}")
    }
}

/// A body as it travels; all three in base64.
#[derive(Serialize, Deserialize)]
pub(crate) struct SealedBody {
    iv: String,
    data: String,
    authtag: String,
}

/// The symmetric key that an app and WeChat share, and its name.
pub(crate) struct SymmetricKey {
    bytes: [u8; 32],
    pub(crate) sn: String,
}

impl SymmetricKey {
    pub(crate) fn new(bytes: [u8; 32], sn: String) -> Self {
        Self { bytes, sn }
    }

    pub(crate) fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.bytes)
    }

    pub(crate) fn seal(&self, context: Context<'_>, iv: [u8; 12], plaintext: &str) -> Option<SealedBody> {
        let mut data = plaintext.as_bytes().to_vec();
        let tag = self
            .key()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(iv),
                Aad::from(context.authenticated(&self.sn)),
                &mut data,
            )
            .ok()?;
        Some(SealedBody {
            iv: BASE64_STANDARD.encode(iv),
            data: BASE64_STANDARD.encode(data),
            authtag: BASE64_STANDARD.encode(tag),
        })
    }

    /// Nothing where the body was not sealed with this key for this context.
    pub(crate) fn open(&self, context: Context<'_>, sealed: &SealedBody) -> Option<Vec<u8>> {
        let decoded = |text: &str| BASE64_STANDARD.decode(text).ok();
        let nonce = Nonce::try_assume_unique_for_key(&decoded(&sealed.iv)?).ok()?;
        let mut data = decoded(&sealed.data)?;
        let aad = Aad::from(context.authenticated(&self.sn));
        self.key()?
            .open_in_place_separate_tag(nonce, aad, &decoded(&sealed.authtag)?, &mut data)
            .ok()?;
        Some(data)
    }

    fn key(&self) -> Option<LessSafeKey> {
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.bytes).ok()?))
    }
}

/// The public key of an app's developer.
pub(crate) struct DeveloperKey(Vec<u8>);

impl DeveloperKey {
    /// RSA of 2048 bits at least, as `BEGIN PUBLIC KEY`.
    pub(crate) fn parse(pem: &str) -> Result<Self, Refusal> {
        let key =
            SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| Refusal::InvalidPublicKey)?;
        PublicEncryptingKey::from_der(&key).map_err(|_| Refusal::InvalidPublicKey)?;
        Ok(Self(key.to_vec()))
    }

    pub(crate) fn has_signed(&self, context: Context<'_>, body: &str, signature: &str) -> bool {
        BASE64_STANDARD.decode(signature).is_ok_and(|signature| {
            UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &self.0)
                .verify(context.signed(body).as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// WeChat's own key, with which it signs its answers, and the certificate that tells apps of it.
pub(crate) struct Platform {
    key: RsaKeyPair,
    pub(crate) certificate_pem: String,
    /// The certificate's serial number: 32 hex digits.
    pub(crate) serial: String,
}

impl Platform {
    /// A new key, for which the machine's own randomness is asked; it takes a good part of a second.
    pub(crate) fn generate(mut serial: [u8; 16]) -> Option<Self> {
        // A serial number is positive, and has as many digits as its bytes have.
        serial[0] = serial[0] & 0x3f | 0x40;
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).ok()?;
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "wxsim");
        params.distinguished_name = name;
        Some(Self {
            certificate_pem: params.self_signed(&key).ok()?.pem(),
            key: RsaKeyPair::from_pkcs8(key.serialized_der()).ok()?,
            serial: hex(&serial),
        })
    }

    /// In base64.
    pub(crate) fn sign(&self, context: Context<'_>, body: &str) -> Option<String> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                context.signed(body).as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(BASE64_STANDARD.encode(signature))
    }
}

/// What an app in API security mode and WeChat know of each other.
pub(crate) struct ApiSecurity {
    pub(crate) symmetric: SymmetricKey,
    pub(crate) developer: DeveloperKey,
    pub(crate) platform: Arc<Platform>,
}

/// What an app's owner takes home when API security mode is turned on.
#[derive(Clone, Serialize)]
pub struct ApiSecurityKeys {
    /// The AES-256-GCM key, in base64.
    pub symmetric_key_b64: String,
    /// The name of the symmetric key.
    pub symmetric_sn: String,
    /// WeChat's certificate; answers are signed with its key.
    pub platform_certificate_pem: String,
    /// The serial number of WeChat's certificate, in hex; answers carry it.
    pub platform_serial: String,
}

impl fmt::Debug for ApiSecurityKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiSecurityKeys")
            .field("symmetric_sn", &self.symmetric_sn)
            .field("platform_serial", &self.platform_serial)
            .finish_non_exhaustive()
    }
}

impl ApiSecurity {
    pub(crate) fn keys(&self) -> ApiSecurityKeys {
        ApiSecurityKeys {
            symmetric_key_b64: self.symmetric.base64(),
            symmetric_sn: self.symmetric.sn.clone(),
            platform_certificate_pem: self.platform.certificate_pem.clone(),
            platform_serial: self.platform.serial.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::vectors::{at, text};

    fn vector(name: &str) -> String {
        text(&format!("/api_security/{name}"))
    }

    fn key() -> SymmetricKey {
        let bytes = BASE64_STANDARD.decode(vector("sym_key_b64")).unwrap();
        SymmetricKey::new(bytes.try_into().unwrap(), vector("sym_sn"))
    }

    #[test]
    fn published_request_is_reproduced() {
        let (url, appid) = (vector("url_path"), vector("appid"));
        let context = Context {
            url: &url,
            appid: &appid,
            timestamp: at("/api_security/request/timestamp").as_i64().unwrap(),
        };
        let iv = BASE64_STANDARD.decode(vector("request/iv")).unwrap();
        let plaintext = vector("request/plaintext");
        let sealed = key().seal(context, iv.try_into().unwrap(), &plaintext).unwrap();
        assert_eq!(sealed.data, vector("request/data"));
        assert_eq!(sealed.authtag, vector("request/authtag"));
        assert_eq!(key().open(context, &sealed).unwrap(), plaintext.as_bytes());
        let another = Context {
            timestamp: context.timestamp + 1,
            ..context
        };
        assert!(key().open(another, &sealed).is_none());
    }

    /// The key of the published certificate, which is the only `SubjectPublicKeyInfo` of RSA inside it.
    fn published_platform_key() -> DeveloperKey {
        let pem = vector("response/platform_cert_pem");
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let certificate = BASE64_STANDARD.decode(base64).unwrap();
        // SEQUENCE of 290 bytes { SEQUENCE { rsaEncryption, NULL }, BIT STRING … }
        let start = [
            0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
            0x01,
        ];
        let at = certificate
            .windows(start.len())
            .position(|window| window == start)
            .unwrap();
        DeveloperKey(certificate[at..at + 4 + 0x122].to_vec())
    }

    #[test]
    fn published_response_opens_and_its_signature_is_the_platforms() {
        let (url, appid) = (vector("url_path"), vector("appid"));
        let context = Context {
            url: &url,
            appid: &appid,
            timestamp: at("/api_security/response/timestamp").as_i64().unwrap(),
        };
        let body = vector("response/body");
        let sealed: SealedBody = serde_json::from_str(&body).unwrap();
        assert_eq!(
            key().open(context, &sealed).unwrap(),
            vector("response/plaintext").as_bytes()
        );
        let platform = published_platform_key();
        let signature = vector("response/signature_rsa_pss_sha256_salt32");
        assert!(platform.has_signed(context, &body, &signature));
        assert!(!platform.has_signed(context, &format!("{body} "), &signature));
    }

    #[test]
    fn key_of_a_developer_is_rsa_of_2048_bits_at_least() {
        let pem = rcgen::KeyPair::generate().unwrap().public_key_pem();
        for text in [
            "",
            "nonsense",
            &pem,
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        ] {
            assert!(DeveloperKey::parse(text).is_err(), "{text}");
        }
    }
}
