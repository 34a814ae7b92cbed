//! `POST /wxa/business/getuserphonenumber`: a code of the phone button for the user's phone number.
//!
//! An assumption: a code of another user than the `openid` that was given is answered like a code that never was.

use serde::{Deserialize, Serialize};

use super::answer::object;
use super::{Call, Failure, Outcome, caller};
use crate::world::World;

#[derive(Deserialize)]
struct Request {
    code: Option<String>,
    openid: Option<String>,
}

#[derive(Serialize)]
struct Body {
    errcode: i64,
    errmsg: &'static str,
    phone_info: PhoneInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    phone_number: String,
    pure_phone_number: String,
    country_code: &'static str,
    watermark: Watermark,
}

#[derive(Serialize)]
struct Watermark {
    /// When the user pressed the button.
    timestamp: i64,
    appid: String,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let appid = caller::with_access_token(world, call, now)?;
    let request: Request = serde_json::from_slice(&call.body).map_err(|_| Failure::DATA_FORMAT)?;
    let given = |value: Option<String>| value.filter(|text| !text.is_empty());
    let code = given(request.code).ok_or(Failure::INVALID_ARGUMENT)?;
    if let Some(app) = world.app_mut(&appid) {
        if !app.may_have_phones() {
            return Err(Failure::API_UNAUTHORIZED);
        }
        app.count_phone(now)?;
    }
    let invalid_code = || Failure::INVALID_CODE.with_hint();
    let wanted_user = given(request.openid);
    let lots = world.lots().clone();
    let code = world.phone_code_mut(&code).ok_or_else(invalid_code)?;
    if code.appid != appid {
        return Err(Failure::INVALID_APPID.with_hint());
    }
    let is_another_users = wanted_user.is_some_and(|openid| openid != lots.openid(&appid, &code.user));
    if is_another_users || code.is_used || code.is_expired(now) {
        return Err(invalid_code());
    }
    code.is_used = true;
    Ok(object(&Body {
        errcode: 0,
        errmsg: "ok",
        phone_info: PhoneInfo {
            phone_number: code.grant.full_number(),
            pure_phone_number: code.grant.pure_number.clone(),
            country_code: code.grant.country_code,
            watermark: Watermark {
                timestamp: code.minted_at,
                appid: appid.as_ref().to_owned(),
            },
        },
    }))
}
