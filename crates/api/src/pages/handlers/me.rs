//! The account of the person who is signed in: what they have, and what they can change.

use super::{
    super::{
        answer,
        frame::Frame,
        views::{
            Account, Application, Close, Connected, ErrorKind, Form, Identity, Moment, Permission, Problem,
            SignedInAt, browser_name, ways,
        },
    },
    visit::{Posted, Visit, person, see_other},
};
use crate::{
    account::{self, Caller},
    texts,
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hufu_core::{
    account::{CloseAccount, EndOtherSessions, UpdateProfile},
    authorization::RevokeClient,
    change::{Audited, Change},
    client::ClientId,
    id::{EventId, IdentityId, SessionId},
    identity::{ExternalIdentity, Identity as Held, IdentityKind},
    profile::{LanguageTag, Nickname, PictureUrl, Profile},
    reason::Reason,
    scope::Scope,
    store,
    unlink::{Unlink, Unlinked},
};
use hufu_oauth::{
    error::OAuthError,
    form::Form as Sent,
    hosted::{self, SignedIn},
};
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY: u32 = 86_400;

/// `GET /me`
pub(super) async fn show(visit: Visit) -> Response {
    match begin(&visit, "/me").await {
        Ok(signed_in) => page(&visit, &signed_in, None, None).await,
        Err(response) => response,
    }
}

/// `POST /me`: `change` says what.
pub(super) async fn take(visit: Visit, Posted(form): Posted) -> Response {
    let signed_in = match begin(&visit, "/me").await {
        Ok(signed_in) => signed_in,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&about(&signed_in), &form) {
        return response;
    }
    let caller = Caller::at_a_page(visit.call.clone(), &signed_in);
    let change = form.get("change").unwrap_or_default();
    if matches!(change, "unlink" | "export") && caller.require_fresh().is_err() {
        return sign_in_for(&visit, "/me").await;
    }
    if change == "export" {
        let export = account::export(&caller).await;
        return export.unwrap_or_else(IntoResponse::into_response);
    }
    let done = match change {
        "profile" => profile(&visit, &caller, &form).await,
        "unlink" => unlink(&visit, &caller, &form).await,
        "end" => end(&caller, &form).await,
        "end_others" => end_others(&caller).await,
        "revoke" => revoke(&caller, &form).await,
        _ => return visit.error(ErrorKind::BadRequest),
    };
    match done {
        Ok(Ok(word)) => visit.go(&format!("/me?done={word}")),
        Ok(Err(problem)) => {
            let typed = (change == "profile").then_some(&form);
            page(&visit, &signed_in, Some(problem), typed).await
        }
        Err(error) => visit.failed(&error),
    }
}

/// The word for what was done; or what is wrong.
type Done = Result<Result<&'static str, Problem>, OAuthError>;

async fn profile(visit: &Visit, caller: &Caller, form: &Sent) -> Done {
    let wrong = |field| {
        let frame = visit.frame();
        Ok(Err(Problem {
            text: frame.invalid().to_owned(),
            field: Some(field),
        }))
    };
    let Ok(nickname) = form.get("nickname").map(Nickname::parse).transpose() else {
        return wrong("nickname");
    };
    let Ok(picture) = form.get("picture").map(PictureUrl::parse).transpose() else {
        return wrong("picture");
    };
    let Ok(locale) = form.get("locale").map(LanguageTag::parse).transpose() else {
        return wrong("locale");
    };
    let before = caller.context().issuer.store.profile(caller.user).await?;
    let profile = Profile {
        nickname,
        picture,
        locale,
        updated_at: Some(visit.call.now),
        ..before
    };
    let by = caller.by();
    caller.change(UpdateProfile { by, profile }).await?;
    Ok(Ok("saved"))
}

async fn unlink(visit: &Visit, caller: &Caller, form: &Sent) -> Done {
    let Some(identity) = form.get("identity").and_then(|id| IdentityId::parse(id).ok()) else {
        return Ok(Ok("removed"));
    };
    let cx = caller.context();
    let act = Unlink {
        user: caller.user,
        session: caller.session,
        amr: caller.amr.clone(),
        identity,
        settings: cx.issuer.tenant.settings.clone(),
        event: EventId::generate(cx.now, cx.random),
        ip: cx.ip,
        now: cx.now,
    };
    Ok(match store::write(cx.issuer.store.as_ref(), act).await? {
        Unlinked::Done | Unlinked::Missing => Ok("removed"),
        Unlinked::Refused(reason) => Err(refused(visit, reason)),
    })
}

fn refused(visit: &Visit, reason: Reason) -> Problem {
    Problem {
        text: texts::message(reason, visit.frame().locale).to_owned(),
        field: None,
    }
}

async fn end(caller: &Caller, form: &Sent) -> Done {
    if let Some(session) = form.get("session").and_then(|id| SessionId::parse(id).ok()) {
        let end = Audited {
            change: Change::EndSession(caller.user, session),
            audit: caller.audit(),
        };
        store::write(caller.context().issuer.store.as_ref(), end).await?;
    }
    Ok(Ok("ended"))
}

async fn end_others(caller: &Caller) -> Done {
    let by = caller.by();
    caller.change(EndOtherSessions { by }).await?;
    Ok(Ok("ended"))
}

async fn revoke(caller: &Caller, form: &Sent) -> Done {
    if let Some(client) = form.get("client").and_then(|id| ClientId::parse(id).ok()) {
        let by = caller.by();
        let act = RevokeClient { by, client };
        store::write(caller.context().issuer.store.as_ref(), act).await?;
    }
    Ok(Ok("revoked"))
}

/// `GET /me/close`
pub(super) async fn show_close(visit: Visit) -> Response {
    let signed_in = match begin(&visit, "/me/close").await {
        Ok(signed_in) => signed_in,
        Err(response) => return response,
    };
    let frame = visit.frame();
    let cooling_off = visit.call.issuer.tenant.settings.account.cooling_off;
    let page = Close {
        form: Form::to(&frame, "/me/close", &visit.csrf(&about(&signed_in))),
        days: (cooling_off > 0).then(|| cooling_off.div_ceil(DAY)),
        keep: frame.link("/me"),
        problem: None,
    };
    let mut response = answer::page(StatusCode::OK, &frame, &page);
    visit.browser.remember(&mut response);
    response
}

/// `POST /me/close`
pub(super) async fn take_close(visit: Visit, Posted(form): Posted) -> Response {
    let signed_in = match begin(&visit, "/me/close").await {
        Ok(signed_in) => signed_in,
        Err(response) => return response,
    };
    if let Some(response) = visit.refuse(&about(&signed_in), &form) {
        return response;
    }
    let caller = Caller::at_a_page(visit.call.clone(), &signed_in);
    if caller.require_fresh().is_err() {
        return sign_in_for(&visit, "/me/close").await;
    }
    if form.get("understood").is_none() {
        return visit.go("/me/close");
    }
    let close = CloseAccount {
        by: caller.by(),
        cooling_off: visit.call.issuer.tenant.settings.account.cooling_off,
    };
    match caller.change(close).await {
        Ok(_) => {
            // Nobody is signed in any more: the page there says so.
            let mut response = see_other(&visit.frame().link("/logout"));
            visit.browser.sign_out(&mut response);
            response
        }
        Err(error) => visit.failed(&error),
    }
}

/// What the forms are about.
fn about(signed_in: &SignedIn) -> String {
    format!("me:{}", signed_in.session.id)
}

/// Who is signed in; else the person signs in first and comes back to `path`.
async fn begin(visit: &Visit, path: &str) -> Result<SignedIn, Response> {
    let signed_in = visit.browser.visitor.signed_in(&visit.context()).await;
    match signed_in.map_err(|error| visit.failed(&error))? {
        Some(signed_in) => Ok(signed_in),
        None => Err(sign_in_for(visit, path).await),
    }
}

async fn sign_in_for(visit: &Visit, path: &str) -> Response {
    match hosted::wait_for_page(&visit.context(), &visit.browser.visitor, path).await {
        Ok(id) => visit.go(&format!("/login?request={id}")),
        Err(error) => visit.failed(&error),
    }
}

/// The page; with what is wrong, and the profile as it was typed.
async fn page(
    visit: &Visit,
    signed_in: &SignedIn,
    problem: Option<Problem>,
    typed: Option<&Sent>,
) -> Response {
    let frame = visit.frame();
    let is_refused = problem.is_some();
    match account(visit, signed_in, &frame).await {
        Ok(mut page) => {
            if let Some(typed) = typed {
                let text = |name| typed.get(name).unwrap_or_default().to_owned();
                (page.nickname, page.picture) = (text("nickname"), text("picture"));
                page.locale = text("locale");
            }
            let status = if is_refused {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            };
            let mut response = answer::page(status, &frame, &Account { problem, ..page });
            visit.browser.remember(&mut response);
            response
        }
        Err(error) => visit.failed(&error),
    }
}

async fn account(visit: &Visit, signed_in: &SignedIn, frame: &Frame) -> Result<Account, OAuthError> {
    let cx = visit.context();
    let store = cx.issuer.store.as_ref();
    let user = signed_in.user.id;
    let profile = store.profile(user).await?;
    let identities = store.identities(user).await?;
    let form = Form::to(frame, "/me", &visit.csrf(&about(signed_in)));
    let text = |text: Option<String>| text.unwrap_or_default();
    let mut page = Account {
        nickname: text(profile.nickname.map(|name| name.to_string())),
        picture: text(profile.picture.map(|url| url.to_string())),
        locale: text(profile.locale.map(|tag| tag.to_string())),
        identities: identities
            .iter()
            .map(|one| held(visit, one, &identities))
            .collect(),
        sessions: sessions(visit, signed_in, frame).await?,
        applications: applications(visit, signed_in, frame).await?,
        ..Account::new(
            form,
            person(&cx, user, frame).await?,
            frame.link("/logout"),
            frame.link("/me/close"),
        )
    };
    page.tell(visit.asked("done").unwrap_or_default(), frame.locale);
    Ok(page)
}

fn held(visit: &Visit, identity: &Held, all: &[Held]) -> Identity {
    let kind = identity.external.kind();
    let required = visit.call.issuer.tenant.settings.require.contains(&kind);
    let of_kind = |one: &&Held| one.external.kind() == kind;
    let is_last_required = required && all.iter().filter(of_kind).count() == 1;
    Identity {
        id: identity.id.to_string(),
        kind: match kind {
            IdentityKind::Account => "account",
            IdentityKind::Phone => "phone",
            IdentityKind::Wechat => "wechat",
        },
        shown: match &identity.external {
            ExternalIdentity::Account(name) => Some(name.as_str().to_owned()),
            ExternalIdentity::Phone(phone) => Some(phone.number.masked()),
            ExternalIdentity::Wechat(_) => None,
        },
        since: Moment::of(identity.created_at),
        removable: all.len() > 1 && !is_last_required,
    }
}

async fn sessions(visit: &Visit, signed_in: &SignedIn, frame: &Frame) -> Result<Vec<SignedInAt>, OAuthError> {
    let cx = visit.context();
    let sessions = cx.issuer.store.sessions(signed_in.user.id, cx.now).await?;
    let shown = sessions.into_iter().map(|session| {
        let browser = session.browser.as_ref();
        let named = browser.and_then(|browser| browser_name(browser.user_agent.as_deref()?, frame.locale));
        SignedInAt {
            id: session.id.to_string(),
            browser: named.or_else(|| Some(ways(&session.amr, frame.locale)).filter(|ways| !ways.is_empty())),
            last_used: Moment::of(browser.map_or(session.auth_time, |browser| browser.seen_at)),
            current: session.id == signed_in.session.id,
        }
    });
    Ok(shown.collect())
}

/// Whom the user has let do something: those that were asked about, and those of the tenant's own that have a grant.
async fn applications(
    visit: &Visit,
    signed_in: &SignedIn,
    frame: &Frame,
) -> Result<Vec<Connected>, OAuthError> {
    let cx = visit.context();
    let store = cx.issuer.store.as_ref();
    let mut found = BTreeMap::new();
    for consent in store.client_consents(signed_in.user.id).await? {
        found.insert(consent.client_id, (consent.scope, consent.created_at));
    }
    for grant in store.grants(signed_in.user.id, cx.now).await? {
        let known: &mut (Scope, _) = found
            .entry(grant.client_id)
            .or_insert_with(|| (Scope::default(), grant.created_at));
        known.0 = known.0.union(&grant.scope);
        known.1 = known.1.min(grant.created_at);
    }
    let mut connected = Vec::new();
    for (id, (scope, since)) in found {
        let client = cx.issuer.client(&id).await?;
        connected.push(Connected {
            application: client.map_or_else(
                || Application::named(id.as_str()),
                |client| Application::of(&client),
            ),
            id: id.to_string(),
            permissions: Permission::all(&scope, frame.locale),
            since: Moment::of(since),
        });
    }
    Ok(connected)
}
