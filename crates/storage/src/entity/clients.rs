//! Clients.

use super::Row;
use hufu_core::{
    Invalid,
    client::{
        Client, ClientAuthMethod, ClientAuthentication, ClientDetails, ClientId, GrantType, RedirectUri,
    },
    id::TenantId,
    scope::Scope,
    signing_key::SigningAlgorithm,
    store::StoreError,
    wechat_app::AppId,
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "clients";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) auth_method: String,
    pub(crate) secret_hash: Option<Vec<u8>>,
    pub(crate) grant_types: Json,
    pub(crate) redirect_uris: Json,
    pub(crate) scope: String,
    pub(crate) id_token_alg: String,
    pub(crate) first_party: bool,
    pub(crate) wechat_appid: Option<String>,
    pub(crate) keys: Option<Json>,
    pub(crate) details: Option<Json>,
    /// What [`hufu_core::client::ClientDetails`] says too: here for the statement that notes whom to tell of a logout.
    pub(crate) backchannel_logout_uri: Option<String>,
    pub(crate) registration_token: Option<Vec<u8>>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, client: &Client) -> Self {
        let grant_types: Vec<_> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
        Self {
            tenant_id: tenant.uuid(),
            id: client.id.to_string(),
            name: client.name.clone(),
            auth_method: client.authentication.method().as_str().to_owned(),
            secret_hash: match &client.authentication {
                ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt(_) => None,
                ClientAuthentication::Secret { hash, .. } => Some(hash.as_bytes().to_vec()),
            },
            keys: match &client.authentication {
                ClientAuthentication::PrivateKeyJwt(keys) => Some(json!(keys)),
                ClientAuthentication::None | ClientAuthentication::Secret { .. } => None,
            },
            details: Some(json!(client.details)),
            backchannel_logout_uri: (client.details.backchannel_logout_uri.as_ref()).map(ToString::to_string),
            registration_token: client.registration_token.map(|hash| hash.as_bytes().to_vec()),
            grant_types: json!(grant_types),
            redirect_uris: json!(client.redirect_uris),
            scope: client.scope.to_string(),
            id_token_alg: client.id_token_signed_response_alg.as_str().to_owned(),
            first_party: client.first_party,
            wechat_appid: client.wechat_appid.as_ref().map(ToString::to_string),
            created_at: client.created_at.timestamp_millis(),
            updated_at: client.updated_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for Client {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let key = format!("{} of {}", model.id, TenantId::from_uuid(model.tenant_id));
        let row = Row::new(TABLE, &key);
        let list = |name, json| -> Result<Vec<String>, StoreError> { row.json(name, json) };
        let method = row.column("auth_method", ClientAuthMethod::parse(&model.auth_method))?;
        Ok(Self {
            id: row.column("id", ClientId::parse(&model.id))?,
            name: model.name,
            authentication: match (method, model.secret_hash, model.keys) {
                (ClientAuthMethod::None, None, None) => ClientAuthentication::None,
                (ClientAuthMethod::None, ..) => {
                    return Err(row.corrupt("a public client with a secret or keys"));
                }
                (ClientAuthMethod::PrivateKeyJwt, None, Some(keys)) => {
                    ClientAuthentication::PrivateKeyJwt(row.json("keys", keys)?)
                }
                (ClientAuthMethod::PrivateKeyJwt, ..) => {
                    return Err(row.corrupt("a client of private_key_jwt without keys, or with a secret"));
                }
                (method, Some(hash), None) => ClientAuthentication::Secret {
                    method,
                    hash: row.hash(&hash)?,
                },
                _ => return Err(row.corrupt("a client of a secret without one, or with keys")),
            },
            grant_types: row.column(
                "grant_types",
                all(&list("grant_types", model.grant_types)?, GrantType::parse),
            )?,
            redirect_uris: row.column(
                "redirect_uris",
                all(&list("redirect_uris", model.redirect_uris)?, RedirectUri::parse),
            )?,
            scope: row.column("scope", Scope::parse(&model.scope))?,
            id_token_signed_response_alg: row
                .column("id_token_alg", SigningAlgorithm::parse(&model.id_token_alg))?,
            first_party: model.first_party,
            wechat_appid: row.column(
                "wechat_appid",
                model.wechat_appid.as_deref().map(AppId::parse).transpose(),
            )?,
            details: match model.details {
                Some(details) => row.json("details", details)?,
                None => ClientDetails::default(),
            },
            registration_token: model.registration_token.map(|hash| row.hash(&hash)).transpose()?,
            created_at: row.instant(model.created_at)?,
            updated_at: row.instant(model.updated_at)?,
        })
    }
}

fn all<T>(texts: &[String], parse: fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>, Invalid> {
    texts.iter().map(|text| parse(text)).collect()
}
