//! Codes by SMS.

use super::{Mint, phone_number};
use hufu_core::{
    sms::{
        SmsPurpose, SmsVendor, WebhookSms,
        challenge::{Pepper, SmsChallenge},
        send::Otp,
    },
    store::{KeptSmsVendor, SmsCounted},
};
use secrecy::SecretString;
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// What codes of tests are stored under.
pub fn pepper() -> Pepper {
    Pepper::new([7; 32])
}

/// A code as it was typed.
pub fn otp(code: &SecretString) -> Otp {
    Otp {
        code: code.clone(),
        pepper: Arc::new(pepper()),
    }
}

impl Mint {
    /// A webhook with this secret.
    pub fn sms_vendor(&self, secret: &str) -> KeptSmsVendor {
        let now = self.now();
        KeptSmsVendor {
            vendor: SmsVendor::Webhook(WebhookSms {
                name: "gateway".into(),
                secret: secret.into(),
            }),
            created_at: now,
            updated_at: now,
        }
    }

    /// A code that is sent now, and the code.
    pub fn challenge(
        &self,
        number: &str,
        purpose: SmsPurpose,
        bound_to: Uuid,
    ) -> (SmsChallenge, SecretString) {
        let phone = phone_number(number);
        SmsChallenge::new(phone, purpose, bound_to, &pepper(), self.now(), &self.random)
    }

    /// A message that is sent now.
    pub fn sms(&self, number: &str, address: Option<IpAddr>) -> SmsCounted {
        SmsCounted {
            id: hufu_core::random::uuid_v7(self.now(), &self.random),
            phone: phone_number(number),
            address,
            sent_at: self.now(),
        }
    }
}
