//! The steps that a page takes for a person: showing a proof, saying yes or no to a client.

use super::{
    SignedIn, Visitor,
    waiting::{For, Waiting},
};
use crate::{
    Context,
    authorize::{self, Answer, Asked, Respond, step_up},
    error::{ErrorCode, OAuthError},
    login::{
        ProofFields, parse_session,
        step::{self, Step},
    },
};
use hufu_core::{
    authorization::{KeepRequest, PendingRequest},
    login::{InBrowser, Outcome, Wants, WechatProof},
    scope::Scope,
    store,
};
use secrecy::{ExposeSecret, SecretString};

/// Somebody is signed in.
#[derive(Debug)]
pub struct Entered {
    /// Who, in which session.
    pub signed_in: SignedIn,
    /// What the session's cookie holds from now on.
    pub cookie: SecretString,
}

/// Shows what a person typed. A login that is not complete is an error with `go_on`, whose `next` says how it goes on; the
/// request that waits remembers it. A proof that was refused leaves the login as it was.
pub async fn enter(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    fields: ProofFields<'_>,
) -> Result<Entered, OAuthError> {
    take(cx, visitor, waiting, fields, None).await
}

/// The same for a person who let this browser in by the tenant's mini-program.
pub(super) async fn enter_by_scan(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    proof: WechatProof,
) -> Result<Entered, OAuthError> {
    take(cx, visitor, waiting, ProofFields::default(), Some(proof)).await
}

async fn take(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    fields: ProofFields<'_>,
    scanned: Option<WechatProof>,
) -> Result<Entered, OAuthError> {
    let presented = match &waiting.pending.auth_session {
        Some(token) => Some(parse_session(token.expose_secret())?),
        None => None,
    };
    let kept = match &presented {
        Some(presented) => cx.issuer.store.transaction(presented.id).await?,
        None => None,
    };
    // One that is over is begun anew: the person never saw it.
    let under_way = match (presented, kept) {
        (Some(presented), Some(kept)) if kept.is_open_to(&presented, &waiting.client.id, None, cx.now) => {
            Some((presented, kept))
        }
        _ => None,
    };
    let (presented, kept) = under_way.unzip();
    let present = visitor.signed_in(cx).await?;
    let step = Step {
        client: &waiting.client,
        fields,
        scanned,
        kept,
        presented,
        scope: Scope::default(),
        wants: Wants::Browser(InBrowser {
            session: present.map(|present| present.session.id),
            user_agent: visitor.user_agent.clone(),
            step_up: match &waiting.asked_for {
                For::Client(asked) => step_up::wanted(cx, &asked.request).await?,
                For::Page(_) => Vec::new(),
            },
        }),
        // A browser has none.
        key: None,
    };
    let (session, handout) = match step::take(cx, step).await {
        Ok((Outcome::Browser(session), handout)) => (session, handout),
        Ok(_) => return Err(OAuthError::defect("a login in a browser ended in something else")),
        Err(error) => {
            if let Some(go_on) = &error.go_on {
                remember(cx, waiting, Some(go_on.auth_session.clone())).await?;
            }
            return Err(error);
        }
    };
    let cookie = handout.cookie_of(&session);
    let user = cx.issuer.store.user(session.user_id).await?;
    let user = user.ok_or_else(|| OAuthError::defect("who has just signed in is gone"))?;
    Ok(Entered {
        cookie: cookie.reveal(),
        signed_in: SignedIn {
            cookie: cookie.hash(),
            session,
            user,
        },
    })
}

/// Writes down which login is under way for a request.
async fn remember(
    cx: &Context<'_>,
    waiting: &Waiting,
    auth_session: Option<SecretString>,
) -> Result<(), OAuthError> {
    let pending = PendingRequest {
        auth_session,
        ..waiting.pending.clone()
    };
    Ok(store::write(cx.issuer.store.as_ref(), KeepRequest(pending)).await?)
}

/// The person says yes to the client.
pub async fn consent(
    cx: &Context<'_>,
    visitor: &Visitor,
    asked: &Asked,
    signed_in: &SignedIn,
) -> Result<Answer, OAuthError> {
    authorize::proceed(cx, asked, visitor, Some(signed_in), true).await
}

/// The person says no to the client, or does not want to sign in.
pub fn deny(cx: &Context<'_>, asked: &Asked) -> Answer {
    let denied = OAuthError::new(ErrorCode::AccessDenied, "the person said no");
    Answer::Respond(Respond::error(cx.issuer, &asked.request, &denied))
}

impl Waiting {
    /// What comes after the person has signed in: for a client, wherever its request goes; else the page, by its path.
    pub async fn go_on(
        &self,
        cx: &Context<'_>,
        visitor: &Visitor,
        signed_in: &SignedIn,
    ) -> Result<Result<Answer, String>, OAuthError> {
        match &self.asked_for {
            For::Client(asked) => Ok(Ok(
                authorize::proceed(cx, asked, visitor, Some(signed_in), false).await?
            )),
            For::Page(path) => Ok(Err(path.clone())),
        }
    }
}
