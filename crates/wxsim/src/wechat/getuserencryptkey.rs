//! `GET` or `POST /wxa/business/getuserencryptkey`: the keys that a user's mini-program shares with the app's server.

use serde::Serialize;

use super::answer::object;
use super::login_state::LoginState;
use super::{Call, Outcome};
use crate::world::{UserEncryptKey, World};

#[derive(Serialize)]
struct Body {
    errcode: i64,
    errmsg: &'static str,
    key_info_list: Vec<UserEncryptKey>,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let LoginState { appid, user, .. } = LoginState::of(world, call, now)?;
    Ok(object(&Body {
        errcode: 0,
        errmsg: "ok",
        key_info_list: world.encrypt_keys(&appid, &user, now),
    }))
}
