//! The login-state signature: how a server shows WeChat that it has a person's session key, without sending it. The key is
//! the base64 *text*: WeChat's prose leaves that open, its published example settles it.

use crate::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use hufu_core::{identity::OpenId, wechat_session::SessionKey};
use sha2::Sha256;

/// Hexadecimal HMAC-SHA256 over `data`: a POST's body, or nothing for a GET.
pub(crate) fn signature(key: &SessionKey, data: &[u8]) -> String {
    let mut hmac =
        Hmac::<Sha256>::new_from_slice(key.text().as_bytes()).expect("HMAC takes keys of any length");
    hmac.update(data);
    hex(&hmac.finalize().into_bytes())
}

/// The parameters of the calls that take such a signature. All of them sign the empty text.
pub(crate) fn query<'a>(openid: &'a OpenId, signature: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("openid", openid.as_str()),
        ("signature", signature),
        ("sig_method", "hmac_sha256"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wechats_own_sample_and_three_others_are_reproduced() {
        for (key, data, expected) in [
            (
                "o0q0otL8aEzpcZL/FT9WsQ==",
                r#"{"foo":"bar"}"#,
                "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b",
            ),
            (
                "o0q0otL8aEzpcZL/FT9WsQ==",
                "",
                "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128",
            ),
            (
                "tiihtNczf5v6AKRyjwEUhQ==",
                "",
                "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735",
            ),
            (
                "HyVFkGl5F5OQWJZZaNzBBg==",
                "",
                "252b75c92698025afe925b29cca5517fdf9ee67aae072cf3225ebf3a53783058",
            ),
        ] {
            let key = SessionKey::parse(key.into()).unwrap();
            assert_eq!(signature(&key, data.as_bytes()), expected);
        }
    }
}
