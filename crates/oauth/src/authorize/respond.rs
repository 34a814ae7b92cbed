//! Answers to the client, by way of the browser (RFC 6749 §4.1.2, OAuth 2.0 Form Post Response Mode).

use crate::{error::OAuthError, issuer::Issuer};
use hufu_core::token::OpaqueToken;
use hufu_core::{
    authorization::AuthorizationRequest,
    client::{RedirectUri, ResponseMode},
};
use secrecy::ExposeSecret;
use url::form_urlencoded;

/// An answer: always with `iss` (RFC 9207), and with `state` exactly where and as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respond {
    /// Where it goes.
    pub redirect_uri: RedirectUri,
    /// How.
    pub mode: ResponseMode,
    /// What it says.
    pub parameters: Vec<(&'static str, String)>,
}

impl Respond {
    fn to(
        issuer: &Issuer,
        request: &AuthorizationRequest,
        mut parameters: Vec<(&'static str, String)>,
    ) -> Self {
        if let Some(state) = &request.state {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", issuer.url.clone()));
        Self {
            redirect_uri: request.redirect_uri.clone(),
            mode: request.response_mode,
            parameters,
        }
    }

    /// The code.
    pub(crate) fn code(issuer: &Issuer, request: &AuthorizationRequest, code: &OpaqueToken) -> Self {
        let code = code.reveal().expose_secret().to_owned();
        Self::to(issuer, request, vec![("code", code)])
    }

    /// An error.
    pub(crate) fn error(issuer: &Issuer, request: &AuthorizationRequest, error: &OAuthError) -> Self {
        let parameters = vec![
            ("error", error.code.as_str().to_owned()),
            ("error_description", error.description.to_owned()),
        ];
        Self::to(issuer, request, parameters)
    }

    /// The redirect URI with the answer in its query. What the URI has in its query already stays as it is.
    pub fn url(&self) -> String {
        let uri = self.redirect_uri.as_str();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.parameters {
            query.append_pair(name, value);
        }
        let query = query.finish();
        let separator = match uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, before)) if before.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{uri}{separator}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_3_1_2_the_query_of_a_redirect_uri_is_kept() {
        for (uri, expected) in [
            ("https://rp.example/cb", "https://rp.example/cb?code=a+b"),
            (
                "https://rp.example/cb?x=%31",
                "https://rp.example/cb?x=%31&code=a+b",
            ),
            ("https://rp.example/cb?", "https://rp.example/cb?code=a+b"),
            ("com.example.app:/cb", "com.example.app:/cb?code=a+b"),
        ] {
            let respond = Respond {
                redirect_uri: RedirectUri::parse(uri).unwrap(),
                mode: ResponseMode::Query,
                parameters: vec![("code", "a b".to_owned())],
            };
            assert_eq!(respond.url(), expected);
        }
    }
}
