//! What a user tells about themselves. None of it is verified, but for an e-mail address that an operator answers for.

mod patch;
mod standard;

pub use patch::UNKNOWN_CLAIM;
pub use standard::{
    Address, AddressText, Birthdate, EmailAddress, Gender, PageUrl, PersonName, StandardClaims, ZoneName,
};

use crate::{Instant, Invalid, text::text_newtype};
use url::Url;

/// Whether a text is a URL of one of the schemes, of at most 2,000 visible ASCII characters, and without a name or a password.
fn is_web_url(text: &str, schemes: &[&str]) -> bool {
    let is_plain =
        |url: Url| schemes.contains(&url.scheme()) && url.username().is_empty() && url.password().is_none();
    text.len() <= 2_000 && text.bytes().all(|b| b.is_ascii_graphic()) && Url::parse(text).is_ok_and(is_plain)
}

text_newtype!(
    /// A nickname: 1 to 64 characters, none of them a control character.
    Nickname,
    |text: &str| {
        if (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) && !text.trim().is_empty() {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 64 characters, not blank, without control characters"))
        }
    }
);

text_newtype!(
    /// Where a picture of the user is: an `https` URL of at most 2,000 bytes. Hufu never fetches it.
    PictureUrl,
    |text: &str| {
        if is_web_url(text, &["https"]) {
            Ok(())
        } else {
            Err(Invalid("must be an https URL of at most 2,000 visible ASCII characters"))
        }
    }
);

text_newtype!(
    /// A language tag (RFC 5646), such as `zh-CN`: 2 to 35 letters, digits and hyphens.
    LanguageTag,
    |text: &str| {
        let mut parts = text.split('-');
        let is_language = parts
            .next()
            .is_some_and(|first| (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()));
        let is_rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if text.len() <= 35 && is_language && is_rest {
            Ok(())
        } else {
            Err(Invalid("must be a language tag such as zh-CN"))
        }
    }
);

/// The claims (OpenID Connect Core §5.1) that a user may set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `nickname`.
    pub nickname: Option<Nickname>,
    /// `picture`.
    pub picture: Option<PictureUrl>,
    /// `locale`.
    pub locale: Option<LanguageTag>,
    /// The others.
    pub claims: StandardClaims,
    /// When it was last changed; `None` where it never was.
    pub updated_at: Option<Instant>,
}
