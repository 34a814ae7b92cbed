//! The keys of a WeChat app beside its secret, on the wire. They come in and never go out.

use crate::wire::Fields;
use hufu_core::{
    connector::WechatConnector,
    wechat_app::{ApiSecurity, PushKeys},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// What the console shows at 开发设置 > 消息推送 (Development Settings > Message Push); choose 安全模式 (security mode) there.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = MessagePush)]
#[serde(deny_unknown_fields)]
pub(super) struct PushBody {
    /// The Token.
    #[serde(serialize_with = "for_merging")]
    #[schema(value_type = String, write_only, pattern = "^[0-9A-Za-z]{3,32}$")]
    token: SecretString,
    /// The EncodingAESKey.
    #[serde(serialize_with = "for_merging")]
    #[schema(value_type = String, write_only, pattern = "^[0-9A-Za-z]{43}$")]
    encoding_aes_key: SecretString,
}

impl From<PushBody> for PushKeys {
    fn from(body: PushBody) -> Self {
        Self {
            token: body.token,
            encoding_aes_key: body.encoding_aes_key,
        }
    }
}

impl From<PushKeys> for PushBody {
    fn from(keys: PushKeys) -> Self {
        Self {
            token: keys.token,
            encoding_aes_key: keys.encoding_aes_key,
        }
    }
}

/// What the console shows at 开发设置 > API安全 (Development Settings > API Security).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ApiSecurity)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiSecurityBody {
    /// `AES256_GCM`. `SM4_GCM` is not supported.
    #[serde(default = "aes256_gcm")]
    #[schema(default = "AES256_GCM")]
    symmetric_algorithm: String,
    /// `RSAwithSHA256`. `SM2withSM3` is not supported.
    #[serde(default = "rsa_with_sha256")]
    #[schema(default = "RSAwithSHA256")]
    asymmetric_algorithm: String,
    /// The serial number of the symmetric key.
    #[schema(min_length = 1, max_length = 128)]
    symmetric_sn: String,
    /// The symmetric key: 32 bytes, base64.
    #[serde(serialize_with = "for_merging")]
    #[schema(value_type = String, write_only)]
    symmetric_key: SecretString,
    /// Our RSA private key, PEM; the console was given its public half.
    #[serde(serialize_with = "for_merging")]
    #[schema(value_type = String, write_only)]
    private_key: SecretString,
    /// The serial number of WeChat's certificate.
    #[schema(min_length = 1, max_length = 128)]
    platform_serial: String,
    /// WeChat's certificate, PEM.
    platform_certificate: String,
}

const AES256_GCM: &str = "AES256_GCM";
const RSA_WITH_SHA256: &str = "RSAwithSHA256";

fn aes256_gcm() -> String {
    AES256_GCM.to_owned()
}

fn rsa_with_sha256() -> String {
    RSA_WITH_SHA256.to_owned()
}

/// Only to be merged with a patch and read back; no answer holds these bodies.
fn for_merging<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl ApiSecurityBody {
    /// All rules of its members.
    pub(super) fn check(self, fields: &mut Fields, connector: &dyn WechatConnector) -> Option<ApiSecurity> {
        let unsupported = [
            (
                "/api_security/symmetric_algorithm",
                self.symmetric_algorithm == AES256_GCM,
                "must be AES256_GCM: SM4_GCM is not supported; choose AES256_GCM at mp.weixin.qq.com, 开发 > 开发管理 > \
                 开发设置 > API安全 (Development Settings > API Security)",
            ),
            (
                "/api_security/asymmetric_algorithm",
                self.asymmetric_algorithm == RSA_WITH_SHA256,
                "must be RSAwithSHA256: SM2withSM3 is not supported; choose RSAwithSHA256 at mp.weixin.qq.com, 开发 > \
                 开发管理 > 开发设置 > API安全 (Development Settings > API Security)",
            ),
        ];
        let mut right = true;
        for (pointer, _, rule) in unsupported.into_iter().filter(|(_, fits, _)| !fits) {
            fields.refuse(pointer, rule);
            right = false;
        }
        if !right {
            return None;
        }
        let keys = ApiSecurity {
            symmetric_sn: self.symmetric_sn,
            symmetric_key: self.symmetric_key,
            private_key: self.private_key,
            platform_serial: self.platform_serial,
            platform_certificate: self.platform_certificate,
        };
        match connector.check_api_security(&keys) {
            Ok(()) => Some(keys),
            Err((member, error)) => {
                fields.refuse(&format!("/api_security/{member}"), error.to_string());
                None
            }
        }
    }
}

impl From<ApiSecurity> for ApiSecurityBody {
    fn from(keys: ApiSecurity) -> Self {
        Self {
            symmetric_algorithm: aes256_gcm(),
            asymmetric_algorithm: rsa_with_sha256(),
            symmetric_sn: keys.symmetric_sn,
            symmetric_key: keys.symmetric_key,
            private_key: keys.private_key,
            platform_serial: keys.platform_serial,
            platform_certificate: keys.platform_certificate,
        }
    }
}
