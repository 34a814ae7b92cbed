//! A client's public keys, read as they are when a signature is checked.

use crate::{admin::clients::body::ClientRequest, wire::Fields};
use hufu_core::{
    Invalid,
    client::{ClientAuthMethod, ClientKeys, WebUrl},
};
use hufu_oauth::jwk::PublicJwks;
use serde_json::Value;

/// The most keys of one client.
const MOST_KEYS: usize = 16;

/// The keys of a client that proves itself with one. Nothing else has use for them.
pub(super) fn keys(
    request: &ClientRequest,
    method: Option<ClientAuthMethod>,
    fields: &mut Fields,
) -> Option<ClientKeys> {
    const UNUSED: &str = "is for private_key_jwt only";
    let uri = request.jwks_uri.as_deref().map(WebUrl::parse);
    let uri = fields.keep_optional("/jwks_uri", uri);
    let set = request.jwks.as_ref().map(|set| check(set).map(|()| set.clone()));
    let set = fields.keep_optional("/jwks", set);
    if method != Some(ClientAuthMethod::PrivateKeyJwt) {
        for (pointer, is_given) in [
            ("/jwks", request.jwks.is_some()),
            ("/jwks_uri", request.jwks_uri.is_some()),
        ] {
            if is_given && method.is_some() {
                fields.refuse(pointer, UNUSED);
            }
        }
        return None;
    }
    match (&request.jwks, &request.jwks_uri) {
        // RFC 7591 §2: never both.
        (Some(_), Some(_)) => fields.refuse("/jwks_uri", "must not be there together with jwks"),
        (None, None) => fields.refuse(
            "/token_endpoint_auth_method",
            "private_key_jwt needs jwks or jwks_uri",
        ),
        _ => {}
    }
    uri.map(ClientKeys::Uri).or(set.map(ClientKeys::Inline))
}

fn check(set: &Value) -> Result<(), Invalid> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or(Invalid("must be a JWK Set: an object with keys"))?;
    if !(1..=MOST_KEYS).contains(&keys.len()) {
        return Err(Invalid("must have 1 to 16 keys"));
    }
    let usable = PublicJwks::parse(set)?;
    if usable.len() == keys.len() {
        Ok(())
    } else {
        Err(Invalid(
            "must have keys for signatures alone: P-256, Ed25519 or RSA",
        ))
    }
}
