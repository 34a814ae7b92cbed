//! Whether a user is bare: one identity, a WeChat one, and no grant to a client of anything but that identity's app.

use super::user::sessions_of;
use crate::{
    entity::{clients, grants, identities},
    error::OrStore,
};
use hufu_core::{
    id::{TenantId, UserId},
    store::Result,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};

/// Asks. A grant counts whether it is alive or not, and one to a client of no app, or of none any more, counts as one
/// of another app: what is not known to be nothing is not given up. So with a phone: it was proven on purpose, and is more
/// than bare even where it is all that is left.
pub(super) async fn is_bare<C: ConnectionTrait>(db: &C, tenant: TenantId, user: UserId) -> Result<bool> {
    let identities: Vec<(String, String)> = identities::Entity::find()
        .select_only()
        .columns([identities::Column::Kind, identities::Column::Issuer])
        .filter(identities::Column::TenantId.eq(tenant.uuid()))
        .filter(identities::Column::UserId.eq(user.uuid()))
        .limit(2)
        .into_tuple()
        .all(db)
        .await
        .or_store()?;
    let appid = match &identities[..] {
        [] => None,
        [(kind, appid)] if kind == identities::WECHAT => Some(appid),
        _ => return Ok(false),
    };
    let client = grants::Entity::belongs_to(clients::Entity)
        .from((grants::Column::TenantId, grants::Column::ClientId))
        .to((clients::Column::TenantId, clients::Column::Id));
    let mut of_another_app = Condition::any().add(clients::Column::WechatAppid.is_null());
    of_another_app = match appid {
        Some(appid) => of_another_app.add(clients::Column::WechatAppid.ne(appid)),
        None => of_another_app.add(clients::Column::WechatAppid.is_not_null()),
    };
    let other: Option<sea_orm::entity::prelude::Uuid> = grants::Entity::find()
        .select_only()
        .column(grants::Column::Id)
        .join(JoinType::LeftJoin, client.into())
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::SessionId.in_subquery(sessions_of(tenant, user)))
        .filter(of_another_app)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
        .or_store()?;
    Ok(other.is_none())
}
