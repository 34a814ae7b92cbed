//! Token revocation (RFC 7009).
//!
//! A refresh token takes its whole grant with it, access tokens included; an access token dies alone. A token that is
//! unknown, dead or another client's is answered as if it had been revoked (§2.2), and nothing is done to it.

use crate::{Context, access_token, client_authentication, error::OAuthError, form::Form};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    client::ClientId,
    id::RefreshTokenId,
    store::{self, Act, Unit},
    token::{OpaqueToken, SecretHash, TokenKind},
};

/// Answers a revocation request. `authorization` is the header's value.
pub async fn revoke(cx: &Context<'_>, form: &Form, authorization: Option<&str>) -> Result<(), OAuthError> {
    let client = client_authentication::authenticate(cx, form, authorization).await?;
    let token = form.require("token", "token is missing")?;
    let act = if let Ok(token) = OpaqueToken::parse(TokenKind::Refresh, token) {
        let id = RefreshTokenId::from_uuid(token.id());
        Revoke::Family {
            id,
            hash: token.hash(),
            client: client.id.clone(),
            now: cx.now,
        }
    } else {
        let claims = access_token::verify(cx.issuer, token, cx.now);
        let Some(claims) = claims.filter(|claims| claims.client_id == client.id.as_str()) else {
            return Ok(());
        };
        let expires_at = Instant::from_timestamp(claims.exp, 0).unwrap_or(Instant::MAX_UTC);
        Revoke::AccessToken {
            jti: claims.jti,
            expires_at,
        }
    };
    Ok(store::write(cx.issuer.store.as_ref(), act).await?)
}

enum Revoke {
    Family {
        id: RefreshTokenId,
        hash: SecretHash,
        client: ClientId,
        now: Instant,
    },
    AccessToken {
        jti: String,
        expires_at: Instant,
    },
}

#[async_trait]
impl Act for Revoke {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> store::Result<()> {
        match self {
            Self::AccessToken { jti, expires_at } => unit.revoke_access_token(jti, *expires_at).await,
            Self::Family {
                id,
                hash,
                client,
                now,
            } => {
                if let Some((token, live)) = unit.refresh_token(*id).await?
                    && token.hash == *hash
                    && live.grant.client_id == *client
                {
                    unit.revoke_family(live.grant.id, *now).await?;
                }
                Ok(())
            }
        }
    }
}
