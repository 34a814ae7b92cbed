//! Who is calling: the checks that come first at every endpoint that takes an app's secret or its access token, in
//! WeChat's order.

use std::sync::Arc;

use crate::world::{AppRecord, Standing, World};

use super::{Call, Failure};

/// 41002, then 41004.
pub(super) fn required(appid: Option<String>, secret: Option<String>) -> Result<(String, String), Failure> {
    let appid = appid.ok_or(Failure::APPID_MISSING)?;
    let secret = secret.ok_or(Failure::SECRET_MISSING)?;
    Ok((appid, secret))
}

/// 40013, then 40125.
pub(super) fn authenticate<'w>(
    world: &'w mut World,
    appid: &str,
    secret: &str,
) -> Result<&'w mut AppRecord, Failure> {
    let app = world.app_mut(appid).ok_or(Failure::INVALID_APPID)?;
    if app.has_secret(secret) {
        Ok(app)
    } else {
        Err(Failure::INVALID_SECRET)
    }
}

/// The same for the token endpoints, which also mind a frozen secret (40243) and the caller's address (40164).
pub(super) fn authenticate_for_token<'w>(
    world: &'w mut World,
    appid: &str,
    secret: &str,
    call: &Call,
) -> Result<&'w mut AppRecord, Failure> {
    let app = authenticate(world, appid, secret)?;
    if app.is_frozen() {
        return Err(Failure::SECRET_FROZEN);
    }
    if !app.allows(call.peer) {
        return Err(Failure::ip_not_allowed(call.peer));
    }
    Ok(app)
}

/// 41001, then 40001, then 42001: the app whose access token the call carries, of either family.
pub(super) fn with_access_token(world: &World, call: &Call, now: i64) -> Result<Arc<str>, Failure> {
    let token = call
        .parameter("access_token")
        .ok_or(Failure::ACCESS_TOKEN_MISSING)?;
    match world.token_owner(&token, now) {
        Some((appid, Standing::Works)) => Ok(appid),
        Some((_, Standing::Expired)) => Err(Failure::ACCESS_TOKEN_EXPIRED),
        Some((_, Standing::Dead)) | None => Err(Failure::INVALID_CREDENTIAL),
    }
}
