//! What users tell about themselves.

use super::Row;
use hufu_core::{
    id::{TenantId, UserId},
    profile::{LanguageTag, Nickname, PictureUrl, Profile, StandardClaims},
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "profiles";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    pub(crate) nickname: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) claims: Option<String>,
    pub(crate) updated_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, user: UserId, profile: &Profile) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            user_id: user.uuid(),
            nickname: profile.nickname.as_ref().map(ToString::to_string),
            picture: profile.picture.as_ref().map(ToString::to_string),
            locale: profile.locale.as_ref().map(ToString::to_string),
            claims: (profile.claims != StandardClaims::default())
                .then(|| serde_json::to_string(&profile.claims).expect("claims are texts and a truth value")),
            updated_at: profile.updated_at.map(|at| at.timestamp_millis()),
        }
    }
}

impl TryFrom<Model> for Profile {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = UserId::from_uuid(model.user_id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            nickname: row.column(
                "nickname",
                model.nickname.as_deref().map(Nickname::parse).transpose(),
            )?,
            picture: row.column(
                "picture",
                model.picture.as_deref().map(PictureUrl::parse).transpose(),
            )?,
            locale: row.column(
                "locale",
                model.locale.as_deref().map(LanguageTag::parse).transpose(),
            )?,
            claims: match &model.claims {
                None => StandardClaims::default(),
                Some(json) => row.column("claims", serde_json::from_str(json))?,
            },
            updated_at: row.instant_or_none(model.updated_at)?,
        })
    }
}
