//! `POST /wxa/business/checkencryptedmsg`: whether WeChat made this encrypted data within the last three days.
//!
//! An assumption: the hash is the hex of SHA-256 of the data's base64.

use serde::{Deserialize, Serialize};

use super::answer::object;
use super::{Call, Failure, Outcome, caller};
use crate::world::World;

#[derive(Deserialize)]
struct Request {
    encrypted_msg_hash: Option<String>,
}

#[derive(Serialize)]
struct Body {
    errcode: i64,
    errmsg: &'static str,
    /// Not a slip of ours.
    vaild: bool,
    create_time: i64,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    caller::with_access_token(world, call, now)?;
    let request: Request = serde_json::from_slice(&call.body).map_err(|_| Failure::DATA_FORMAT)?;
    let hash = request
        .encrypted_msg_hash
        .filter(|hash| !hash.is_empty())
        .ok_or(Failure::INVALID_ARGUMENT)?;
    let created_at = world.data_created_at(&hash, now);
    Ok(object(&Body {
        errcode: 0,
        errmsg: "ok",
        vaild: created_at.is_some(),
        create_time: created_at.unwrap_or_default(),
    }))
}
