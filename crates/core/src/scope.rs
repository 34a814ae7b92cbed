//! Scopes (RFC 6749 §3.3): a set of names, shown in a fixed order.

use crate::Invalid;
use std::collections::BTreeSet;

/// Every scope that a client may be registered for. A name outside this list is refused at registration.
pub const KNOWN: [&str; 8] = [
    "account",
    "address",
    "email",
    "offline_access",
    "openid",
    "phone",
    "profile",
    "wechat",
];

/// A set of scope names, in alphabetical order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Reads a space-separated list. Refuses characters outside RFC 6749 §3.3 and more than 32 names; names that Hufu
    /// does not know are kept, since whether they are allowed is the client's registration's to say.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut names = BTreeSet::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            if !name
                .bytes()
                .all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
            {
                return Err(Invalid(
                    "a scope name has characters that RFC 6749 does not allow",
                ));
            }
            names.insert(name.to_owned());
        }
        if names.len() > 32 {
            return Err(Invalid("has more than 32 names"));
        }
        Ok(Self(names))
    }

    /// Whether `name` is in the set.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether every name of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// This set and the other together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// This set without `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|own| *own != name).cloned().collect())
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> FromIterator<&'a str> for Scope {
    /// Of names that were checked.
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl serde::Serialize for Scope {
    /// As a space-separated list.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Scope {
    /// By `parse`.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_do_not_matter() {
        let scope = Scope::parse("profile openid  openid").unwrap();
        assert_eq!(scope.to_string(), "openid profile");
        assert_eq!(scope, Scope::parse("openid profile").unwrap());
    }

    #[test]
    fn rfc6749_3_3_foreign_characters_are_refused() {
        for text in ["open\"id", "a\\b", "umlaut-ä", "tab\there"] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
    }
}
