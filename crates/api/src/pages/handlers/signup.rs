//! Becoming a user by a username and a password; and choosing them, where the tenant wants everyone to have them.

use super::{
    super::{
        answer,
        views::{Application, Form, Register},
    },
    step::{self, Step, Wrong},
    visit::{Posted, Visit, target_of},
};
use axum::{http::StatusCode, response::Response};
use hufu_oauth::{hosted::Waiting, login::ProofFields};

/// `GET /signup`
pub(super) async fn show(visit: Visit) -> Response {
    match visit.waiting().await {
        Ok(waiting) => page(&visit, &waiting, String::new(), None),
        Err(response) => response,
    }
}

/// `POST /signup`
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&waiting.id().to_string(), &form) {
        return response;
    }
    let frame = visit.frame_for(&waiting);
    let wrong = match step::accepted(&frame, frame.has_documents(), &form) {
        Err(wrong) => wrong,
        Ok(consent) => {
            let fields = ProofFields {
                username: form.get("username"),
                password: form.get("password"),
                create: true,
                consent: consent.as_deref(),
                ..ProofFields::default()
            };
            match step::take(&visit, &waiting, fields, &frame).await {
                Step::Goes(response) => return response,
                Step::Again(wrong) => wrong,
            }
        }
    };
    let typed = form.get("username").unwrap_or_default().to_owned();
    page(&visit, &waiting, typed, Some(wrong))
}

fn page(visit: &Visit, waiting: &Waiting, username: String, wrong: Option<Wrong>) -> Response {
    let frame = visit.frame_for(waiting);
    let id = waiting.id().to_string();
    let (problem, mark) = wrong.map(Wrong::take).unzip();
    let page = Register {
        form: Form::to(&frame, &format!("/signup?request={id}"), &visit.csrf(&id)),
        client: waiting.client().map(Application::of),
        username,
        min_length: visit.call.issuer.tenant.settings.password.min_length,
        accept: frame.has_documents(),
        login: frame.link(&format!("/login?request={id}")),
        problem,
        target: target_of(waiting),
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    if let Some(mark) = mark {
        mark(&mut response);
    }
    visit.browser.remember(&mut response);
    response
}
