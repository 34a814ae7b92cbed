//! Identities, of three kinds: `wechat`, whose issuer is the appid and whose subject is the openid; `phone`, whose issuer
//! is empty, so that a number is one user's whoever verified it, and whose subject is the number in E.164; and `account`,
//! whose issuer is empty and whose subject is the username.

use super::Row;
use hufu_core::{
    id::{IdentityId, TenantId, UserId},
    identity::{
        ExternalIdentity, Identity, IdentityKind, OpenId, PhoneVerifier, UnionId, VerifiedPhone,
        WechatIdentity,
    },
    password::Username,
    phone::PhoneNumber,
    store::StoreError,
    wechat_app::{AppId, UnionScope},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "identities";

/// The kind of a WeChat identity.
pub(crate) const WECHAT: &str = IdentityKind::Wechat.as_str();

/// The kind of a phone.
pub(crate) const PHONE: &str = IdentityKind::Phone.as_str();

/// The kind of a username.
pub(crate) const ACCOUNT: &str = IdentityKind::Account.as_str();

/// The issuer of every phone and every username.
pub(crate) const NOBODY: &str = "";

/// What stands before the appid in `verified_by`.
const BY_WECHAT: &str = "wechat:";
const BY_SMS: &str = "sms";
const BY_OPERATOR: &str = "operator";

/// The column `verified_by`.
pub(super) fn verified_by(verifier: &PhoneVerifier) -> String {
    match verifier {
        PhoneVerifier::Wechat(appid) => format!("{BY_WECHAT}{appid}"),
        PhoneVerifier::Sms => BY_SMS.to_owned(),
        PhoneVerifier::Operator => BY_OPERATOR.to_owned(),
    }
}

/// Reads [`verified_by`] back.
pub(super) fn verifier(row: Row<'_>, text: Option<&str>) -> Result<PhoneVerifier, StoreError> {
    match text {
        Some(BY_SMS) => Ok(PhoneVerifier::Sms),
        Some(BY_OPERATOR) => Ok(PhoneVerifier::Operator),
        _ => {
            let appid = row.known("verified_by", text.and_then(|text| text.strip_prefix(BY_WECHAT)))?;
            Ok(PhoneVerifier::Wechat(
                row.column("verified_by", AppId::parse(appid))?,
            ))
        }
    }
}

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
    pub(crate) verified_by: Option<String>,
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
        let row = Self {
            tenant_id: tenant.uuid(),
            kind: identity.external.kind().as_str().to_owned(),
            issuer: NOBODY.to_owned(),
            subject: String::new(),
            id: identity.id.uuid(),
            user_id: identity.user_id.uuid(),
            unionid: None,
            union_scope: None,
            verified_by: None,
            created_at: identity.created_at.timestamp_millis(),
        };
        match &identity.external {
            ExternalIdentity::Wechat(wechat) => Self {
                issuer: wechat.appid.to_string(),
                subject: wechat.openid.to_string(),
                unionid: wechat.unionid.as_ref().map(ToString::to_string),
                union_scope: wechat.union_scope.as_ref().map(ToString::to_string),
                ..row
            },
            ExternalIdentity::Phone(phone) => Self {
                subject: phone.number.as_str().to_owned(),
                verified_by: Some(verified_by(&phone.verifier)),
                ..row
            },
            ExternalIdentity::Account(username) => Self {
                subject: username.as_str().to_owned(),
                ..row
            },
        }
    }

    fn wechat(&self, row: Row<'_>) -> Result<WechatIdentity, StoreError> {
        Ok(WechatIdentity {
            appid: row.column("issuer", AppId::parse(&self.issuer))?,
            openid: row.column("subject", OpenId::parse(&self.subject))?,
            unionid: row.column("unionid", self.unionid.as_deref().map(UnionId::parse).transpose())?,
            union_scope: row.column(
                "union_scope",
                self.union_scope.as_deref().map(UnionScope::parse).transpose(),
            )?,
        })
    }

    fn phone(&self, row: Row<'_>) -> Result<VerifiedPhone, StoreError> {
        Ok(VerifiedPhone {
            number: row.column("subject", PhoneNumber::parse(&self.subject))?,
            verifier: verifier(row, self.verified_by.as_deref())?,
        })
    }
}

impl TryFrom<Model> for Identity {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = IdentityId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            user_id: UserId::from_uuid(model.user_id),
            external: match model.kind.as_str() {
                WECHAT => ExternalIdentity::Wechat(model.wechat(row)?),
                PHONE => ExternalIdentity::Phone(model.phone(row)?),
                ACCOUNT => ExternalIdentity::Account(Username::from_stored(model.subject)),
                _ => return Err(row.corrupt("kind: unknown value")),
            },
            created_at: row.instant(model.created_at)?,
        })
    }
}
