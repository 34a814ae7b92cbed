//! Userinfo (OpenID Connect Core §5.3): what the scopes of an access token tell about its user.

use crate::{
    Context, access_token,
    error::{ErrorCode, OAuthError},
};
use hufu_core::{
    client::ClientId,
    identity::Identity,
    password::Username,
    phone::PhoneNumber,
    profile::{LanguageTag, Nickname, PictureUrl},
    scope::Scope,
};
use serde::Serialize;

/// The claims about a user. A claim that is not known, or not allowed by the scope, is absent, never empty.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The user.
    pub sub: String,
    /// With scope `profile`: what the user wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<Nickname>,
    /// With scope `profile`: where a picture of the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureUrl>,
    /// With scope `profile`: the user's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<LanguageTag>,
    /// With scope `profile`: the name that the user signs in with. It may change; whoever keeps something of the user keeps `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<Username>,
    /// With scope `profile`: when the user last changed the profile, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
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
        ..UserInfo::default()
    };
    let scope = Scope::parse(&live.claims.scope).unwrap_or_default();
    if !["phone", "profile", "wechat"]
        .iter()
        .any(|name| scope.contains(name))
    {
        return Ok(info);
    }
    let identities = cx.issuer.store.identities(user.id).await?;
    if scope.contains("profile") {
        let profile = cx.issuer.store.profile(user.id).await?;
        info.nickname = profile.nickname;
        info.picture = profile.picture;
        info.locale = profile.locale;
        info.updated_at = profile.updated_at.map(|at| at.timestamp());
        info.preferred_username = identities.iter().find_map(Identity::account).cloned();
    }
    if scope.contains("phone")
        && let Some(phone) = identities.iter().find_map(Identity::phone)
    {
        info.phone_number = Some(phone.number.clone());
        info.phone_number_verified = Some(true);
    }
    if scope.contains("wechat") {
        let client = ClientId::parse(&live.claims.client_id).ok();
        info.tell_wechat(cx, client.as_ref(), &identities).await?;
    }
    Ok(info)
}

impl UserInfo {
    /// What scope `wechat` tells: who the user is in the client's own app.
    async fn tell_wechat(
        &mut self,
        cx: &Context<'_>,
        client: Option<&ClientId>,
        identities: &[Identity],
    ) -> Result<(), OAuthError> {
        if let Some(client) = client
            && let Some(appid) = cx
                .issuer
                .client(client)
                .await?
                .and_then(|client| client.wechat_appid.clone())
            && let Some(wechat) = identities
                .iter()
                .filter_map(Identity::wechat)
                .find(|wechat| wechat.appid == appid)
        {
            self.wechat_openid = Some(wechat.openid.to_string());
            self.wechat_unionid = wechat.unionid.as_ref().map(ToString::to_string);
        }
        Ok(())
    }
}
