//! What a client may do: the person says yes or no.

use super::{
    super::{
        answer,
        views::{Application, Consent, ErrorKind, Form, Lasts, Permission},
    },
    visit::{Posted, Visit, person},
};
use crate::oidc::answer as oidc;
use axum::{http::StatusCode, response::Response};
use hufu_oauth::{
    authorize::Asked,
    error::OAuthError,
    hosted::{self, For, SignedIn, Waiting},
};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// `GET /consent`
pub(super) async fn show(visit: Visit) -> Response {
    let (waiting, asked, signed_in) = match begin(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match page(&visit, &waiting, &asked, &signed_in).await {
        Ok(response) => response,
        Err(error) => visit.failed(&error),
    }
}

/// `POST /consent`: `decision` is `allow` or `deny`.
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let (waiting, asked, signed_in) = match begin(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&about(&waiting, &signed_in), &form) {
        return response;
    }
    let cx = visit.context();
    let found = match form.get("decision") {
        Some("allow") => hosted::consent(&cx, &visit.browser.visitor, &asked, &signed_in).await,
        Some("deny") => Ok(hosted::deny(&cx, &asked)),
        _ => return visit.error(ErrorKind::BadRequest),
    };
    match found {
        Ok(found) => oidc::answer(&visit.call, &visit.browser, &found),
        Err(error) => visit.failed(&error),
    }
}

/// What the form is about: who says yes is who saw the page.
fn about(waiting: &Waiting, signed_in: &SignedIn) -> String {
    format!("consent:{}:{}", waiting.id(), signed_in.session.id)
}

async fn begin(visit: &Visit) -> Result<(Waiting, Asked, SignedIn), Response> {
    let waiting = visit.waiting().await?;
    let For::Client(asked) = &waiting.asked_for else {
        return Err(visit.error(ErrorKind::NotFound));
    };
    let signed_in = visit.browser.visitor.signed_in(&visit.context()).await;
    match signed_in.map_err(|error| visit.failed(&error))? {
        Some(signed_in) => {
            let asked = Asked::clone(asked);
            Ok((waiting, asked, signed_in))
        }
        None => Err(visit.go(&format!("/login?request={}", waiting.id()))),
    }
}

async fn page(
    visit: &Visit,
    waiting: &Waiting,
    asked: &Asked,
    signed_in: &SignedIn,
) -> Result<Response, OAuthError> {
    let cx = visit.context();
    let frame = visit.frame_for(waiting);
    let id = waiting.id();
    let scope = asked.request.asked_scope();
    let lasts = if scope.contains("offline_access") {
        let settings = &visit.call.issuer.tenant.settings;
        let ttl = settings
            .tokens
            .refresh_token_ttl
            .min(settings.sessions.browser_ttl);
        Lasts::Days(ttl.div_ceil(DAY))
    } else {
        Lasts::Session
    };
    let page = Consent::new(
        Form::to(
            &frame,
            &format!("/consent?request={id}"),
            &visit.csrf(&about(waiting, signed_in)),
        ),
        (
            Application::of(&asked.client),
            person(&cx, signed_in.user.id, &frame).await?,
        ),
        frame.link(&format!("/login?request={id}")),
        Permission::all(&scope, frame.locale),
        lasts,
        asked.request.redirect_uri.as_str(),
    );
    Ok(answer::page(StatusCode::OK, &frame, &page))
}
