//! Phone numbers. They are personal: `Debug` shows only the ends, and no event or log has one.

use crate::Invalid;
use std::fmt;

/// A phone number in E.164: `+`, then 7 to 15 digits, the first of which is not 0.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads E.164.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let is_e164 = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if is_e164 {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid("must be a phone number in E.164, such as +8613800138000"))
        }
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as it may be shown to someone who knows it already: the last four digits.
    pub fn masked(&self) -> String {
        let last = self.0.len().saturating_sub(4);
        format!("+…{}", &self.0[last..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_e164_and_nothing_else() {
        for good in ["+8613800138000", "+14155552671", "+3531234567", "+1234567"] {
            assert_eq!(PhoneNumber::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "+",
            "13800138000",
            "+013800138000",
            "+86 138 0013 8000",
            "+861380013800a",
            "+１３８００１３８０００",
            "+123456",
            "+1234567890123456",
        ] {
            assert!(PhoneNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_is_in_no_debug_output() {
        let number = PhoneNumber::parse("+8613800138000").unwrap();
        assert!(!format!("{number:?}").contains("138"));
        assert_eq!(number.masked(), "+…8000");
    }
}
