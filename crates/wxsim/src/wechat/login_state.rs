//! Whose session a call is about: the checks that are common to the endpoints that take a signature of a login state.
//!
//! An assumption: what is missing is answered like what is wrong.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::{Call, Failure, caller};
use crate::crypt::open_data::login_state_signature;
use crate::world::World;

/// A user who has logged in to an app, proven by the session key in force.
pub(super) struct LoginState {
    pub(super) appid: Arc<str>,
    pub(super) user: Arc<str>,
    pub(super) openid: String,
}

impl LoginState {
    /// The access token's checks, then 40003, 40097, 87009.
    pub(super) fn of(world: &World, call: &Call, now: i64) -> Result<Self, Failure> {
        let appid = caller::with_access_token(world, call, now)?;
        let openid = call.argument("openid").ok_or(Failure::INVALID_OPENID)?;
        let app = world.known_app(&appid).map_err(|_| Failure::INVALID_CREDENTIAL)?;
        let user = app.member(&openid).cloned().ok_or(Failure::INVALID_OPENID)?;
        if call.argument("sig_method").as_deref() != Some("hmac_sha256") {
            return Err(Failure::INVALID_ARGUMENT);
        }
        let session_key = world
            .session_key(&appid, &user)
            .ok_or(Failure::INVALID_LOGIN_SIGNATURE)?;
        let expected = login_state_signature("", &session_key);
        let shown = call.argument("signature").unwrap_or_default();
        if bool::from(shown.as_bytes().ct_eq(expected.as_bytes())) {
            Ok(Self { appid, user, openid })
        } else {
            Err(Failure::INVALID_LOGIN_SIGNATURE)
        }
    }
}
