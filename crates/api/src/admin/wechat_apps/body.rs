//! WeChat apps on the wire.

use super::keys::{ApiSecurityBody, PushBody};
use crate::{base_url::BaseUrl, openapi::names::WechatAppKindName, problem::Problem, wire::Fields};
use chrono::{DateTime, Utc};
use hufu_core::{
    connector::WechatConnector,
    wechat_app::{
        AppId, PushKeys, UnionScope, WechatApp, WechatAppKind, WechatCredential, check_push_keys,
        check_secret,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
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
    /// How WeChat's message push is secured. Without it, pushed messages are refused.
    #[schema(write_only)]
    push: Option<PushBody>,
    /// The keys of API security mode, where it is turned on for the app. Kept sealed, and never returned.
    #[schema(write_only)]
    api_security: Option<ApiSecurityBody>,
}

/// What may change of a WeChat app.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WechatAppPatch)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatAppPatch {
    /// See `PUT`. Where it is left out, the secret that is kept is proven.
    #[schema(value_type = Option<String>, write_only, min_length = 32, max_length = 32)]
    #[serde(serialize_with = "unsaid")]
    secret: Option<SecretString>,
    /// See `PUT`; `null` removes it.
    #[schema(pattern = "^[0-9A-Za-z._-]{1,64}$")]
    union_scope: Option<String>,
    /// See `PUT`; `null` removes it.
    #[schema(write_only)]
    push: Option<PushBody>,
    /// See `PUT`; `null` removes it, after the mode was turned off in the console.
    #[schema(write_only)]
    api_security: Option<ApiSecurityBody>,
}

/// A patch applies to an app without its secret.
#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn unsaid<S: Serializer>(_: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

/// What a request says of a WeChat app, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) credential: WechatCredential,
    pub(super) kind: WechatAppKind,
    pub(super) union_scope: Option<UnionScope>,
    pub(super) push: Option<PushKeys>,
}

impl WechatAppRequest {
    /// All rules of its members.
    pub(super) fn check(self, appid: AppId, connector: &dyn WechatConnector) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let kind = fields.keep("/kind", WechatAppKind::parse(&self.kind));
        fields.keep("/secret", check_secret(self.secret.expose_secret()));
        let union_scope = self.union_scope.as_deref().map(UnionScope::parse);
        let union_scope = fields.keep_optional("/union_scope", union_scope);
        let push = self.push.map(PushKeys::from);
        if let Some(Err((member, error))) = push.as_ref().map(check_push_keys) {
            fields.refuse(&format!("/push/{member}"), error.to_string());
        }
        let api_security = self
            .api_security
            .and_then(|keys| keys.check(&mut fields, connector));
        let secret = self.secret;
        fields.finish(kind.map(|kind| Wanted {
            credential: WechatCredential {
                api_security,
                ..WechatCredential::new(appid, secret)
            },
            kind,
            union_scope,
            push,
        }))
    }
}

impl WechatAppPatch {
    /// What of `app` a patch applies to.
    pub(super) fn of(app: &WechatApp) -> Self {
        Self {
            secret: None,
            union_scope: app.union_scope.as_ref().map(ToString::to_string),
            push: app.push.clone().map(Into::into),
            api_security: app.credential.api_security.clone().map(Into::into),
        }
    }

    /// All rules of its members; what they do not say stays as it is in `current`.
    pub(super) fn check(
        self,
        current: WechatApp,
        connector: &dyn WechatConnector,
    ) -> Result<Wanted, Problem> {
        let next_secret = match self.secret {
            // A secret that is said counts, whatever was to follow the old one.
            Some(_) => None,
            None => current.credential.next_secret,
        };
        let whole = WechatAppRequest {
            kind: current.kind.as_str().to_owned(),
            secret: self.secret.unwrap_or(current.credential.secret),
            union_scope: self.union_scope,
            push: self.push,
            api_security: self.api_security,
        };
        let mut wanted = whole.check(current.credential.appid, connector)?;
        wanted.credential.next_secret = next_secret;
        Ok(wanted)
    }
}

/// The secret that will follow the current one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NextSecret {
    /// The AppSecret. Kept sealed, and never returned.
    #[schema(value_type = String, write_only, min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    secret: SecretString,
}

impl NextSecret {
    /// All rules of its members.
    pub(super) fn check(self) -> Result<SecretString, Problem> {
        let mut fields = Fields::default();
        fields.keep("/secret", check_secret(self.secret.expose_secret()));
        fields.finish(Some(self.secret))
    }
}

/// A WeChat app as it is, without its secrets.
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
    /// Whether a secret waits that will follow the current one, once WeChat takes it.
    next_secret: bool,
    /// The URL to enter in the WeChat console (开发设置 > 消息推送).
    #[schema(format = Uri)]
    push_url: String,
    /// Whether pushed messages are accepted: Token and EncodingAESKey are known.
    push: bool,
    /// The serial numbers of API security mode, where its keys are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_security: Option<ApiSecurityAnswer>,
    /// When the tenant got it.
    created_at: DateTime<Utc>,
    /// When it was last replaced.
    updated_at: DateTime<Utc>,
}

/// Which keys of API security mode are known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiSecuritySerials)]
struct ApiSecurityAnswer {
    /// Of the symmetric key.
    symmetric_sn: String,
    /// Of WeChat's certificate.
    platform_serial: String,
}

impl WechatAppAnswer {
    /// Shows an app.
    pub(super) fn of(app: WechatApp, base_url: &BaseUrl) -> Self {
        Self {
            push_url: format!("{base_url}/wechat/push/{}", app.credential.appid),
            appid: app.credential.appid.to_string(),
            kind: app.kind.as_str(),
            union_scope: app.union_scope.map(|scope| scope.to_string()),
            next_secret: app.credential.next_secret.is_some(),
            push: app.push.is_some(),
            api_security: app.credential.api_security.map(|keys| ApiSecurityAnswer {
                symmetric_sn: keys.symmetric_sn,
                platform_serial: keys.platform_serial,
            }),
            created_at: app.created_at,
            updated_at: app.updated_at,
        }
    }
}
