//! Userinfo (OpenID Connect Core §5.3): what the scopes of an access token tell about its user.

use crate::{
    Context, access_token,
    error::{ErrorCode, OAuthError},
};
use hufu_core::{client::ClientId, identity::Identity, phone::PhoneNumber, scope::Scope};
use serde::Serialize;

/// The claims about a user. A claim that is not known, or not allowed by the scope, is absent, never empty.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The user.
    pub sub: String,
    /// With scope `phone`: the number in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<PhoneNumber>,
    /// With scope `phone`: whether the number was verified. Hufu keeps no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
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
        phone_number: None,
        phone_number_verified: None,
        wechat_openid: None,
        wechat_unionid: None,
    };
    let scope = Scope::parse(&live.claims.scope).unwrap_or_default();
    if !scope.contains("phone") && !scope.contains("wechat") {
        return Ok(info);
    }
    let identities = cx.issuer.store.identities(user.id).await?;
    if scope.contains("phone")
        && let Some(phone) = identities.iter().find_map(Identity::phone)
    {
        info.phone_number = Some(phone.number.clone());
        info.phone_number_verified = Some(true);
    }
    let client = ClientId::parse(&live.claims.client_id).ok();
    if let Some(client) = client.filter(|_| scope.contains("wechat"))
        && let Some(appid) = cx
            .issuer
            .client(&client)
            .await?
            .and_then(|client| client.wechat_appid.clone())
        && let Some(wechat) = identities
            .iter()
            .filter_map(Identity::wechat)
            .find(|wechat| wechat.appid == appid)
    {
        info.wechat_openid = Some(wechat.openid.to_string());
        info.wechat_unionid = wechat.unionid.as_ref().map(ToString::to_string);
    }
    Ok(info)
}
