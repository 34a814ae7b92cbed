//! oxide-auth's I/O-free machines decide what RFC 6749 §4.1, §4.4 and §6 say. The only file that imports it.
//!
//! The machines see a client that is authenticated already and rows that are loaded already; they answer which scope may
//! be issued, or which error. Their own error texts are never sent, and expiry is the store's and the injected clock's:
//! the machines are shown a grant that does not end.

use crate::error::{ErrorCode, OAuthError};
use hufu_core::{client::Client, grant::Grant, scope::Scope};
use oxide_auth::{
    code_grant::{accesstoken as code, authorization, client_credentials as cc, refresh},
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

/// An authorization request, to the machine. Client and redirect URI were compared before, byte for byte.
struct AuthorizationRequest<'a> {
    client: &'a str,
    scope: &'a str,
}

impl authorization::Request for AuthorizationRequest<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.client))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.scope))
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(NO_REDIRECT))
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("code"))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// RFC 6749 §4.1.1: with which scope may `client` ask a person for a code? `scope` is the requested one.
pub(crate) fn authorization(client: &Client, scope: &Scope) -> Result<Scope, OAuthError> {
    const TOO_WIDE: OAuthError = OAuthError::new(
        ErrorCode::InvalidScope,
        "scope is malformed or wider than what the client is registered for",
    );
    if scope.is_empty() {
        // The machine knows no empty scope.
        return Ok(Scope::default());
    }
    let text = scope.to_string();
    let request = AuthorizationRequest {
        client: client.id.as_str(),
        scope: &text,
    };
    let redirect_uri: RegisteredUrl = ExactUrl::new(NO_REDIRECT.to_owned())
        .map_err(OAuthError::defect)?
        .into();
    let mut machine = authorization::Authorization::new(&request);
    let mut input = authorization::Input::None;
    loop {
        input = match machine.advance(input) {
            authorization::Output::Bind { client_id, .. } => authorization::Input::Bound {
                request: &request,
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id),
                    redirect_uri: Cow::Owned(redirect_uri.clone()),
                },
            },
            authorization::Output::Extend => authorization::Input::Extended(Extensions::new()),
            authorization::Output::Negotiate { bound_client, scope } => {
                let widest = oxide_scope(&client.scope)?;
                let scope = scope.unwrap_or_else(|| widest.clone());
                if !widest.priviledged_to(&scope) {
                    return Err(TOO_WIDE);
                }
                let client_id = bound_client.client_id.clone().into_owned();
                let redirect_uri = redirect_uri.clone();
                authorization::Input::Negotiated {
                    pre_grant: PreGrant {
                        client_id,
                        redirect_uri,
                        scope,
                    },
                    state: None,
                }
            }
            authorization::Output::Ok { pre_grant, .. } => return our_scope(&pre_grant.scope),
            authorization::Output::Err(_) => return Err(TOO_WIDE),
        };
    }
}

impl code::Request for Request<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("found by its id before"))
    }
    fn authorization(&self) -> code::Authorization<'_> {
        code::Authorization::Username(Cow::Borrowed(self.client))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(NO_REDIRECT))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.grant_type))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// RFC 6749 §4.1.3: with which scope does `client` get tokens for the grant that its code gave? The act that redeemed the code has
/// compared redirect URI and verifier.
pub(crate) fn access_token(client: &Client, grant: &Grant) -> Result<Scope, OAuthError> {
    if grant.scope.is_empty() {
        return Ok(Scope::default());
    }
    let request = Request {
        client: client.id.as_str(),
        grant_type: "authorization_code",
        refresh_token: None,
        scope: None,
    };
    let mut recovered = Some(Box::new(OxideGrant {
        owner_id: grant.user_id.to_string(),
        client_id: grant.client_id.to_string(),
        scope: oxide_scope(&grant.scope)?,
        redirect_uri: no_redirect()?,
        until: hufu_core::Instant::MAX_UTC,
        extensions: Extensions::new(),
    }));
    let mut machine = code::AccessToken::new(&request);
    let mut input = code::Input::None;
    loop {
        input = match machine.advance(input) {
            code::Output::Authenticate { .. } => code::Input::Authenticated,
            code::Output::Recover { .. } => code::Input::Recovered(recovered.take()),
            code::Output::Extend { .. } => code::Input::Extended {
                access_extensions: Extensions::new(),
            },
            code::Output::Issue { grant } => return our_scope(&grant.scope),
            code::Output::Ok(_) | code::Output::Err(_) => {
                return Err(OAuthError::defect("the code was redeemed for another client"));
            }
        };
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
