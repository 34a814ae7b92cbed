//! `POST /cgi-bin/stable_token`: the stable access token, the same for every caller until it is nearly over.

use serde::Deserialize;

use super::token::{body, check_grant_type};
use super::{Call, Failure, Outcome, caller};
use crate::world::World;

#[derive(Deserialize)]
struct Request {
    grant_type: Option<String>,
    appid: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    force_refresh: bool,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let request: Request = serde_json::from_slice(&call.body).map_err(|_| Failure::DATA_FORMAT)?;
    let given = |value: Option<String>| value.filter(|text| !text.is_empty());
    let (appid, secret) = caller::required(given(request.appid), given(request.secret))?;
    check_grant_type(request.grant_type.as_deref())?;
    let fresh = world.fresh_access_token();
    let app = caller::authenticate_for_token(world, &appid, &secret, call)?;
    let (tokens, limits) = app.tokens();
    let issued = if request.force_refresh {
        tokens.stable_forced(fresh, limits, now)?
    } else {
        tokens.stable(fresh, limits, now)?
    };
    Ok(body(&issued))
}
