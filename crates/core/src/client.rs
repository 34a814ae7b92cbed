//! Clients (RFC 6749 §2, metadata of RFC 7591 §2): applications that ask for tokens.

mod details;

pub use details::{ApplicationType, ClientDetails, Pkce, Resource, ResponseMode, SecurityProfile, WebUrl};

use crate::{Instant, Invalid, scope::Scope, text::text_newtype, token::SecretHash, wechat_app::AppId};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

text_newtype!(
    /// A client identifier that the operator chooses: 1 to 64 of letters, digits, `.`, `_` and `-`. It may not begin like
    /// one of our own ids (`usr_` …), so that it never equals a `sub` of the same issuer (RFC 9700 §4.15.1).
    ClientId,
    |text: &str| -> Result<(), Invalid> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !(1..=64).contains(&text.len()) || !text.bytes().all(allowed) {
            return Err(Invalid("must be 1 to 64 letters, digits, '.', '_' or '-'"));
        }
        if text.starts_with(crate::id::UserId::PREFIX) {
            return Err(Invalid("must not begin with usr_, which is how user ids begin"));
        }
        Ok(())
    }
);

text_newtype!(
    /// A redirection URI (RFC 6749 §3.1.2): absolute, without fragment or userinfo, at most 2,000 bytes. `https`; `http`
    /// only for loopback; or an app's own scheme, which has a dot in it (RFC 8252 §7.1). Visible ASCII only: what is compared
    /// byte for byte must not have bytes that a URL parser passes over.
    RedirectUri,
    check_redirect_uri
);

fn check_redirect_uri(text: &str) -> Result<(), Invalid> {
    if text.len() > 2_000 {
        return Err(Invalid("must be at most 2,000 bytes"));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Invalid("must be visible ASCII: encode everything else with %"));
    }
    let url = Url::parse(text).map_err(|_| Invalid("must be an absolute URI"))?;
    if url.fragment().is_some() {
        return Err(Invalid("must not have a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid("must not have a user name or password"));
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        "http" => Err(Invalid("must be https, unless the host is loopback")),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(Invalid(
            "must be https, http on loopback, or a private-use scheme with a dot in it",
        )),
    }
}

/// A grant type that a client may be registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// An extension grant (RFC 6749 §4.5): the code of `wx.login` for tokens, in one round trip.
    WechatCode,
    /// RFC 8693: a service asks for a token of its own, to call the next one with.
    TokenExchange,
    /// RFC 8628: a device without a browser, whose person decides in another place.
    DeviceCode,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::WechatCode,
        Self::TokenExchange,
        Self::DeviceCode,
    ];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::WechatCode => "urn:hufu:grant-type:wechat-code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// Reads the value of `grant_type`. `password` is not among them, and never will be (RFC 9700 §2.4).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text).ok_or(Invalid(
            "must be authorization_code, refresh_token, client_credentials, urn:hufu:grant-type:wechat-code, \
             urn:ietf:params:oauth:grant-type:token-exchange or urn:ietf:params:oauth:grant-type:device_code",
        ))
    }
}

/// How a client proves itself at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// A public client: it has no secret.
    None,
    /// The secret in the `Authorization` header.
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// A JWT signed with the client's own key (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
    ];

    /// The value of `token_endpoint_auth_method`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Reads the value of `token_endpoint_auth_method`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or(Invalid(
                "must be none, client_secret_basic, client_secret_post or private_key_jwt",
            ))
    }
}

/// What a client's proof is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// A public client.
    None,
    /// A confidential client. Both ways of sending the secret are accepted; the method that it was registered with is
    /// kept because RFC 7591 gives it back.
    Secret {
        /// The registered way of sending.
        method: ClientAuthMethod,
        /// The secret's hash.
        hash: SecretHash,
    },
    /// A confidential client that signs with a key of its own.
    PrivateKeyJwt(ClientKeys),
}

/// Where a client's public keys are (RFC 7591 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// `jwks`: here, a JWK Set that was checked when it was registered.
    Inline(serde_json::Value),
    /// `jwks_uri`: at the client's.
    Uri(WebUrl),
}

impl ClientAuthentication {
    /// The value of `token_endpoint_auth_method`.
    pub const fn method(&self) -> ClientAuthMethod {
        match self {
            Self::None => ClientAuthMethod::None,
            Self::Secret { method, .. } => *method,
            Self::PrivateKeyJwt(_) => ClientAuthMethod::PrivateKeyJwt,
        }
    }
}

/// A client of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Unique in the tenant.
    pub id: ClientId,
    /// RFC 7591 `client_name`.
    pub name: Option<String>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// What it may ask for at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// Where the authorization endpoint may send the browser.
    pub redirect_uris: Vec<RedirectUri>,
    /// The widest scope that it may have, and the scope that it gets where it asks for none.
    pub scope: Scope,
    /// The JWS algorithm of its ID tokens.
    pub id_token_signed_response_alg: crate::signing_key::SigningAlgorithm,
    /// Whether it belongs to the tenant itself. Only such clients may handle proofs of a person.
    pub first_party: bool,
    /// The WeChat app whose login codes it sends.
    pub wechat_appid: Option<AppId>,
    /// What else it is registered with.
    pub details: ClientDetails,
    /// What its registration is read and changed with (RFC 7592 `registration_access_token`), where it registered itself.
    pub registration_token: Option<SecretHash>,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last replaced or patched.
    pub updated_at: Instant,
}

/// The name under which Hufu's own pages sign people in. No client can be registered by it.
pub const PAGES: &str = "hufu-pages";

impl Client {
    /// Hufu's own pages as a client: they stand in no table and get no tokens.
    pub fn pages() -> Self {
        Self {
            id: ClientId(PAGES.to_owned()),
            name: None,
            authentication: ClientAuthentication::None,
            grant_types: Vec::new(),
            redirect_uris: Vec::new(),
            scope: Scope::default(),
            id_token_signed_response_alg: crate::signing_key::SigningAlgorithm::Es256,
            first_party: true,
            wechat_appid: None,
            details: ClientDetails::default(),
            registration_token: None,
            created_at: Instant::UNIX_EPOCH,
            updated_at: Instant::UNIX_EPOCH,
        }
    }

    /// Whether the client was registered for `grant_type`.
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether the client proves itself (RFC 6749 §2.1).
    pub const fn is_confidential(&self) -> bool {
        !matches!(self.authentication, ClientAuthentication::None)
    }

    /// Whether the client has a secret.
    pub const fn has_secret(&self) -> bool {
        matches!(self.authentication, ClientAuthentication::Secret { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r15_a_client_id_cannot_look_like_a_sub() {
        assert!(ClientId::parse("usr_01920000000070008000000000000001").is_err());
        assert!(ClientId::parse("demo-shop").is_ok());
    }

    #[test]
    fn r9_there_is_no_password_grant() {
        assert!(GrantType::parse("password").is_err());
    }

    #[test]
    fn redirect_uris_are_vetted() {
        for good in [
            "https://rp.example/cb",
            "https://rp.example/cb?x=1",
            "http://127.0.0.1:3000/cb",
            "http://localhost/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
        ] {
            assert!(RedirectUri::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "https://rp.example/cb#f",
            "http://rp.example/cb",
            "https://u:p@rp.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://rp.example/\u{0}",
            "https://rp.example/a\nb",
            "https://rp.example/ä",
            "myapp:/cb",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }
}
