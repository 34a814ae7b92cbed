//! Where a request comes from.

use crate::app::App;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The address of the client, as far as it can be believed: the peer's own, or, where the peer is a trusted proxy, the
/// right-most entry of `X-Forwarded-For` that is not one (RFC 9700 §4.13). `None` where there is no peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientIp(pub(crate) Option<IpAddr>);

impl FromRequestParts<Arc<App>> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(peer)| {
            believed(peer.ip(), &parts.headers, &app.trusted_proxies)
        })))
    }
}

fn believed(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut nearest = peer.to_canonical();
    if !is_proxy(&nearest) {
        return nearest;
    }
    // Each proxy appends whom it heard from, so the list is read from its end until someone unknown speaks.
    for field in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in field.as_bytes().rsplit(|b| *b == b',') {
            let Some(ip) = address(entry) else {
                return nearest;
            };
            nearest = ip;
            if !is_proxy(&nearest) {
                return nearest;
            }
        }
    }
    nearest
}

fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let ip = text
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip()))?;
    Some(ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn seen(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        believed(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn r61_a_stranger_is_not_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), "192.0.2.1");
    }

    #[test]
    fn r61_a_trusted_proxy_is_believed_for_its_own_peer_only() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"], &trusted), "198.51.100.7");
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9, 198.51.100.7"], &trusted),
            "198.51.100.7",
            "what the client itself wrote stands further left"
        );
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9", "198.51.100.7,10.0.0.2"], &trusted),
            "198.51.100.7"
        );
    }

    #[test]
    fn r61_nonsense_ends_the_chain() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &[], &trusted), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["unknown"], &trusted), "10.0.0.1");
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9, , 10.0.0.2"], &trusted),
            "10.0.0.2"
        );
    }

    #[test]
    fn other_spellings_of_an_address() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(
            seen("::ffff:10.0.0.1", &["[2001:db8::1]:4711"], &trusted),
            "2001:db8::1"
        );
        assert_eq!(seen("10.0.0.1", &["198.51.100.7:80"], &trusted), "198.51.100.7");
    }
}
