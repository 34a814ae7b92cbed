//! The language of the person behind the request that is being answered.

use crate::pages;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
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

/// The cookie that remembers the language that a person chose. It tells nothing else, so all tenants share it.
const COOKIE: &str = "hufu-language";

/// The one that the person chose, else the one that the request prefers.
pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Locale {
    chosen(uri, headers).unwrap_or_else(|| {
        let value = headers.get(header::ACCEPT_LANGUAGE);
        Locale::negotiate(value.and_then(|value| value.to_str().ok()))
    })
}

/// The one that the address names, or that was chosen at a page before.
pub(crate) fn chosen(uri: &Uri, headers: &HeaderMap) -> Option<Locale> {
    let named = uri
        .path_and_query()
        .and_then(|here| pages::asked_for(here.as_str()));
    named.or_else(|| {
        let cookies = headers.get_all(header::COOKIE).iter();
        let pairs = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'));
        let mut found = pairs.filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        Locale::first_of(found.next()?)
    })
}

/// The cookie that remembers a choice, for a year.
pub(crate) fn remembered(locale: Locale) -> HeaderValue {
    let text = format!(
        "{COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax",
        locale.as_str()
    );
    HeaderValue::from_str(&text).expect("a language tag is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_person_chose_counts_before_what_the_browser_prefers() {
        let of = |uri: &'static str, cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN"));
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            super::of(&Uri::from_static(uri), &headers)
        };
        assert_eq!(of("/t/demo/login", "a=b"), Locale::Chinese);
        assert_eq!(of("/t/demo/login", "a=b; hufu-language=en"), Locale::English);
        assert_eq!(of("/t/demo/login", "hufu-languages=en"), Locale::Chinese);
        assert_eq!(
            of("/t/demo/login?x=1&ui_locales=zh", "hufu-language=en"),
            Locale::Chinese
        );
        let set = remembered(Locale::English);
        assert!(set.to_str().unwrap().starts_with("hufu-language=en; "));
    }
}
