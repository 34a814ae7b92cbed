//! Consent to a tenant's documents: its privacy policy, its terms. Append-only: what was accepted, and what was taken back,
//! when and where from.
//!
//! Source: Personal Information Protection Law of China, articles 13 to 17; GB/T 35273-2020.

use crate::{
    Instant, Invalid,
    client::ClientId,
    id::{ConsentId, UserId},
    text::text_newtype,
};
use std::net::IpAddr;

text_newtype!(
    /// Which document, such as `privacy`: 1 to 32 lower-case letters, digits, `_` and `-`.
    DocumentName,
    |text: &str| {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 32 of a to z, 0 to 9, '_' and '-'"))
        }
    }
);

text_newtype!(
    /// Which version of a document, such as `2026-11-01` or a hash of its text: 1 to 64 letters, digits, `.`, `_` and `-`.
    DocumentVersion,
    |text: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 64 letters, digits, '.', '_' or '-'"))
        }
    }
);

/// What a person did about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentAction {
    /// They accepted it.
    Accept,
    /// They took that back.
    Withdraw,
}

impl ConsentAction {
    /// The name in APIs and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Withdraw => "withdraw",
        }
    }

    /// Reads [`ConsentAction::as_str`] back.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "accept" => Ok(Self::Accept),
            "withdraw" => Ok(Self::Withdraw),
            _ => Err(Invalid("must be accept or withdraw")),
        }
    }
}

/// A document in one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Document {
    /// Which.
    pub name: DocumentName,
    /// In which version.
    pub version: DocumentVersion,
}

/// How many documents one request may name.
const MOST_DOCUMENTS: usize = 8;

impl Document {
    /// Reads the parameter `consent`: `name:version`, separated by spaces, at most eight.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Invalid> {
        const SHAPE: Invalid = Invalid("must be 1 to 8 of name:version, separated by spaces");
        let mut documents = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let (name, version) = word.split_once(':').ok_or(SHAPE)?;
            let document = Self {
                name: DocumentName::parse(name)?,
                version: DocumentVersion::parse(version)?,
            };
            if documents.len() == MOST_DOCUMENTS {
                return Err(SHAPE);
            }
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
        if documents.is_empty() {
            Err(SHAPE)
        } else {
            Ok(documents)
        }
    }
}

/// One entry of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Ordered by time.
    pub id: ConsentId,
    /// Who.
    pub user_id: UserId,
    /// About what.
    pub document: Document,
    /// What they did.
    pub action: ConsentAction,
    /// When.
    pub at: Instant,
    /// Through which client.
    pub client_id: ClientId,
    /// From where.
    pub ip: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_documents_is_read_and_bounded() {
        let read = Document::parse_list(" privacy:2026-11-01 terms:v3  privacy:2026-11-01").unwrap();
        let names: Vec<_> = read.iter().map(|document| document.name.as_str()).collect();
        assert_eq!(names, ["privacy", "terms"]);
        let nine = (0..9).map(|i| format!("d{i}:1")).collect::<Vec<_>>().join(" ");
        for bad in [
            "",
            " ",
            "privacy",
            "privacy:",
            ":1",
            "Privacy:1",
            "privacy:1\u{0}",
            &nine,
        ] {
            assert!(Document::parse_list(bad).is_err(), "{bad:?}");
        }
    }
}
