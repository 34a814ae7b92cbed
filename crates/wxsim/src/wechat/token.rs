//! `GET /cgi-bin/token`: a legacy access token, which supersedes the one before it.

use serde::Serialize;

use super::answer::object;
use super::{Call, Failure, Outcome, caller};
use crate::world::{Issued, World};

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let (appid, secret) = caller::required(call.parameter("appid"), call.parameter("secret"))?;
    check_grant_type(call.parameter("grant_type").as_deref())?;
    let fresh = world.fresh_access_token();
    let app = caller::authenticate_for_token(world, &appid, &secret, call)?;
    let (tokens, limits) = app.tokens();
    Ok(body(&tokens.legacy(fresh, limits, now)?))
}

pub(super) fn check_grant_type(grant_type: Option<&str>) -> Result<(), Failure> {
    if grant_type == Some("client_credential") {
        Ok(())
    } else {
        Err(Failure::INVALID_GRANT_TYPE)
    }
}

/// The same for both families.
pub(super) fn body(issued: &Issued) -> Vec<u8> {
    #[derive(Serialize)]
    struct Token<'a> {
        access_token: &'a str,
        expires_in: i64,
    }
    object(&Token {
        access_token: &issued.token,
        expires_in: issued.expires_in,
    })
}
