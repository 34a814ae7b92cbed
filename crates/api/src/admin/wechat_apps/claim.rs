//! Proving a WeChat app's credential, and claiming the app for a tenant.

use super::body::{Wanted, WechatAppAnswer};
use crate::{
    admin::access::TenantAccess,
    app::App,
    problem::{Problem, ProblemType},
};
use hufu_core::{
    Instant,
    connector::{ConnectorError, Fate},
    store::{WechatAppClaim, WechatAppClaimed},
    wechat_app::{AppId, WechatApp, WechatCredential},
};

/// What to say of a WeChat app where it is missing.
pub(super) const WHAT: &str = "WeChat app";

/// Asks WeChat whether the credential is right.
pub(super) async fn prove(app: &App, credential: &WechatCredential) -> Result<(), Problem> {
    app.wechat.prove(credential).await.map_err(|error| {
        tracing::info!(%error, appid = %credential.appid, "WeChat did not prove the credential");
        refused(&error)
    })
}

pub(in crate::admin) fn refused(error: &ConnectorError) -> Problem {
    let advice = error.advice.unwrap_or_default();
    match error.fate {
        Fate::Misconfigured | Fate::Rejected(_) | Fate::Denied(_) => {
            Problem::new(ProblemType::WechatCredentialRefused, advice)
        }
        Fate::Unavailable { retry_after } | Fate::RateLimited { retry_after } => {
            Problem::new(ProblemType::WechatUnavailable, advice).retry_after(retry_after)
        }
        Fate::Defect => {
            tracing::error!(%error, "a call of WeChat was wrong");
            Problem::new(ProblemType::Internal, "")
        }
    }
}

/// Whether the app may be taken from another tenant that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// Proves the credential, then makes the app the tenant's, if it still is as it was at `based_on`.
pub(super) async fn claim(
    app: &App,
    access: &TenantAccess,
    wanted: Wanted,
    transfer: Transfer,
    based_on: Option<Instant>,
) -> Result<WechatAppClaimed, Problem> {
    prove(app, &wanted.credential).await?;
    let now = access.now();
    let claim = WechatAppClaim {
        tenant: access.id(),
        app: WechatApp {
            credential: wanted.credential,
            kind: wanted.kind,
            union_scope: wanted.union_scope,
            push: wanted.push,
            created_at: now,
            updated_at: now,
        },
        transfer: transfer == Transfer::Allowed,
        based_on,
        audit: access.caller().audit(app),
    };
    let claimed = app.store.claim_wechat_app(&claim).await?;
    app.issuers.forget(&access.tenant().slug).await;
    if claimed == WechatAppClaimed::Transferred {
        // The tenant that lost the app must not go on with what it remembers of it.
        app.issuers.forget_all();
    }
    match claimed {
        WechatAppClaimed::HeldByAnother => Err(Problem::new(
            ProblemType::WechatAppHeld,
            "The credential is right, but another tenant has the app. Send the request with ?transfer=true to move it.",
        )),
        WechatAppClaimed::Stale => Err(Problem::new(
            ProblemType::Conflict,
            "It was changed after it was read; send the request again.",
        )),
        done => Ok(done),
    }
}

/// The app as it is.
pub(super) async fn current(access: &TenantAccess, appid: &AppId) -> Result<WechatApp, Problem> {
    let found = access.rows().wechat_app(appid).await?;
    found.ok_or_else(|| Problem::not_found(WHAT))
}

/// Shows the app as it is.
pub(super) async fn read(
    app: &App,
    access: &TenantAccess,
    appid: &AppId,
) -> Result<WechatAppAnswer, Problem> {
    Ok(WechatAppAnswer::of(current(access, appid).await?, &app.base_url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(fate: Fate, advice: Option<&'static str>) -> ProblemType {
        let error = ConnectorError {
            fate,
            upstream_code: Some(40_125),
            rid: None,
            advice,
        };
        refused(&error).kind()
    }

    #[test]
    fn what_wechat_says_decides_who_must_act() {
        assert_eq!(
            problem(Fate::Misconfigured, Some("…")),
            ProblemType::WechatCredentialRefused
        );
        assert_eq!(
            problem(Fate::Unavailable { retry_after: 5 }, None),
            ProblemType::WechatUnavailable
        );
        assert_eq!(
            problem(Fate::RateLimited { retry_after: 60 }, None),
            ProblemType::WechatUnavailable
        );
        assert_eq!(problem(Fate::Defect, None), ProblemType::Internal);
    }
}
