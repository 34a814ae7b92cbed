//! WeChat apps on the wire.

use crate::{openapi::names::WechatAppKindName, problem::Problem, wire::Fields};
use chrono::{DateTime, Utc};
use hufu_core::wechat_app::{AppId, UnionScope, WechatApp, WechatAppKind, WechatCredential, check_secret};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a WeChat app.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct AppPath {
    /// The appid as WeChat gives it out.
    #[param(pattern = "^wx[0-9a-f]{16}$", example = "wxde30000000000001")]
    appid: String,
}

/// A WeChat app as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatAppRequest {
    /// What kind of app: `mini_program`.
    #[schema(value_type = WechatAppKindName)]
    kind: String,
    /// The AppSecret. It is proven by a live call, kept sealed, and never returned.
    #[schema(value_type = String, write_only, min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    secret: SecretString,
    /// The open-platform account inside which the app's unionids have meaning: any name, the same for all apps bound to
    /// one account. Without it, unionids link nothing.
    #[schema(pattern = "^[0-9A-Za-z._-]{1,64}$", example = "tea-house")]
    union_scope: Option<String>,
}

/// What may change of a WeChat app.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WechatAppPatch)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatAppPatch {
    /// See `PUT`. Where it is left out, the secret that is kept is proven.
    #[schema(value_type = Option<String>, write_only, min_length = 32, max_length = 32)]
    #[serde(skip_serializing)]
    secret: Option<SecretString>,
    /// See `PUT`; `null` removes it.
    #[schema(pattern = "^[0-9A-Za-z._-]{1,64}$")]
    union_scope: Option<String>,
}

/// What a request says of a WeChat app, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) credential: WechatCredential,
    pub(super) kind: WechatAppKind,
    pub(super) union_scope: Option<UnionScope>,
}

impl WechatAppRequest {
    /// All rules of its members.
    pub(super) fn check(self, appid: AppId) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let kind = fields.keep("/kind", WechatAppKind::parse(&self.kind));
        fields.keep("/secret", check_secret(self.secret.expose_secret()));
        let union_scope = self.union_scope.as_deref().map(UnionScope::parse);
        let union_scope = fields.keep_optional("/union_scope", union_scope);
        let secret = self.secret;
        fields.finish(kind.map(|kind| Wanted {
            credential: WechatCredential { appid, secret },
            kind,
            union_scope,
        }))
    }
}

impl WechatAppPatch {
    /// What of `app` a patch applies to.
    pub(super) fn of(app: &WechatApp) -> Self {
        Self {
            secret: None,
            union_scope: app.union_scope.as_ref().map(ToString::to_string),
        }
    }

    /// All rules of its members; what they do not say stays as it is in `current`.
    pub(super) fn check(self, current: WechatApp) -> Result<Wanted, Problem> {
        let secret = self.secret.unwrap_or(current.credential.secret);
        let whole = WechatAppRequest {
            kind: current.kind.as_str().to_owned(),
            secret,
            union_scope: self.union_scope,
        };
        whole.check(current.credential.appid)
    }
}

/// A WeChat app as it is, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WechatApp)]
pub(super) struct WechatAppAnswer {
    /// The appid.
    appid: String,
    /// What kind of app: `mini_program`.
    #[schema(value_type = WechatAppKindName)]
    kind: &'static str,
    /// The open-platform account inside which its unionids have meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    union_scope: Option<String>,
    /// When the tenant got it.
    created_at: DateTime<Utc>,
    /// When it was last replaced.
    updated_at: DateTime<Utc>,
}

impl From<WechatApp> for WechatAppAnswer {
    fn from(app: WechatApp) -> Self {
        Self {
            appid: app.credential.appid.to_string(),
            kind: app.kind.as_str(),
            union_scope: app.union_scope.map(|scope| scope.to_string()),
            created_at: app.created_at,
            updated_at: app.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r54_a_secret_is_in_no_problem_and_no_debug_output() {
        let secret = "0123456789abcdef0123456789abcde!";
        let request: WechatAppRequest =
            serde_json::from_value(serde_json::json!({"kind": "app", "secret": secret, "union_scope": "ä"}))
                .unwrap();
        assert!(!format!("{request:?}").contains(secret));
        let problem = request
            .check(AppId::parse("wxde30000000000001").unwrap())
            .unwrap_err();
        let shown = format!("{problem:?}");
        assert!(!shown.contains(secret));
        for pointer in ["#/kind", "#/secret", "#/union_scope"] {
            assert!(shown.contains(pointer), "{shown}");
        }
    }
}
