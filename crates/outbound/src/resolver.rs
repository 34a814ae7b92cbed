//! Names become addresses. Only what is given out here is connected to, so that no second look-up can bring another
//! address in between (DNS rebinding).

use crate::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use thiserror::Error;

/// The host has addresses, but none that may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the host has no public address")]
pub(crate) struct NoPublicAddress;

/// The machine's resolver, of whose answers only public addresses are left.
pub(crate) struct PublicOnly {
    pub(crate) allow_private_addresses: bool,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private_addresses;
        Box::pin(async move {
            // The port is the URL's: reqwest sets it.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| allow_private || is_public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
