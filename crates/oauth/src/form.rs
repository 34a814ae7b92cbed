//! Form-encoded requests (RFC 6749 appendix B), with the rules that hold for all of them.

use crate::error::OAuthError;
use std::collections::HashMap;
use url::form_urlencoded;

/// How many parameters a request may have.
const MAX_PARAMETERS: usize = 64;

/// A parsed form. Parameters without a value are as if they were not there; unknown ones are ignored (RFC 6749 §3.2).
#[derive(Debug, Default)]
pub struct Form(HashMap<String, String>);

impl Form {
    /// Parses a body. A repeated parameter is `invalid_request` (RFC 6749 §3.2), as is text that is not UTF-8.
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(OAuthError::invalid_request("the request has too many parameters"));
            }
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(OAuthError::invalid_request("a parameter is not valid UTF-8"));
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(OAuthError::invalid_request("a parameter is repeated"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a parameter that must be there.
    pub fn require(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::invalid_request(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn r14_a_repeated_parameter_is_invalid_request() {
        let error = Form::parse(b"a=1&b=2&a=1").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
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
}
