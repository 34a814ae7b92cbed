//! The page on which a person decides whether an application may.

use super::{
    super::{
        render::{Page, Sources},
        texts,
    },
    parts::{Application, Form, Permission, Person},
};
use hufu_core::locale::Locale;
use serde::Serialize;

/// How long a consent holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lasts {
    /// As long as the person is signed in.
    Session,
    /// Up to so many days, whether the person is there or not.
    Days(u32),
}

/// Whether an application may. The buttons `consent-allow` and `consent-deny` send `decision` as `allow` or `deny`.
#[derive(Debug, Serialize)]
pub(crate) struct Consent {
    pub(crate) form: Form,
    pub(crate) client: Application,
    pub(crate) person: Person,
    /// Where another account is chosen.
    pub(crate) switch: String,
    pub(crate) permissions: Vec<Permission>,
    days: Option<u32>,
    /// The host that the browser goes on to.
    host: Option<String>,
    #[serde(skip)]
    target: String,
}

impl Consent {
    /// The page. `target` is the redirect URI.
    pub(crate) fn new(
        form: Form,
        (client, person): (Application, Person),
        switch: String,
        permissions: Vec<Permission>,
        lasts: Lasts,
        target: &str,
    ) -> Self {
        let url = url::Url::parse(target).ok();
        Self {
            form,
            client,
            person,
            switch,
            permissions,
            days: match lasts {
                Lasts::Session => None,
                Lasts::Days(days) => Some(days),
            },
            host: url.and_then(|url| url.host_str().map(str::to_owned)),
            target: target.to_owned(),
        }
    }
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent";
    type Texts = texts::Consent;

    fn texts(locale: Locale) -> &'static texts::Consent {
        texts::Consent::of(locale)
    }

    fn sources(&self) -> Sources {
        Sources {
            targets: vec![self.target.clone()],
            pictures: self.client.logo.iter().cloned().collect(),
            asks: false,
        }
    }
}

#[cfg(test)]
mod samples {
    use super::{super::super::frame::Frame, *};
    use hufu_core::scope::Scope;

    impl Consent {
        pub(in crate::pages) fn sample(frame: &Frame, scope: &str, lasts: Lasts) -> Self {
            Self::new(
                Form::sample(frame, "/consent?request=req_1"),
                (Application::sample(), Person::named("李明")),
                frame.link("/login?request=req_1"),
                Permission::all(&Scope::parse(scope).unwrap(), frame.locale),
                lasts,
                "https://shop.example/callback",
            )
        }
    }
}
