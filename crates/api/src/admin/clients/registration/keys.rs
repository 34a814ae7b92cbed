//! A client's public keys, as far as their members say: whether a signature is right is found out where one is checked.

use crate::{admin::clients::body::ClientRequest, wire::Fields};
use hufu_core::{
    Invalid,
    client::{ClientAuthMethod, ClientKeys, WebUrl},
};
use serde_json::Value;

/// The most keys of one client.
const MOST_KEYS: usize = 16;

/// The longest member of a key, in characters: the modulus of RSA with 8,192 bits.
const LONGEST_MEMBER: usize = 1_400;

/// Members that only a private key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

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
    keys.iter().try_for_each(check_key)
}

fn check_key(key: &Value) -> Result<(), Invalid> {
    let key = key.as_object().ok_or(Invalid("must have objects in keys"))?;
    if PRIVATE.iter().any(|name| key.contains_key(*name)) {
        return Err(Invalid(
            "must have public keys only: take the private members out",
        ));
    }
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let is_number = |name: &str| {
        text(name).is_some_and(|text| {
            (1..=LONGEST_MEMBER).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
    };
    let is_known = match text("kty") {
        Some("EC") => text("crv") == Some("P-256") && is_number("x") && is_number("y"),
        Some("OKP") => text("crv") == Some("Ed25519") && is_number("x"),
        // 2,048 bits are 342 characters.
        Some("RSA") => is_number("n") && is_number("e") && text("n").is_some_and(|n| n.len() >= 342),
        _ => false,
    };
    if is_known {
        Ok(())
    } else {
        Err(Invalid(
            "must have keys of P-256, Ed25519 or RSA with 2,048 bits or more",
        ))
    }
}
