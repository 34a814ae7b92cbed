//! `urn:hufu:grant-type:wechat-code`: the code of `wx.login` for tokens, in one round trip. An extension grant (RFC 6749
//! §4.5), because a mini-program has no browser to redirect and signs in silently at every cold start.
//!
//! A code of the getPhoneNumber button may come beside it: then the person has proved a phone too.
//!
//! Only first-party clients may use it, and only with the WeChat app that they are registered with.

use super::{Issuance, TokenGrant, requested_scope};
use crate::{
    Context,
    access_token::Subject,
    error::{ErrorCode, OAuthError},
    form::Form,
    wechat,
};
use async_trait::async_trait;
use hufu_core::{
    client::{Client, GrantType},
    connector::is_code,
    identity::WechatIdentity,
    login::{Refreshable, SignIn, SignInRequest},
    reason::Reason,
    store,
    wechat_session::KeptKey,
};
use secrecy::SecretString;

pub(super) struct WechatCode;

#[async_trait]
impl TokenGrant for WechatCode {
    async fn issue(&self, cx: &Context<'_>, client: &Client, form: &Form) -> Result<Issuance, OAuthError> {
        let js_code = SecretString::from(form.require("js_code", "js_code is missing")?);
        let phone_code = form.get("phone_code").map(SecretString::from);
        let scope = requested_scope(client, form)?;
        if !client.first_party {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "only first-party clients may use this grant_type",
            ));
        }
        if phone_code.as_ref().is_some_and(|code| !is_code(code)) {
            // Before the login code is used up.
            return Err(wechat::phone_code_invalid());
        }
        let mut app = wechat::app_of(cx, client).await?;
        let mut proof = cx.wechat.finish(&app.credential, &js_code).await;
        if let Some(now) = wechat::changed(cx, &app, proof.as_ref().err()).await? {
            app = now;
            proof = cx.wechat.finish(&app.credential, &js_code).await;
        }
        let appid = &app.credential.appid;
        let proof = match proof {
            Ok(proof) => proof,
            Err(error) => return Err(wechat::refused(cx, &client.id, appid, &error).await),
        };
        let phone = match phone_code {
            None => None,
            Some(code) => Some(wechat::phone(cx, &client.id, &app, &proof.openid, &code).await?),
        };
        let settings = &cx.issuer.tenant.settings;
        let request = SignInRequest {
            proven: WechatIdentity {
                appid: appid.clone(),
                openid: proof.openid,
                unionid: proof.unionid,
                union_scope: app.union_scope.clone(),
            },
            phone,
            join_by_phone: settings.link_by_wechat_phone,
            // The request's time is when the exchange began, so that the one that began last has the current key.
            session_key: settings.wechat.keep_session_key.then_some(KeptKey {
                key: proof.session_key,
                obtained_at: cx.now,
            }),
            client: client.id.clone(),
            scope: scope.clone(),
            registration: settings.registration,
            lifetimes: settings.tokens,
            refreshable: if client.may_use(GrantType::RefreshToken) {
                Refreshable::Yes
            } else {
                Refreshable::No
            },
            ip: cx.ip,
            now: cx.now,
        };
        let (act, refresh_token) = SignIn::prepare(request, cx.random);
        let signed_in = store::write(cx.issuer.store.as_ref(), act)
            .await?
            .map_err(not_let_in)?;
        let subject = Subject::User {
            session: signed_in.session,
            grant: signed_in.grant,
        };
        Ok(Issuance {
            subject,
            scope,
            refresh_token,
        })
    }
}

fn not_let_in(reason: Reason) -> OAuthError {
    let description = match reason {
        Reason::RegistrationClosed => "the tenant takes no new users this way",
        Reason::PhoneTaken => "the phone number belongs to another user",
        _ => "the user may not sign in",
    };
    OAuthError::new(ErrorCode::AccessDenied, description).reason(reason)
}
