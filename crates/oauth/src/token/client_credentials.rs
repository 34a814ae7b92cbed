//! `client_credentials` (RFC 6749 §4.4): a client acts for itself.
//!
//! All scopes that Hufu knows concern a user, so such a token has none; and no refresh token (§4.4.3).

use super::{Asked, Issuance, TokenGrant};
use crate::{Context, access_token::Subject, error::OAuthError, form::Form, rfc6749};
use async_trait::async_trait;
use hufu_core::{client::Client, scope::Scope};

pub(super) struct ClientCredentials;

#[async_trait]
impl TokenGrant for ClientCredentials {
    async fn issue(
        &self,
        _cx: &Context<'_>,
        client: &Client,
        form: &Form,
        _asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        let scope = rfc6749::client_credentials(client, &Scope::default(), form.get("scope"))?;
        Ok(Issuance {
            subject: Subject::Client,
            scope,
            refresh_token: None,
            nonce: None,
        })
    }
}
