//! `urn:hufu:grant-type:wechat-code`: the code of `wx.login` for tokens, in one round trip. An extension grant (RFC 6749
//! §4.5), because a mini-program has no browser to redirect and signs in silently at every cold start.
//!
//! A code of the getPhoneNumber button may come beside it: then the person has proved a phone too.
//!
//! Only first-party clients may use it, and only with the WeChat app that they are registered with.

use super::{Asked, Issuance, TokenGrant, requested_scope};
use crate::{
    Context,
    access_token::Subject,
    error::{ErrorCode, OAuthError},
    form::Form,
    login::{self, ProofFields, gather, refused},
};
use async_trait::async_trait;
use hufu_core::{
    client::{Client, GrantType},
    login::{More, Outcome, Refreshable, SignIn, SignInRequest, Wants},
    reason::Reason,
    store,
};

pub(super) struct WechatCode;

#[async_trait]
impl TokenGrant for WechatCode {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        let js_code = form.require("js_code", "js_code is missing")?;
        let scope = requested_scope(client, form)?;
        if !client.first_party {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "only first-party clients may use this grant_type",
            ));
        }
        let fields = ProofFields {
            js_code: Some(js_code),
            phone_code: form.get("phone_code"),
            consent: form.get("consent"),
            ..ProofFields::default()
        };
        let mut gathered = gather(cx, client, fields, None, false).await?;
        // RFC 9449 §5: the refresh tokens of a public client are bound, a confidential one proves itself anyway.
        if !client.is_confidential() {
            gathered.proofs.dpop_jkt = asked.key.map(|key| key.to_string());
        }
        let refreshable = if client.may_use(GrantType::RefreshToken) {
            Refreshable::Yes
        } else {
            Refreshable::No
        };
        let request = SignInRequest {
            proofs: gathered.proofs,
            otp: None,
            presented: None,
            client: client.id.clone(),
            scope: scope.clone(),
            wants: Wants::Session(refreshable),
            settings: cx.issuer.tenant.settings.clone(),
            ip: cx.ip,
            now: cx.now,
        };
        let (act, handout) = SignIn::prepare(request, cx.random);
        let signed_in = match store::write(cx.issuer.store.as_ref(), act).await? {
            Outcome::SignedIn(signed_in) => signed_in,
            // The login goes on at the authorization challenge endpoint, where the client may go there.
            Outcome::More(missing) if client.may_use(GrantType::AuthorizationCode) => {
                return Err(login::more(&missing, &handout.auth_session).forbidden());
            }
            Outcome::More(missing) => return Err(refused(dead_end(cx, &missing).into())),
            Outcome::Refused(refusal) => return Err(refused(refusal)),
            Outcome::Code | Outcome::Browser(_) | Outcome::InvalidSession => {
                return Err(OAuthError::defect(
                    "a login for a session ended in something else",
                ));
            }
        };
        let subject = Subject::User {
            session: signed_in.session,
            grant: signed_in.grant,
        };
        Ok(Issuance {
            subject,
            scope,
            refresh_token: handout.refresh_token,
            nonce: None,
        })
    }
}

/// Why a client that cannot let the person prove more is refused: where only a new person lacks it, the tenant takes none this way.
fn dead_end(cx: &Context<'_>, missing: &More) -> Reason {
    let settings = &cx.issuer.tenant.settings;
    match missing.reason {
        Some(reason) if !settings.require.is_empty() || reason == Reason::SecondFactorRequired => reason,
        _ => Reason::RegistrationClosed,
    }
}
