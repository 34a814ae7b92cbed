//! What more than one page shows: forms, problems, applications, people, moments, permissions.

use super::super::{frame::Frame, texts};
use hufu_core::{Instant, client::Client, locale::Locale, reason::Reason, scope::Scope};
use serde::Serialize;

/// Where a form is posted to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Form {
    /// A path of ours.
    pub(crate) action: String,
    /// The hidden field `csrf`.
    pub(crate) csrf: String,
}

impl Form {
    /// A form that is posted to a page of the tenant's, such as `/login`.
    pub(crate) fn to(frame: &Frame, path: &str, csrf: &str) -> Self {
        Self {
            action: frame.link(path),
            csrf: csrf.to_owned(),
        }
    }
}

/// What is wrong with what a person sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    /// For the person.
    pub(crate) text: String,
    /// The id of the input that it is about, where it is about one.
    pub(crate) field: Option<&'static str>,
}

impl Problem {
    /// What a reason says, with the input that it is about.
    pub(crate) fn of(reason: Reason, locale: Locale, field: Option<&'static str>) -> Self {
        Self {
            text: crate::texts::message(reason, locale).to_owned(),
            field,
        }
    }
}

/// The application that a person signs in to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    /// The first letter of the name, shown where there is no logo.
    initial: String,
    pub(crate) logo: Option<String>,
    policy: Option<String>,
    tos: Option<String>,
}

impl Application {
    /// What a client was registered with.
    pub(crate) fn of(client: &Client) -> Self {
        let text = |uri: &Option<hufu_core::client::WebUrl>| uri.as_ref().map(ToString::to_string);
        Self {
            logo: text(&client.details.logo_uri),
            policy: text(&client.details.policy_uri),
            tos: text(&client.details.tos_uri),
            ..Self::named(client.name.as_deref().unwrap_or(client.id.as_str()))
        }
    }

    /// One of which nothing but a name is known.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            initial: initial(name),
            logo: None,
            policy: None,
            tos: None,
        }
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Person {
    /// The nickname, the username or a masked phone: whatever they know themselves by.
    pub(crate) name: String,
    initial: String,
}

impl Person {
    /// A person by that name.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            initial: initial(name),
        }
    }
}

fn initial(name: &str) -> String {
    name.trim().chars().take(1).flat_map(char::to_uppercase).collect()
}

/// A point in time: for programs, and for people whose browser runs no script.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    iso: String,
    text: String,
}

impl Moment {
    /// An instant.
    pub(crate) fn of(at: Instant) -> Self {
        Self {
            iso: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: at.format("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }
}

/// Something that an application may do.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Permission {
    /// In plain words.
    title: &'static str,
    more: Option<String>,
}

impl Permission {
    /// A line for each scope. Those that Hufu has no words for are named as they are.
    pub(crate) fn all(scope: &Scope, locale: Locale) -> Vec<Self> {
        let line = |name: &str| {
            let (title, more) = texts::scope(name, locale);
            let more = Some(more.unwrap_or(name).to_owned());
            Self { title, more }
        };
        let mut names: Vec<_> = scope.names().collect();
        // Who the person is comes first, what holds longest last.
        names.sort_by_key(|name| match *name {
            "openid" => 0,
            "offline_access" => 2,
            _ => 1,
        });
        names.into_iter().map(line).collect()
    }
}

/// Pieces of samples.
#[cfg(test)]
impl Application {
    pub(in crate::pages) fn sample() -> Self {
        Self {
            logo: Some("https://shop.example/logo.png".to_owned()),
            policy: Some("https://shop.example/privacy".to_owned()),
            tos: Some("https://shop.example/terms".to_owned()),
            ..Self::named("Bamboo Shop")
        }
    }
}

#[cfg(test)]
impl Form {
    pub(in crate::pages) fn sample(frame: &Frame, path: &str) -> Self {
        Self::to(frame, path, "3q2-7wAAAAECAwQFBgcICQ")
    }
}
