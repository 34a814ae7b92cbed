//! Who is calling (RFC 6749 §2.3, OpenID Connect Core §9)? Every endpoint that takes a client asks here, so that no
//! grant can forget a client's secret.

use crate::{
    Context,
    client_assertion::{self, Accepted, Assertion, NotTaken},
    client_keys::Refetch,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_core::{
    client::{Client, ClientAuthentication, ClientId, ClientKeys},
    store,
    store::{Proof, UseOnce},
    token::SecretHash,
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use url::form_urlencoded;

const REFUSED: OAuthError = OAuthError::new(
    ErrorCode::InvalidClient,
    "client authentication failed: the client is unknown, its secret or assertion is missing or wrong, or it has none to send",
);

const ONE_WAY: OAuthError = OAuthError::invalid_request("the client may authenticate in one way only");

/// What a request says about its client.
struct Claimed {
    id: String,
    secret: Option<SecretString>,
}

/// Finds and authenticates the client of a request, by the way that it is registered with; an assertion is used by this.
/// `authorization` is the header's value.
pub async fn authenticate(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<Arc<Client>, OAuthError> {
    if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
        if authorization.is_some() || form.get("client_secret").is_some() {
            return Err(ONE_WAY);
        }
        return by_assertion(cx, form).await;
    }
    let claimed = claimed(form, authorization)?;
    let Ok(id) = ClientId::parse(&claimed.id) else {
        return Err(REFUSED);
    };
    let client = cx.issuer.client(&id).await?.ok_or(REFUSED)?;
    let proven = match (&client.authentication, &claimed.secret) {
        (ClientAuthentication::None, None) => true,
        // Basic and post carry one and the same secret, and libraries choose between them by themselves.
        (ClientAuthentication::Secret { hash, .. }, Some(secret)) => {
            *hash == SecretHash::of(secret.expose_secret().as_bytes())
        }
        _ => false,
    };
    if proven { Ok(client) } else { Err(REFUSED) }
}

/// `private_key_jwt`.
async fn by_assertion(cx: &Context<'_>, form: &Form) -> Result<Arc<Client>, OAuthError> {
    if form.get("client_assertion_type") != Some(client_assertion::TYPE) {
        return Err(REFUSED.detail("client_assertion_type is not jwt-bearer"));
    }
    let text = form.get("client_assertion").ok_or(REFUSED)?;
    let assertion = Assertion::read(text).map_err(|what| REFUSED.detail(what))?;
    if form.get("client_id").is_some_and(|id| id != assertion.subject()) {
        return Err(REFUSED.detail("client_id differs from the assertion's sub"));
    }
    let id = ClientId::parse(assertion.subject()).map_err(|what| REFUSED.detail(what))?;
    let client = cx.issuer.client(&id).await?.ok_or(REFUSED)?;
    let ClientAuthentication::PrivateKeyJwt(keys) = &client.authentication else {
        return Err(REFUSED.detail("the client is not registered for private_key_jwt"));
    };
    let accepted = checked(cx, &client, keys, &assertion).await?;
    let use_once = UseOnce {
        proof: Proof::of_client(&client.id, &accepted.jti),
        until: accepted.until,
    };
    if store::write(cx.issuer.store.as_ref(), use_once).await? {
        Ok(client)
    } else {
        Err(REFUSED.detail("the assertion was used before"))
    }
}

async fn checked(
    cx: &Context<'_>,
    client: &Client,
    keys: &ClientKeys,
    assertion: &Assertion<'_>,
) -> Result<Accepted, OAuthError> {
    let remembered = &cx.issuer.client_keys;
    let known = remembered.of(cx, client, keys, Refetch::IfOld).await;
    let known = known.map_err(|what| REFUSED.detail(what))?;
    let outcome = match assertion.check(client, &known, &cx.issuer.url, cx.now) {
        Err(NotTaken::UnknownKey) => {
            let newer = remembered.of(cx, client, keys, Refetch::IfAllowed).await;
            let newer = newer.map_err(|what| REFUSED.detail(what))?;
            assertion.check(client, &newer, &cx.issuer.url, cx.now)
        }
        outcome => outcome,
    };
    outcome.map_err(|why| match why {
        NotTaken::UnknownKey => REFUSED.detail("none of the client's keys has that kid and algorithm"),
        NotTaken::Wrong(what) => REFUSED.detail(what),
    })
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
        return Err(ONE_WAY);
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
