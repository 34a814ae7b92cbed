//! Form-encoded requests (RFC 6749 appendix B), with the rules that hold for all of them.

use crate::error::OAuthError;
use std::collections::HashMap;
use url::form_urlencoded;

/// How many parameters a request may have.
const MAX_PARAMETERS: usize = 64;

/// Parameters that may be repeated: RFC 8707 §2, RFC 8693 §2.1.
const MAY_REPEAT: [&str; 2] = ["resource", "audience"];

/// A parsed form. Parameters without a value are as if they were not there; unknown ones are ignored (RFC 6749 §3.2).
#[derive(Debug, Default)]
pub struct Form {
    parameters: HashMap<String, Vec<String>>,
    repeated: Vec<String>,
}

impl Form {
    /// Parses a body. A repeated parameter is `invalid_request` (RFC 6749 §3.2), as is text that is not UTF-8.
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let form = Self::parse_loosely(body)?;
        if form.repeated.is_empty() {
            Ok(form)
        } else {
            Err(REPEATED)
        }
    }

    /// Parses a body whose sender can be told by redirect that a parameter is repeated: see [`Form::check_single`]. A repeated
    /// parameter has no value.
    pub fn parse_loosely(body: &[u8]) -> Result<Self, OAuthError> {
        let mut form = Self::default();
        for (count, (name, value)) in form_urlencoded::parse(body).enumerate() {
            if count == MAX_PARAMETERS {
                return Err(OAuthError::invalid_request("the request has too many parameters"));
            }
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(OAuthError::invalid_request("a parameter is not valid UTF-8"));
            }
            let values = form.parameters.entry(name.into_owned()).or_default();
            values.push(value.into_owned());
        }
        for (name, values) in &mut form.parameters {
            if values.len() > 1 && !MAY_REPEAT.contains(&name.as_str()) {
                values.clear();
                form.repeated.push(name.clone());
            }
            values.retain(|value| !value.is_empty());
        }
        Ok(form)
    }

    /// `invalid_request` where a parameter is repeated that must not be.
    pub fn check_single(&self) -> Result<(), OAuthError> {
        if self.repeated.is_empty() {
            Ok(())
        } else {
            Err(REPEATED)
        }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)?.first().map(String::as_str)
    }

    /// All values of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> &[String] {
        self.parameters.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of a parameter that must be there.
    pub fn require(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::invalid_request(missing))
    }
}

const REPEATED: OAuthError = OAuthError::invalid_request("a parameter is repeated");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use proptest::prelude::*;

    #[test]
    fn r14_a_repeated_parameter_is_invalid_request() {
        let error = Form::parse(b"a=1&b=2&a=1").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn rfc8707_2_resource_may_be_repeated() {
        let form = Form::parse(b"resource=a&resource=b").unwrap();
        assert_eq!(form.all("resource"), ["a", "b"]);
    }

    #[test]
    fn what_is_repeated_has_no_value_where_it_is_told_later() {
        let form = Form::parse_loosely(b"a=1&a=1&b=2").unwrap();
        assert_eq!((form.get("a"), form.get("b")), (None, Some("2")));
        assert!(form.check_single().is_err());
    }

    #[test]
    fn rfc6749_3_2_a_parameter_without_value_is_omitted() {
        let form = Form::parse(b"a=&b=2").unwrap();
        assert_eq!((form.get("a"), form.get("b")), (None, Some("2")));
    }

    #[test]
    fn malformed_bytes_are_refused_not_guessed() {
        assert!(Form::parse(b"a=%ff%fe").is_err());
        assert!(Form::parse(&[b'a', b'=', 0xff]).is_err());
        assert!(
            Form::parse(
                (0..65)
                    .map(|i| format!("p{i}=1"))
                    .collect::<Vec<_>>()
                    .join("&")
                    .as_bytes()
            )
            .is_err()
        );
    }

    proptest! {
        #[test]
        fn r62_no_body_makes_parsing_panic(body in any::<Vec<u8>>()) {
            let (strict, loose) = (Form::parse(&body), Form::parse_loosely(&body));
            prop_assert!(strict.is_err() || loose.is_ok_and(|form| form.check_single().is_ok()));
        }

        #[test]
        fn rfc6749_b_what_was_encoded_is_read(
            pairs in prop::collection::hash_map("[^\u{fffd}]{1,20}", "[^\u{fffd}]{1,40}", 0..MAX_PARAMETERS),
        ) {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let form = Form::parse(body.as_bytes()).unwrap();
            for (name, value) in &pairs {
                prop_assert_eq!(form.get(name), Some(value.as_str()));
            }
        }
    }
}
