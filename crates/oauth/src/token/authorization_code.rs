//! `authorization_code` (RFC 6749 §4.1.3) with PKCE (RFC 7636): the code of a login that was completed at the authorization
//! challenge endpoint.

use super::{Asked, FirstRefreshToken, Issuance, TokenGrant, audience};
use crate::{Context, error::OAuthError, form::Form};
use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    client::Client,
    id::{CodeId, EventId},
    login::{CodeChallenge, CodeRefused, Redeem},
    store,
    token::{OpaqueToken, TokenKind},
};
use sha2::{Digest, Sha256};

const DEAD: OAuthError = OAuthError::invalid_grant(
    "the code is unknown, expired, used before, or was issued to another client, code_verifier or redirect_uri",
);

pub(super) struct AuthorizationCodeGrant;

#[async_trait]
impl TokenGrant for AuthorizationCodeGrant {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        let code = form.require("code", "code is missing")?;
        // Whether one is due, the code says: a verifier without a challenge fails, and the reverse (RFC 9700 §4.8.2).
        let challenge = form.get("code_verifier").map(challenge_of).transpose()?;
        let code = OpaqueToken::parse(TokenKind::AuthorizationCode, code).map_err(|_| DEAD)?;
        let refresh = FirstRefreshToken::draw(cx, client);
        let act = Redeem {
            code: CodeId::from_uuid(code.id()),
            hash: code.hash(),
            client: client.id.clone(),
            challenge,
            redirect_uri: form.get("redirect_uri").map(str::to_owned),
            dpop_jkt: asked.key.map(|key| key.to_string()),
            binds_refresh: !client.is_confidential(),
            resource: asked.resource().cloned(),
            refresh: refresh.kept(),
            settings: cx.issuer.tenant.settings.clone(),
            event: EventId::generate(cx.now, cx.random),
            ip: cx.ip,
            now: cx.now,
        };
        let redeemed = store::write(cx.issuer.store.as_ref(), act).await?;
        let opened = redeemed.map_err(|refused| match refused {
            CodeRefused::Dead => DEAD,
            CodeRefused::WrongResource => audience::REFUSED,
        })?;
        Issuance::of(client, opened, refresh)
    }
}

/// The `S256` challenge of a verifier (RFC 7636 §4.6).
fn challenge_of(verifier: &str) -> Result<CodeChallenge, OAuthError> {
    const MALFORMED: OAuthError = OAuthError::invalid_request(
        "code_verifier must be 43 to 128 letters, digits, '-', '.', '_' or '~' (RFC 7636 section 4.1)",
    );
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(allowed) {
        return Err(MALFORMED);
    }
    CodeChallenge::parse(&BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))).map_err(OAuthError::defect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7636_appendix_b_the_challenge_of_a_verifier() {
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn rfc7636_4_1_a_verifier_has_43_to_128_unreserved_characters() {
        for bad in [
            "",
            &"a".repeat(42),
            &"a".repeat(129),
            &format!("{}+", "a".repeat(43)),
        ] {
            assert!(challenge_of(bad).is_err(), "{bad}");
        }
        assert!(challenge_of(&"~".repeat(128)).is_ok());
    }
}
