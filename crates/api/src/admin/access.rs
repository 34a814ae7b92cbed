//! Who asks, and how far that reaches. Nothing here is kept from one request to the next, so a revoked token is dead
//! with the next request.

use crate::{
    app::App,
    client_ip::ClientIp,
    problem::{Problem, ProblemType},
    wire::Named,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use hufu_core::{
    Instant,
    change::{Audited, Change, Changed},
    event::Actor,
    id::{EventId, OperatorId, TenantId},
    operator::{Operator, OperatorScope},
    store::{self, Audit, TenantStore},
    tenant::{Tenant, TenantSlug},
    time,
    token::{OpaqueToken, TokenKind},
};
use std::{net::IpAddr, sync::Arc};

/// An operator, known by the token in the request, and when and from where it came.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    operator: Operator,
    ip: Option<IpAddr>,
    now: Instant,
}

impl Caller {
    /// When the request came.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// How far the token reaches.
    pub(super) fn scope(&self) -> OperatorScope {
        self.operator.scope
    }

    /// Who, from where, when: for one event.
    pub(super) fn audit(&self, app: &App) -> Audit {
        Audit {
            event: EventId::generate(self.now, &*app.random),
            actor: Actor::Operator(self.operator.id.to_string()),
            ip: self.ip,
            now: self.now,
        }
    }

    /// The tenant with that name. `None` both where there is none and where the token does not reach it.
    pub(super) async fn tenant(&self, app: &App, slug: &TenantSlug) -> Result<Option<TenantAccess>, Problem> {
        let tenant = app.store.tenant_by_slug(slug).await?;
        let reached = tenant.filter(|tenant| self.operator.scope.covers(tenant.id));
        Ok(reached.map(|tenant| TenantAccess {
            caller: self.clone(),
            rows: app.store.tenant(tenant.id),
            tenant,
        }))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // The same answer whatever is wrong, so that nothing can be learned by trying.
        let refused = || Problem::new(ProblemType::Unauthorized, "");
        let token = bearer(&parts.headers).ok_or_else(refused)?;
        let token = OpaqueToken::parse(TokenKind::Operator, token).map_err(|_| refused())?;
        let id = OperatorId::from_uuid(token.id());
        let operator = app.store.operator(id).await?.ok_or_else(refused)?;
        if operator.hash != token.hash() || operator.revoked_at.is_some() {
            return Err(refused());
        }
        let Ok(ClientIp(ip)) = ClientIp::from_request_parts(parts, app).await;
        let now = app.clock.now();
        Ok(Self { operator, ip, now })
    }
}

/// The bearer token (RFC 6750 §2.1), where there is exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// An operator whose token reaches the whole installation; any other is forbidden.
#[derive(Debug, Clone)]
pub(super) struct PlatformCaller(pub(super) Caller);

impl FromRequestParts<Arc<App>> for PlatformCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        match caller.scope() {
            OperatorScope::Platform => Ok(Self(caller)),
            OperatorScope::Tenant(_) => Err(platform_only()),
        }
    }
}

/// What an operator of one tenant is told about what is for the whole installation.
pub(super) fn platform_only() -> Problem {
    Problem::new(
        ProblemType::Forbidden,
        "This needs an operator token that is not limited to one tenant.",
    )
}

/// The tenant that the path names, and an operator whose token reaches it. The only way to a tenant's rows.
pub(super) struct TenantAccess {
    caller: Caller,
    tenant: Tenant,
    rows: Arc<dyn TenantStore>,
}

impl TenantAccess {
    /// Who asks.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// When the request came.
    pub(super) fn now(&self) -> Instant {
        self.caller.now
    }

    /// When a change counts that builds on what was written at `before`: later, even within one millisecond or by a
    /// clock that is behind, so that whoever builds on the same writing is told that it is stale.
    pub(super) fn now_after(&self, before: Instant) -> Instant {
        time::later(self.now(), before)
    }

    /// The tenant.
    pub(super) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The tenant's id.
    pub(super) fn id(&self) -> TenantId {
        self.tenant.id
    }

    /// The tenant's rows, to read.
    pub(super) fn rows(&self) -> &dyn TenantStore {
        &*self.rows
    }

    /// Makes a change and records it, in one act. `what` is named where it is missing.
    pub(super) async fn change(
        &self,
        app: &App,
        what: &'static str,
        change: Change,
    ) -> Result<Changed, Problem> {
        let refused = Refused::by(&change);
        let audit = self.caller.audit(app);
        let changed = store::write(self.rows(), Audited { change, audit }).await?;
        app.issuers.forget(&self.tenant.slug).await;
        match changed {
            Changed::Missing => Err(Problem::not_found(what)),
            Changed::Stale => Err(Problem::new(
                ProblemType::Conflict,
                "It was changed after it was read; send the request again.",
            )),
            Changed::InUse => Err(refused.problem()),
            Changed::Waiting => Err(Problem::new(
                ProblemType::KeyWaiting,
                "GET …/keys tells when it begins to sign.",
            )),
            Changed::TooLate => Err(Problem::new(
                ProblemType::MergeFinal,
                "A merge can be undone for thirty days.",
            )),
            Changed::TooEarly => Err(Problem::new(
                ProblemType::KeyTooNew,
                "A key must be published for ten minutes before it signs: caches of the JWKS live that long.",
            )),
            done @ (Changed::Created | Changed::Updated | Changed::UpdatedWithSecret) => Ok(done),
        }
    }
}

/// What it is that forbids a change where something is in use.
enum Refused {
    Identity,
    Merge,
    Key,
    KeyThatSigns,
}

impl Refused {
    fn by(change: &Change) -> Self {
        match change {
            Change::ImportUser(_) => Self::Identity,
            Change::Unmerge(_) => Self::Merge,
            Change::ActivateKey(_) => Self::KeyThatSigns,
            _ => Self::Key,
        }
    }

    fn problem(self) -> Problem {
        let (kind, detail) = match self {
            Self::Identity => (
                ProblemType::IdentityTaken,
                "Its username, its phone or its WeChat account is another user's.",
            ),
            Self::Merge => (
                ProblemType::MergeInseparable,
                "The identities that moved are gone, or are all that there is: one of the two users would have none.",
            ),
            Self::KeyThatSigns => (
                ProblemType::KeyActive,
                "It signs already, or did, or will by itself.",
            ),
            Self::Key => (
                ProblemType::KeyActive,
                "Create its successor, and wait until that signs.",
            ),
        };
        Problem::new(kind, detail)
    }
}

impl FromRequestParts<Arc<App>> for TenantAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Named(slug) = Named::<TenantSlug>::from_request_parts(parts, app).await?;
        let access = caller.tenant(app, &slug).await?;
        access.ok_or_else(|| Problem::not_found("tenant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn token_of(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn rfc6750_2_1_one_bearer_token() {
        assert_eq!(token_of(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(token_of(&["bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(token_of(&["Bearer abc", "Bearer def"]), None);
        assert_eq!(token_of(&["Basic abc"]), None);
        assert_eq!(token_of(&["Bearer"]), None);
        assert_eq!(token_of(&[]), None);
    }
}
