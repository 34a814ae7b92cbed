//! For which resource a token is (RFC 8707): one of those that were authorized, or the issuer itself.
//!
//! A token has one audience (RFC 9700 §2.3), so one `resource` is named a request, and another token is asked for by another
//! request.

use crate::{
    Context,
    access_token::Subject,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use hufu_core::client::{Client, GrantType, Resource};

pub(super) const REFUSED: OAuthError = OAuthError::new(
    ErrorCode::InvalidTarget,
    "resource or audience is malformed, unknown, more than one, or not one that was authorized for this client",
);

/// What a token is asked for.
pub(super) enum Target {
    /// The issuer itself.
    Issuer,
    /// One that the client is registered with.
    Resource(Resource),
}

/// What the request names; checked against the client's registration. Whether its grant may be for it, each grant looks before it
/// spends anything.
pub(super) fn requested(
    cx: &Context<'_>,
    client: &Client,
    grant_type: GrantType,
    form: &Form,
) -> Result<Option<Target>, OAuthError> {
    let exchanged = if grant_type == GrantType::TokenExchange {
        form.all("audience")
    } else {
        &[]
    };
    let mut named: Vec<&String> = form.all("resource").iter().chain(exchanged).collect();
    named.dedup();
    match named.as_slice() {
        [] => Ok(None),
        [one] => target(cx, client, one).map(Some),
        _ => Err(REFUSED),
    }
}

/// The audience of the token.
pub(super) fn of(
    cx: &Context<'_>,
    client: &Client,
    subject: &Subject,
    grant_type: GrantType,
    (requested, is_about_openid): (Option<&Target>, bool),
) -> Result<String, OAuthError> {
    let issuer = &cx.issuer.url;
    let authorized: &[Resource] = match (subject, grant_type) {
        // Nothing was authorized before: the registration is all there is.
        (Subject::Client | Subject::Exchanged(_), _) | (_, GrantType::WechatCode) => {
            &client.details.resources
        }
        (Subject::User { grant, .. }, _) => &grant.details.resources,
    };
    match requested {
        Some(Target::Issuer) => Ok(issuer.clone()),
        Some(Target::Resource(resource)) if authorized.contains(resource) => Ok(resource.to_string()),
        Some(Target::Resource(_)) => Err(REFUSED),
        // Who asked for one resource and not for OpenID can mean no other.
        None => Ok(match (subject, authorized) {
            (Subject::User { .. }, [one]) if !is_about_openid && grant_type != GrantType::WechatCode => {
                one.to_string()
            }
            _ => issuer.clone(),
        }),
    }
}

fn target(cx: &Context<'_>, client: &Client, named: &str) -> Result<Target, OAuthError> {
    if named == cx.issuer.url {
        return Ok(Target::Issuer);
    }
    let registered = &client.details.resources;
    let found = registered.iter().find(|resource| resource.as_str() == named);
    Ok(Target::Resource(found.ok_or(REFUSED)?.clone()))
}
