//! The authorization endpoint's first checks (RFC 6749 §4.1.2.1, RFC 9700 §2.1): whom may an error be redirected to?
//!
//! This version issues no authorization codes, so that every request ends in an error; which one, and where it goes, is what
//! a client of the full endpoint would see.

use crate::{Context, error::OAuthError, form::Form};
use hufu_core::client::ClientId;
use url::Url;

/// How an authorization request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// On a page of ours: the client or its redirect URI is not known, so nothing may be redirected (RFC 9700 §4.11.2).
    Page(&'static str),
    /// By redirect to the client.
    Redirect(Url),
}

/// Refuses an authorization request.
pub async fn refuse(cx: &Context<'_>, form: &Form) -> Result<Refusal, OAuthError> {
    const UNKNOWN_CLIENT: Refusal =
        Refusal::Page("Unknown client: client_id is missing or not registered here.");
    const INVALID_REDIRECT: Refusal = Refusal::Page(
        "Invalid redirect_uri: it is missing or differs from those that the client registered.",
    );
    let Some(id) = form.get("client_id").and_then(|id| ClientId::parse(id).ok()) else {
        return Ok(UNKNOWN_CLIENT);
    };
    let Some(client) = cx.issuer.client(&id).await? else {
        return Ok(UNKNOWN_CLIENT);
    };
    let requested = form.get("redirect_uri");
    // Byte for byte (RFC 9700 §4.1.3): the texts are compared, never the parsed URLs.
    let registered = client
        .redirect_uris
        .iter()
        .find(|uri| Some(uri.as_str()) == requested);
    let Some(Ok(mut to)) = registered.map(|uri| Url::parse(uri.as_str())) else {
        return Ok(INVALID_REDIRECT);
    };
    let (error, description) = match form.get("response_type") {
        None => ("invalid_request", "response_type is missing"),
        Some("code") => (
            "unauthorized_client",
            "this version of the server issues no authorization codes yet",
        ),
        Some(_) => ("unsupported_response_type", "response_type must be code"),
    };
    let mut query = to.query_pairs_mut();
    query
        .append_pair("error", error)
        .append_pair("error_description", description);
    if let Some(state) = form.get("state") {
        query.append_pair("state", state);
    }
    query.append_pair("iss", &cx.issuer.url);
    drop(query);
    Ok(Refusal::Redirect(to))
}
