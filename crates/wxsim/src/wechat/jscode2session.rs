//! `GET /sns/jscode2session`: a login code for the user's openid and session key.

use serde::Serialize;

use super::answer::object;
use super::{Call, Failure, Outcome, caller};
use crate::world::World;

/// No `errcode`: WeChat leaves it out on success here.
#[derive(Serialize)]
struct Body {
    session_key: String,
    openid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<String>,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let (appid, secret) = caller::required(call.parameter("appid"), call.parameter("secret"))?;
    let js_code = call.parameter("js_code").ok_or(Failure::CODE_MISSING)?;
    if call.parameter("grant_type").as_deref() != Some("authorization_code") {
        return Err(Failure::INVALID_GRANT_TYPE);
    }
    caller::authenticate(world, &appid, &secret)?;
    // The user is known only through the code, and only where the code is this app's.
    let user = world
        .login_code_mut(&js_code)
        .filter(|code| *code.appid == *appid)
        .map(|code| code.user.clone());
    if let Some(app) = world.app_mut(&appid) {
        app.count_login(user.as_deref(), now)?;
    }
    let user = user.ok_or(Failure::INVALID_CODE)?;
    check_standing(world, &user)?;
    let session_key = use_up(world, &js_code, now)?;
    let open_account = world.app_mut(&appid).and_then(|app| app.open_account().cloned());
    let lots = world.lots();
    Ok(object(&Body {
        session_key: lots.session_key(&appid, &user, session_key),
        openid: lots.openid(&appid, &user),
        unionid: open_account.map(|account| lots.unionid(&account, &user)),
    }))
}

fn check_standing(world: &World, user: &str) -> Result<(), Failure> {
    match world.user(user) {
        Some(user) if user.is_closed() => Err(Failure::USER_LIMITED),
        Some(user) if user.is_intercepted() => Err(Failure::CODE_BLOCKED),
        _ => Ok(()),
    }
}

/// Marks the code used and returns the generation of its session key. A refused code stays as it was.
fn use_up(world: &mut World, js_code: &str, now: i64) -> Result<u32, Failure> {
    let code = world.login_code_mut(js_code).ok_or(Failure::INVALID_CODE)?;
    if code.is_used {
        return Err(Failure::CODE_USED);
    }
    if code.is_expired(now) {
        return Err(Failure::INVALID_CODE);
    }
    code.is_used = true;
    Ok(code.grant)
}
