//! RP-Initiated Logout (OpenID Connect RP-Initiated Logout 1.0): a client sends the browser here to sign the person out.
//!
//! Only an ID token of ours says who sends it. Without one nobody is redirected, and a person who is signed in is asked.

use crate::{
    Context,
    error::OAuthError,
    form::Form,
    hosted::{SignedIn, Visitor},
    id_token,
};
use hufu_core::{
    authorization::SignOut,
    client::{Client, ClientId, RedirectUri},
    id::{EventId, SessionId, UserId},
    store,
};
use url::form_urlencoded;

/// What the browser gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logout {
    /// Back to the client, signed out.
    Redirect(String),
    /// A page that says so.
    SignedOut,
    /// A page that asks: nobody knows whether the person wants it.
    Confirm,
    /// An error page. Nothing was done.
    Page(&'static str),
}

/// Answers a logout request.
pub async fn logout(cx: &Context<'_>, form: &Form, visitor: &Visitor) -> Result<Logout, OAuthError> {
    let signed_in = visitor.signed_in(cx).await?;
    let back = form.get("post_logout_redirect_uri");
    let Some(token) = form.get("id_token_hint") else {
        let is_plain = back.is_none() && form.get("client_id").is_none() && form.get("logout_hint").is_none();
        return match signed_in {
            Some(signed_in) if is_plain => {
                end(cx, signed_in.session.user_id, signed_in.session.id).await?;
                Ok(Logout::SignedOut)
            }
            Some(_) => Ok(Logout::Confirm),
            None => Ok(Logout::SignedOut),
        };
    };
    let Some(hint) = id_token::read_hint(cx.issuer, token) else {
        return Ok(match signed_in {
            Some(_) => Logout::Confirm,
            None => Logout::Page("Invalid id_token_hint: it is not an ID token of this issuer."),
        });
    };
    if form.get("client_id").is_some_and(|id| id != hint.client_id) {
        return Ok(Logout::Page(
            "Invalid client_id: the id_token_hint was issued to another client.",
        ));
    }
    let client = match ClientId::parse(&hint.client_id) {
        Ok(id) => cx.issuer.client(&id).await?,
        Err(_) => None,
    };
    if let Some(back) = back
        && !client.as_ref().is_some_and(|client| may_go_back(client, back))
    {
        return Ok(Logout::Page(
            "Invalid post_logout_redirect_uri: it differs from those that the client registered.",
        ));
    }
    // Somebody else has signed in since: they did not ask for this.
    if (signed_in.as_ref()).is_some_and(|signed_in| signed_in.session.user_id != hint.user_id) {
        return Ok(Logout::Confirm);
    }
    end(cx, hint.user_id, hint.session_id).await?;
    // The hint may be of a session before: whoever goes on here is told that they are signed out, so they are.
    if let Some(signed_in) = signed_in.filter(|signed_in| signed_in.session.id != hint.session_id) {
        confirm(cx, &signed_in).await?;
    }
    Ok(match back {
        Some(back) => Logout::Redirect(with_state(back, form.get("state"))),
        None => Logout::SignedOut,
    })
}

/// The person said that they want to sign out.
pub async fn confirm(cx: &Context<'_>, signed_in: &SignedIn) -> Result<(), OAuthError> {
    end(cx, signed_in.session.user_id, signed_in.session.id).await
}

/// Byte for byte, as at the authorization endpoint.
fn may_go_back(client: &Client, presented: &str) -> bool {
    let registered = &client.details.post_logout_redirect_uris;
    registered
        .iter()
        .map(RedirectUri::as_str)
        .any(|uri| uri == presented)
}

async fn end(cx: &Context<'_>, user: UserId, session: SessionId) -> Result<(), OAuthError> {
    let act = SignOut {
        user,
        session,
        event: EventId::generate(cx.now, cx.random),
        ip: cx.ip,
        now: cx.now,
    };
    store::write(cx.issuer.store.as_ref(), act).await?;
    Ok(())
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let separator = if uri.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("state", state).finish();
    format!("{uri}{separator}{query}")
}
