//! What happens around every request, in one layer because each layer costs: the id, the span, the limits on time and
//! body, panics, headers and metrics.

use super::{Family, MAX_BODY, language, request_id};
use crate::{app::App, metrics};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};
use tracing::{Instrument, field::Empty};

/// Puts around `router` what every request needs, and answers what no route matches.
pub(crate) fn around(router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    router
        .fallback(async |uri: Uri, headers: HeaderMap| Family::of(&uri, &headers).not_found())
        .method_not_allowed_fallback(async |uri: Uri, headers: HeaderMap| {
            Family::of(&uri, &headers).method_not_allowed()
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), around_request))
}

async fn around_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let now = app.clock.now();
    let id = request_id::of(request.headers(), now, &*app.random);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let admin = request.uri().path().starts_with("/admin/");
    let span = tracing::info_span!(
        "request",
        request.id = id,
        %method,
        route = route.as_ref().map(MatchedPath::as_str),
        status = Empty,
        tenant.id = Empty,
        client.id = Empty,
        user.id = Empty,
    );
    let timer = metrics::Timer::start();
    let header = HeaderValue::from_str(&id).ok();
    let locale = language::of(request.uri(), request.headers());
    let answer = request_id::scope(id, language::scope(locale, bounded(&app, request, next)));
    let mut response = answer.instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    span.in_scope(|| tracing::debug!("answered"));
    timer.stop(&method, route.as_ref(), response.status());
    finish(response.headers_mut(), header, admin);
    response
}

/// The answer, within the limits on body and time, whatever the handler does.
async fn bounded(app: &App, request: Request, next: Next) -> Response {
    let family = Family::of(request.uri(), request.headers());
    if content_length(request.headers()).is_some_and(|length| length > MAX_BODY as u64) {
        return family.body_too_large();
    }
    let mut answer = pin!(next.run(request));
    let answer = poll_fn(|cx| {
        // Nothing of the request outlives a panic: the future that may be half done is not polled again.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(response)) => Poll::Ready(Some(response)),
            Err(_) => Poll::Ready(None),
        }
    });
    match tokio::time::timeout(app.request_timeout, answer).await {
        Ok(Some(response)) => response,
        Ok(None) => {
            // The panic hook has said where.
            tracing::error!("a handler panicked");
            family.internal()
        }
        Err(_) => {
            tracing::warn!("the request took too long");
            family.timeout()
        }
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn finish(headers: &mut HeaderMap, request_id: Option<HeaderValue>, admin: bool) {
    static NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
    static NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
    static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

    if let Some(id) = request_id {
        headers.insert(&request_id::HEADER, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF.clone());
    headers.insert(header::REFERRER_POLICY, NO_REFERRER.clone());
    if admin {
        headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
    }
}

#[cfg(test)]
#[path = "around_tests.rs"]
mod tests;
