//! Grants and refresh tokens with all that decides whether they are alive, each in one statement.

use crate::{
    entity::{grants, refresh_tokens, revoked_tokens, sessions, users},
    error::OrStore,
};
use hufu_core::{
    grant::{LiveGrant, RefreshToken},
    id::{GrantId, RefreshTokenId, TenantId},
    store::{Result, Revoked, StoreError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
    sea_query::{Expr, ExprTrait, IntoCondition},
};

#[derive(DerivePartialModel)]
struct GrantRow {
    #[sea_orm(nested)]
    grant: grants::Model,
    #[sea_orm(nested)]
    session: sessions::Model,
    #[sea_orm(nested)]
    user: users::Model,
    #[sea_orm(nested)]
    revoked: Option<revoked_tokens::Model>,
}

#[derive(DerivePartialModel)]
struct TokenRow {
    #[sea_orm(nested)]
    token: refresh_tokens::Model,
    #[sea_orm(nested)]
    grant: grants::Model,
    #[sea_orm(nested)]
    session: sessions::Model,
    #[sea_orm(nested)]
    user: users::Model,
}

/// The one row of a look-up by key. Instead of sea-orm's `one`, on the paths that every request takes: it binds its
/// `LIMIT 1`, and SQLite plans a statement anew, at several times the cost of running it, whenever a limit is bound.
pub(crate) fn only<T>(rows: Vec<T>) -> Option<T> {
    rows.into_iter().next()
}

fn live(grant: grants::Model, session: sessions::Model, user: users::Model) -> Result<LiveGrant> {
    Ok(LiveGrant {
        grant: grant.try_into()?,
        session: session.try_into()?,
        user: user.try_into()?,
    })
}

/// The grant, and whether the token `jti` was revoked.
pub(crate) async fn grant<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    id: GrantId,
    jti: &str,
) -> Result<Option<(LiveGrant, Revoked)>> {
    let jti = jti.to_owned();
    let revocation = grants::Entity::belongs_to(revoked_tokens::Entity)
        .from(grants::Column::TenantId)
        .to(revoked_tokens::Column::TenantId)
        .on_condition(move |_, revoked| {
            Expr::col((revoked, revoked_tokens::Column::Jti))
                .eq(jti.clone())
                .into_condition()
        });
    let rows = grants::Entity::find()
        .join(JoinType::InnerJoin, grants::Relation::Session.def())
        .join(JoinType::InnerJoin, grants::Relation::User.def())
        .join(JoinType::LeftJoin, revocation.into())
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::Id.eq(id.uuid()))
        .into_partial_model::<GrantRow>()
        .all(db)
        .await
        .or_store()?;
    only(rows)
        .map(|row| {
            let revoked = if row.revoked.is_some() {
                Revoked::Yes
            } else {
                Revoked::No
            };
            Ok((live(row.grant, row.session, row.user)?, revoked))
        })
        .transpose()
}

/// The refresh token with its family, spent or not.
pub(crate) async fn refresh_token<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    id: RefreshTokenId,
) -> Result<Option<(RefreshToken, LiveGrant)>> {
    let rows = refresh_tokens::Entity::find()
        .join(JoinType::InnerJoin, refresh_tokens::Relation::Grant.def())
        .join(JoinType::InnerJoin, grants::Relation::Session.def())
        .join(JoinType::InnerJoin, grants::Relation::User.def())
        .filter(refresh_tokens::Column::TenantId.eq(tenant.uuid()))
        .filter(refresh_tokens::Column::Id.eq(id.uuid()))
        .into_partial_model::<TokenRow>()
        .all(db)
        .await
        .or_store()?;
    only(rows)
        .map(|row| Ok::<_, StoreError>((row.token.try_into()?, live(row.grant, row.session, row.user)?)))
        .transpose()
}
