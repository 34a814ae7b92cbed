//! The `claims` parameter (OpenID Connect Core §5.5): claims that a client asks for by name.

use crate::{Invalid, id::UserId, scope::Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The claims that can be asked for by name, each with the scope that gives it too (Core §5.4).
const CLAIMS: [(&str, &str); 22] = [
    ("address", "address"),
    ("birthdate", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("family_name", "profile"),
    ("gender", "profile"),
    ("given_name", "profile"),
    ("locale", "profile"),
    ("middle_name", "profile"),
    ("name", "profile"),
    ("nickname", "profile"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
    ("picture", "profile"),
    ("preferred_username", "profile"),
    ("profile", "profile"),
    ("updated_at", "profile"),
    ("website", "profile"),
    ("zoneinfo", "profile"),
    ("acr", "openid"),
    ("amr", "openid"),
    ("auth_time", "openid"),
];

/// The scope that gives a claim; `None` for a name that Hufu does not know.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    CLAIMS
        .iter()
        .find_map(|(name, scope)| (*name == claim).then_some(*scope))
}

/// The claims that a scope gives.
pub fn claims_of(scope: &str) -> impl Iterator<Item = &'static str> {
    CLAIMS
        .iter()
        .filter_map(move |(name, of)| (*of == scope).then_some(*name))
}

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
    /// Those of them without which the sign-in has failed (Core §5.5.1.1).
    pub essential_acr: Vec<String>,
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
                    let values: Vec<_> = one.into_iter().chain(many).take(16).map(str::to_owned).collect();
                    if how.get("essential") == Some(&Value::Bool(true)) {
                        asked.essential_acr.extend(values.iter().cloned());
                    }
                    asked.acr_values.extend(values);
                }
                if scope_of(name).is_some() {
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

    /// Those that one of these scopes gives: a client gets no claim by name whose scope it is not registered for.
    #[must_use]
    pub fn within(mut self, scope: &Scope) -> Self {
        let may = |claim: &String| scope_of(claim).is_some_and(|name| scope.contains(name));
        self.userinfo.retain(may);
        self.id_token.retain(may);
        self
    }

    /// The scopes that would give them.
    pub fn scope(&self) -> Scope {
        let claims = self.userinfo.iter().chain(&self.id_token);
        claims.filter_map(|claim| scope_of(claim)).collect()
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
        assert_eq!(
            (asked.acr_values, asked.essential_acr),
            (vec!["a".to_owned(), "b".to_owned()], vec![])
        );
        let asked = ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#).unwrap();
        assert_eq!(
            (&*asked.acr_values, &*asked.essential_acr),
            (&["a".to_owned()][..], &["a".to_owned()][..])
        );
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

    #[test]
    fn r8_a_claim_by_name_goes_no_further_than_its_scope() {
        let text = r#"{"userinfo":{"phone_number":null,"name":null},"id_token":{"acr":null,"email":null}}"#;
        let asked = ClaimsRequest::parse(text).unwrap().claims;
        assert_eq!(asked.scope(), Scope::parse("email openid phone profile").unwrap());
        let within = asked.within(&Scope::parse("openid profile").unwrap());
        assert_eq!(within.scope(), Scope::parse("openid profile").unwrap());
        assert!(within.userinfo.contains("name") && !within.userinfo.contains("phone_number"));
    }
}
