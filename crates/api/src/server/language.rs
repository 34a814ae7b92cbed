//! The language of the person behind the request that is being answered.

use crate::pages;
use axum::http::{HeaderMap, Uri, header};
use hufu_core::locale::Locale;

tokio::task_local! {
    static CURRENT: Locale;
}

/// The language of the request that this task answers; the default outside of one.
pub(crate) fn current() -> Locale {
    CURRENT.try_with(|locale| *locale).unwrap_or_default()
}

/// Runs `future` as the answer to a request in that language.
pub(super) async fn scope<F: Future>(locale: Locale, future: F) -> F::Output {
    CURRENT.scope(locale, future).await
}

/// The one that the address names, else the one that the request prefers.
pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Locale {
    let named = uri
        .path_and_query()
        .and_then(|here| pages::asked_for(here.as_str()));
    named.unwrap_or_else(|| {
        let value = headers.get(header::ACCEPT_LANGUAGE);
        Locale::negotiate(value.and_then(|value| value.to_str().ok()))
    })
}
