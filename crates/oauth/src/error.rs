//! The error vocabulary of OAuth, once: the code and a fixed public description; the private detail apart.

use hufu_core::{reason::Reason, store::StoreError};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// An error code, with the section that defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// RFC 6749 §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §5.2.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 8628 §3.5, used for every limit that a client can wait for.
    SlowDown,
    /// RFC 8628 §3.5: whoever polls is to do so less often.
    PolledTooFast,
    /// RFC 8628 §3.5.
    AuthorizationPending,
    /// RFC 8628 §3.5.
    ExpiredToken,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 9470 §3: the user proved who they are too long ago for this.
    InsufficientUserAuthentication,
    /// OAuth 2.0 for First-Party Applications: the person must prove more.
    InsufficientAuthorization,
    /// The same: the `auth_session` is no good.
    InvalidSession,
    /// The same: the person must sign in in a browser.
    RedirectToWeb,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
    UnmetAuthenticationRequirements,
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 9449 §5 and §7.1.
    InvalidDpopProof,
}

impl ErrorCode {
    /// The value of `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::SlowDown | Self::PolledTooFast => "slow_down",
            Self::AuthorizationPending => "authorization_pending",
            Self::ExpiredToken => "expired_token",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::InsufficientAuthorization => "insufficient_authorization",
            Self::InvalidSession => "invalid_session",
            Self::RedirectToWeb => "redirect_to_web",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken | Self::InsufficientUserAuthentication => 401,
            Self::InsufficientScope => 403,
            Self::SlowDown => 429,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

/// An OAuth error. `description` is public and fixed; `detail` is for the log.
#[derive(Debug, Clone)]
pub struct OAuthError {
    /// What went wrong, in the field's words.
    pub code: ErrorCode,
    /// For the developer of the client.
    pub description: &'static str,
    /// What the client can act on.
    pub reason: Option<Reason>,
    /// When to try again, in seconds.
    pub retry_after: Option<u32>,
    /// Whether the answer is 403 whatever the code.
    pub forbidden: bool,
    /// Whether a resource asks for a proof of possession: `WWW-Authenticate` names `DPoP`, and a proof that is no good is 401.
    pub wants_proof: bool,
    /// What a login goes on with.
    pub go_on: Option<GoOn>,
    /// For the log.
    pub detail: Option<String>,
}

/// What a login that is not complete goes on with (OAuth 2.0 for First-Party Applications).
#[derive(Debug, Clone)]
pub struct GoOn {
    /// `auth_session`: to be sent with the next step, at the authorization challenge endpoint.
    pub auth_session: SecretString,
    /// What the person may prove next: any one of these.
    pub next: Vec<&'static str>,
}

impl OAuthError {
    /// An error with nothing but a code and a description.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self {
            code,
            description,
            reason: None,
            retry_after: None,
            forbidden: false,
            wants_proof: false,
            go_on: None,
            detail: None,
        }
    }

    /// Adds what the client can act on.
    #[must_use]
    pub const fn reason(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Adds when to try again, in seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Answers 403 where the code by itself would be 400: what the token endpoint does with `insufficient_authorization`.
    #[must_use]
    pub const fn forbidden(mut self) -> Self {
        self.forbidden = true;
        self
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self.code {
            _ if self.forbidden => 403,
            ErrorCode::InvalidDpopProof if self.wants_proof => 401,
            code => code.status(),
        }
    }

    /// Tells whoever calls a resource to prove possession of the token's key (RFC 9449 §7.1).
    #[must_use]
    pub const fn wants_proof(mut self) -> Self {
        self.wants_proof = true;
        self
    }

    /// Adds what a login goes on with.
    #[must_use]
    pub fn go_on(mut self, auth_session: SecretString, next: Vec<&'static str>) -> Self {
        self.go_on = Some(GoOn { auth_session, next });
        self
    }

    /// Adds what only the log may know.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// `invalid_request`.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// A defect of Hufu.
    pub fn defect(detail: impl std::fmt::Display) -> Self {
        Self::new(
            ErrorCode::ServerError,
            "the server failed; the request id names this failure in its log",
        )
        .detail(detail)
    }

    /// The JSON body (RFC 6749 §5.2), without a text for the person.
    pub fn body(&self) -> ErrorBody<'_> {
        ErrorBody {
            error: self.code.as_str(),
            error_description: self.description,
            reason: self.reason.map(Reason::as_str),
            message: None,
            auth_session: self
                .go_on
                .as_ref()
                .map(|go_on| go_on.auth_session.expose_secret()),
            next: self.go_on.as_ref().map(|go_on| &go_on.next[..]),
        }
    }
}

/// The JSON body of an error answer.
#[derive(Clone, Copy, Serialize)]
pub struct ErrorBody<'a> {
    /// The code.
    pub error: &'static str,
    /// For the developer of the client.
    pub error_description: &'static str,
    /// What the client can act on, from a closed list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What the client may show to the person, in their language. There where `reason` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
    /// What the next step must come with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_session: Option<&'a str>,
    /// What to prove next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<&'a [&'static str]>,
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contention(_) => Self::new(
                ErrorCode::TemporarilyUnavailable,
                "the server's database is not available; try again",
            )
            .retry_after(2)
            .detail(error),
            StoreError::Gone(_) => Self::invalid_grant("the tenant, client or user is gone").detail(error),
            StoreError::Corrupt { .. } | StoreError::Defect(_) => Self::defect(error),
        }
    }
}
