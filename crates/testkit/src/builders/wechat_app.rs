//! WeChat apps and claims to them.

use super::Mint;
use hufu_core::{
    id::TenantId,
    store::WechatAppClaim,
    wechat_app::{AppId, WechatApp, WechatAppKind, WechatCredential},
};
use secrecy::SecretString;
use uuid::Uuid;

/// The appid `wx` and `number` in sixteen hexadecimal digits.
pub fn appid(number: u64) -> AppId {
    AppId::parse(&format!("wx{number:016x}")).expect("sixteen hexadecimal digits are an appid")
}

impl Mint {
    /// A mini-program with a fresh secret and without a union scope.
    pub fn wechat_app(&self, appid: &AppId) -> WechatApp {
        let now = self.now();
        let secret = Uuid::from_bytes(hufu_core::random::bytes(&self.random));
        WechatApp {
            credential: WechatCredential::new(appid.clone(), SecretString::from(secret.simple().to_string())),
            kind: WechatAppKind::MiniProgram,
            union_scope: None,
            push: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// A claim of `tenant` to `app` that takes it from nobody.
    pub fn claim(&self, tenant: TenantId, app: WechatApp) -> WechatAppClaim {
        WechatAppClaim {
            tenant,
            app,
            transfer: false,
            based_on: None,
            audit: self.audit(),
        }
    }
}
