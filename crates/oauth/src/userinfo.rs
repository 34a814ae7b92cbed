//! Userinfo (OpenID Connect Core §5.3): what the scopes of an access token tell about its user.

use crate::{
    Context, access_token,
    error::{ErrorCode, OAuthError},
};
use hufu_core::{client::ClientId, scope::Scope};
use serde::Serialize;

/// The claims about a user. A claim that is not known, or not allowed by the scope, is absent, never empty.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The user.
    pub sub: String,
    /// With scope `wechat`: the openid in the client's own WeChat app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wechat_openid: Option<String>,
    /// With scope `wechat`: the unionid that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wechat_unionid: Option<String>,
}

/// Answers a userinfo request. `token` is the access token that came with it.
pub async fn userinfo(cx: &Context<'_>, token: Option<&str>) -> Result<UserInfo, OAuthError> {
    let live = access_token::authorize(cx, token, "openid").await?;
    let user = live.grant.map(|grant| grant.user).ok_or(OAuthError::new(
        ErrorCode::InvalidToken,
        "the access token was not issued for a user",
    ))?;
    let mut info = UserInfo {
        sub: user.id.to_string(),
        wechat_openid: None,
        wechat_unionid: None,
    };
    let scope = Scope::parse(&live.claims.scope).unwrap_or_default();
    let client = ClientId::parse(&live.claims.client_id).ok();
    if let Some(client) = client.filter(|_| scope.contains("wechat"))
        && let Some(appid) = cx
            .issuer
            .client(&client)
            .await?
            .and_then(|client| client.wechat_appid.clone())
    {
        let identities = cx.issuer.store.identities(user.id).await?;
        if let Some(identity) = identities
            .into_iter()
            .find(|identity| identity.wechat.appid == appid)
        {
            info.wechat_openid = Some(identity.wechat.openid.to_string());
            info.wechat_unionid = identity.wechat.unionid.map(|unionid| unionid.to_string());
        }
    }
    Ok(info)
}
