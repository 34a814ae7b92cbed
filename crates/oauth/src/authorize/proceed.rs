//! From a request to a code, or to the page that comes first.

use super::{
    Respond,
    checks::{self, Came},
    pushed, redirect, step_up,
};
use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    form::Form,
    hosted::{SignedIn, Visitor},
};
use hufu_core::{
    Instant,
    authorization::{
        AskedFor, AuthorizationRequest, Authorized, Complete, KeepRequest, Next, PendingRequest, Prompt,
        SIGN_IN_LIFETIME, Standing, next,
    },
    client::Client,
    id::RequestId,
    store, time,
};
use std::sync::Arc;

/// A checked request, and who asks.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What for.
    pub request: AuthorizationRequest,
    /// Who.
    pub client: Arc<Client>,
    /// When.
    pub at: Instant,
    /// The pushed request that it came from.
    pub pushed: Option<RequestId>,
    /// The request as it waits for the person, where they have seen a page already.
    pub waits: Option<RequestId>,
}

/// What the browser gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Back to the client.
    Respond(Respond),
    /// To the page where people sign in, for this request.
    SignIn(RequestId),
    /// To the page where people become users.
    Register(RequestId),
    /// To the page where people say what a client may do.
    Consent(RequestId),
    /// An error page: nothing may be redirected.
    Page(&'static str),
}

/// Answers an authorization request.
pub async fn begin(cx: &Context<'_>, form: &Form, visitor: &Visitor) -> Result<Answer, OAuthError> {
    let asked = match read(cx, form).await? {
        Ok(asked) => asked,
        Err(answer) => return Ok(answer),
    };
    let signed_in = visitor.signed_in(cx).await?;
    proceed(cx, &asked, visitor, signed_in.as_ref(), false).await
}

/// Reads and checks a request; or the answer that refuses it.
pub async fn read(cx: &Context<'_>, form: &Form) -> Result<Result<Asked, Answer>, OAuthError> {
    if form.get("request_uri").is_some_and(pushed::is_ours) {
        let (client, pending) = match pushed::load(cx, form).await? {
            Ok(found) => found,
            Err(text) => return Ok(Err(Answer::Page(text))),
        };
        let AskedFor::Authorization(request) = pending.asked_for else {
            return Err(OAuthError::defect("a pushed request is for no client"));
        };
        return Ok(Ok(Asked {
            request,
            client,
            at: cx.now,
            pushed: Some(pending.id),
            waits: None,
        }));
    }
    let (client, uri) = match redirect::find(cx, form).await? {
        Ok(found) => found,
        Err(text) => return Ok(Err(Answer::Page(text))),
    };
    match checks::check(cx, form, &client, uri, Came::InTheBrowser) {
        Ok(request) => Ok(Ok(Asked {
            request,
            client,
            at: cx.now,
            pushed: None,
            waits: None,
        })),
        Err(refused) => {
            let (request, error) = *refused;
            Ok(Err(Answer::Respond(Respond::error(cx.issuer, &request, &error))))
        }
    }
}

/// Goes on with a request as far as it goes. `just_consented`: the person has said yes to it in this very step.
pub async fn proceed(
    cx: &Context<'_>,
    asked: &Asked,
    visitor: &Visitor,
    signed_in: Option<&SignedIn>,
    just_consented: bool,
) -> Result<Answer, OAuthError> {
    let (request, client) = (&asked.request, &asked.client);
    let consented = match signed_in {
        Some(signed_in) if !client.first_party => {
            cx.issuer
                .store
                .client_consent(signed_in.session.user_id, &client.id)
                .await?
        }
        _ => None,
    };
    let is_silent = request.has(Prompt::None);
    // Nobody is asked for more in silence.
    let may_step_up = match signed_in.filter(|_| !is_silent) {
        Some(signed_in) => step_up::may(cx, request, &signed_in.session).await?,
        None => false,
    };
    let standing = Standing {
        may_step_up,
        session: signed_in.map(|signed_in| &signed_in.session),
        asked_at: asked.at,
        consented: consented.as_ref().map(|consented| &consented.scope),
        is_first_party: client.first_party,
        is_unproven: !client.is_confidential() && !request.redirect_uri.as_str().starts_with("https://"),
        just_consented,
    };
    let next = next(request, &standing, cx.now);
    if let (Next::Consent | Next::Code, Some(signed_in)) = (next, signed_in)
        && let Err(unmet) = step_up::check(request, &signed_in.session)
    {
        return Ok(refuse(cx, request, &unmet));
    }
    match (next, signed_in) {
        (Next::SignIn, _) if is_silent => Ok(refuse(
            cx,
            request,
            &OAuthError::new(ErrorCode::LoginRequired, "the person must sign in"),
        )),
        (Next::Consent, _) if is_silent => Ok(refuse(
            cx,
            request,
            &OAuthError::new(
                ErrorCode::ConsentRequired,
                "the person must say what the client may do",
            ),
        )),
        (Next::Code, Some(signed_in)) => complete(cx, asked, visitor, signed_in, just_consented).await,
        (Next::SignIn, _) | (Next::Code, None) => {
            let id = wait(cx, asked, visitor).await?;
            Ok(if request.has(Prompt::Create) {
                Answer::Register(id)
            } else {
                Answer::SignIn(id)
            })
        }
        (Next::Consent, _) => Ok(Answer::Consent(wait(cx, asked, visitor).await?)),
    }
}

fn refuse(cx: &Context<'_>, request: &AuthorizationRequest, error: &OAuthError) -> Answer {
    Answer::Respond(Respond::error(cx.issuer, request, error))
}

/// Keeps the request until the person has done what comes first, bound to their browser.
async fn wait(cx: &Context<'_>, asked: &Asked, visitor: &Visitor) -> Result<RequestId, OAuthError> {
    if let Some(id) = asked.waits {
        return Ok(id);
    }
    let id = RequestId::generate(cx.now, cx.random);
    let pending = PendingRequest {
        id,
        hash: visitor.browser.hash(),
        client_id: asked.client.id.clone(),
        asked_for: AskedFor::Authorization(asked.request.clone()),
        auth_session: None,
        pushed: asked.pushed,
        created_at: asked.at,
        expires_at: time::after(cx.now, SIGN_IN_LIFETIME),
    };
    store::write(cx.issuer.store.as_ref(), KeepRequest(pending)).await?;
    Ok(id)
}

async fn complete(
    cx: &Context<'_>,
    asked: &Asked,
    visitor: &Visitor,
    signed_in: &SignedIn,
    just_consented: bool,
) -> Result<Answer, OAuthError> {
    let idle_ttl = cx.issuer.tenant.settings.sessions.browser_idle_ttl;
    let session = (signed_in.session.id, signed_in.cookie);
    let request = asked.request.clone();
    let (act, code) = Complete::prepare(request, session, idle_ttl, (cx.ip, cx.now), cx.random);
    let mut act = act.spending(asked.pushed);
    if let Some(waits) = asked.waits {
        act = act.after(waits);
    }
    if just_consented {
        act = act.consented();
    }
    Ok(match store::write(cx.issuer.store.as_ref(), act).await? {
        Authorized::Code => Answer::Respond(Respond::code(cx.issuer, &asked.request, &code)),
        Authorized::Spent => refuse(cx, &asked.request, &pushed::SPENT),
        // It ended since it was looked at.
        Authorized::SignedOut => Answer::SignIn(wait(cx, asked, visitor).await?),
    })
}
