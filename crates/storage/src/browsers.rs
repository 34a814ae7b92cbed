//! Sessions of browsers, requests that wait and consents, as they are read.

use crate::{
    entity::{authorization_requests, client_consents, scans, sessions, users},
    error::OrStore,
    live::only,
    secrets::Vault,
};
use hufu_core::{
    authorization::{ClientConsent, PendingRequest},
    client::ClientId,
    id::{RequestId, ScanId, SessionId, TenantId, UserId},
    scan::Scan,
    session::Session,
    store::Result,
    user::User,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};

#[derive(DerivePartialModel)]
struct SessionRow {
    #[sea_orm(nested)]
    session: sessions::Model,
    #[sea_orm(nested)]
    user: users::Model,
}

/// A session that lives in a browser, with its user.
pub(crate) async fn session<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    id: SessionId,
) -> Result<Option<(Session, User)>> {
    let rows = sessions::Entity::find()
        .join(JoinType::InnerJoin, sessions::Relation::User.def())
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::Id.eq(id.uuid()))
        .filter(sessions::Column::CookieHash.is_not_null())
        .into_partial_model::<SessionRow>()
        .all(db)
        .await
        .or_store()?;
    only(rows)
        .map(|row| Ok((row.session.try_into()?, row.user.try_into()?)))
        .transpose()
}

/// A request that waits, opened.
pub(crate) async fn request<C: ConnectionTrait>(
    db: &C,
    vault: &Vault,
    tenant: TenantId,
    id: RequestId,
) -> Result<Option<PendingRequest>> {
    let row = authorization_requests::Entity::find_by_id((tenant.uuid(), id.uuid()))
        .one(db)
        .await
        .or_store()?;
    let Some(row) = row else { return Ok(None) };
    let key = vault.data_key(db, tenant).await?;
    row.open(&key).map(Some)
}

/// A sign-in by scan.
pub(crate) async fn scan<C: ConnectionTrait>(db: &C, tenant: TenantId, id: ScanId) -> Result<Option<Scan>> {
    let row = scans::Entity::find_by_id((tenant.uuid(), id.uuid()))
        .one(db)
        .await
        .or_store()?;
    row.map(Scan::try_from).transpose()
}

/// What a user lets a client do.
pub(crate) async fn client_consent<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    user: UserId,
    client: &ClientId,
) -> Result<Option<ClientConsent>> {
    let row = client_consents::Entity::find()
        .filter(client_consents::Column::TenantId.eq(tenant.uuid()))
        .filter(client_consents::Column::UserId.eq(user.uuid()))
        .filter(client_consents::Column::ClientId.eq(client.as_str()))
        .all(db)
        .await
        .or_store()?;
    only(row).map(ClientConsent::try_from).transpose()
}
