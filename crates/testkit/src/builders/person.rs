//! Persons as a connector proves them.

use hufu_core::{
    identity::{OpenId, UnionId, WechatIdentity},
    wechat_app::{AppId, UnionScope},
};

/// A person in one app, of whom WeChat tells no unionid.
pub fn person(appid: &AppId, openid: &str) -> WechatIdentity {
    WechatIdentity {
        appid: appid.clone(),
        openid: OpenId::parse(openid).expect("a test's openid is well-formed"),
        unionid: None,
        union_scope: None,
    }
}

/// Small changes to what is proven of a person.
pub trait Person {
    /// WeChat tells a unionid, and the app has a union scope.
    #[must_use]
    fn known_as(self, unionid: &str, scope: &str) -> Self;
    /// WeChat tells a unionid, and the app has no union scope.
    #[must_use]
    fn known_nowhere_as(self, unionid: &str) -> Self;
}

impl Person for WechatIdentity {
    fn known_as(self, unionid: &str, scope: &str) -> Self {
        Self {
            union_scope: Some(UnionScope::parse(scope).expect("a test's union scope is well-formed")),
            ..self.known_nowhere_as(unionid)
        }
    }

    fn known_nowhere_as(self, unionid: &str) -> Self {
        Self {
            unionid: Some(UnionId::parse(unionid).expect("a test's unionid is well-formed")),
            ..self
        }
    }
}
