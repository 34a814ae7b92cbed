//! The keys of API security mode, read and used. What they are used on is said by a [`Context`]: it is part of every
//! signature and every ciphertext, so that none of them can be moved elsewhere.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    rsa::PublicEncryptingKey,
    signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_core::{Invalid, wechat_app::ApiSecurity};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use webpki::EndEntityCert;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of an RSA key of 2,048 bits, the least that is taken.
const SHORTEST_RSA: usize = 256;

const SERIAL: Invalid =
    Invalid("must be the serial number that the console shows: 1 to 128 letters and digits");
const SYMMETRIC: Invalid = Invalid("must be 32 bytes in base64, the AES256_GCM key that the console shows");
const SM4: Invalid = Invalid(
    "is an SM4 key: only AES256_GCM with RSAwithSHA256 is supported, so choose those at the console's API安全",
);
const PRIVATE: Invalid =
    Invalid("must be an RSA private key of 2048 bits at least, in PEM: PKCS #8 or PKCS #1, not encrypted");
const NOT_RSA: Invalid = Invalid(
    "is no RSA key, perhaps one of SM2: only AES256_GCM with RSAwithSHA256 is supported, so choose those at the \
    console's API安全",
);
const CERTIFICATE: Invalid = Invalid("must be WeChat's certificate in PEM, as downloaded from the console");

/// Which message: scheme, host and path without query, whose, and when, in Unix seconds.
pub(crate) struct Context<'a> {
    pub(crate) url: &'a str,
    pub(crate) appid: &'a str,
    pub(crate) timestamp: i64,
}

impl Context<'_> {
    /// The serial number of the key is not part of it.
    fn signed(&self, body: &str) -> String {
        format!("{}\n{}\n{}\n{body}", self.url, self.appid, self.timestamp)
    }

    fn authenticated(&self, symmetric_sn: &str) -> String {
        format!("{}|{}|{}|{symmetric_sn}", self.url, self.appid, self.timestamp)
    }
}

/// A body as it travels; all three in base64.
#[derive(Serialize, Deserialize)]
struct SealedBody {
    iv: String,
    data: String,
    authtag: String,
}

/// The keys of one app.
pub(crate) struct Keys {
    symmetric: LessSafeKey,
    symmetric_sn: String,
    private: RsaKeyPair,
    platform: ParsedPublicKey,
    platform_serial: String,
}

impl Keys {
    /// The member that cannot be used, and why, where there is one.
    pub(crate) fn read(config: &ApiSecurity) -> Result<Self, (&'static str, Invalid)> {
        let named = |member: &'static str| move |why: Invalid| (member, why);
        Ok(Self {
            symmetric_sn: serial(&config.symmetric_sn).map_err(named("symmetric_sn"))?,
            symmetric: symmetric(config.symmetric_key.expose_secret()).map_err(named("symmetric_key"))?,
            private: private(config.private_key.expose_secret()).map_err(named("private_key"))?,
            platform_serial: serial(&config.platform_serial).map_err(named("platform_serial"))?,
            platform: platform(&config.platform_certificate).map_err(named("platform_certificate"))?,
        })
    }

    /// Nothing only where the machine fails.
    pub(crate) fn seal(&self, context: &Context<'_>, iv: [u8; 12], inside: &str) -> Option<String> {
        let mut data = inside.as_bytes().to_vec();
        let aad = Aad::from(context.authenticated(&self.symmetric_sn));
        let nonce = Nonce::assume_unique_for_key(iv);
        let tag = self
            .symmetric
            .seal_in_place_separate_tag(nonce, aad, &mut data)
            .ok()?;
        let body = SealedBody {
            iv: BASE64_STANDARD.encode(iv),
            data: BASE64_STANDARD.encode(data),
            authtag: BASE64_STANDARD.encode(tag),
        };
        serde_json::to_string(&body).ok()
    }

    /// In base64. The salt, as long as the hash, is the operating system's: the library takes no other.
    pub(crate) fn sign(&self, context: &Context<'_>, body: &str) -> Option<String> {
        let mut signature = vec![0; self.private.public_modulus_len()];
        let text = context.signed(body);
        self.private
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(BASE64_STANDARD.encode(signature))
    }

    /// Whether that is the certificate that we have.
    pub(crate) fn is_platform(&self, serial: &str) -> bool {
        self.platform_serial.eq_ignore_ascii_case(serial)
    }

    /// Whether WeChat has signed this.
    pub(crate) fn has_platform_signed(&self, context: &Context<'_>, body: &str, signature: &str) -> bool {
        BASE64_STANDARD.decode(signature).is_ok_and(|signature| {
            let text = context.signed(body);
            self.platform.verify_sig(text.as_bytes(), &signature).is_ok()
        })
    }

    /// What is inside, if it was sealed by the symmetric key for this context.
    pub(crate) fn open(&self, context: &Context<'_>, body: &str) -> Option<Zeroizing<Vec<u8>>> {
        let body: SealedBody = serde_json::from_str(body).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(&BASE64_STANDARD.decode(body.iv).ok()?).ok()?;
        let tag = BASE64_STANDARD.decode(body.authtag).ok()?;
        let mut data = Zeroizing::new(BASE64_STANDARD.decode(body.data).ok()?);
        let aad = Aad::from(context.authenticated(&self.symmetric_sn));
        self.symmetric
            .open_in_place_separate_tag(nonce, aad, &tag, &mut data)
            .ok()?;
        Some(data)
    }
}

fn serial(text: &str) -> Result<String, Invalid> {
    if (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err(SERIAL)
    }
}

fn symmetric(base64: &str) -> Result<LessSafeKey, Invalid> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(base64).map_err(|_| SYMMETRIC)?);
    if bytes.len() == 16 {
        return Err(SM4);
    }
    let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SYMMETRIC)?;
    Ok(LessSafeKey::new(key))
}

fn private(pem: &str) -> Result<RsaKeyPair, Invalid> {
    let mut key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| PRIVATE)?;
    let pair = match &key {
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(|_| PRIVATE),
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| NOT_RSA),
        _ => Err(NOT_RSA),
    };
    key.zeroize();
    pair.and_then(|pair| {
        if pair.public_modulus_len() < SHORTEST_RSA {
            return Err(PRIVATE);
        }
        Ok(pair)
    })
}

/// Only its key counts: whose it is and until when is for the operator to see, who was given it by WeChat's console.
fn platform(pem: &str) -> Result<ParsedPublicKey, Invalid> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| CERTIFICATE)?;
    let certificate = EndEntityCert::try_from(&der).map_err(|_| CERTIFICATE)?;
    let key = certificate.subject_public_key_info();
    // Looks at kind and length; the other type verifies.
    PublicEncryptingKey::from_der(&key).map_err(|_| NOT_RSA)?;
    ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &*key).map_err(|_| NOT_RSA)
}

#[cfg(test)]
#[path = "api_security_keys_tests.rs"]
pub(crate) mod tests;
