//! oxide-auth's I/O-free machines decide what RFC 6749 §6 and §4.4 say. The only file that imports it.
//!
//! The machines see a client that is authenticated already and rows that are loaded already; they answer which scope may
//! be issued, or which error. Their own error texts are never sent, and expiry is the store's and the injected clock's:
//! the machines are shown a grant that does not end.

use crate::error::{ErrorCode, OAuthError};
use hufu_core::{client::Client, grant::Grant, scope::Scope};
use oxide_auth::{
    code_grant::{client_credentials as cc, refresh},
    primitives::{
        grant::{Extensions, Grant as OxideGrant},
        registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl},
        scope::Scope as OxideScope,
    },
};
use std::borrow::Cow;
use url::Url;

/// The redirection URI that the machines want in every grant; ours have none here.
const NO_REDIRECT: &str = "urn:hufu:no-redirect";

fn oxide_scope(scope: &Scope) -> Result<OxideScope, OAuthError> {
    scope
        .to_string()
        .parse()
        .map_err(|_| OAuthError::new(ErrorCode::InvalidScope, "scope is malformed"))
}

fn our_scope(scope: &OxideScope) -> Result<Scope, OAuthError> {
    Scope::parse(&scope.to_string()).map_err(OAuthError::defect)
}

fn no_redirect() -> Result<Url, OAuthError> {
    Url::parse(NO_REDIRECT).map_err(OAuthError::defect)
}

/// What a token request says, to the machines.
struct Request<'a> {
    client: &'a str,
    grant_type: &'static str,
    refresh_token: Option<&'a str>,
    scope: Option<&'a str>,
}

impl refresh::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.refresh_token.map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.grant_type))
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client), Cow::Borrowed(&[])))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl cc::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client), Cow::Borrowed(&[])))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.grant_type))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// RFC 6749 §6: may `client` refresh `grant`, and with which scope? `scope` is the requested one.
pub(crate) fn refresh(client: &Client, grant: &Grant, scope: Option<&str>) -> Result<Scope, OAuthError> {
    let request = Request {
        client: client.id.as_str(),
        grant_type: "refresh_token",
        refresh_token: Some("found by its id before"),
        scope,
    };
    let oxide_grant = OxideGrant {
        owner_id: grant.user_id.to_string(),
        client_id: grant.client_id.to_string(),
        scope: oxide_scope(&grant.scope)?,
        redirect_uri: no_redirect()?,
        until: hufu_core::Instant::MAX_UTC,
        extensions: Extensions::new(),
    };
    let mut machine = refresh::Refresh::new(&request);
    let mut input = refresh::Input::None;
    let mut recovered = Some(Box::new(oxide_grant));
    loop {
        input = match machine.advance(input) {
            refresh::Output::Unauthenticated { .. } => refresh::Input::Authenticated {
                scope: scope.map(Cow::Borrowed),
            },
            refresh::Output::RecoverRefresh { .. } => refresh::Input::Recovered {
                scope: scope.map(Cow::Borrowed),
                grant: recovered.take(),
            },
            refresh::Output::Refresh { grant, .. } => return our_scope(&grant.scope),
            refresh::Output::Ok(_) => return Err(OAuthError::defect("the refresh machine issued by itself")),
            refresh::Output::Err(refresh::Error::Invalid(mut error)) => {
                return Err(match error.description().kind().to_string().as_str() {
                    "invalid_scope" => OAuthError::new(
                        ErrorCode::InvalidScope,
                        "scope is malformed or wider than what was granted",
                    ),
                    _ => OAuthError::invalid_grant(crate::token::DEAD_REFRESH_TOKEN),
                });
            }
            refresh::Output::Err(_) => return Err(OAuthError::defect("the refresh machine failed")),
        };
    }
}

/// RFC 6749 §4.4: with which scope may `client` act for itself? `allowed` is the widest.
pub(crate) fn client_credentials(
    client: &Client,
    allowed: &Scope,
    scope: Option<&str>,
) -> Result<Scope, OAuthError> {
    const TOO_WIDE: OAuthError = OAuthError::new(
        ErrorCode::InvalidScope,
        "scope is malformed or wider than what the client may have for itself",
    );
    let request = Request {
        client: client.id.as_str(),
        grant_type: "client_credentials",
        refresh_token: None,
        scope,
    };
    let redirect_uri: RegisteredUrl = ExactUrl::new(NO_REDIRECT.to_owned())
        .map_err(OAuthError::defect)?
        .into();
    let mut machine = cc::ClientCredentials::new(&request);
    let mut input = cc::Input::None;
    loop {
        input = match machine.advance(input) {
            cc::Output::Authenticate { .. } => cc::Input::Authenticated,
            cc::Output::Binding { client_id } => cc::Input::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(redirect_uri.clone()),
                },
            },
            cc::Output::Extend => cc::Input::Extended {
                extensions: Extensions::new(),
            },
            cc::Output::Negotiate { bound_client, scope } => {
                let widest = oxide_scope(allowed)?;
                let scope = scope.unwrap_or_else(|| widest.clone());
                if !widest.priviledged_to(&scope) {
                    return Err(TOO_WIDE);
                }
                let client_id = bound_client.client_id.clone().into_owned();
                cc::Input::Negotiated {
                    pre_grant: PreGrant {
                        client_id,
                        redirect_uri: redirect_uri.clone(),
                        scope,
                    },
                }
            }
            cc::Output::Ok { pre_grant, .. } => return our_scope(&pre_grant.scope),
            cc::Output::Err(_) => return Err(TOO_WIDE),
        };
    }
}
