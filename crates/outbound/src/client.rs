//! The calls.

#![expect(
    clippy::disallowed_types,
    reason = "the one client for URLs that clients register: it has a budget, a body limit and an address guard"
)]

use crate::{
    address::is_public,
    resolver::{NoPublicAddress, PublicOnly},
};
use async_trait::async_trait;
use hufu_core::outbound::{LONGEST_ANSWER, Outbound, OutboundError};
use reqwest::{Certificate, RequestBuilder, Response, header};
use std::{error::Error, net::IpAddr, time::Duration};
use thiserror::Error;
use url::{Host, Url};

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// Whom may be called, and whom is believed.
#[derive(Debug, Clone)]
pub struct Config {
    /// Certificates that are trusted beside the machine's own: PEM, one or more.
    pub ca: Option<Vec<u8>>,
    /// Whether private addresses may be called, and by plain `http` too. For development, and for installations whose clients
    /// are in the same network.
    pub allow_private_addresses: bool,
    /// How long a call may take, from the look-up of the name to the last byte; 5 seconds by default.
    pub budget: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ca: None,
            allow_private_addresses: false,
            budget: Duration::from_secs(5),
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, Error)]
pub enum UnusableConfig {
    /// The extra certificates.
    #[error("the extra CA certificates are not PEM")]
    Ca,
    /// TLS.
    #[error("no client can be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// Calls what clients registered.
pub struct HttpOutbound {
    client: reqwest::Client,
    allow_private_addresses: bool,
    budget: Duration,
}

impl HttpOutbound {
    /// A client of that configuration.
    pub fn new(config: &Config) -> Result<Self, UnusableConfig> {
        let ca = match &config.ca {
            None => Vec::new(),
            Some(pem) => match Certificate::from_pem_bundle(pem) {
                Ok(ca) if !ca.is_empty() => ca,
                _ => return Err(UnusableConfig::Ca),
            },
        };
        let allow_private_addresses = config.allow_private_addresses;
        let client = reqwest::Client::builder()
            .user_agent(concat!("hufu/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(ca)
            .dns_resolver(PublicOnly {
                allow_private_addresses,
            })
            // A redirect would go where nobody registered anything.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // What a proxy connects to cannot be checked here.
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| UnusableConfig::Client(error.without_url()))?;
        Ok(Self {
            client,
            allow_private_addresses,
            budget: config.budget,
        })
    }

    async fn within_budget<T>(
        &self,
        call: impl Future<Output = Result<T, OutboundError>> + Send,
    ) -> Result<T, OutboundError> {
        tokio::time::timeout(self.budget, call)
            .await
            .map_err(|_| OutboundError::TimedOut)?
    }

    /// What can be told from the URL alone. An address in it is never looked up, so it is checked here.
    fn check(&self, url: &Url) -> Result<(), OutboundError> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private_addresses => {}
            _ => return Err(OutboundError::Refused("it is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Refused("it has a user name or password"));
        }
        let address = match url.host() {
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            None => return Err(OutboundError::Refused("it has no host")),
        };
        if self.allow_private_addresses || is_public(address) {
            Ok(())
        } else {
            Err(OutboundError::PrivateAddress)
        }
    }
}

#[async_trait]
impl Outbound for HttpOutbound {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError> {
        self.check(url)?;
        self.within_budget(async {
            let request = self.client.get(url.clone());
            let response = send(request.header(header::ACCEPT, "application/json")).await?;
            let status = response.status();
            if !status.is_success() {
                return Err(OutboundError::Status(status.as_u16()));
            }
            read(response).await
        })
        .await
    }

    async fn post_form(&self, url: &Url, body: String) -> Result<u16, OutboundError> {
        self.check(url)?;
        self.within_budget(async {
            let request = self
                .client
                .post(url.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            Ok(send(request.body(body)).await?.status().as_u16())
        })
        .await
    }
}

async fn send(request: RequestBuilder) -> Result<Response, OutboundError> {
    request.send().await.map_err(failed)
}

async fn read(mut response: Response) -> Result<Vec<u8>, OutboundError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(OutboundError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause says what happened; the outer ones would say the URL.
fn failed(error: reqwest::Error) -> OutboundError {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if cause.is::<NoPublicAddress>() {
        OutboundError::PrivateAddress
    } else {
        OutboundError::Connection(cause.to_string())
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
