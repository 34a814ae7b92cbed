//! Clients.

use super::Mint;
use hufu_core::{
    client::{Client, ClientAuthMethod, ClientAuthentication, ClientDetails, ClientId, GrantType},
    scope::Scope,
    signing_key::SigningAlgorithm,
    token::SecretHash,
    wechat_app::AppId,
};

/// A client id that is known to be well-formed.
pub fn client_id(text: &str) -> ClientId {
    ClientId::parse(text).expect("a test's client id is well-formed")
}

/// A scope that is known to be well-formed.
pub fn scope(text: &str) -> Scope {
    Scope::parse(text).expect("a test's scope is well-formed")
}

impl Mint {
    /// A public first-party mini-program client of no app in particular.
    pub fn client(&self, id: &str) -> Client {
        let now = self.now();
        Client {
            id: client_id(id),
            name: None,
            authentication: ClientAuthentication::None,
            grant_types: vec![GrantType::WechatCode, GrantType::RefreshToken],
            redirect_uris: vec![],
            scope: scope("offline_access openid profile wechat"),
            id_token_signed_response_alg: SigningAlgorithm::Es256,
            first_party: true,
            wechat_appid: None,
            details: ClientDetails::default(),
            registration_token: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Small changes to a client.
pub trait ClientChanges {
    /// Makes it a client of a WeChat app.
    #[must_use]
    fn of_app(self, appid: &AppId) -> Self;
    /// Makes it confidential, by HTTP Basic, with the hash of `secret`.
    #[must_use]
    fn with_secret(self, secret: &str) -> Self;
}

impl ClientChanges for Client {
    fn of_app(self, appid: &AppId) -> Self {
        Self {
            wechat_appid: Some(appid.clone()),
            ..self
        }
    }

    fn with_secret(self, secret: &str) -> Self {
        Self {
            authentication: ClientAuthentication::Secret {
                method: ClientAuthMethod::ClientSecretBasic,
                hash: SecretHash::of(secret.as_bytes()),
            },
            ..self
        }
    }
}
