//! Signing in by scan: the page with the code, its picture, its state, and going on where the person confirmed.

use super::{
    super::{
        answer,
        views::{ErrorKind, Form as FormView, Scan, ScanState},
    },
    login,
    step::{self, Step},
    visit::{Posted, Visit, target_of},
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::scan;
use hufu_oauth::hosted::{
    Waiting,
    scan::{self as hosted, Shown},
};
use serde::Serialize;

/// `POST /login/scan`: begins.
pub(super) async fn begin(visit: Visit, Posted(form): Posted) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    let id = waiting.id();
    if let Some(response) = visit.refuse(&id.to_string(), &form) {
        return response;
    }
    match hosted::begin(&visit.context(), &visit.browser.visitor, &waiting).await {
        Ok(nonce) => visit.go(&format!("/login/scan?request={id}&nonce={nonce}")),
        Err(error) => match step::not_yet(&visit, &waiting, &error, &visit.frame_for(&waiting)) {
            Step::Goes(response) => response,
            Step::Again(wrong) => login::page_for_scan(&visit, &waiting, wrong).await,
        },
    }
}

/// The request that waits and the scan, where there is one for this browser.
async fn find(visit: &Visit) -> Result<(Waiting, Option<Shown>), Response> {
    let waiting = visit.waiting().await?;
    let nonce = visit.asked("nonce").unwrap_or_default();
    let found = hosted::find(&visit.context(), &visit.browser.visitor, &waiting, nonce).await;
    match found {
        Ok(shown) => Ok((waiting, shown)),
        Err(error) => Err(visit.failed(&error)),
    }
}

/// `GET /login/scan`
pub(super) async fn show(visit: Visit) -> Response {
    match find(&visit).await {
        Ok((waiting, shown)) => page(&visit, &waiting, shown.as_ref()),
        Err(response) => response,
    }
}

fn page(visit: &Visit, waiting: &Waiting, shown: Option<&Shown>) -> Response {
    let frame = visit.frame_for(waiting);
    let id = waiting.id().to_string();
    // Only what was read as one is repeated.
    let nonce = shown.and(visit.asked("nonce")).unwrap_or_default();
    let at = |path: &str| format!("/login/scan{path}?request={id}&nonce={nonce}");
    let state = state_of(shown);
    let action = match state {
        ScanState::Confirmed => at("/finish"),
        _ => format!("/login/scan?request={id}"),
    };
    let page = Scan {
        state,
        form: FormView::to(&frame, &action, &visit.csrf(&id)),
        picture: frame.link(&at("/image")),
        match_code: shown.map(Shown::match_code).unwrap_or_default(),
        seconds: shown.map_or(0, |shown| shown.seconds(&visit.context())),
        here: frame.link(&at("")),
        poll: frame.link(&at("/state")),
        other: frame.link(&format!("/login?request={id}")),
        target: target_of(waiting),
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    visit.browser.remember(&mut response);
    response
}

fn state_of(shown: Option<&Shown>) -> ScanState {
    match shown.map(|shown| shown.scan.state) {
        Some(scan::ScanState::New) => ScanState::New,
        Some(scan::ScanState::Scanned { .. }) => ScanState::Scanned,
        Some(scan::ScanState::Confirmed { .. }) => ScanState::Confirmed,
        Some(scan::ScanState::Denied { .. }) => ScanState::Denied,
        Some(scan::ScanState::Used { .. }) | None => ScanState::Expired,
    }
}

/// What the page's script asks for.
#[derive(Serialize)]
struct StateBody {
    state: ScanState,
}

/// `GET /login/scan/state`
pub(super) async fn state(visit: Visit) -> Response {
    match find(&visit).await {
        Ok((_, shown)) => {
            let state = state_of(shown.as_ref());
            ([(header::CACHE_CONTROL, "no-store")], Json(StateBody { state })).into_response()
        }
        Err(response) => response,
    }
}

/// `GET /login/scan/image`
pub(super) async fn image(visit: Visit) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    let nonce = visit.asked("nonce").unwrap_or_default();
    let cx = visit.context();
    let (picture, shown) = match hosted::picture(&cx, &visit.browser.visitor, &waiting, nonce).await {
        Ok(Some(found)) => found,
        Ok(None) => return visit.error(ErrorKind::NotFound),
        Err(error) => return visit.failed(&error),
    };
    // In this browser alone, and no longer than it is good for: a page without scripts is asked for every few seconds, and WeChat
    // shall not be.
    let kept = format!("private, max-age={}", shown.seconds(&cx));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(picture.media_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_str(&kept).expect("digits and letters are visible ASCII"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, picture.bytes).into_response()
}

/// `POST /login/scan/finish`
pub(super) async fn finish(visit: Visit, Posted(form): Posted) -> Response {
    let waiting = match visit.waiting().await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&waiting.id().to_string(), &form) {
        return response;
    }
    let frame = visit.frame_for(&waiting);
    let nonce = visit.asked("nonce").unwrap_or_default();
    let entered = hosted::finish(&visit.context(), &visit.browser.visitor, &waiting, nonce).await;
    let entered = match entered {
        Ok(None) => return page(&visit, &waiting, None),
        Ok(Some(entered)) => Ok(entered),
        Err(error) => Err(error),
    };
    match step::go_on(&visit, &waiting, entered, &frame).await {
        Step::Goes(response) => response,
        Step::Again(wrong) => login::page_for_scan(&visit, &waiting, wrong).await,
    }
}
