//! Tenants: an organisation with its own issuer, users, keys and clients. Nothing crosses from one to another.

use crate::{Instant, Invalid, id::TenantId, settings::Settings, text::text_newtype};

text_newtype!(
    /// A tenant's name in URLs: 1 to 40 of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit. Unique in
    /// the installation.
    TenantSlug,
    |text: &str| -> Result<(), Invalid> {
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = text.as_bytes();
        let inside = bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        if bytes.len() <= 40 && inside && edge(bytes.first()) && edge(bytes.last()) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit"))
        }
    }
);

text_newtype!(
    /// A name for people to read: 1 to 100 characters, no control characters, not only blanks.
    DisplayName,
    |text: &str| -> Result<(), Invalid> {
        let length = text.chars().count();
        if (1..=100).contains(&length) && !text.chars().any(char::is_control) && !text.trim().is_empty() {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 100 characters without control characters"))
        }
    }
);

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Never used again, even where the slug is.
    pub id: TenantId,
    /// The last segment of the issuer URL.
    pub slug: TenantSlug,
    /// Shown to operators and, later, to users.
    pub display_name: DisplayName,
    /// Policies.
    pub settings: Settings,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last replaced or patched.
    pub updated_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_letters_digits_and_inner_hyphens() {
        for good in ["a", "demo", "tea-house-2", "0", &"a".repeat(40)] {
            assert!(TenantSlug::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "ä", "a/b", "..", &"a".repeat(41)] {
            assert!(TenantSlug::parse(bad).is_err(), "{bad}");
        }
    }
}
