//! What both readers and units of work ask about accounts: usernames with their passwords, failures, profiles, consents, and
//! logins under way.

use crate::{
    entity::{attempts, consents, identities, logins, passwords, profiles, sms_vendors, users},
    error::OrStore,
    live::only,
    rows::OF_ONE_USER,
    secrets::Vault,
};
use hufu_core::{
    attempts::AttemptKey,
    consent::Consent,
    id::{IdentityId, TenantId, UserId},
    login::LoginTransaction,
    password::{PasswordHash, Username},
    profile::Profile,
    store::{Account, KeptSmsVendor, Result},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
};

#[derive(DerivePartialModel)]
struct AccountRow {
    #[sea_orm(nested)]
    password: passwords::Model,
    #[sea_orm(nested)]
    identity: identities::Model,
    #[sea_orm(nested)]
    user: users::Model,
}

/// The account of that name. One without a password is none.
pub(crate) async fn by_name<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    username: &Username,
) -> Result<Option<Account>> {
    account(db, of_name(tenant, username)).await
}

/// The account of an identity.
pub(crate) async fn of_identity<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    identity: IdentityId,
) -> Result<Option<Account>> {
    account(db, is_identity(tenant, identity)).await
}

/// The identity of a username.
pub(crate) fn of_name(tenant: TenantId, username: &Username) -> Condition {
    Condition::all()
        .add(identities::Column::TenantId.eq(tenant.uuid()))
        .add(identities::Column::Kind.eq(identities::ACCOUNT))
        .add(identities::Column::Issuer.eq(identities::NOBODY))
        .add(identities::Column::Subject.eq(username.as_str()))
}

/// The identity of that id.
pub(crate) fn is_identity(tenant: TenantId, identity: IdentityId) -> Condition {
    Condition::all()
        .add(identities::Column::TenantId.eq(tenant.uuid()))
        .add(identities::Column::Id.eq(identity.uuid()))
}

async fn account<C: ConnectionTrait>(db: &C, which: Condition) -> Result<Option<Account>> {
    let rows = passwords::Entity::find()
        .join(JoinType::InnerJoin, passwords::Relation::Identity.def())
        .join(JoinType::InnerJoin, identities::Relation::User.def())
        .filter(which)
        .into_partial_model::<AccountRow>()
        .all(db)
        .await
        .or_store()?;
    only(rows)
        .map(|row| {
            Ok(Account {
                identity: row.identity.try_into()?,
                user: row.user.try_into()?,
                hash: PasswordHash::from_stored(row.password.hash),
            })
        })
        .transpose()
}

/// What is counted under the keys, in the order in which it is locked. There must be a key.
pub(crate) fn failures(tenant: TenantId, keys: &[AttemptKey]) -> Select<attempts::Entity> {
    let mut any = Condition::any();
    for key in keys {
        any = any.add(
            Condition::all()
                .add(attempts::Column::Kind.eq(key.kind.as_str()))
                .add(attempts::Column::Digest.eq(key.digest.to_vec())),
        );
    }
    attempts::Entity::find()
        .filter(attempts::Column::TenantId.eq(tenant.uuid()))
        .filter(any)
        .order_by_asc(attempts::Column::Kind)
        .order_by_asc(attempts::Column::Digest)
}

/// A user's profile; an empty one where there is none.
pub(crate) async fn profile<C: ConnectionTrait>(db: &C, tenant: TenantId, user: UserId) -> Result<Profile> {
    let row = profiles::Entity::find_by_id((tenant.uuid(), user.uuid()))
        .one(db)
        .await
        .or_store()?;
    row.map_or_else(|| Ok(Profile::default()), Profile::try_from)
}

/// What a user did about documents, newest first.
pub(crate) fn consents(tenant: TenantId, user: UserId) -> Select<consents::Entity> {
    consents::Entity::find()
        .filter(consents::Column::TenantId.eq(tenant.uuid()))
        .filter(consents::Column::UserId.eq(user.uuid()))
        .order_by_desc(consents::Column::Id)
        .limit(OF_ONE_USER)
}

/// Reads [`consents`], or some of them.
pub(crate) async fn read_consents<C: ConnectionTrait>(
    db: &C,
    rows: Select<consents::Entity>,
) -> Result<Vec<Consent>> {
    let rows = rows.all(db).await.or_store()?;
    rows.into_iter().map(Consent::try_from).collect()
}

/// Opens a login under way.
pub(crate) async fn open_login<C: ConnectionTrait>(
    db: &C,
    vault: &Vault,
    tenant: TenantId,
    row: Option<logins::Model>,
) -> Result<Option<LoginTransaction>> {
    let Some(row) = row else { return Ok(None) };
    let key = vault.data_key(db, tenant).await?;
    row.open(&key).map(Some)
}

/// Opens an SMS vendor.
pub(crate) async fn open_vendor<C: ConnectionTrait>(
    db: &C,
    vault: &Vault,
    tenant: TenantId,
    row: Option<sms_vendors::Model>,
) -> Result<Option<KeptSmsVendor>> {
    let Some(row) = row else { return Ok(None) };
    let key = vault.data_key(db, tenant).await?;
    row.open(&key).map(Some)
}
