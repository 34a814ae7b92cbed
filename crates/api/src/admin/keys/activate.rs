//! Makes a signing key sign that waits for it.

use super::body::{KeyAnswer, KeyPath};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{Json, extract::State};
use hufu_core::{change::Change, signing_key::KeyId};
use std::sync::Arc;

/// Make a waiting signing key sign
///
/// For a key that was made with `"activate": "manual"`. Refused (`key-too-new`) until it was published for ten minutes:
/// whoever cached the JWKS before would not know it. The key that signs until then stays published until the last token
/// that it signed is dead.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/keys/{kid}/activate",
    tag = "Signing keys",
    params(TenantPath, KeyPath),
    responses((status = 200, description = "It signs", body = KeyAnswer))
)]
pub(super) async fn activate_key(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(kid): Named<KeyId>,
) -> Result<Json<KeyAnswer>, Problem> {
    access
        .change(&app, "key", Change::ActivateKey(kid.clone()))
        .await?;
    Ok(Json(KeyAnswer::read(&access, &kid).await?))
}
