//! Setting the claims of a profile one by one, by their names, from JSON.

use super::{
    Address, Birthdate, EmailAddress, Gender, LanguageTag, Nickname, PageUrl, PersonName, PictureUrl,
    Profile, StandardClaims, ZoneName,
};
use crate::Invalid;
use serde_json::Value;

/// What is told to whoever breaks the rule of a claim.
macro_rules! rule {
    ($name:literal, $rule:literal) => {
        Invalid(concat!($name, " must be null, or ", $rule))
    };
}

/// There is no such claim, or none that can be set.
pub const UNKNOWN_CLAIM: Invalid = Invalid(
    "the claims that can be set are nickname, picture, locale, name, given_name, family_name, middle_name, profile, website, gender, birthdate, zoneinfo, email and address",
);

/// Sets one claim.
fn set<T>(
    claim: &mut Option<T>,
    value: &Value,
    parse: fn(&str) -> Result<T, Invalid>,
    rule: Invalid,
) -> Result<(), Invalid> {
    *claim = match value {
        Value::Null => None,
        value => Some(value.as_str().and_then(|text| parse(text).ok()).ok_or(rule)?),
    };
    Ok(())
}

impl Profile {
    /// Sets a claim by its name; `null` removes it. Another e-mail address is not verified. The error names the claim and its
    /// rule, and is [`UNKNOWN_CLAIM`] where there is no such claim.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), Invalid> {
        match name {
            "nickname" => set(
                &mut self.nickname,
                value,
                Nickname::parse,
                rule!(
                    "nickname",
                    "1 to 64 characters, not blank, without control characters"
                ),
            ),
            "picture" => set(
                &mut self.picture,
                value,
                PictureUrl::parse,
                rule!(
                    "picture",
                    "an https URL of at most 2,000 visible ASCII characters"
                ),
            ),
            "locale" => set(
                &mut self.locale,
                value,
                LanguageTag::parse,
                rule!("locale", "a language tag such as zh-CN"),
            ),
            _ => self.claims.set(name, value),
        }
    }

    /// Says whether an operator answers for the e-mail address that is set.
    pub fn verify_email(&mut self, value: &Value) -> Result<(), Invalid> {
        match value {
            Value::Bool(verified) if self.claims.email.is_some() => {
                self.claims.email_verified = Some(*verified);
                Ok(())
            }
            _ => Err(Invalid("must be true or false, beside an email")),
        }
    }
}

impl StandardClaims {
    /// Sets one of these by its name.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Invalid> {
        match name {
            "name" => set(
                &mut self.name,
                value,
                PersonName::parse,
                rule!("name", "1 to 128 characters, not blank"),
            ),
            "given_name" => set(
                &mut self.given_name,
                value,
                PersonName::parse,
                rule!("given_name", "1 to 128 characters, not blank"),
            ),
            "family_name" => set(
                &mut self.family_name,
                value,
                PersonName::parse,
                rule!("family_name", "1 to 128 characters, not blank"),
            ),
            "middle_name" => set(
                &mut self.middle_name,
                value,
                PersonName::parse,
                rule!("middle_name", "1 to 128 characters, not blank"),
            ),
            "profile" => set(
                &mut self.profile,
                value,
                PageUrl::parse,
                rule!(
                    "profile",
                    "an https or http URL of at most 2,000 visible ASCII characters"
                ),
            ),
            "website" => set(
                &mut self.website,
                value,
                PageUrl::parse,
                rule!(
                    "website",
                    "an https or http URL of at most 2,000 visible ASCII characters"
                ),
            ),
            "gender" => set(
                &mut self.gender,
                value,
                Gender::parse,
                rule!("gender", "1 to 32 characters, such as female"),
            ),
            "birthdate" => set(
                &mut self.birthdate,
                value,
                Birthdate::parse,
                rule!("birthdate", "YYYY-MM-DD, 0000-MM-DD or YYYY"),
            ),
            "zoneinfo" => set(
                &mut self.zoneinfo,
                value,
                ZoneName::parse,
                rule!("zoneinfo", "a time zone such as Asia/Shanghai"),
            ),
            "email" => {
                let before = self.email.clone();
                set(
                    &mut self.email,
                    value,
                    EmailAddress::parse,
                    rule!(
                        "email",
                        "an e-mail address of at most 254 visible ASCII characters"
                    ),
                )?;
                if self.email != before {
                    self.email_verified = self.email.is_some().then_some(false);
                }
                Ok(())
            }
            "address" => {
                let address = match value {
                    Value::Null => Some(None),
                    // serde takes a list for a struct, too.
                    Value::Object(_) => serde_json::from_value(value.clone()).ok(),
                    _ => None,
                };
                let address = address.ok_or(rule!(
                    "address",
                    "an object of formatted, street_address, locality, region, postal_code and country, each 1 to 500 characters"
                ))?;
                // Without members it says nothing.
                self.address = address.filter(|address| *address != Address::default());
                Ok(())
            }
            _ => Err(UNKNOWN_CLAIM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_is_set_by_its_name_and_removed_by_null() {
        let mut profile = Profile::default();
        let given = json!({
            "nickname": "小明", "picture": "https://a.example/1.png", "locale": "zh-CN", "name": "李明", "given_name": "明",
            "family_name": "李", "middle_name": "M.", "profile": "https://a.example/ming", "website": "http://ming.example",
            "gender": "male", "birthdate": "0000-02-29", "zoneinfo": "Asia/Shanghai", "email": "ming@a.example",
            "address": {"country": "中国", "formatted": "一号\n杭州"},
        });
        for (name, value) in given.as_object().unwrap() {
            assert_eq!(profile.set(name, value), Ok(()), "{name}");
            assert!(
                profile.set(name, &json!(7)).unwrap_err().0.starts_with(name),
                "{name}"
            );
        }
        assert_eq!(profile.claims.email_verified, Some(false));
        for name in given.as_object().unwrap().keys() {
            assert_eq!(profile.set(name, &Value::Null), Ok(()), "{name}");
        }
        assert_eq!(profile, Profile::default());
        for name in ["email_verified", "sub", "updated_at", "phone_number"] {
            assert_eq!(profile.set(name, &json!(true)), Err(UNKNOWN_CLAIM), "{name}");
        }
    }

    #[test]
    fn r53_only_another_address_of_mail_takes_the_verification_away() {
        let mut profile = Profile::default();
        profile.set("email", &json!("ming@a.example")).unwrap();
        profile.claims.email_verified = Some(true);
        profile.set("email", &json!("ming@a.example")).unwrap();
        assert_eq!(profile.claims.email_verified, Some(true));
        profile.set("email", &json!("other@a.example")).unwrap();
        assert_eq!(profile.claims.email_verified, Some(false));
    }

    #[test]
    fn an_address_with_other_members_is_refused_and_the_one_before_stays() {
        let mut profile = Profile::default();
        profile.set("address", &json!({"country": "中国"})).unwrap();
        let before = profile.clone();
        for bad in [
            json!({"planet": "Mars"}),
            json!({"country": ""}),
            json!([]),
            json!("中国"),
            json!({"country": 86}),
        ] {
            assert!(profile.set("address", &bad).is_err(), "{bad}");
        }
        assert_eq!(profile, before);
        profile.set("address", &json!({"country": null})).unwrap();
        assert_eq!(profile.claims.address, None, "never empty");
    }
}
