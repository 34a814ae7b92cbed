//! Identities. Of one kind so far: `wechat`, whose issuer is the appid and whose subject is the openid.

use super::Row;
use hufu_core::{
    id::{IdentityId, TenantId, UserId},
    identity::{Identity, OpenId, UnionId, WechatIdentity},
    store::StoreError,
    wechat_app::{AppId, UnionScope},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "identities";

/// The kind of a WeChat identity.
pub(crate) const WECHAT: &str = "wechat";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) subject: String,
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) unionid: Option<String>,
    pub(crate) union_scope: Option<String>,
    pub(crate) created_at: i64,
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
    pub(crate) fn of(tenant: TenantId, identity: &Identity) -> Self {
        let wechat = &identity.wechat;
        Self {
            tenant_id: tenant.uuid(),
            kind: WECHAT.to_owned(),
            issuer: wechat.appid.to_string(),
            subject: wechat.openid.to_string(),
            id: identity.id.uuid(),
            user_id: identity.user_id.uuid(),
            unionid: wechat.unionid.as_ref().map(ToString::to_string),
            union_scope: wechat.union_scope.as_ref().map(ToString::to_string),
            created_at: identity.created_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for Identity {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = IdentityId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        if model.kind != WECHAT {
            return Err(row.corrupt("kind: unknown value"));
        }
        Ok(Self {
            id,
            user_id: UserId::from_uuid(model.user_id),
            wechat: WechatIdentity {
                appid: row.column("issuer", AppId::parse(&model.issuer))?,
                openid: row.column("subject", OpenId::parse(&model.subject))?,
                unionid: row.column(
                    "unionid",
                    model.unionid.as_deref().map(UnionId::parse).transpose(),
                )?,
                union_scope: row.column(
                    "union_scope",
                    model.union_scope.as_deref().map(UnionScope::parse).transpose(),
                )?,
            },
            created_at: row.instant(model.created_at)?,
        })
    }
}
