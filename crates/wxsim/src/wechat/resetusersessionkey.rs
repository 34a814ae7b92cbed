//! `GET /wxa/resetusersessionkey`: a new session key for a user; the old one is dead.

use serde::Serialize;

use super::answer::object;
use super::login_state::LoginState;
use super::{Call, Failure, Outcome};
use crate::world::World;

#[derive(Serialize)]
struct Body {
    errcode: i64,
    errmsg: &'static str,
    openid: String,
    session_key: String,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let LoginState { appid, user, openid } = LoginState::of(world, call, now)?;
    world.rotate_session_key(&appid, &user, now);
    let session_key = world.session_key(&appid, &user).ok_or(Failure::SYSTEM_BUSY)?;
    Ok(object(&Body {
        errcode: 0,
        errmsg: "ok",
        openid,
        session_key,
    }))
}
