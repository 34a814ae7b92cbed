//! Who holds a unionid inside a union scope.

use hufu_core::{
    id::{TenantId, UserId},
    identity::UnionKey,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_unions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) union_scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) unionid: String,
    pub(crate) user_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "(Column::TenantId, Column::UserId)",
        to = "(super::users::Column::TenantId, super::users::Column::Id)"
    )]
    User,
}

impl Related<super::users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, key: &UnionKey, user: UserId) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            union_scope: key.scope.to_string(),
            unionid: key.unionid.to_string(),
            user_id: user.uuid(),
        }
    }
}
