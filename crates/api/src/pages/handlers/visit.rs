//! What every page has before it is shown: the tenant, the browser, the language, the request that waits; and the checks that every
//! form passes first.

use super::super::{
    answer,
    frame::{self, Frame},
    views::{ErrorKind, ErrorPage, Person},
};
use crate::{
    app::App,
    oidc::{Browser, Call},
    server::{Family, language},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use hufu_core::{authorization::AuthorizationRequest, id::UserId, identity::Identity, locale::Locale};
use hufu_oauth::{
    Context,
    error::{ErrorCode, OAuthError},
    form::Form,
    hosted::{For, Waiting},
};
use std::sync::Arc;

/// A person's browser at a page.
pub(super) struct Visit {
    pub(super) call: Call,
    pub(super) browser: Browser,
    /// Path and query.
    here: String,
    query: Form,
    /// The language that the person chose, if they did.
    chosen: Option<Locale>,
    is_foreign: bool,
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let uri = parts.uri.clone();
        let failed = |kind: ErrorKind| {
            let frame = Frame::bare(language::current(), "");
            answer::page(kind.status(), &frame, &ErrorPage::new(&frame, kind, None))
        };
        let call = match Call::from_request_parts(parts, app).await {
            Ok(call) => call,
            Err(response) if response.status().is_server_error() => return Err(failed(ErrorKind::Busy)),
            Err(_) => return Err(failed(ErrorKind::NotFound)),
        };
        let Ok(browser) = Browser::from_request_parts(parts, app).await;
        let query = Form::parse_loosely(uri.query().unwrap_or_default().as_bytes());
        Ok(Self {
            chosen: language::chosen(&uri, &parts.headers),
            is_foreign: is_foreign(&parts.headers),
            here: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            query: query.unwrap_or_default(),
            call,
            browser,
        })
    }
}

/// Whether another site has the browser post (Fetch Metadata §2.2).
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers
        .get("sec-fetch-site")
        .map(axum::http::HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site"))
}

impl Visit {
    /// What `hufu-oauth` works with.
    pub(super) fn context(&self) -> Context<'_> {
        self.call.context()
    }

    /// A parameter of the address.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// What stands around a page.
    pub(super) fn frame(&self) -> Frame {
        self.frame_in(self.chosen.unwrap_or_else(language::current))
    }

    /// The same in a language that the client prefers, unless the person chose one.
    pub(super) fn frame_for(&self, waiting: &Waiting) -> Frame {
        let preferred =
            request_of(waiting).and_then(|request| Locale::first_of(request.ui_locales.as_deref()?));
        self.frame_in(self.chosen.or(preferred).unwrap_or_else(language::current))
    }

    fn frame_in(&self, locale: Locale) -> Frame {
        Frame::of(&self.call.issuer.tenant, locale, &self.here)
    }

    /// An error page.
    pub(super) fn error(&self, kind: ErrorKind) -> Response {
        let frame = self.frame();
        answer::page(kind.status(), &frame, &ErrorPage::new(&frame, kind, None))
    }

    /// The page for an error that no form can mend.
    pub(super) fn failed(&self, error: &OAuthError) -> Response {
        let (code, detail) = (error.code.as_str(), error.detail.as_deref());
        tracing::warn!(code, detail, "a page could not be shown");
        self.error(match error.code {
            ErrorCode::TemporarilyUnavailable => ErrorKind::Busy,
            ErrorCode::ServerError => ErrorKind::Internal,
            _ => ErrorKind::Expired,
        })
    }

    /// The request that waits for the person in this browser.
    pub(super) async fn waiting(&self) -> Result<Waiting, Response> {
        let id = self.asked("request").unwrap_or_default();
        match Waiting::find(&self.context(), &self.browser.visitor, id).await {
            Ok(Some(waiting)) => Ok(waiting),
            Ok(None) => Err(self.error(ErrorKind::Expired)),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// What the forms about `what` carry.
    pub(super) fn csrf(&self, what: &str) -> String {
        self.browser.visitor.browser.csrf(what)
    }

    /// The refusal of a form that no page of ours in this browser has.
    pub(super) fn refuse(&self, what: &str, form: &Form) -> Option<Response> {
        let csrf = form.get("csrf").unwrap_or_default();
        let is_ours = !self.is_foreign && self.browser.visitor.browser.is_csrf(what, csrf);
        (!is_ours).then(|| self.error(ErrorKind::Forbidden))
    }

    /// To another page of the tenant's.
    pub(super) fn go(&self, path: &str) -> Response {
        let mut response = see_other(&self.frame().link(path));
        self.browser.remember(&mut response);
        response
    }
}

/// 303 and not 307, so that no form is ever posted on (RFC 9700 §4.12).
pub(super) fn see_other(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let no_store = axum::http::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(axum::http::header::CACHE_CONTROL, no_store);
    response
}

/// What a client asks for.
pub(super) fn request_of(waiting: &Waiting) -> Option<&AuthorizationRequest> {
    match &waiting.asked_for {
        For::Client(asked) => Some(&asked.request),
        For::Page(_) => None,
    }
}

/// Where the browser goes on to in the end, where that is not a page of ours.
pub(super) fn target_of(waiting: &Waiting) -> Option<String> {
    request_of(waiting).map(|request| request.redirect_uri.to_string())
}

/// Whatever a person knows themselves by.
pub(crate) async fn person(cx: &Context<'_>, user: UserId, frame: &Frame) -> Result<Person, OAuthError> {
    let profile = cx.issuer.store.profile(user).await?;
    let identities = cx.issuer.store.identities(user).await?;
    let nickname = profile.nickname.map(|name| name.to_string());
    let username = || {
        identities
            .iter()
            .find_map(Identity::account)
            .map(|name| name.as_str().to_owned())
    };
    let phone = || {
        identities
            .iter()
            .find_map(Identity::phone)
            .map(|phone| phone.number.masked())
    };
    let name = nickname.or_else(username).or_else(phone);
    Ok(Person::named(
        &name.unwrap_or_else(|| frame.somebody().to_owned()),
    ))
}

/// The form of a page.
pub(super) struct Posted(pub(super) Form);

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let family = Family::of(request.uri(), request.headers());
        let body = Bytes::from_request(request, app)
            .await
            .map_err(|_| family.body_too_large())?;
        let form = Form::parse(&body).map_err(|_| {
            let frame = frame::Frame::bare(language::current(), "");
            let kind = ErrorKind::BadRequest;
            answer::page(kind.status(), &frame, &ErrorPage::new(&frame, kind, None))
        })?;
        Ok(Self(form))
    }
}
