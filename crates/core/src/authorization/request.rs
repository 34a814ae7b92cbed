//! A request whose members are all checked.

use super::ClaimsRequest;
use crate::{
    client::{ClientId, RedirectUri, Resource, ResponseMode},
    id::UserId,
    login::CodeChallenge,
    scope::Scope,
};
use serde::{Deserialize, Serialize};

/// A value of `prompt` (OpenID Connect Core §3.1.2.1, Initiating User Registration §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Show no page.
    None,
    /// Let the person prove anew who they are.
    Login,
    /// Ask again what the client may do.
    Consent,
    /// Let the person choose who they are.
    SelectAccount,
    /// Let the person become a user.
    Create,
}

impl Prompt {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Login,
        Self::Consent,
        Self::SelectAccount,
        Self::Create,
    ];

    /// The value of `prompt`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }
}

/// What a client asks for. Every member was checked against the client's registration when the request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes, as the request has it.
    pub redirect_uri: RedirectUri,
    /// How.
    pub response_mode: ResponseMode,
    /// Comes back as it is.
    pub state: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// How far the grant shall go.
    pub scope: Scope,
    /// PKCE, method `S256`.
    pub challenge: Option<CodeChallenge>,
    /// What to show.
    pub prompts: Vec<Prompt>,
    /// How long ago the person may have proved who they are, in seconds.
    pub max_age: Option<u32>,
    /// The only user that will do: of `id_token_hint`, or of `sub` in `claims`.
    pub subject: Option<UserId>,
    /// What the person may type first.
    pub login_hint: Option<String>,
    /// The languages that the person prefers, as they came.
    pub ui_locales: Option<String>,
    /// The classes of authentication that the client prefers.
    pub acr_values: Vec<String>,
    /// The classes of which one must be, where there are any.
    #[serde(default)]
    pub essential_acr: Vec<String>,
    /// Claims by name.
    pub claims: ClaimsRequest,
    /// What tokens shall be for, beside the issuer.
    pub resources: Vec<Resource>,
    /// The thumbprint of the key that may redeem the code (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// Whether the request has this prompt.
    pub fn has(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }

    /// What the person is asked to allow: the scope, and that of the claims that are asked for by name.
    pub fn asked_scope(&self) -> Scope {
        self.scope.union(&self.claims.scope())
    }
}
