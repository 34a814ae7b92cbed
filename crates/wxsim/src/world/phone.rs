//! Phone numbers, in the two parts in which WeChat tells them.

use crate::Refusal;

/// WeChat tells the area code of every other country inside the number too.
const MAINLAND_CHINA: &str = "86";
/// Area codes that the simulator knows; none is the beginning of another.
const AREA_CODES: [&str; 25] = [
    "1",
    "7",
    "33",
    "34",
    "39",
    "44",
    "49",
    "55",
    "60",
    "61",
    "62",
    "63",
    "64",
    "65",
    "66",
    "81",
    "82",
    "84",
    MAINLAND_CHINA,
    "91",
    "852",
    "853",
    "855",
    "886",
    "971",
];

/// A phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) country_code: &'static str,
    /// Without the area code.
    pub(crate) pure_number: String,
}

impl Phone {
    /// E.164, of an area code that the simulator knows; a number of mainland China is a mobile's.
    pub(crate) fn parse(e164: &str) -> Result<Self, Refusal> {
        Self::parsed(e164).ok_or_else(|| Refusal::InvalidPhone(e164.into()))
    }

    fn parsed(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+')?;
        let country_code = *AREA_CODES.iter().find(|code| digits.starts_with(**code))?;
        let number = &digits[country_code.len()..];
        let is_sound = number.bytes().all(|digit| digit.is_ascii_digit())
            && if country_code == MAINLAND_CHINA {
                number.len() == 11 && number.starts_with('1')
            } else {
                // E.164 has 15 digits at most.
                (4..=15 - country_code.len()).contains(&number.len())
            };
        is_sound.then(|| Self {
            country_code,
            pure_number: number.into(),
        })
    }

    pub(crate) fn e164(&self) -> String {
        format!("+{}{}", self.country_code, self.pure_number)
    }

    /// WeChat's `phoneNumber`: with the area code where it is foreign. That a `+` stands before it is an assumption.
    pub(crate) fn full_number(&self) -> String {
        if self.country_code == MAINLAND_CHINA {
            self.pure_number.clone()
        } else {
            self.e164()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_after_the_area_code() {
        for (e164, country_code, pure_number, full_number) in [
            ("+8613800138000", "86", "13800138000", "13800138000"),
            ("+85251234567", "852", "51234567", "+85251234567"),
            ("+886912345678", "886", "912345678", "+886912345678"),
            ("+12025550123", "1", "2025550123", "+12025550123"),
            ("+447911123456", "44", "7911123456", "+447911123456"),
        ] {
            let phone = Phone::parse(e164).unwrap();
            assert_eq!(
                (phone.country_code, phone.pure_number.as_str()),
                (country_code, pure_number)
            );
            assert_eq!(
                (phone.e164().as_str(), phone.full_number().as_str()),
                (e164, full_number)
            );
        }
    }

    #[test]
    fn what_is_not_e164_is_refused() {
        for text in [
            "",
            "+",
            "13800138000",
            "+86",
            "+861380013800",
            "+86138001380000",
            "+8623800138000",
            "+999123456789",
            "+1202555012x",
            "+1234567890123456",
            "+852123",
            "+86１３８００１３８０００",
        ] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }
}
