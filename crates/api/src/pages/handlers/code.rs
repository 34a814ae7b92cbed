//! The code that was sent to a phone.

use super::{
    super::{
        answer,
        views::{Code, Form, Problem},
    },
    step::{self, Step, Wrong},
    visit::{Posted, Visit, target_of},
};
use axum::{http::StatusCode, response::Response};
use hufu_core::{phone::PhoneNumber, reason::Reason};
use hufu_oauth::{hosted::Waiting, login::ProofFields};

/// `GET /login/code`
pub(super) async fn show(visit: Visit) -> Response {
    match begin(&visit).await {
        Ok((waiting, phone)) => {
            let too_soon = |locale| Problem::of(Reason::OtpResendTooSoon, locale, None);
            let is_early = visit.asked("sent") == Some("before");
            let wrong = is_early.then(|| Wrong::seen(too_soon(visit.frame_for(&waiting).locale)));
            page(&visit, &waiting, &phone, wrong)
        }
        Err(response) => response,
    }
}

/// `POST /login/code`: `otp`; or `resend`, for another code.
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let (waiting, phone) = match begin(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&waiting.id().to_string(), &form) {
        return response;
    }
    let frame = visit.frame_for(&waiting);
    let is_resend = visit.asked("resend").is_some();
    let fields = if is_resend {
        let phone = Some(phone.as_str());
        ProofFields {
            phone,
            ..ProofFields::default()
        }
    } else {
        // No code is empty: what is missing is wrong.
        let otp = Some(form.get("otp").unwrap_or("-"));
        ProofFields {
            otp,
            ..ProofFields::default()
        }
    };
    match step::take(&visit, &waiting, fields, &frame).await {
        Step::Goes(response) if is_resend && response.status().is_redirection() => {
            visit.go(&format!("/login/code?request={}&sent=again", waiting.id()))
        }
        Step::Goes(response) => response,
        Step::Again(wrong) => page(&visit, &waiting, &phone, Some(wrong)),
    }
}

/// The request, and the phone that a code was sent to. Where none was, the sign-in begins anew.
async fn begin(visit: &Visit) -> Result<(Waiting, PhoneNumber), Response> {
    let waiting = visit.waiting().await?;
    let login = waiting
        .login(&visit.context())
        .await
        .map_err(|error| visit.failed(&error))?;
    match login.and_then(|login| login.awaits_code_of) {
        Some(phone) => Ok((waiting, phone)),
        None => Err(visit.go(&format!("/login?request={}&method=phone", waiting.id()))),
    }
}

fn page(visit: &Visit, waiting: &Waiting, phone: &PhoneNumber, wrong: Option<Wrong>) -> Response {
    let frame = visit.frame_for(waiting);
    let id = waiting.id().to_string();
    let csrf = visit.csrf(&id);
    let (problem, mark) = wrong.map(Wrong::take).unzip();
    let page = Code {
        form: Form::to(&frame, &format!("/login/code?request={id}"), &csrf),
        resend: Form::to(&frame, &format!("/login/code?request={id}&resend=yes"), &csrf),
        change: Some(frame.link(&format!("/login?request={id}&method=phone"))),
        phone: phone.masked(),
        sent_again: problem.is_none() && visit.asked("sent") == Some("again"),
        problem,
        target: target_of(waiting),
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    if let Some(mark) = mark {
        mark(&mut response);
    }
    response
}
