//! Signing in: by password, or with a phone to which a code is sent.

use super::{
    super::{
        answer,
        frame::Frame,
        texts,
        views::{Application, BindPhone, Form, Login, Method, Problem},
    },
    step::{self, Step, Wrong},
    visit::{Posted, Visit, request_of, target_of},
};
use crate::texts as reasons;
use axum::{http::StatusCode, response::Response};
use hufu_core::{identity::IdentityKind, reason::Reason, settings::Registration};
use hufu_oauth::{
    error::OAuthError,
    hosted::{Waiting, scan::scan_app},
    login::ProofFields,
};

/// What the person typed, to be shown again.
#[derive(Default)]
struct Typed {
    username: Option<String>,
    phone: Option<String>,
}

/// `GET /login`
pub(super) async fn show(visit: Visit) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    let method = visit.asked("method").and_then(Method::parse);
    page(&visit, &waiting, method, Typed::default(), None).await
}

/// `POST /login`
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&waiting.id().to_string(), &form) {
        return response;
    }
    let frame = visit.frame_for(&waiting);
    let by_phone = ProofFields {
        phone: form.get("phone"),
        ..ProofFields::default()
    };
    let by_password = ProofFields {
        username: form.get("username"),
        password: form.get("password"),
        ..ProofFields::default()
    };
    let (method, fields) =
        if by_phone.phone.is_some() || visit.asked("method") == Some(Method::Phone.as_str()) {
            (Method::Phone, by_phone)
        } else {
            (Method::Password, by_password)
        };
    let asked = asks_to_accept(&visit, &frame, method);
    let wrong = match step::accepted(&frame, asked, &form) {
        Err(wrong) => wrong,
        Ok(consent) => {
            let consent = consent.as_deref();
            match step::take(&visit, &waiting, ProofFields { consent, ..fields }, &frame).await {
                Step::Goes(response) => return response,
                Step::Again(wrong) => wrong,
            }
        }
    };
    if wrong.reason == Some(Reason::OtpResendTooSoon) && awaits_code(&visit, form.get("phone")).await {
        return visit.go(&format!("/login/code?request={}&sent=before", waiting.id()));
    }
    let typed = Typed {
        username: form.get("username").map(str::to_owned),
        phone: form.get("phone").map(str::to_owned),
    };
    page(&visit, &waiting, Some(method), typed, Some(wrong)).await
}

/// Whether a code that was sent to this phone is awaited in this very sign-in.
async fn awaits_code(visit: &Visit, phone: Option<&str>) -> bool {
    let cx = visit.context();
    let Ok(waiting) = visit.waiting().await else {
        return false;
    };
    let awaited = waiting
        .login(&cx)
        .await
        .ok()
        .flatten()
        .and_then(|login| login.awaits_code_of);
    let typed = phone.and_then(|phone| cx.sms.read_number(phone).ok());
    awaited.is_some() && awaited == typed
}

/// Whether the person must accept the tenant's documents: whoever may be new, and everyone where the tenant insists.
fn asks_to_accept(visit: &Visit, frame: &Frame, method: Method) -> bool {
    let insists = visit.call.issuer.tenant.settings.require_consent_before_exchange;
    frame.has_documents() && (method == Method::Phone || insists)
}

/// The page with the tab for a scan, and why there is none.
pub(super) async fn page_for_scan(visit: &Visit, waiting: &Waiting, wrong: Wrong) -> Response {
    page(visit, waiting, Some(Method::Scan), Typed::default(), Some(wrong)).await
}

async fn page(
    visit: &Visit,
    waiting: &Waiting,
    method: Option<Method>,
    typed: Typed,
    wrong: Option<Wrong>,
) -> Response {
    match login(visit, waiting, method, typed).await {
        Err(error) => visit.failed(&error),
        Ok((frame, page)) => {
            let (problem, mark) = wrong.map(Wrong::take).unzip();
            let page = Login { problem, ..page };
            let mut response = answer::page(StatusCode::OK, &frame, &page);
            if let Some(mark) = mark {
                mark(&mut response);
            }
            visit.browser.remember(&mut response);
            response
        }
    }
}

async fn login(
    visit: &Visit,
    waiting: &Waiting,
    method: Option<Method>,
    typed: Typed,
) -> Result<(Frame, Login), OAuthError> {
    let cx = visit.context();
    let frame = visit.frame_for(waiting);
    let settings = &visit.call.issuer.tenant.settings;
    let proven = waiting
        .login(&cx)
        .await?
        .map(|login| login.proofs.kinds())
        .unwrap_or_default();
    let mut methods = Vec::new();
    if !proven.contains(&IdentityKind::Account) {
        methods.push(Method::Password);
    }
    if !proven.contains(&IdentityKind::Phone) && cx.issuer.store.sms_vendor().await?.is_some() {
        methods.push(Method::Phone);
    }
    if !proven.contains(&IdentityKind::Wechat) && scan_app(&cx).await?.is_some() {
        methods.push(Method::Scan);
    }
    let first = methods.first().copied().unwrap_or(Method::Password);
    let hint = request_of(waiting).and_then(|request| request.login_hint.clone());
    let is_phone = hint
        .as_deref()
        .is_some_and(|hint| cx.sms.read_number(hint).is_ok());
    let preferred = if is_phone { Method::Phone } else { first };
    let current = method.unwrap_or(preferred);
    let current = if methods.contains(&current) {
        current
    } else {
        first
    };
    let t = texts::Login::of(frame.locale);
    let notice = if !proven.is_empty() {
        Some(reasons::message(Reason::SecondFactorRequired, frame.locale))
    } else if visit.browser.visitor.signed_in(&cx).await?.is_some() {
        Some(t.again)
    } else {
        None
    };
    let (id, csrf) = (waiting.id(), visit.csrf(&waiting.id().to_string()));
    let can_register = settings.registration == Registration::Open && proven.is_empty();
    let page = Login {
        client: waiting.client().map(Application::of),
        notice: notice.map(str::to_owned),
        username: typed
            .username
            .or_else(|| hint.clone().filter(|_| !is_phone))
            .unwrap_or_default(),
        phone: typed
            .phone
            .or_else(|| hint.filter(|_| is_phone))
            .unwrap_or_default(),
        register: can_register.then(|| frame.link(&format!("/signup?request={id}"))),
        accept: asks_to_accept(visit, &frame, current),
        target: target_of(waiting),
        ..Login::new(&frame, &format!("/login?request={id}"), &csrf, &methods, current)
    };
    let page = match current {
        Method::Scan => Login {
            form: Form::to(&frame, &format!("/login/scan?request={id}"), &csrf),
            ..page
        },
        Method::Password | Method::Phone => page,
    };
    Ok((frame, page))
}

/// `GET /login/phone`
pub(super) async fn show_phone(visit: Visit) -> Response {
    match visit.waiting().await {
        Ok(waiting) => phone_page(&visit, &waiting, String::new(), None),
        Err(response) => response,
    }
}

/// `POST /login/phone`
pub(super) async fn take_phone(visit: Visit, Posted(form): Posted) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&waiting.id().to_string(), &form) {
        return response;
    }
    let fields = ProofFields {
        phone: form.get("phone"),
        ..ProofFields::default()
    };
    match step::take(&visit, &waiting, fields, &visit.frame_for(&waiting)).await {
        Step::Goes(response) => response,
        Step::Again(wrong) => {
            let typed = form.get("phone").unwrap_or_default().to_owned();
            phone_page(&visit, &waiting, typed, Some(wrong))
        }
    }
}

fn phone_page(visit: &Visit, waiting: &Waiting, phone: String, wrong: Option<Wrong>) -> Response {
    let frame = visit.frame_for(waiting);
    let id = waiting.id().to_string();
    let (problem, mark): (Option<Problem>, _) = wrong.map(Wrong::take).unzip();
    let page = BindPhone {
        form: Form::to(&frame, &format!("/login/phone?request={id}"), &visit.csrf(&id)),
        phone,
        problem,
        target: target_of(waiting),
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    if let Some(mark) = mark {
        mark(&mut response);
    }
    response
}
