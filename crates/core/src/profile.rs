//! What a user tells about themselves. None of it is verified.

use crate::{Instant, Invalid, text::text_newtype};
use url::Url;

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
        let is_https = text.len() <= 2_000
            && text.bytes().all(|b| b.is_ascii_graphic())
            && Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
        if is_https {
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

/// The claims of scope `profile` (OpenID Connect Core §5.1) that a user may set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `nickname`.
    pub nickname: Option<Nickname>,
    /// `picture`.
    pub picture: Option<PictureUrl>,
    /// `locale`.
    pub locale: Option<LanguageTag>,
    /// When it was last changed; `None` where it never was.
    pub updated_at: Option<Instant>,
}
