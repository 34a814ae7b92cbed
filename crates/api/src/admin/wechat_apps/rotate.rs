//! Rotates a WeChat app's secret without a failed login.

use super::{
    body::{AppPath, NextSecret, Wanted, WechatAppAnswer},
    claim::{Transfer, WHAT, claim, current, read, refused},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{JsonBody, Named},
};
use axum::{Json, extract::State, http::StatusCode};
use hufu_core::{
    change::Change,
    connector::{ConnectorError, Fate},
    wechat_app::{AppId, WechatCredential},
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Rotate a WeChat app's secret
///
/// A secret that WeChat takes already, or that is the current one, is the current one at once (200). Any other is kept beside the current one (202): the
/// first call that WeChat refuses with the current one is made again with the next, and where that succeeds, the next is the
/// current one from then on. So no login fails while the secret is reset at mp.weixin.qq.com, 开发 > 开发管理 > 开发设置 >
/// 开发者ID (Development Settings > Developer ID).
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/wechat-apps/{appid}/rotate",
    tag = "WeChat apps",
    params(TenantPath, AppPath),
    request_body = NextSecret,
    responses(
        (status = 200, description = "WeChat takes the secret: it is the current one", body = WechatAppAnswer),
        (status = 202, description = "The secret waits until WeChat takes it", body = WechatAppAnswer)
    )
)]
pub(super) async fn rotate_wechat_secret(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(appid): Named<AppId>,
    JsonBody(request): JsonBody<NextSecret>,
) -> Result<(StatusCode, Json<WechatAppAnswer>), Problem> {
    let now = current(&access, &appid).await?;
    let next = request.check()?;
    if next.expose_secret() == now.credential.secret.expose_secret() {
        // The answer of a rotation that is done was lost, perhaps.
        return Ok((StatusCode::OK, Json(read(&app, &access, &appid).await?)));
    }
    let candidate = WechatCredential::new(appid.clone(), next.clone());
    let status = match app.wechat.prove(&candidate).await {
        Ok(()) => {
            let based_on = Some(now.updated_at);
            let wanted = Wanted {
                credential: WechatCredential {
                    api_security: now.credential.api_security,
                    ..candidate
                },
                kind: now.kind,
                union_scope: now.union_scope,
                push: now.push,
            };
            claim(&app, &access, wanted, Transfer::Refused, based_on).await?;
            StatusCode::OK
        }
        Err(error) if may_be_taken_later(&error) => {
            access
                .change(&app, WHAT, Change::NextWechatSecret(appid.clone(), next))
                .await?;
            StatusCode::ACCEPTED
        }
        Err(error) => return Err(refused(&error)),
    };
    Ok((status, Json(read(&app, &access, &appid).await?)))
}

/// Whether WeChat said nothing yet, or that the secret is not (or not yet) the app's. Anything else that an operator must mend,
/// such as our address, would stop this secret too.
fn may_be_taken_later(error: &ConnectorError) -> bool {
    match error.fate {
        Fate::Unavailable { .. } | Fate::RateLimited { .. } => true,
        Fate::Misconfigured => error.refuses_secret(),
        Fate::Rejected(_) | Fate::Denied(_) | Fate::Defect => false,
    }
}
