//! Phone numbers as people write them, by the rules and tables of libphonenumber.
//!
//! Ten spellings of one number are one number: with area code or without, after `+`, `00` or nothing, with a trunk `0`, with
//! blanks, hyphens, dots, slashes and parentheses, and with the full-width digits and signs that a Chinese keyboard writes.
//! The invisible marks that a copied contact brings are no part of it.
//!
//! Refused are letters, which libphonenumber would read as on a keypad, digits of other scripts, and extensions: whoever
//! writes such does not mean a phone that gets messages. And so is every number that is not a mobile's, as far as the
//! country's plan tells those apart: short codes, service and premium numbers, fixed lines, and numbers of no country.

use hufu_core::{Invalid, phone::PhoneNumber};
use phonenumber::{Mode, Type, country, metadata::DATABASE};

/// Where a number without area code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(country::Id);

impl Region {
    /// The mainland of China.
    pub const CHINA: Self = Self(country::Id::CN);

    /// Reads two capital letters of ISO 3166, such as `HK`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse()
            .map(Self)
            .map_err(|_| Invalid("must be a country in two capital letters, such as CN"))
    }
}

const NOT_A_NUMBER: Invalid = Invalid("must be a phone number, such as 13800138000 or +85251234567");
const NOT_A_MOBILE: Invalid = Invalid("must be the number of a mobile phone that exists");

/// Longer texts are not looked at, in bytes.
const LONGEST: usize = 96;
/// Longer numbers are not looked up: E.164 has 15 digits, and there may be an exit code and a trunk zero.
const MOST_DIGITS: usize = 19;

/// Reads the number of a mobile phone. The message of an error repeats nothing of the text.
pub fn parse_phone(text: &str, default_region: Region) -> Result<PhoneNumber, Invalid> {
    let (is_international, digits) = digits(text).ok_or(NOT_A_NUMBER)?;
    let number = if is_international {
        phonenumber::parse(None, format!("+{digits}"))
    } else {
        phonenumber::parse(Some(default_region.0), &digits)
    };
    let number = number.map_err(|_| NOT_A_NUMBER)?;
    let e164 = number.format().mode(Mode::E164).to_string();
    // A trunk zero may go, and an area code may come. What changes more was read as something that was not written.
    let is_what_was_written = if is_international {
        e164.len() >= digits.len()
    } else {
        DATABASE
            .by_id(default_region.0.as_ref())
            .map(phonenumber::Metadata::country_code)
            == Some(number.country().code())
    };
    let is_mobile = matches!(
        number.number_type(&DATABASE),
        Type::Mobile | Type::FixedLineOrMobile
    );
    if !(is_what_was_written && phonenumber::is_valid(&number) && is_mobile) {
        return Err(NOT_A_MOBILE);
    }
    PhoneNumber::parse(&e164)
}

/// Reads the tables, which takes longer than any number: not while a person waits.
pub(crate) fn load() {
    let _ = parse_phone("+8613800138000", Region::CHINA);
}

/// The digits in ASCII, without the `+` or `00` that makes a number an international one.
fn digits(text: &str) -> Option<(bool, String)> {
    if text.len() > LONGEST {
        return None;
    }
    let mut has_plus = false;
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '０'..='９' => digits.push(char::from_digit(u32::from(c) - u32::from('０'), 10)?),
            '+' | '＋' if !has_plus && digits.is_empty() => has_plus = true,
            _ if is_separator(c) => {}
            _ => return None,
        }
    }
    let exit = digits.strip_prefix("00").filter(|_| !has_plus).map(str::to_owned);
    let (is_international, digits) = match exit {
        Some(rest) => (true, rest),
        None => (has_plus, digits),
    };
    (4..=MOST_DIGITS)
        .contains(&digits.len())
        .then_some((is_international, digits))
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}'
            | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '－'
            | '.' | '．' | '/' | '／' | '(' | ')' | '（' | '）'
            // Width, direction and joining: nothing that is seen.
            | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse_phone(text, Region::CHINA)
            .ok()
            .map(|number| number.as_str().to_owned())
    }

    #[test]
    fn one_number_in_many_spellings_is_one_number() {
        for text in [
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+8613800138000",
            "+86 138 0013 8000",
            "(+86) 138.0013.8000",
            "+86 (0)138 0013 8000",
            "0086 138 0013 8000",
            "8613800138000",
            "013800138000",
            "１３８００１３８０００",
            "＋８６　１３８－００１３－８０００",
            "（＋86）138／0013／8000",
            "\u{202d}+86 138 0013 8000\u{202c}",
            "138\u{2011}0013\u{2013}8000\u{feff}",
            " \t13800138000\u{a0}",
        ] {
            assert_eq!(read(text).as_deref(), Some("+8613800138000"), "{text}");
        }
    }

    #[test]
    fn numbers_of_other_countries_are_read_where_their_area_code_is_written() {
        for (text, number) in [
            ("+852 5123 4567", "+85251234567"),
            ("0085251234567", "+85251234567"),
            ("+1 (415) 555-2671", "+14155552671"),
            ("+44 7911 123456", "+447911123456"),
            ("+44 (0)7911 123456", "+447911123456"),
            ("+39 312 345 6789", "+393123456789"),
            ("+886 912 345 678", "+886912345678"),
            // China's own prefixes mean nothing there.
            ("+12025550123", "+12025550123"),
        ] {
            assert_eq!(read(text).as_deref(), Some(number), "{text}");
        }
        assert_eq!(read("51234567"), None);
        let hong_kong = Region::parse("HK").unwrap();
        let number = parse_phone("5123 4567", hong_kong).unwrap();
        assert_eq!(number.as_str(), "+85251234567");
        // Another country's number without its area code is not this one's.
        assert!(parse_phone("13800138000", hong_kong).is_err());
        assert_eq!(Region::parse("CN"), Ok(Region::CHINA));
        for bad in ["", "cn", "China", "ZZ", "86"] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_gets_no_messages_is_refused() {
        for text in [
            // Short codes, which a parser alone lets pass, and emergency numbers.
            "+86 10086",
            "10086",
            "95588",
            "12306",
            "110",
            "+86110",
            // Premium, shared cost, toll-free, personal, satellite, fixed lines.
            "16800000000",
            "+8616812345678",
            "4008001234",
            "+19005551234",
            "+18005551234",
            "+447012345678",
            "+88213300655",
            "021 6123 4567",
            "+862161234567",
            "+85221234567",
            // Not in the plan, too short, too long, of no country.
            "12345678901",
            "+861380013800",
            "+86138001380000",
            "1380013800",
            "+9999999999",
            "14155552671",
            // A full zero too many.
            "+86 00 138 0013 8000",
            "00008613800138000",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused_and_not_repeated() {
        let long = "1".repeat(10_000_000);
        let blanks = format!("13800138000{}", " ".repeat(100));
        for text in [
            "",
            " ",
            "+",
            "++8613800138000",
            "+86+13800138000",
            "86+13800138000",
            "0",
            "00",
            "000",
            "+86",
            "86",
            "1-800-FLOWERS",
            "13800138OOO",
            "13800138000 ext. 5",
            "13800138000;ext=5",
            "13800138000x5",
            "tel:+8613800138000",
            ";phone-context=",
            ".;phone-context=",
            "138001380００a",
            "١٣٨٠٠١٣٨٠٠٠",
            "13800138000,13800138001",
            "13800138000\n",
            "13800138000\0",
            "虎符",
            &long,
            &blanks,
        ] {
            let error = parse_phone(text, Region::CHINA).unwrap_err().to_string();
            assert!(error.starts_with("must be") && !error.contains("138001380001"));
        }
    }

    #[test]
    fn no_text_of_digits_and_signs_is_too_odd_to_be_answered() {
        // Every short text, and every length: the parser behind has had panics.
        let signs = ['+', '0', '1', '8', '6', '-'];
        for length in 0..5_u32 {
            for mut which in 0..signs.len().pow(length) {
                let text: String = (0..length)
                    .map(|_| {
                        let sign = signs[which % signs.len()];
                        which /= signs.len();
                        sign
                    })
                    .collect();
                let _ = parse_phone(&text, Region::CHINA);
            }
        }
        for prefix in [
            "", "+", "00", "0", "+0", "+00", "86", "+86", "+1", "+39", "+800", "+878", "+979", "+52", "+54",
        ] {
            for length in 0..24 {
                for digit in ["0", "1", "5", "9"] {
                    let _ = parse_phone(&format!("{prefix}{}", digit.repeat(length)), Region::CHINA);
                }
            }
        }
    }
}
