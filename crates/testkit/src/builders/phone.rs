//! Phones as a connector proves them.

use hufu_core::{
    identity::{PhoneVerifier, VerifiedPhone},
    phone::PhoneNumber,
    wechat_app::AppId,
};

/// A number that is known to be well-formed.
pub fn phone_number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a test's phone number is well-formed")
}

/// A phone that WeChat verified through `appid`.
pub fn phone(appid: &AppId, number: &str) -> VerifiedPhone {
    VerifiedPhone {
        number: phone_number(number),
        verifier: PhoneVerifier::Wechat(appid.clone()),
    }
}
