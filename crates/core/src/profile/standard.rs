//! The standard claims (OpenID Connect Core §5.1) that Hufu keeps for clients and makes no use of.

use super::is_web_url;
use crate::{Invalid, text::text_newtype};
use serde::{Deserialize, Serialize};

/// Whether a text has between one and `most` characters, is not blank, and holds no control character.
fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

text_newtype!(
    /// A name, or a part of one: 1 to 128 characters, none of them a control character.
    PersonName,
    |text: &str| {
        if is_line(text, 128) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 128 characters, not blank, without control characters"))
        }
    }
);

text_newtype!(
    /// A page of the user's: an `https` or `http` URL of at most 2,000 bytes. Hufu never fetches it.
    PageUrl,
    |text: &str| {
        if is_web_url(text, &["https", "http"]) {
            Ok(())
        } else {
            Err(Invalid("must be an https or http URL of at most 2,000 visible ASCII characters"))
        }
    }
);

text_newtype!(
    /// `female`, `male`, or another word: 1 to 32 characters.
    Gender,
    |text: &str| {
        if is_line(text, 32) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 32 characters, such as female"))
        }
    }
);

text_newtype!(
    /// `YYYY-MM-DD`, `0000-MM-DD` where the year is not told, or `YYYY` alone.
    Birthdate,
    |text: &str| {
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        let is_date = match text.split('-').collect::<Vec<_>>()[..] {
            [year] => digits(year, 4) && year != "0000",
            // Any year that leaps will do where none is told.
            [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
                let year = if year == "0000" { "2000" } else { year };
                format!("{year}-{month}-{day}").parse::<chrono::NaiveDate>().is_ok()
            }
            _ => false,
        };
        if is_date {
            Ok(())
        } else {
            Err(Invalid("must be YYYY-MM-DD, 0000-MM-DD or YYYY"))
        }
    }
);

text_newtype!(
    /// A name of the time zone database, such as `Asia/Shanghai`: at most 64 characters. Whether there is such a zone is not
    /// looked at.
    ZoneName,
    |text: &str| {
        let is_part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
        };
        if text.len() <= 64 && text.split('/').all(is_part) {
            Ok(())
        } else {
            Err(Invalid("must be a time zone such as Asia/Shanghai"))
        }
    }
);

text_newtype!(
    /// An e-mail address (RFC 5322 `addr-spec`, without quotes and comments): at most 254 visible ASCII characters.
    EmailAddress,
    |text: &str| {
        let is_local = |local: &str| {
            (1..=64).contains(&local.len())
                && local
                    .split('.')
                    .all(|atom| !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b)))
        };
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_address = text.len() <= 254
            && text
                .split_once('@')
                .is_some_and(|(local, domain)| is_local(local) && domain.contains('.') && domain.split('.').all(is_label));
        if is_address {
            Ok(())
        } else {
            Err(Invalid("must be an e-mail address"))
        }
    }
);

text_newtype!(
    /// A line of an address, or several: 1 to 500 characters; line breaks are the only control characters.
    AddressText,
    |text: &str| {
        let is_text = text.chars().count() <= 500
            && !text.trim().is_empty()
            && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r'));
        if is_text {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 500 characters, not blank"))
        }
    }
);

/// A postal address (Core §5.1.1). Members that are not known are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// The whole of it, as on a label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<AddressText>,
    /// Street, house, flat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<AddressText>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<AddressText>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<AddressText>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<AddressText>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<AddressText>,
}

/// What is known of a user beside nickname, picture and language. As JSON, it is the claims themselves: what is not known is
/// absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StandardClaims {
    /// The whole name, as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Given names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<PersonName>,
    /// Family names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<PersonName>,
    /// Middle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<PersonName>,
    /// A page about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<PageUrl>,
    /// The user's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<PageUrl>,
    /// Gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// Birthday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<Birthdate>,
    /// Time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<ZoneName>,
    /// E-mail address. Nobody signs in by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Whether an operator answers for the address; there where `email` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl StandardClaims {
    /// Those that may be told, asked by the name of a claim.
    #[must_use]
    pub fn told(self, may: impl Fn(&str) -> bool) -> Self {
        Self {
            name: self.name.filter(|_| may("name")),
            given_name: self.given_name.filter(|_| may("given_name")),
            family_name: self.family_name.filter(|_| may("family_name")),
            middle_name: self.middle_name.filter(|_| may("middle_name")),
            profile: self.profile.filter(|_| may("profile")),
            website: self.website.filter(|_| may("website")),
            gender: self.gender.filter(|_| may("gender")),
            birthdate: self.birthdate.filter(|_| may("birthdate")),
            zoneinfo: self.zoneinfo.filter(|_| may("zoneinfo")),
            email: self.email.filter(|_| may("email")),
            email_verified: self.email_verified.filter(|_| may("email_verified")),
            address: self.address.filter(|_| may("address")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::claims::scope_of;

    #[test]
    fn oidc_core_5_1_a_birthdate_may_lack_its_year_or_be_one() {
        for good in ["1999-12-31", "0000-02-29", "1970", "2000-02-29"] {
            assert!(Birthdate::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "0000",
            "1999-13-01",
            "1999-02-29",
            "99-1-1",
            "1999-12-31T00",
            "+999-12-31",
        ] {
            assert!(Birthdate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_of_mail_are_told_from_other_text() {
        for good in ["li.ming@example.com", "a+b@xn--fiq228c.cn", "x@a.b"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ming",
            "@example.com",
            "a@b",
            "a@b@c.d",
            "a..b@c.d",
            "a b@c.d",
            "a@-b.cn",
            "明@例子.cn",
            "a@b.c\n",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn zones_and_pages_have_their_form() {
        for (zone, good) in [
            ("Asia/Shanghai", true),
            ("America/Argentina/Ushuaia", true),
            ("UTC", true),
            ("Etc/GMT+8", true),
            ("Asia//X", false),
            ("../etc", false),
            ("", false),
        ] {
            assert_eq!(ZoneName::parse(zone).is_ok(), good, "{zone}");
        }
        for (page, good) in [
            ("https://ming.example/", true),
            ("http://ming.example", true),
            ("javascript:alert(1)", false),
            ("https://u:p@ming.example", false),
        ] {
            assert_eq!(PageUrl::parse(page).is_ok(), good, "{page}");
        }
    }

    #[test]
    fn what_is_not_known_is_absent() {
        assert_eq!(serde_json::to_string(&StandardClaims::default()).unwrap(), "{}");
        let known: StandardClaims =
            serde_json::from_str(r#"{"name":"李明","address":{"country":"中国"}}"#).unwrap();
        let told = known.told(|claim| claim == "address");
        assert_eq!(
            serde_json::to_string(&told).unwrap(),
            r#"{"address":{"country":"中国"}}"#
        );
    }

    #[test]
    fn every_claim_has_its_scope() {
        let all: StandardClaims = serde_json::from_value(serde_json::json!({
            "name": "a", "given_name": "a", "family_name": "a", "middle_name": "a", "profile": "https://a.example",
            "website": "https://a.example", "gender": "a", "birthdate": "1970", "zoneinfo": "UTC", "email": "a@b.example",
            "email_verified": true, "address": {"country": "a"},
        }))
        .unwrap();
        let told = serde_json::to_value(all.clone().told(|claim| scope_of(claim).is_some())).unwrap();
        assert_eq!(told, serde_json::to_value(all).unwrap());
        assert_eq!(told.as_object().unwrap().len(), 12);
    }
}
