//! Whether the user's session key is still WeChat's.

use super::{
    caller::Caller,
    json::{Private, private},
};
use crate::oidc::{Refused, schema};
use hufu_oauth::wechat;
use serde::Serialize;
use utoipa::ToSchema;

/// What WeChat says of the session key.
#[derive(Serialize, ToSchema)]
pub(super) struct WechatSession {
    /// Whether the key that is kept is valid. If not: call `wx.login` and sign in before data is encrypted.
    valid: bool,
}

/// Check the user's WeChat session
///
/// Asks WeChat (`checksession`) about the newest session key that is kept. `wx.checkSession` in the mini-program asks about
/// WeChat's newest, which may be another.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/wechat/session",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "Whether it is valid", body = WechatSession),
        (status = 400, description = "`session_key_missing` or `session_keys_not_kept`", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 429, description = "Too many calls; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn wechat_session(caller: Caller) -> Result<Private<WechatSession>, Refused> {
    let cx = caller.context();
    let member = caller.wechat().await?;
    let key = caller.session_keys(member.identity).await?.current.key;
    let app = &member.app;
    let mut answer = cx
        .wechat
        .check_session(&app.credential, &member.openid, &key)
        .await;
    if let Some(now) = wechat::changed(&cx, app, answer.as_ref().err()).await? {
        answer = cx
            .wechat
            .check_session(&now.credential, &member.openid, &key)
            .await;
    }
    match answer {
        Ok(valid) => Ok(private(WechatSession { valid })),
        Err(error) => Err(
            wechat::refused(&cx, &caller.client.id, &app.credential.appid, &error)
                .await
                .into(),
        ),
    }
}
