//! Userinfo (OpenID Connect Core §5.3): what the scopes of an access token tell about its user.

use crate::{
    Context,
    access_token::{self, Credential},
    error::{ErrorCode, OAuthError},
};
use hufu_core::{
    authorization::claims,
    client::ClientId,
    identity::Identity,
    password::Username,
    phone::PhoneNumber,
    profile::{LanguageTag, Nickname, PictureUrl, StandardClaims},
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
    /// The other standard claims, each with its scope.
    #[serde(flatten)]
    pub claims: StandardClaims,
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

/// Answers a userinfo request. `credential` is the access token that came with it.
pub async fn userinfo(cx: &Context<'_>, credential: Option<Credential<'_>>) -> Result<UserInfo, OAuthError> {
    let live = access_token::authorize(cx, credential, "openid").await?;
    let grant = live.grant.ok_or(OAuthError::new(
        ErrorCode::InvalidToken,
        "the access token was not issued for a user",
    ))?;
    let user = &grant.user;
    let mut info = UserInfo {
        sub: user.id.to_string(),
        ..UserInfo::default()
    };
    let scope = Scope::parse(&live.claims.scope).unwrap_or_default();
    let asked = &grant.grant.details.claims.userinfo;
    // What was asked by name was asked by the client of the grant: a token that was exchanged (RFC 8693) tells no more than its scope.
    let is_own = live.claims.client_id == grant.grant.client_id.as_str();
    // By a scope, or by its name (Core §5.5).
    let may = |claim: &str| {
        (is_own && asked.contains(claim)) || claims::scope_of(claim).is_some_and(|name| scope.contains(name))
    };
    let wants = |scopes: &[&str]| scopes.iter().any(|scope| claims::claims_of(scope).any(may));
    if wants(&["profile", "email", "address"]) {
        let profile = cx.issuer.store.profile(user.id).await?;
        info.nickname = profile.nickname.filter(|_| may("nickname"));
        info.picture = profile.picture.filter(|_| may("picture"));
        info.locale = profile.locale.filter(|_| may("locale"));
        info.claims = profile.claims.told(may);
        let updated_at = profile.updated_at.map(|at| at.timestamp());
        info.updated_at = updated_at.filter(|_| may("updated_at"));
    }
    if !(wants(&["profile", "phone"]) || scope.contains("wechat")) {
        return Ok(info);
    }
    let identities = cx.issuer.store.identities(user.id).await?;
    if may("preferred_username") {
        info.preferred_username = identities.iter().find_map(Identity::account).cloned();
    }
    if let Some(phone) = identities.iter().find_map(Identity::phone) {
        info.phone_number = may("phone_number").then(|| phone.number.clone());
        info.phone_number_verified = may("phone_number_verified").then_some(true);
    }
    // Not by name: they tell who somebody is elsewhere, so they stand under a scope that an operator has allowed.
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
