//! The record of consent. Its rows outlive their users, without the address that they came from.

use super::Row;
use hufu_core::{
    client::ClientId,
    consent::{Consent, ConsentAction, Document, DocumentName, DocumentVersion},
    id::{ConsentId, TenantId, UserId},
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "consents";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) document: String,
    pub(crate) version: String,
    pub(crate) action: String,
    pub(crate) at: i64,
    pub(crate) client_id: String,
    pub(crate) ip: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, consent: &Consent) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: consent.id.uuid(),
            user_id: consent.user_id.uuid(),
            document: consent.document.name.to_string(),
            version: consent.document.version.to_string(),
            action: consent.action.as_str().to_owned(),
            at: consent.at.timestamp_millis(),
            client_id: consent.client_id.to_string(),
            ip: consent.ip.map(|ip| ip.to_string()),
        }
    }
}

impl TryFrom<Model> for Consent {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = ConsentId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            user_id: UserId::from_uuid(model.user_id),
            document: Document {
                name: row.column("document", DocumentName::parse(&model.document))?,
                version: row.column("version", DocumentVersion::parse(&model.version))?,
            },
            action: row.column("action", ConsentAction::parse(&model.action))?,
            at: row.instant(model.at)?,
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            ip: row.column("ip", model.ip.as_deref().map(str::parse).transpose())?,
        })
    }
}
