//! The pages on which a person leaves: for an application, or by logging out.

use super::{
    super::{
        render::{Page, Sources},
        texts,
    },
    parts::{Application, Form, Person},
};
use hufu_core::locale::Locale;
use serde::Serialize;

/// The answer to a client that wants it by form (OAuth 2.0 Form Post Response Mode). It is posted to the client, so it is the one
/// form without a CSRF token.
#[derive(Debug, Serialize)]
pub(crate) struct FormPost {
    /// The redirect URI.
    action: String,
    host: String,
    fields: Vec<(String, String)>,
}

impl FormPost {
    /// The answer's parameters on their way to the redirect URI.
    pub(crate) fn new(redirect_uri: &str, fields: Vec<(String, String)>) -> Self {
        let url = url::Url::parse(redirect_uri).ok();
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        Self {
            action: redirect_uri.to_owned(),
            host: host.unwrap_or_else(|| redirect_uri.to_owned()),
            fields,
        }
    }
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post";
    type Texts = texts::FormPost;

    fn texts(locale: Locale) -> &'static texts::FormPost {
        texts::FormPost::of(locale)
    }

    fn sources(&self) -> Sources {
        Sources {
            targets: vec![self.action.clone()],
            ..Sources::default()
        }
    }
}

/// Whether a person logs out. The button is `logout-confirm`.
#[derive(Debug, Serialize)]
pub(crate) struct Logout {
    pub(crate) form: Form,
    /// The application that asks for it, where one does.
    pub(crate) client: Option<Application>,
    /// Who is signed in.
    pub(crate) person: Option<Person>,
    /// Where a person goes who stays.
    pub(crate) stay: String,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Page for Logout {
    const TEMPLATE: &'static str = "logout";
    type Texts = texts::Logout;

    fn texts(locale: Locale) -> &'static texts::Logout {
        texts::Logout::of(locale)
    }

    fn sources(&self) -> Sources {
        Sources {
            targets: self.target.iter().cloned().collect(),
            pictures: self
                .client
                .iter()
                .filter_map(|client| client.logo.clone())
                .collect(),
            asks: false,
        }
    }
}

/// A person has logged out.
#[derive(Debug, Serialize)]
pub(crate) struct SignedOut {
    /// Where one signs in again.
    pub(crate) sign_in: Option<String>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out";
    type Texts = texts::SignedOut;

    fn texts(locale: Locale) -> &'static texts::SignedOut {
        texts::SignedOut::of(locale)
    }
}

#[cfg(test)]
mod samples {
    use super::{super::super::frame::Frame, *};

    impl FormPost {
        pub(in crate::pages) fn sample() -> Self {
            let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let fields = vec![
                field("code", "hufu_ac_SplxlOBeZQQYbYS6WxSbIA"),
                field("state", "af0ifjsldkj"),
                field("iss", "https://id.example/t/demo"),
            ];
            Self::new("https://shop.example/callback", fields)
        }
    }

    impl Logout {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/logout"),
                client: Some(Application::sample()),
                person: Some(Person::named("李明")),
                stay: frame.link("/me"),
                target: Some("https://shop.example/bye".to_owned()),
            }
        }
    }
}
