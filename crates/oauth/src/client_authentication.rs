//! Who is calling (RFC 6749 §2.3, OpenID Connect Core §9)? Every endpoint that takes a client asks here, so that no
//! grant can forget a client's secret.

use crate::{
    error::{ErrorCode, OAuthError},
    form::Form,
    issuer::Issuer,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_core::{
    client::{Client, ClientAuthentication, ClientId},
    token::SecretHash,
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use url::form_urlencoded;

const REFUSED: OAuthError = OAuthError::new(
    ErrorCode::InvalidClient,
    "client authentication failed: the client is unknown, its secret is missing or wrong, or it has none to send",
);

/// What a request says about its client.
struct Claimed {
    id: String,
    secret: Option<SecretString>,
}

/// Finds and authenticates the client of a request. `authorization` is the header's value.
pub async fn authenticate(
    issuer: &Issuer,
    form: &Form,
    authorization: Option<&str>,
) -> Result<Arc<Client>, OAuthError> {
    let claimed = claimed(form, authorization)?;
    let Ok(id) = ClientId::parse(&claimed.id) else {
        return Err(REFUSED);
    };
    let client = issuer.client(&id).await?.ok_or(REFUSED)?;
    let proven = match (&client.authentication, &claimed.secret) {
        (ClientAuthentication::None, None) => true,
        (ClientAuthentication::Secret { hash, .. }, Some(secret)) => {
            *hash == SecretHash::of(secret.expose_secret().as_bytes())
        }
        _ => false,
    };
    if proven { Ok(client) } else { Err(REFUSED) }
}

fn claimed(form: &Form, authorization: Option<&str>) -> Result<Claimed, OAuthError> {
    let in_form = form.get("client_secret");
    let Some(header) = authorization else {
        let id = form.get("client_id").ok_or(REFUSED)?.to_owned();
        return Ok(Claimed {
            id,
            secret: in_form.map(SecretString::from),
        });
    };
    if in_form.is_some() {
        return Err(OAuthError::invalid_request(
            "the client may authenticate in one way only",
        ));
    }
    let claimed = basic(header).ok_or(REFUSED)?;
    if form.get("client_id").is_some_and(|id| id != claimed.id) {
        return Err(OAuthError::invalid_request(
            "client_id differs from the client in the Authorization header",
        ));
    }
    Ok(claimed)
}

/// RFC 7617, with id and secret form-encoded before (RFC 6749 §2.3.1). An empty secret is none.
fn basic(header: &str) -> Option<Claimed> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let secret = form_decode(secret);
    Some(Claimed {
        id: form_decode(id),
        secret: (!secret.is_empty()).then(|| SecretString::from(secret)),
    })
}

fn form_decode(text: &str) -> String {
    // `parse` would split at `&` and `=`; they cannot stand unescaped in a form-encoded value, so escape them first.
    let escaped = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credentials: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(credentials))
    }

    #[test]
    fn rfc6749_2_3_1_basic_credentials_are_form_decoded() {
        let claimed = basic(&header("web:s3cr%25t%3A+%26%3D")).unwrap();
        assert_eq!(claimed.id, "web");
        assert_eq!(claimed.secret.unwrap().expose_secret(), "s3cr%t: &=");
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert!(basic(&header("web:")).unwrap().secret.is_none());
    }

    #[test]
    fn malformed_headers_are_refused() {
        for bad in ["", "Basic", "Basic !!!", "Bearer abc", &header("no-colon")] {
            assert!(basic(bad).is_none(), "{bad}");
        }
    }
}
