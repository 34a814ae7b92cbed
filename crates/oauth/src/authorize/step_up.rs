//! Classes of authentication (`acr`) that a client asks for: who could prove more is asked to, and who cannot is not kept out unless
//! the client says that nothing else will do (OpenID Connect Core §5.5.1.1).

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    id_token::{self, ACR_VALUES},
};
use hufu_core::{
    authorization::AuthorizationRequest,
    identity::IdentityKind,
    session::{Method, Session},
};

/// The kinds that a person can prove in a browser, where the client wants proofs of two kinds and would not be content with one; else
/// none. A scan is not among them: it takes a phone at hand.
pub(crate) async fn wanted(
    cx: &Context<'_>,
    request: &AuthorizationRequest,
) -> Result<Vec<IdentityKind>, OAuthError> {
    let asked = match request.essential_acr.as_slice() {
        [] => &request.acr_values,
        _ => &request.essential_acr,
    };
    let [one, two] = ACR_VALUES.map(|acr| asked.iter().any(|asked| asked == acr));
    if one || !two {
        return Ok(Vec::new());
    }
    let mut kinds = vec![IdentityKind::Account];
    if cx.issuer.store.sms_vendor().await?.is_some() {
        kinds.push(IdentityKind::Phone);
    }
    Ok(kinds)
}

/// Whether the session's user could prove more than they have, where that is wanted.
pub(super) async fn may(
    cx: &Context<'_>,
    request: &AuthorizationRequest,
    session: &Session,
) -> Result<bool, OAuthError> {
    if session.amr.contains(&Method::MultiFactor) {
        return Ok(false);
    }
    let wanted = wanted(cx, request).await?;
    if wanted.is_empty() {
        return Ok(false);
    }
    let held = cx.issuer.store.identities(session.user_id).await?;
    let is_new = |kind: &IdentityKind| {
        let method = match kind {
            IdentityKind::Account => Method::Password,
            IdentityKind::Phone => Method::Sms,
            IdentityKind::Wechat => Method::Wechat,
        };
        !session.amr.contains(&method)
    };
    let held = held.iter().map(|identity| identity.external.kind());
    Ok(held.filter(is_new).any(|kind| wanted.contains(&kind)))
}

/// That the session is of a class that the client says must be.
pub(super) fn check(request: &AuthorizationRequest, session: &Session) -> Result<(), OAuthError> {
    let essential = &request.essential_acr;
    if essential.is_empty() || essential.iter().any(|acr| acr == id_token::acr(&session.amr)) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::UnmetAuthenticationRequirements,
        "the person could not sign in by an acr that is essential",
    ))
}
