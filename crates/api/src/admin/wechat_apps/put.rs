//! Adds or replaces a WeChat app.

use super::{
    body::{AppPath, WechatAppAnswer, WechatAppRequest},
    claim::{Transfer, claim, prove, read},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{JsonBody, New, Parameters},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{store::WechatAppClaimed, wechat_app::AppId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How to add a WeChat app.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PutQuery {
    /// Only prove the secret; write nothing. Does not tell whether another tenant has the app.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
    /// Take the app from another tenant that has it. Identities of the app remain there.
    #[serde(default)]
    #[param(default = false)]
    transfer: bool,
}

/// What a dry run found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Proven {
    /// Always `true`: a secret that is not proven is a problem.
    proven: bool,
}

/// What `PUT` answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) enum PutAnswer {
    /// The app as it is now.
    App(WechatAppAnswer),
    /// What a dry run found.
    DryRun(Proven),
}

/// Add or replace a WeChat app
///
/// The secret is proven by a live `stable_token` call of WeChat before anything is written. An app that another tenant
/// has is refused, unless the secret is proven and `transfer` says to move it.
#[utoipa::path(
    put,
    path = "/admin/v1/tenants/{tenant}/wechat-apps/{appid}",
    tag = "WeChat apps",
    params(TenantPath, AppPath, PutQuery),
    request_body = WechatAppRequest,
    responses(
        (status = 200, description = "Replaced, or proven by a dry run", body = PutAnswer),
        (status = 201, description = "Added, or moved here", body = WechatAppAnswer, headers(("Location" = String)))
    )
)]
pub(super) async fn put_wechat_app(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    New(appid): New<AppId>,
    Parameters(query): Parameters<PutQuery>,
    JsonBody(request): JsonBody<WechatAppRequest>,
) -> Result<Response, Problem> {
    let wanted = request.check(appid.clone(), app.wechat.as_ref())?;
    if query.dry_run {
        prove(&app, &wanted.credential).await?;
        return Ok(Json(Proven { proven: true }).into_response());
    }
    let transfer = if query.transfer {
        Transfer::Allowed
    } else {
        Transfer::Refused
    };
    let claimed = claim(&app, &access, wanted, transfer, None).await?;
    let body = Json(read(&app, &access, &appid).await?);
    if claimed == WechatAppClaimed::Replaced {
        return Ok(body.into_response());
    }
    let tenant = &access.tenant().slug;
    let location = format!("{}/admin/v1/tenants/{tenant}/wechat-apps/{appid}", app.base_url);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}
