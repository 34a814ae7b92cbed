//! Whom may be redirected to?

use crate::{Context, error::OAuthError, form::Form};
use hufu_core::client::{ApplicationType, Client, ClientId, RedirectUri};
use std::sync::Arc;
use url::{Host, Url};

const UNKNOWN_CLIENT: &str = "Unknown client: client_id is missing or not registered here.";
const INVALID_REDIRECT: &str =
    "Invalid redirect_uri: it is missing or differs from those that the client registered.";

/// Client and redirect URI of a request; or what the error page says.
pub(super) async fn find(
    cx: &Context<'_>,
    form: &Form,
) -> Result<Result<(Arc<Client>, RedirectUri), &'static str>, OAuthError> {
    let client = match form.get("client_id").and_then(|id| ClientId::parse(id).ok()) {
        Some(id) => cx.issuer.client(&id).await?,
        None => None,
    };
    let Some(client) = client else {
        return Ok(Err(UNKNOWN_CLIENT));
    };
    let uri = form.get("redirect_uri").and_then(|uri| of_client(&client, uri));
    Ok(uri.map(|uri| (client, uri)).ok_or(INVALID_REDIRECT))
}

/// The presented URI, where the client registered it: byte for byte (RFC 9700 §4.1.3). The texts are compared, never the parsed
/// URLs. Only the port of a native client's loopback URI may differ (RFC 8252 §7.3).
pub(super) fn of_client(client: &Client, presented: &str) -> Option<RedirectUri> {
    let uri = RedirectUri::parse(presented).ok()?;
    let is_native = client.details.application_type == ApplicationType::Native;
    let fits = |registered: &RedirectUri| {
        *registered == uri
            || (is_native
                && without_port(registered.as_str()) == without_port(presented)
                && is_loopback(presented))
    };
    client.redirect_uris.iter().any(fits).then_some(uri)
}

fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(Host::Ipv4(ip)) => ip.is_loopback(),
                Some(Host::Ipv6(ip)) => ip.is_loopback(),
                // A name can be made to mean another machine (RFC 8252 §8.3).
                Some(Host::Domain(_)) | None => false,
            }
    })
}

/// The text with the port taken out of it: nothing else is normalized.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    Some((host, path))
}

/// The text of the error page for a redirect URI that is not the client's.
pub(super) const fn unregistered() -> &'static str {
    INVALID_REDIRECT
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::{
        Instant,
        client::{ClientAuthentication, ClientDetails},
        scope::Scope,
        signing_key::SigningAlgorithm,
    };
    use proptest::prelude::*;

    fn client(uris: &[&str], application_type: ApplicationType) -> Client {
        Client {
            id: ClientId::parse("app").unwrap(),
            name: None,
            authentication: ClientAuthentication::None,
            grant_types: vec![],
            redirect_uris: uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect(),
            scope: Scope::default(),
            id_token_signed_response_alg: SigningAlgorithm::Es256,
            first_party: false,
            wechat_appid: None,
            details: ClientDetails {
                application_type,
                ..ClientDetails::default()
            },
            registration_token: None,
            created_at: Instant::UNIX_EPOCH,
            updated_at: Instant::UNIX_EPOCH,
        }
    }

    #[test]
    fn r1_a_redirect_uri_is_compared_byte_for_byte() {
        let web = client(
            &["https://rp.example/cb?x=1", "http://127.0.0.1:3000/cb"],
            ApplicationType::Web,
        );
        assert!(of_client(&web, "https://rp.example/cb?x=1").is_some());
        for other in [
            "https://rp.example/cb",
            "https://rp.example/cb?x=1&y=2",
            "https://rp.example/cb?x=%31",
            "https://rp.example:443/cb?x=1",
            "https://RP.example/cb?x=1",
            "https://rp.example/./cb?x=1",
            "https://rp.example/cb/?x=1",
            "http://127.0.0.1:3001/cb",
            "",
        ] {
            assert!(of_client(&web, other).is_none(), "{other}");
        }
    }

    #[test]
    fn rfc8252_7_3_a_native_clients_loopback_uri_may_have_any_port() {
        let native = client(
            &["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost/cb"],
            ApplicationType::Native,
        );
        for good in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:9/cb",
            "http://[::1]/cb",
        ] {
            assert!(of_client(&native, good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/cb?x",
            "http://127.0.0.2:1/cb",
            "http://localhost:9/cb",
            "https://127.0.0.1:9/cb",
            "http://127.0.0.1:9@evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://evil.example:9/cb",
        ] {
            assert!(of_client(&native, bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn r1_only_the_text_that_was_registered_fits(text in "(https?://)?(rp\\.example|127\\.0\\.0\\.1|.{0,9})(:[0-9]{0,6})?(/cb)?.{0,30}") {
            let uri = "https://rp.example/cb";
            let web = client(&[uri], ApplicationType::Web);
            prop_assert_eq!(of_client(&web, &text).is_some(), text == uri);
        }

        #[test]
        fn rfc8252_7_3_a_port_is_all_that_may_differ(
            port in any::<u16>(),
            before in "[^:/?#]{0,8}",
            after in ".{0,8}",
        ) {
            let native = client(&["http://127.0.0.1/cb"], ApplicationType::Native);
            let taken = |uri: &str| of_client(&native, uri).map(|uri| uri.as_str().to_owned());
            let uri = format!("http://127.0.0.1:{port}/cb");
            prop_assert_eq!(taken(&uri), Some(uri));
            let longer = format!("http://127.0.0.1:{port}/cb{after}");
            prop_assert_eq!(taken(&longer).is_some(), after.is_empty());
            let elsewhere = format!("http://{before}127.0.0.1:{port}/cb");
            prop_assert_eq!(taken(&elsewhere).is_some(), before.is_empty());
        }
    }
}
