//! What a client is registered with beside its name, its proof, its grants and its scope. All of it has a default, so that a
//! client that was registered before a member existed is read as one that did not name it.

use super::RedirectUri;
use crate::{Invalid, text::text_newtype};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

text_newtype!(
    /// A URL of a page, a picture or an endpoint of the client's: `https`, or `http` on loopback; without userinfo and fragment;
    /// at most 2,000 bytes of visible ASCII.
    WebUrl,
    |text: &str| {
        if text.len() > 2_000 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Invalid("must be at most 2,000 bytes of visible ASCII"));
        }
        let url = Url::parse(text).map_err(|_| Invalid("must be an absolute URL"))?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        let is_web = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        if is_web && url.fragment().is_none() && url.username().is_empty() && url.password().is_none() {
            Ok(())
        } else {
            Err(Invalid("must be an https URL (http on loopback) without fragment and user name"))
        }
    }
);

text_newtype!(
    /// A resource that tokens can be for (RFC 8707 §2): an absolute URI without fragment, at most 2,000 bytes of visible ASCII.
    Resource,
    |text: &str| {
        let is_uri = text.len() <= 2_000
            && text.bytes().all(|b| b.is_ascii_graphic())
            && Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if is_uri { Ok(()) } else { Err(Invalid("must be an absolute URI without fragment")) }
    }
);

/// How the authorization endpoint answers (OAuth 2.0 Multiple Response Types §2.1, OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI. The default.
    Query,
    /// In a form that the browser posts to the redirect URI.
    FormPost,
}

impl ResponseMode {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// The value of `response_mode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// Reads the value of `response_mode`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or(Invalid("must be query or form_post"))
    }
}

/// Whether a client must send a PKCE challenge (RFC 7636).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// Always. The default, and the only value of a public client (RFC 9700 §2.1.1).
    #[default]
    Required,
    /// A confidential client may do without. A challenge that it sends counts.
    Optional,
}

/// Which set of rules a client keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProfile {
    /// RFC 9700.
    #[default]
    Standard,
    /// The FAPI 2.0 Security Profile: pushed requests, `private_key_jwt`, DPoP, no RS256.
    Fapi2,
}

impl SecurityProfile {
    /// The value of `security_profile`. The standard profile has no name on the wire: it is that of a client without one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fapi2 => "fapi2",
        }
    }

    /// Reads the value of `security_profile`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text == Self::Fapi2.as_str() {
            Ok(Self::Fapi2)
        } else {
            Err(Invalid("must be fapi2, or left out"))
        }
    }
}

/// What a client is (OpenID Connect Dynamic Client Registration §2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// In a browser or on a server.
    #[default]
    Web,
    /// On a device: its loopback redirect URIs may have any port (RFC 8252 §7.3).
    Native,
}

impl ApplicationType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Web, Self::Native];

    /// The value of `application_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }

    /// Reads the value of `application_type`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(Invalid("must be web or native"))
    }
}

/// The members of a client's metadata that have defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientDetails {
    /// `application_type`.
    pub application_type: ApplicationType,
    /// `client_uri`: its home page.
    pub client_uri: Option<WebUrl>,
    /// `logo_uri`: shown where people sign in.
    pub logo_uri: Option<WebUrl>,
    /// `policy_uri`: its privacy policy, linked where people sign in.
    pub policy_uri: Option<WebUrl>,
    /// `tos_uri`: its terms of service, linked where people sign in.
    pub tos_uri: Option<WebUrl>,
    /// `post_logout_redirect_uris`: where a logout may send the browser, byte for byte.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// `backchannel_logout_uri`: where it is told that a session ended.
    pub backchannel_logout_uri: Option<WebUrl>,
    /// `backchannel_logout_session_required`. Hufu's logout tokens always have a `sid`.
    pub backchannel_logout_session_required: bool,
    /// `default_max_age`: how long ago a person may have proved who they are where the request says nothing, in seconds.
    pub default_max_age: Option<u32>,
    /// `response_modes`: those that it may ask for; empty for all.
    pub response_modes: Vec<ResponseMode>,
    /// `resources`: those that it may ask tokens for, beside the issuer itself.
    pub resources: Vec<Resource>,
    /// `require_pkce`.
    pub pkce: Pkce,
    /// `require_pushed_authorization_requests` (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// `security_profile`.
    pub security_profile: SecurityProfile,
}

impl ClientDetails {
    /// Whether the client keeps FAPI 2.0.
    pub fn is_fapi(&self) -> bool {
        self.security_profile == SecurityProfile::Fapi2
    }
}
