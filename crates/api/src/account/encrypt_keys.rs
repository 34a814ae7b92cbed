//! The keys of the channel that WeChat sets up between the mini-program and its servers.

use super::{
    caller::Caller,
    json::{Private, private},
};
use crate::oidc::{Refused, schema};
use chrono::{DateTime, Utc};
use hufu_core::connector::UserEncryptKey;
use hufu_oauth::wechat;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The user's keys.
#[derive(Serialize, ToSchema)]
pub(super) struct EncryptKeys {
    /// At most three, the newest first.
    keys: Vec<EncryptKey>,
}

/// One key: what `wx.getUserCryptoManager().getLatestUserKey()` gives in the mini-program, for whoever is to decrypt what was
/// encrypted there.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "it is WeChat's word")]
struct EncryptKey {
    /// Its number.
    version: i64,
    /// AES-128, base64.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    encrypt_key: SecretString,
    /// The initialization vector: 16 characters of text.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    iv: SecretString,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Seconds that it is valid for.
    expires_in: u32,
}

fn reveal<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl From<UserEncryptKey> for EncryptKey {
    fn from(key: UserEncryptKey) -> Self {
        Self {
            version: key.version,
            encrypt_key: key.encrypt_key,
            iv: key.iv,
            created_at: key.created_at,
            expires_in: key.expires_in,
        }
    }
}

/// Read the user's WeChat encryption keys
///
/// Asks WeChat (`getuserencryptkey`). These keys open what the mini-program itself encrypted with them, and nothing that
/// `session_key` protects.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/wechat/encrypt-keys",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The keys", body = EncryptKeys),
        (status = 400, description = "`session_key_missing` or `session_keys_not_kept`", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 429, description = "Too many calls; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn wechat_encrypt_keys(caller: Caller) -> Result<Private<EncryptKeys>, Refused> {
    let cx = caller.context();
    let member = caller.wechat().await?;
    let key = caller.session_keys(member.identity).await?.current.key;
    let app = &member.app;
    let mut answer = cx
        .wechat
        .encrypt_keys(&app.credential, &member.openid, &key)
        .await;
    if let Some(now) = wechat::changed(&cx, app, answer.as_ref().err()).await? {
        answer = cx
            .wechat
            .encrypt_keys(&now.credential, &member.openid, &key)
            .await;
    }
    match answer {
        Ok(keys) => Ok(private(EncryptKeys {
            keys: keys.into_iter().map(Into::into).collect(),
        })),
        Err(error) => Err(
            wechat::refused(&cx, &caller.client.id, &app.credential.appid, &error)
                .await
                .into(),
        ),
    }
}
