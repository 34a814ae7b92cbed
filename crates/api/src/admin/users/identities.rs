//! A user's identities.

use super::body::{UserPath, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    openapi::names::IdentityKindName,
    problem::Problem,
    wire::{Listing, Named},
};
use axum::Json;
use chrono::{DateTime, Utc};
use hufu_core::{
    id::UserId,
    identity::{ExternalIdentity, Identity, OpenId, PhoneVerifier, UnionId},
    password::Username,
    phone::PhoneNumber,
    wechat_app::{AppId, UnionScope},
};
use serde::Serialize;
use utoipa::ToSchema;

/// One proven way to be a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(super) struct IdentityAnswer {
    /// The identity's id.
    id: String,
    /// What kind of identity. The other kinds' members are absent.
    #[schema(value_type = IdentityKindName)]
    kind: &'static str,
    /// In which app the person is known, or which app's WeChat verified the phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    wechat_appid: Option<AppId>,
    /// Who, in that app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    wechat_openid: Option<OpenId>,
    /// Who, in the app's open-platform account, where WeChat told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    wechat_unionid: Option<UnionId>,
    /// The open-platform account inside which the unionid has meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    union_scope: Option<UnionScope>,
    /// The number in E.164, verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "+8613800138000")]
    phone_number: Option<PhoneNumber>,
    /// Who verified the phone: `sms`, by a code; `operator`, by importing it; or the appid of a WeChat app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "sms")]
    verified_by: Option<String>,
    /// The name that the user signs in with, normalized.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "li.ming")]
    username: Option<Username>,
    /// When it was first proven.
    created_at: DateTime<Utc>,
}

impl From<Identity> for IdentityAnswer {
    fn from(identity: Identity) -> Self {
        let mut answer = Self {
            id: identity.id.to_string(),
            kind: identity.external.kind().as_str(),
            wechat_appid: None,
            wechat_openid: None,
            wechat_unionid: None,
            union_scope: None,
            phone_number: None,
            verified_by: None,
            username: None,
            created_at: identity.created_at,
        };
        match identity.external {
            ExternalIdentity::Wechat(wechat) => {
                answer.wechat_appid = Some(wechat.appid);
                answer.wechat_openid = Some(wechat.openid);
                answer.wechat_unionid = wechat.unionid;
                answer.union_scope = wechat.union_scope;
            }
            ExternalIdentity::Phone(phone) => {
                answer.verified_by = Some(phone.verifier.as_str().to_owned());
                if let PhoneVerifier::Wechat(appid) = phone.verifier {
                    answer.wechat_appid = Some(appid);
                }
                answer.phone_number = Some(phone.number);
            }
            ExternalIdentity::Account(username) => answer.username = Some(username),
        }
        answer
    }
}

/// List a user's identities
///
/// Oldest first, at most 100.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/identities",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 200, description = "All of them", body = Listing<IdentityAnswer>))
)]
pub(super) async fn list_identities(
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<Listing<IdentityAnswer>>, Problem> {
    let user = read(&access, id).await?;
    let identities = access.rows().identities(user.id).await?;
    Ok(Json(Listing::whole(identities, Into::into)))
}
