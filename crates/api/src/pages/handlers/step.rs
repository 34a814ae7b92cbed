//! A step of a sign-in: what a person typed is shown to the flow, and its answer says where the browser goes.

use super::{
    super::{frame::Frame, texts, views::Problem},
    visit::{Visit, see_other},
};
use crate::{oidc::answer, texts as reasons};
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hufu_core::reason::Reason;
use hufu_oauth::{
    error::{ErrorCode, OAuthError},
    form::Form,
    hosted::{self, Entered, Waiting},
    login::ProofFields,
};

/// What became of a step.
pub(super) enum Step {
    /// The browser goes somewhere.
    Goes(Response),
    /// The same page is shown again, with what was wrong.
    Again(Wrong),
}

/// What was wrong with what a person typed.
pub(super) struct Wrong {
    pub(super) problem: Problem,
    pub(super) reason: Option<Reason>,
    status: StatusCode,
    retry_after: Option<u32>,
}

impl Wrong {
    /// Something that the page itself sees.
    pub(super) fn seen(problem: Problem) -> Self {
        Self {
            problem,
            reason: None,
            status: StatusCode::BAD_REQUEST,
            retry_after: None,
        }
    }

    /// Something that is not looked at for so many seconds.
    pub(super) fn too_often(problem: Problem, seconds: u32) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(seconds),
            ..Self::seen(problem)
        }
    }

    /// Gives the page that shows it its status.
    pub(super) fn mark(status: StatusCode, retry_after: Option<u32>, response: &mut Response) {
        *response.status_mut() = status;
        if let Some(seconds) = retry_after {
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
    }

    /// The problem; what marks the page.
    pub(super) fn take(self) -> (Problem, impl FnOnce(&mut Response)) {
        let (status, retry_after) = (self.status, self.retry_after);
        (self.problem, move |response: &mut Response| {
            Self::mark(status, retry_after, response);
        })
    }
}

/// Takes the step.
pub(super) async fn take(visit: &Visit, waiting: &Waiting, fields: ProofFields<'_>, frame: &Frame) -> Step {
    let (cx, visitor) = (visit.context(), &visit.browser.visitor);
    let entered = hosted::enter(&cx, visitor, waiting, fields).await;
    go_on(visit, waiting, entered, frame).await
}

/// Goes on with what came of a step.
pub(super) async fn go_on(
    visit: &Visit,
    waiting: &Waiting,
    entered: Result<Entered, OAuthError>,
    frame: &Frame,
) -> Step {
    let (cx, visitor) = (visit.context(), &visit.browser.visitor);
    let entered = match entered {
        Ok(entered) => entered,
        Err(error) => return not_yet(visit, waiting, &error, frame),
    };
    let mut response = match waiting.go_on(&cx, visitor, &entered.signed_in).await {
        Ok(Ok(found)) => answer::answer(&visit.call, &visit.browser, &found),
        Ok(Err(path)) => see_other(&frame.link(&path)),
        Err(error) => visit.failed(&error),
    };
    visit.browser.sign_in(&visit.call, &mut response, &entered.cookie);
    Step::Goes(response)
}

/// What follows where somebody is not signed in yet.
pub(super) fn not_yet(visit: &Visit, waiting: &Waiting, error: &OAuthError, frame: &Frame) -> Step {
    // A code that was not sent comes with a login that goes on, too.
    if let Some(go_on) = &error.go_on
        && error.code == ErrorCode::InsufficientAuthorization
    {
        let id = waiting.id();
        let path = match go_on.next.as_slice() {
            ["otp"] => format!("/login/code?request={id}"),
            ["phone"] => format!("/login/phone?request={id}"),
            ["account"] if error.reason == Some(Reason::AccountRequired) => format!("/signup?request={id}"),
            _ => format!("/login?request={id}"),
        };
        return Step::Goes(visit.go(&path));
    }
    let text = match (error.reason, error.code) {
        (Some(reason), _) => reasons::message(reason, frame.locale).to_owned(),
        (None, ErrorCode::ServerError) => return Step::Goes(visit.failed(error)),
        (None, ErrorCode::InvalidSession) => {
            return Step::Goes(visit.go(&format!("/login?request={}", waiting.id())));
        }
        (None, ErrorCode::TemporarilyUnavailable) => texts::Error::of(frame.locale).busy_text.to_owned(),
        (None, _) => error.description.to_owned(),
    };
    Step::Again(Wrong {
        reason: error.reason,
        problem: Problem {
            text,
            field: error.reason.and_then(field_of),
        },
        status: StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST),
        retry_after: error.retry_after,
    })
}

/// The input that a reason is about.
const fn field_of(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::PasswordWrong | Reason::PasswordUnacceptable => Some("password"),
        Reason::UsernameInvalid | Reason::UsernameTaken => Some("username"),
        Reason::PhoneInvalid
        | Reason::PhoneCountryRefused
        | Reason::PhoneUnreachable
        | Reason::PhoneTaken => Some("phone"),
        Reason::OtpWrong | Reason::OtpExpired | Reason::OtpBurnt => Some("otp"),
        Reason::ConsentRequired => Some("accept"),
        _ => None,
    }
}

/// The tenant's documents that a person accepted by ticking a box, as the flow takes them; or that the box was left empty.
pub(super) fn accepted(frame: &Frame, asked: bool, form: &Form) -> Result<Option<String>, Wrong> {
    if !asked {
        return Ok(None);
    }
    if form.get("accept").is_none() {
        return Err(Wrong::seen(Problem {
            text: texts::Login::of(frame.locale).accept_missing.to_owned(),
            field: Some("accept"),
        }));
    }
    // Which text stood there is the tenant's to keep; which address was shown is what is known here.
    let version = |uri: &str| {
        let hash = digest(&SHA256, uri.as_bytes());
        let digits = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}"));
        format!("uri-{}", digits.collect::<String>())
    };
    let documents = frame
        .documents()
        .into_iter()
        .map(|(name, uri)| format!("{name}:{}", version(uri)));
    let documents: Vec<_> = documents.collect();
    Ok((!documents.is_empty()).then(|| documents.join(" ")))
}
