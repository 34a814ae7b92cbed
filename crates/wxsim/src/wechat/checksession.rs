//! `GET /wxa/checksession`: whether a session key is the one in force.

use serde::Serialize;

use super::answer::object;
use super::login_state::LoginState;
use super::{Call, Outcome};
use crate::world::World;

#[derive(Serialize)]
struct Body {
    errcode: i64,
    errmsg: &'static str,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    LoginState::of(world, call, now)?;
    Ok(object(&Body {
        errcode: 0,
        errmsg: "ok",
    }))
}
