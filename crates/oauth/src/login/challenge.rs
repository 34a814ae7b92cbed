//! The authorization challenge endpoint: signing in without a browser, step by step.
//!
//! Source: draft-ietf-oauth-first-party-apps.

use super::{
    INVALID_SESSION, ProofFields, parse_session,
    step::{self, Step},
};
use crate::{
    Context, client_authentication, dpop,
    error::{ErrorCode, OAuthError},
    form::Form,
    token::requested_scope,
};
use hufu_core::{
    client::{Client, GrantType},
    login::{CodeChallenge, LoginTransaction, Outcome, Presented, Wants},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// A login that is complete.
#[derive(Serialize)]
pub struct ChallengeResponse {
    /// For the token endpoint, without `redirect_uri`: good for a minute, once.
    #[serde(serialize_with = "reveal")]
    pub authorization_code: SecretString,
}

fn reveal<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Answers a step of a login. `authorization` is the header's value.
pub async fn challenge(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<ChallengeResponse, OAuthError> {
    let presented = form.get("auth_session").map(parse_session).transpose()?;
    let kept = match &presented {
        Some(presented) => cx.issuer.store.transaction(presented.id).await?,
        None => None,
    };
    let client = client_of(cx, form, authorization, presented.as_ref(), kept.as_ref()).await?;
    check(cx, form, &client)?;
    let kept = match (&presented, kept) {
        (None, _) => None,
        (Some(presented), Some(kept)) if kept.is_open_to(presented, &client.id, None, cx.now) => Some(kept),
        (Some(_), _) => return Err(INVALID_SESSION),
    };
    let key = dpop::possession(cx, client.details.is_fapi(), None).await?;
    if let Some(bound) = kept.as_ref().and_then(|kept| kept.proofs.dpop_jkt.as_deref())
        && key.is_none_or(|key| key.to_string() != bound)
    {
        return Err(INVALID_SESSION.detail("the login is bound to another key"));
    }
    let challenge = code_challenge(form, kept.as_ref())?;
    let scope = match (form.get("scope"), &kept) {
        (None, Some(kept)) => kept.scope.clone(),
        _ => requested_scope(&client, form)?,
    };
    let step = Step {
        client: &client,
        fields: ProofFields::of(form),
        scanned: None,
        presented,
        kept,
        scope,
        wants: Wants::Code(challenge),
        key,
    };
    match step::take(cx, step).await? {
        (Outcome::Code, handout) => Ok(ChallengeResponse {
            authorization_code: handout.code.reveal(),
        }),
        _ => Err(OAuthError::defect("a login for a code ended in something else")),
    }
}

/// The client: by its own word, or by that of the `auth_session` where the request has none.
async fn client_of(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
    presented: Option<&Presented>,
    kept: Option<&LoginTransaction>,
) -> Result<Arc<Client>, OAuthError> {
    if authorization.is_some() || form.get("client_id").is_some() || presented.is_none() {
        return client_authentication::authenticate(cx, form, authorization).await;
    }
    let kept = kept.filter(|kept| presented.is_some_and(|presented| presented.hash == kept.hash));
    let id = &kept.ok_or(INVALID_SESSION)?.client_id;
    let client = cx.issuer.client(id).await?.ok_or(INVALID_SESSION)?;
    if client.is_confidential() {
        // Says what is missing.
        return client_authentication::authenticate(cx, form, authorization).await;
    }
    Ok(client)
}

/// What holds for every step.
fn check(cx: &Context<'_>, form: &Form, client: &Client) -> Result<(), OAuthError> {
    let unauthorized = |description| Err(OAuthError::new(ErrorCode::UnauthorizedClient, description));
    if !client.first_party {
        return unauthorized("only first-party clients may sign people in without a browser");
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return unauthorized("the client is not registered for the grant type authorization_code");
    }
    match form.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedResponseType,
                "response_type must be code",
            ));
        }
        None => {
            return Err(OAuthError::invalid_request(
                "response_type is missing: it must be code",
            ));
        }
    }
    if cx.issuer.tenant.settings.redirect_to_web {
        return Err(OAuthError::new(
            ErrorCode::RedirectToWeb,
            "the tenant signs people in in a browser only: use the authorization endpoint",
        ));
    }
    Ok(())
}

/// The PKCE challenge: this step's, else that of an earlier one.
fn code_challenge(form: &Form, kept: Option<&LoginTransaction>) -> Result<CodeChallenge, OAuthError> {
    let Some(text) = form.get("code_challenge") else {
        let earlier = kept.and_then(|kept| kept.challenge.clone());
        return earlier.ok_or(OAuthError::invalid_request(
            "code_challenge is missing: PKCE is required (RFC 7636)",
        ));
    };
    if form.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
    }
    CodeChallenge::parse(text).map_err(|_| {
        OAuthError::invalid_request(
            "code_challenge must be the SHA-256 of the code_verifier in base64url, 43 characters",
        )
    })
}
