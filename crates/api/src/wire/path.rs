//! Names in paths.

use crate::problem::{FieldError, Problem};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use hufu_core::{
    Invalid,
    client::ClientId,
    id::{InitialTokenId, OperatorId, SessionId, UserId},
    signing_key::KeyId,
    tenant::TenantSlug,
    wechat_app::AppId,
};

/// A name that stands in a path.
pub(crate) trait PathName: Sized {
    /// As the route calls it.
    const PARAMETER: &'static str;
    /// Of what it is the name.
    const WHAT: &'static str;
    /// Reads it.
    fn read(text: &str) -> Result<Self, Invalid>;
}

macro_rules! path_names {
    ($($type:ty: $parameter:literal, $what:literal;)*) => {
        $(impl PathName for $type {
            const PARAMETER: &'static str = $parameter;
            const WHAT: &'static str = $what;
            fn read(text: &str) -> Result<Self, Invalid> {
                Self::parse(text)
            }
        })*
    };
}

path_names! {
    TenantSlug: "tenant", "tenant";
    AppId: "appid", "WeChat app";
    ClientId: "client_id", "client";
    UserId: "user_id", "user";
    SessionId: "session_id", "session";
    KeyId: "kid", "key";
    OperatorId: "operator_id", "operator";
    InitialTokenId: "initial_token_id", "initial access token";
}

/// The name of something that is there: one that cannot be a name is as if unknown.
pub(crate) struct Named<T>(pub(crate) T);

/// The name of something that may be about to be: one that cannot be a name is told so.
pub(crate) struct New<T>(pub(crate) T);

impl<S: Send + Sync, T: PathName> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match read(parts, state).await {
            Ok(name) => Ok(Self(name)),
            Err(_) => Err(Problem::not_found(T::WHAT)),
        }
    }
}

impl<S: Send + Sync, T: PathName> FromRequestParts<S> for New<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match read(parts, state).await {
            Ok(name) => Ok(Self(name)),
            Err(Invalid(rule)) => Err(FieldError::of_parameter(T::PARAMETER, rule).into()),
        }
    }
}

async fn read<S: Send + Sync, T: PathName>(parts: &mut Parts, state: &S) -> Result<T, Invalid> {
    const NOT_TEXT: Invalid = Invalid("is not percent-encoded UTF-8");
    let names = RawPathParams::from_request_parts(parts, state).await;
    let names = names.map_err(|_| NOT_TEXT)?;
    let mut found = names.iter().filter(|(name, _)| *name == T::PARAMETER);
    found.next().map_or(Err(NOT_TEXT), |(_, text)| T::read(text))
}
