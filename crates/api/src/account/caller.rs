//! Who calls the account API: a user, through a client, by a live access token with scope `account`.

use crate::{
    app::App,
    oidc::{Authorization, Call, Refused},
};
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use hufu_core::{
    Instant,
    account::{ByUser, Done},
    client::{Client, ClientId},
    event::Actor,
    id::{EventId, IdentityId, SessionId, UserId},
    identity::{Identity, OpenId},
    reason::Reason,
    session::Method,
    store::{self, Act, Audit},
    time,
    wechat_app::WechatApp,
    wechat_session::KeptKeys,
};
use hufu_oauth::{
    Context,
    access_token::{self, Credential},
    error::{ErrorCode, OAuthError},
    hosted::SignedIn,
    login::refused,
    wechat,
};
use std::sync::Arc;

/// How long ago a user may have proved who they are, to change who they are: five minutes.
const FRESH_FOR: u32 = 300;

/// The user who calls, and through which client.
pub(crate) struct Caller {
    call: Call,
    pub(crate) user: UserId,
    pub(crate) client: Arc<Client>,
    pub(crate) session: SessionId,
    /// How the user proved who they are, in this session.
    pub(crate) amr: Vec<Method>,
    /// When the user first signed in.
    pub(super) created_at: Instant,
    auth_time: Instant,
}

/// The user's identity in the client's WeChat app.
pub(super) struct WechatMember {
    pub(super) app: Arc<WechatApp>,
    pub(super) identity: IdentityId,
    pub(super) openid: OpenId,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let call = Call::from_request_parts(parts, app).await?;
        let authorization = Authorization::from_request_parts(parts, app).await?;
        Self::of(call, authorization.credential())
            .await
            .map_err(|error| Refused(error).into_response())
    }
}

impl Caller {
    async fn of(call: Call, credential: Option<Credential<'_>>) -> Result<Self, OAuthError> {
        const DEAD: OAuthError = OAuthError::new(
            ErrorCode::InvalidToken,
            "the access token was not issued for a user, or its client is gone",
        );
        let cx = call.context();
        let live = access_token::authorize(&cx, credential, "account").await?;
        let grant = live.grant.ok_or(DEAD)?;
        let client = ClientId::parse(&live.claims.client_id).map_err(|_| DEAD)?;
        let client = call.issuer.client(&client).await?.ok_or(DEAD)?;
        // When the person signed in for this client: that they did again for another one says nothing to this one.
        let authentication = grant.authentication();
        Ok(Self {
            user: grant.user.id,
            session: grant.session.id,
            amr: authentication.amr,
            created_at: grant.user.created_at,
            auth_time: authentication.auth_time,
            client,
            call,
        })
    }

    /// A person who is signed in in a browser, at a page of ours.
    pub(crate) fn at_a_page(call: Call, signed_in: &SignedIn) -> Self {
        Self {
            user: signed_in.user.id,
            session: signed_in.session.id,
            amr: signed_in.session.amr.clone(),
            created_at: signed_in.user.created_at,
            auth_time: signed_in.session.auth_time,
            client: Arc::new(Client::pages()),
            call,
        }
    }

    /// What `hufu-oauth` works with.
    pub(crate) fn context(&self) -> Context<'_> {
        self.call.context()
    }

    /// Who changes something of their own, for one act.
    pub(crate) fn by(&self) -> ByUser {
        let cx = self.context();
        ByUser {
            user: self.user,
            session: self.session,
            client: self.client.id.clone(),
            event: EventId::generate(cx.now, cx.random),
            ip: cx.ip,
            now: cx.now,
        }
    }

    /// The same for a change that operators make too.
    pub(crate) fn audit(&self) -> Audit {
        let ByUser { event, ip, now, .. } = self.by();
        Audit {
            event,
            actor: Actor::User(self.user.to_string()),
            ip,
            now,
        }
    }

    /// Makes a change of the user's own.
    pub(crate) async fn change<T, A: Act<Output = Done<T>>>(&self, act: A) -> Result<T, OAuthError> {
        let done = store::write(self.call.issuer.store.as_ref(), act).await?;
        done.map_err(|reason| refused(reason.into()))
    }

    /// Refuses a user who proved who they are too long ago (RFC 9470).
    pub(crate) fn require_fresh(&self) -> Result<(), OAuthError> {
        if self.call.now < time::after(self.auth_time, FRESH_FOR) {
            return Ok(());
        }
        Err(OAuthError::new(
            ErrorCode::InsufficientUserAuthentication,
            "this needs a sign-in of the last five minutes: sign in again, by wx.login or another way",
        )
        .reason(Reason::ReauthenticationRequired))
    }

    /// The user in the client's own WeChat app. What the client shows to WeChat is never shown as another app.
    pub(super) async fn wechat(&self) -> Result<WechatMember, OAuthError> {
        let app = wechat::app_of(&self.context(), &self.client).await?;
        let identities = self.call.issuer.store.identities(self.user).await?;
        let found = identities.iter().find_map(|identity: &Identity| {
            let wechat = identity.wechat()?;
            (wechat.appid == app.credential.appid).then(|| (identity.id, wechat.openid.clone()))
        });
        let (identity, openid) = found.ok_or_else(|| {
            OAuthError::new(
                ErrorCode::AccessDenied,
                "the user has not signed in through the client's WeChat app",
            )
        })?;
        Ok(WechatMember {
            app,
            identity,
            openid,
        })
    }

    /// The session keys that are kept of an identity.
    pub(super) async fn session_keys(&self, identity: IdentityId) -> Result<KeptKeys, OAuthError> {
        if !self.call.issuer.tenant.settings.wechat.keep_session_key {
            return Err(OAuthError::invalid_request(
                "the tenant keeps no session keys: an operator must set wechat.keep_session_key",
            )
            .reason(Reason::SessionKeysNotKept));
        }
        let kept = self.call.issuer.store.session_keys(identity).await?;
        kept.ok_or_else(|| {
            OAuthError::invalid_request(
                "no session key is kept of this user: call wx.login and sign in again",
            )
            .reason(Reason::SessionKeyMissing)
        })
    }
}
