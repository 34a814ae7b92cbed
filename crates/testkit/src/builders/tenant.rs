//! Tenants.

use super::Mint;
use hufu_core::{
    id::TenantId,
    settings::Settings,
    tenant::{DisplayName, Tenant, TenantSlug},
};

/// A slug that is known to be well-formed.
pub fn slug(text: &str) -> TenantSlug {
    TenantSlug::parse(text).expect("a test's slug is well-formed")
}

/// A display name that is known to be well-formed.
pub fn display_name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a test's display name is well-formed")
}

impl Mint {
    /// A tenant with default settings.
    pub fn tenant(&self, slug: &str) -> Tenant {
        let now = self.now();
        Tenant {
            id: TenantId::generate(now, &self.random),
            slug: super::slug(slug),
            display_name: display_name(&format!("{slug} 商家")),
            settings: Settings::default(),
            created_at: now,
            updated_at: now,
        }
    }
}
