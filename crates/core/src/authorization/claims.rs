//! The `claims` parameter (OpenID Connect Core §5.5): claims that a client asks for by name.

use crate::{Invalid, id::UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The claims of userinfo that can be asked for by name: every one that a scope gives, too.
pub const CLAIMS: [&str; 22] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
    "acr",
    "amr",
    "auth_time",
];

/// The longest that the parameter may be, in bytes.
const LONGEST: usize = 8_192;

/// What was asked for, as far as Hufu knows the names. Unknown ones are ignored (§5.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// For userinfo.
    pub userinfo: BTreeSet<String>,
    /// For the ID token.
    pub id_token: BTreeSet<String>,
}

/// What a `claims` parameter says beside names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The names.
    pub claims: ClaimsRequest,
    /// `sub` with a value: the only user that will do.
    pub subject: Option<UserId>,
    /// `acr` with values.
    pub acr_values: Vec<String>,
}

impl ClaimsRequest {
    /// Reads the parameter. An unknown user as `sub` is a user that nobody is.
    pub fn parse(text: &str) -> Result<Asked, Invalid> {
        const MALFORMED: Invalid = Invalid(
            "claims must be a JSON object of userinfo and id_token (OpenID Connect Core section 5.5)",
        );
        if text.len() > LONGEST {
            return Err(Invalid("claims must be at most 8,192 bytes"));
        }
        let value: Map<String, Value> = serde_json::from_str(text).map_err(|_| MALFORMED)?;
        let mut asked = Asked::default();
        for (place, names) in &value {
            let names = match (place.as_str(), names) {
                ("userinfo" | "id_token", Value::Object(names)) => names,
                ("userinfo" | "id_token", _) => return Err(MALFORMED),
                _ => continue,
            };
            for (name, how) in names {
                if !how.is_null() && !how.is_object() {
                    return Err(MALFORMED);
                }
                if name == "sub"
                    && let Some(sub) = how.get("value")
                {
                    let sub = sub.as_str().ok_or(MALFORMED)?;
                    asked.subject = Some(UserId::parse(sub).unwrap_or(UserId::from_uuid(uuid::Uuid::nil())));
                }
                if name == "acr" {
                    let one = how.get("value").and_then(Value::as_str);
                    let many = how.get("values").and_then(Value::as_array);
                    let many = many.into_iter().flatten().filter_map(Value::as_str);
                    asked
                        .acr_values
                        .extend(one.into_iter().chain(many).map(str::to_owned));
                }
                if CLAIMS.contains(&name.as_str()) {
                    let names = if place == "userinfo" {
                        &mut asked.claims.userinfo
                    } else {
                        &mut asked.claims.id_token
                    };
                    names.insert(name.clone());
                }
            }
        }
        Ok(asked)
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_5_5_known_names_are_kept_and_unknown_ones_ignored() {
        let text = r#"{"userinfo":{"nickname":{"essential":true},"shoe_size":null},"id_token":{"auth_time":null,"acr":{"values":["a","b"]}},"x":1}"#;
        let asked = ClaimsRequest::parse(text).unwrap();
        assert_eq!(asked.claims.userinfo, ["nickname".to_owned()].into());
        assert_eq!(
            asked.claims.id_token,
            ["acr".to_owned(), "auth_time".to_owned()].into()
        );
        assert_eq!(asked.acr_values, ["a", "b"]);
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        for bad in [
            "",
            "[]",
            "null",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":"x"}}"#,
            r#"{"id_token":{"sub":{"value":1}}}"#,
        ] {
            assert!(ClaimsRequest::parse(bad).is_err(), "{bad}");
        }
        assert!(ClaimsRequest::parse(&format!("{{\"x\":\"{}\"}}", "a".repeat(9_000))).is_err());
        assert!(ClaimsRequest::parse(&"[".repeat(4_000)).is_err());
    }

    #[test]
    fn a_sub_that_nobody_has_is_a_user_that_nobody_is() {
        let asked = ClaimsRequest::parse(r#"{"id_token":{"sub":{"value":"jane"}}}"#).unwrap();
        assert!(asked.subject.is_some());
    }
}
