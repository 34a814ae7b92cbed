//! Passwords: the name that goes with one, what makes a new one acceptable, the hash that is kept, and the port that
//! hashes. Which account a name belongs to, and how often one may try, is decided elsewhere.

use crate::{
    Invalid,
    id::{
        CodeId, ConsentId, EventId, GrantId, IdentityId, LoginId, MergeId, OperatorId, RefreshTokenId,
        SessionId, TenantId, UserId,
    },
    settings::SettingError,
};
use async_trait::async_trait;
use caseless::Caseless;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use unicode_security::{
    GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, confusable_detection::skeleton,
};

/// The name that a person signs in with. Two spellings of one name are one name: it is normalized here, once, and only the
/// result is stored, compared and shown.
///
/// - NFKC, then Unicode's default case folding, then NFKC. `Ｌｉ.Ming`, `LI.MING` and `li.ming` are one; `Straße` is
///   `strasse`. Folding knows no language: `I` is `i` everywhere.
/// - 3 to 64 characters: letters, the digits 0 to 9, `.`, `_`, `-`. The first and the last are a letter or a digit.
///   Letters are those that Unicode recommends for identifiers (UTS 39 §3.1).
/// - At least one letter, so that no name can be taken for a phone number; and no beginning that an id or a token of ours has.
/// - One script; Chinese, Japanese and Korean may be mixed with Latin (UTS 39 §5.2, *Highly Restrictive*).
/// - A name with other than ASCII characters must not look like one of ASCII characters alone (UTS 39 §4).
///
/// After RFC 8265 §3.3 (UsernameCaseMapped), and narrower. It is personal: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Username(String);

/// The fewest and the most characters of a name, after normalization.
const USERNAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=64;

/// Longer input is not looked at: 64 characters, as long as the longest spelling of each.
const LONGEST_SPELLING: usize = 1_024;

const OURS: [&str; 13] = [
    TenantId::PREFIX,
    UserId::PREFIX,
    IdentityId::PREFIX,
    SessionId::PREFIX,
    GrantId::PREFIX,
    RefreshTokenId::PREFIX,
    LoginId::PREFIX,
    CodeId::PREFIX,
    ConsentId::PREFIX,
    MergeId::PREFIX,
    OperatorId::PREFIX,
    EventId::PREFIX,
    "hufu_",
];

impl Username {
    /// Normalizes and checks.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const LENGTH: Invalid = Invalid("a username has 3 to 64 characters");
        if text.len() > LONGEST_SPELLING {
            return Err(LENGTH);
        }
        let name = normalized(text);
        if !USERNAME_LENGTH.contains(&name.chars().count()) {
            return Err(LENGTH);
        }
        check_characters(&name)?;
        if OURS.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(Invalid("a username must not begin as an id does, such as usr_"));
        }
        if !name
            .as_str()
            .check_restriction_level(RestrictionLevel::HighlyRestrictive)
        {
            return Err(Invalid("the letters of a username are of one script"));
        }
        if !name.is_ascii() && skeleton(&name).all(|c| c.is_ascii()) {
            return Err(Invalid("the username looks like another one"));
        }
        // Unicode promises this for nearly all text.
        if normalized(&name) != name {
            return Err(Invalid("the username cannot be normalized"));
        }
        Ok(Self(name))
    }

    /// A stored name. It is not checked again: what was a good name stays one when Unicode's tables change.
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The normalized name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(…)")
    }
}

fn normalized(text: &str) -> String {
    text.nfkc().default_case_fold().nfkc().collect()
}

fn check_characters(name: &str) -> Result<(), Invalid> {
    let is_letter = |c: char| c.is_alphabetic() && c.identifier_allowed();
    let is_inner = |c: char| matches!(c, '.' | '_' | '-');
    if !name
        .chars()
        .all(|c| is_letter(c) || c.is_ascii_digit() || is_inner(c))
    {
        return Err(Invalid("a username has letters, digits, '.', '_' and '-' only"));
    }
    if name.starts_with(is_inner) || name.ends_with(is_inner) {
        return Err(Invalid("a username begins and ends with a letter or a digit"));
    }
    if !name.contains(is_letter) {
        return Err(Invalid("a username has at least one letter"));
    }
    Ok(())
}

/// A tenant's settings of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordSettings {
    /// The fewest characters of a new password: 8 to 64; 15 by default. Fewer than 15 are enough only where another factor
    /// is asked for as well (NIST SP 800-63B-4 §3.1.1.2).
    pub min_length: u32,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            min_length: SOLE_FACTOR_LENGTH,
        }
    }
}

impl PasswordSettings {
    /// All settings outside their ranges.
    pub fn check(&self) -> Vec<SettingError> {
        if (SECOND_FACTOR_LENGTH..=64).contains(&self.min_length) {
            return Vec::new();
        }
        vec![SettingError {
            path: "password.min_length",
            message: "must be 8 to 64 characters".to_owned(),
        }]
    }
}

/// The fewest characters where the password is all that is asked for (NIST SP 800-63B-4 §3.1.1.2).
pub const SOLE_FACTOR_LENGTH: u32 = 15;
/// The fewest characters where another factor is asked for as well (the same).
pub const SECOND_FACTOR_LENGTH: u32 = 8;
/// The most code points of a new password, after normalization.
pub const LONGEST_PASSWORD: usize = 128;
/// The most bytes of any password, as received. What is longer is refused before any work.
pub const LONGEST_PASSWORD_BYTES: usize = 1_024;

/// What a new password must be. There are no rules of composition, and no password is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The fewest code points, after normalization.
    pub min_length: u32,
    /// Names that whoever guesses would try: the service's, the tenant's.
    pub names: Vec<String>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::new(PasswordSettings::default(), Vec::new())
    }
}

impl PasswordPolicy {
    /// The policy of a tenant.
    pub const fn new(settings: PasswordSettings, names: Vec<String>) -> Self {
        Self {
            min_length: settings.min_length,
            names,
        }
    }
}

/// Why a new password is refused. Public; the password is in none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Too few characters.
    #[error("the password must have at least {min_length} characters")]
    TooShort {
        /// The fewest.
        min_length: u32,
    },
    /// Too many.
    #[error("the password must have at most 128 characters")]
    TooLong,
    /// It has a tab, a line break or the like, which nobody means to type.
    #[error("the password must not have control characters")]
    ControlCharacter,
    /// It is a common or breached password, or little more than that.
    #[error("the password is one of those that are tried first")]
    Common,
    /// It is little more than sequences, repetitions or dates.
    #[error("the password is easy to guess: it is made of sequences, repetitions or dates")]
    Predictable,
    /// It is little more than the username.
    #[error("the password is little more than the username")]
    ContainsUsername,
    /// It is little more than the name of the service or the tenant.
    #[error("the password is little more than the name of the service")]
    ContainsName,
}

impl PasswordRefused {
    /// The word for it that programs read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
            Self::Common => "common",
            Self::Predictable => "predictable",
            Self::ContainsUsername => "contains_username",
            Self::ContainsName => "contains_name",
        }
    }
}

/// A password's hash as text, with all that is needed to verify: a PHC string, or what another product wrote. Only
/// [`Passwords`] reads it.
#[derive(Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// A stored hash, or one that was just made.
    pub fn from_stored(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text to store or to verify with.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What a password and a hash have to do with each other.
#[derive(Debug, Clone)]
pub enum Verified {
    /// The hash is of this password.
    Match {
        /// What to store instead: the old one was made with other parameters, or by another product. It may only take the place
        /// of the very hash that was verified.
        rehash: Option<PasswordHash>,
    },
    /// It is not, or there is none.
    Mismatch,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many are waiting, or this one has waited too long. Nothing was decided.
    #[error("too many passwords are being hashed")]
    Busy {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// The password is longer than any can be; [`Passwords::check_new`] would have said so.
    #[error("the password is too long")]
    TooLong,
    /// The stored hash is of no known kind, or costs more than is allowed. The operator must act.
    #[error("the stored password hash cannot be read")]
    Unreadable,
    /// The work was given up: the server is going down, or this is a defect of Hufu.
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes and verifies passwords. That is slow by design: each call takes its turn, fairly between tenants, and a caller
/// who goes away gives the turn back.
///
/// A password is taken in NFC, with every space as U+0020 (RFC 8265 §4.2, OpaqueString), so that all keyboards type the same
/// one; otherwise as it is, whole.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Hashes a password that is to be stored.
    async fn hash(&self, tenant: TenantId, password: &SecretString) -> Result<PasswordHash, PasswordError>;

    /// Whether `hash` is of `password`. Where there is none, since nobody has the name or the account has no password, the
    /// same work is done for [`Verified::Mismatch`].
    async fn verify(
        &self,
        tenant: TenantId,
        password: &SecretString,
        hash: Option<&PasswordHash>,
    ) -> Result<Verified, PasswordError>;

    /// Whether a person may choose this password.
    fn check_new(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        username: Option<&Username>,
    ) -> Result<(), PasswordRefused>;

    /// Whether a hash that another product made can be verified here, at a cost that is neither a joke nor a burden.
    fn check_import(&self, hash: &str) -> Result<PasswordHash, Invalid>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        let name = Username::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            Username::parse(name.as_str()),
            Ok(name.clone()),
            "{text} is stable"
        );
        name.as_str().to_owned()
    }

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for (spelling, expected) in [
            ("Li.Ming-1988", "li.ming-1988"),
            ("ＬＩ．ｍｉｎｇ", "li.ming"),
            ("Ｌi_ｍing９", "li_ming9"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("STRAẞE", "strasse"),
            ("Zoe\u{308}", "zoë"),
            ("ZOË", "zoë"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("σίσυφος", "σίσυφοσ"),
            ("oﬃce", "office"),
            ("ﾀﾛｳさん", "タロウさん"),
            ("TITLE", "title"),
        ] {
            assert_eq!(name(spelling), expected, "{spelling}");
        }
    }

    #[test]
    fn names_of_the_world_are_names() {
        for good in [
            "abc",
            "王小明",
            "小明abc",
            "tom王",
            "김철수",
            "김abc",
            "роман",
            "สมชาย",
            "ひらカタ漢字",
            "a_b-c.d",
            "1a2",
            "مریم",
        ] {
            assert_eq!(name(good), good);
        }
        assert_eq!(name(&"x".repeat(64)).len(), 64);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in [
            "",
            "ab",
            "a b c",
            " abc",
            "abc ",
            ".abc",
            "abc.",
            "_abc",
            "abc-",
            "a@b.c",
            "a/b",
            "abc\0",
            "abc\n",
            "a\u{200b}bc",
            "a\u{202e}bc",
            "😀😀😀",
            "x\u{304}yz",
            "½½½",
            "a١٢٣",
            "ªºª\u{1f}",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Username::parse(&"x".repeat(65)).is_err());
        // Each is eighteen characters when it is normalized.
        assert!(Username::parse(&"\u{fdfa}".repeat(10)).is_err());
        assert!(Username::parse(&"x".repeat(10_000_000)).is_err());
    }

    #[test]
    fn no_name_can_be_taken_for_a_phone_number_or_an_id() {
        for bad in [
            "13800138000",
            "138-0013-8000",
            "１３８００１３８０００",
            "+8613800138000",
            "1.2.3",
            "usr_0192",
            "USR_abc",
            "ｕｓｒ＿abc",
            "ten_abc",
            "ses_1a",
            "hufu_rt_abc",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn homographs_are_refused() {
        // Cyrillic а; Greek α; Cyrillic alone; Greek ο alone; dotless i; a Roman numeral is NFKC's to mend.
        for bad in ["paypаl", "αbc", "сосо", "οοο", "kıng", "王аbc"] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(name("ⅷabc"), "viiiabc");
    }

    #[test]
    fn turkish_is_folded_as_every_other_language() {
        assert_eq!(name("DIYAR"), "diyar");
        // İ folds to i and a combining dot, which no name has.
        assert!(Username::parse("DİYAR").is_err());
    }

    #[test]
    fn the_length_is_a_tenants_within_bounds() {
        assert_eq!(PasswordPolicy::default().min_length, 15);
        for (min_length, good) in [(7, false), (8, true), (64, true), (65, false)] {
            assert_eq!(
                PasswordSettings { min_length }.check().is_empty(),
                good,
                "{min_length}"
            );
        }
        let read = serde_json::from_str::<PasswordSettings>;
        assert_eq!(read("{}").unwrap(), PasswordSettings::default());
        assert!(read(r#"{"max_age":90}"#).is_err());
    }

    #[test]
    fn neither_names_nor_hashes_are_in_debug_output() {
        let hash = PasswordHash::from_stored("$argon2id$c2VjcmV0".to_owned());
        let shown = format!(
            "{hash:?} {:?} {:?}",
            Verified::Match {
                rehash: Some(hash.clone())
            },
            Username::parse("li.ming").unwrap()
        );
        assert!(!shown.contains("c2Vj") && !shown.contains("ming"), "{shown}");
    }
}
