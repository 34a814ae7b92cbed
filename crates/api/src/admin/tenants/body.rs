//! Tenants on the wire.

use super::settings::SettingsBody;
use crate::{
    base_url::BaseUrl,
    problem::Problem,
    wire::{Fields, object},
};
use chrono::{DateTime, Utc};
use hufu_core::{
    settings::Settings,
    tenant::{DisplayName, Tenant},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a tenant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(in crate::admin) struct TenantPath {
    /// The tenant's name in URLs.
    #[param(pattern = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", example = "tea-house")]
    tenant: String,
}

/// A tenant as it is to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantRequest {
    /// A name for people to read: no control characters, not only blanks.
    #[schema(min_length = 1, max_length = 100, example = "Tea House")]
    display_name: String,
    /// Policies; what is left out has its default.
    #[serde(default, deserialize_with = "object")]
    settings: SettingsBody,
}

/// What a request says of a tenant, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) display_name: DisplayName,
    pub(super) settings: Settings,
}

impl TenantRequest {
    /// All rules of its members.
    pub(super) fn check(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let display_name = fields.keep("/display_name", DisplayName::parse(&self.display_name));
        let settings = Settings::from(self.settings);
        for error in settings.check() {
            let pointer = format!("/settings/{}", error.path.replace('.', "/"));
            fields.refuse(&pointer, error.message);
        }
        fields.finish(display_name.map(|display_name| Wanted {
            display_name,
            settings,
        }))
    }
}

impl From<&Tenant> for TenantRequest {
    fn from(tenant: &Tenant) -> Self {
        Self {
            display_name: tenant.display_name.to_string(),
            settings: tenant.settings.clone().into(),
        }
    }
}

/// A tenant as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(super) struct TenantAnswer {
    /// The tenant's name in URLs.
    tenant: String,
    /// The tenant itself: unlike its name, never used again after a deletion.
    #[schema(pattern = "^ten_[0-9a-f]{32}$")]
    id: String,
    /// The issuer of the tenant's tokens.
    #[schema(format = Uri, example = "https://id.example.com/t/tea-house")]
    issuer: String,
    /// A name for people to read.
    display_name: String,
    /// Policies, all of them.
    settings: SettingsBody,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last replaced or patched.
    updated_at: DateTime<Utc>,
}

impl TenantAnswer {
    /// Shows a tenant.
    pub(super) fn of(tenant: Tenant, base_url: &BaseUrl) -> Self {
        Self {
            issuer: base_url.issuer(&tenant.slug),
            tenant: tenant.slug.to_string(),
            id: tenant.id.to_string(),
            display_name: tenant.display_name.to_string(),
            settings: tenant.settings.into(),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let request: TenantRequest = serde_json::from_str(
            r#"{"display_name":" ","settings":{"tokens":{"access_token_ttl":1,"id_token_ttl":9999},"password":{"min_length":8}}}"#,
        )
        .unwrap();
        let problem = format!("{:?}", request.check().unwrap_err());
        for pointer in [
            "#/display_name",
            "#/settings/tokens/access_token_ttl",
            "#/settings/tokens/id_token_ttl",
            "#/settings/password/min_length",
        ] {
            assert!(problem.contains(pointer), "{problem}");
        }
    }
}
