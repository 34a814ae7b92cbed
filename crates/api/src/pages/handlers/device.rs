//! Where a person lets a device in (RFC 8628 §3.3): the page for its code, the question, and what became of it.
//!
//! A code that comes with the address (`verification_uri_complete`) is filled in and nothing more: the person sends it themselves,
//! and is asked (RFC 8628 §5.4). The question is shown to the browser alone that has sent the code: its address carries a proof of that,
//! so that no codes can be tried there.

use super::{
    super::{
        answer,
        views::{Application, DeviceCode, DeviceConfirm, DeviceDone, ErrorKind, Form, Permission},
    },
    step::Wrong,
    visit::{Posted, Visit, person},
};
use crate::account::network;
use axum::{http::StatusCode, response::Response};
use hufu_core::{device::UserCode, token::SecretHash};
use hufu_oauth::{
    device::{self, Found, Waiting},
    error::OAuthError,
    hosted::{self, SignedIn},
};

/// `GET /device`
pub(super) async fn show(visit: Visit) -> Response {
    let typed = visit.asked("user_code").unwrap_or_default();
    match begin(&visit, typed).await {
        Ok(signed_in) => page(&visit, &signed_in, typed, None),
        Err(response) => response,
    }
}

/// `POST /device`: `user_code` is what the person typed.
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let typed = form.get("user_code").unwrap_or_default();
    let signed_in = match begin(&visit, typed).await {
        Ok(signed_in) => signed_in,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&about("code", &signed_in), &form) {
        return response;
    }
    match device::enter(&visit.context(), &signed_in, typed).await {
        Ok(Found::Waiting(waiting)) => visit.go(&question(&visit, &signed_in, &waiting.user_code)),
        Ok(Found::Unknown) => page(&visit, &signed_in, typed, Some(unknown(&visit))),
        Ok(Found::TooOften(seconds)) => page(&visit, &signed_in, typed, Some(too_often(&visit, seconds))),
        Err(error) => visit.failed(&error),
    }
}

/// `GET /device/confirm`
pub(super) async fn show_question(visit: Visit) -> Response {
    let (signed_in, user_code) = match entered(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let shown = match device::again(&visit.context(), user_code).await {
        Ok(Found::Waiting(waiting)) => confirm(&visit, &signed_in, &waiting).await,
        // Over, or decided since.
        Ok(_) => return page(&visit, &signed_in, "", Some(unknown(&visit))),
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| visit.failed(&error))
}

/// `POST /device/confirm`: `decision` is `allow` or `deny`.
pub(super) async fn decide(visit: Visit, Posted(form): Posted) -> Response {
    let (signed_in, user_code) = match entered(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&about(&format!("decision:{user_code}"), &signed_in), &form) {
        return response;
    }
    let allow = match form.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return visit.error(ErrorKind::BadRequest),
    };
    match device::decide(&visit.context(), &signed_in, &user_code, allow).await {
        Ok(true) => visit.go(if allow {
            "/device/allowed"
        } else {
            "/device/denied"
        }),
        Ok(false) => page(&visit, &signed_in, "", Some(unknown(&visit))),
        Err(error) => visit.failed(&error),
    }
}

/// `GET /device/allowed`
pub(super) async fn show_allowed(visit: Visit) -> Response {
    answer::page(StatusCode::OK, &visit.frame(), &DeviceDone { allowed: true })
}

/// `GET /device/denied`
pub(super) async fn show_denied(visit: Visit) -> Response {
    answer::page(StatusCode::OK, &visit.frame(), &DeviceDone { allowed: false })
}

/// What a form of these pages is about: who sends it is who saw the page.
fn about(what: &str, signed_in: &SignedIn) -> String {
    format!("device:{what}:{}", signed_in.session.id)
}

/// Where a person signs in first, or as somebody else, and comes back with the code.
fn path_of(typed: &str) -> String {
    // What cannot be a code is not carried on.
    UserCode::parse(typed).map_or_else(
        || device::PAGE.to_owned(),
        |code| format!("{}?user_code={code}", device::PAGE),
    )
}

/// The address of the question.
fn question(visit: &Visit, signed_in: &SignedIn, user_code: &UserCode) -> String {
    let proof = proof(visit, signed_in, user_code);
    format!("{}/confirm?user_code={user_code}&proof={proof}", device::PAGE)
}

/// What the address of the question has: whoever comes with it has sent the code, and it was counted.
fn proof(visit: &Visit, signed_in: &SignedIn, user_code: &UserCode) -> String {
    let cx = visit.context();
    user_code.proof(cx.issuer.tenant.id, signed_in.session.id, cx.pepper)
}

/// Who is signed in; else the person signs in first and comes back with the code.
async fn begin(visit: &Visit, typed: &str) -> Result<SignedIn, Response> {
    let signed_in = visit.browser.visitor.signed_in(&visit.context()).await;
    if let Some(signed_in) = signed_in.map_err(|error| visit.failed(&error))? {
        return Ok(signed_in);
    }
    let path = path_of(typed);
    Err(
        match hosted::wait_for_page(&visit.context(), &visit.browser.visitor, &path).await {
            Ok(id) => visit.go(&format!("/login?request={id}")),
            Err(error) => visit.failed(&error),
        },
    )
}

/// Who is signed in and the code that they have sent. Whoever comes with another, or in another browser, sends it first.
async fn entered(visit: &Visit) -> Result<(SignedIn, UserCode), Response> {
    let typed = visit.asked("user_code").unwrap_or_default();
    let signed_in = begin(visit, typed).await?;
    let back = || visit.go(&path_of(typed));
    let user_code = UserCode::parse(typed).ok_or_else(back)?;
    let given = SecretHash::of(visit.asked("proof").unwrap_or_default().as_bytes());
    let expected = proof(visit, &signed_in, &user_code);
    if given == SecretHash::of(expected.as_bytes()) {
        Ok((signed_in, user_code))
    } else {
        Err(back())
    }
}

fn unknown(visit: &Visit) -> Wrong {
    Wrong::seen(DeviceCode::unknown(visit.frame().locale))
}

fn too_often(visit: &Visit, seconds: u32) -> Wrong {
    Wrong::too_often(DeviceCode::too_often(visit.frame().locale), seconds)
}

/// The page for the code; with what was wrong with the last one.
fn page(visit: &Visit, signed_in: &SignedIn, typed: &str, wrong: Option<Wrong>) -> Response {
    let frame = visit.frame();
    let (problem, mark) = wrong.map(Wrong::take).unzip();
    let page = DeviceCode {
        form: Form::to(&frame, device::PAGE, &visit.csrf(&about("code", signed_in))),
        user_code: UserCode::parse(typed)
            .map_or_else(|| typed.chars().take(32).collect(), |code| code.to_string()),
        problem,
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    if let Some(mark) = mark {
        mark(&mut response);
    }
    visit.browser.remember(&mut response);
    response
}

async fn confirm(visit: &Visit, signed_in: &SignedIn, waiting: &Waiting) -> Result<Response, OAuthError> {
    let (cx, frame) = (visit.context(), visit.frame());
    let user_code = waiting.user_code.to_string();
    let back = path_of(&user_code);
    let switch = hosted::wait_for_page(&cx, &visit.browser.visitor, &back).await?;
    let page = DeviceConfirm {
        form: Form::to(
            &frame,
            &question(visit, signed_in, &waiting.user_code),
            &visit.csrf(&about(&format!("decision:{user_code}"), signed_in)),
        ),
        client: Application::of(&waiting.client),
        person: person(&cx, signed_in.user.id, &frame).await?,
        switch: frame.link(&format!("/login?request={switch}")),
        user_code,
        place: waiting.device.ip.map(network),
        permissions: Permission::all(&waiting.device.scope, frame.locale),
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    visit.browser.remember(&mut response);
    Ok(response)
}
