//! What stands around every page: whose it is, how that looks, and in which languages it can be read.

use super::{assets, brand, texts};
use hufu_core::{locale::Locale, tenant::Tenant};
use serde::Serialize;

/// What stands around a page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    #[serde(skip)]
    pub(crate) locale: Locale,
    /// Whether the address of the page names the language. Then those that it leads to name it as well.
    #[serde(skip)]
    chosen: bool,
    /// `/t/{tenant}`; empty where there is no tenant.
    #[serde(skip)]
    base: String,
    lang: &'static str,
    /// Whose page it is.
    name: String,
    /// The first letter of the name, shown where there is no logo.
    initial: String,
    pub(super) logo: Option<String>,
    policy: Option<String>,
    tos: Option<String>,
    stylesheets: Vec<String>,
    script: String,
    languages: [Language; 2],
    t: &'static texts::Common,
}

#[derive(Debug, Clone, Serialize)]
struct Language {
    tag: &'static str,
    name: &'static str,
    href: String,
    current: bool,
}

impl Frame {
    /// Around a tenant's page. `here` is the page's path and query.
    pub(crate) fn of(tenant: &Tenant, locale: Locale, here: &str) -> Self {
        let branding = tenant.settings.branding.clone();
        let base = format!("/t/{}", tenant.slug);
        let mut frame = Self::bare(locale, here);
        frame
            .stylesheets
            .extend(branding.color().map(|color| brand::path(&base, color)));
        frame.name = branding
            .display_name
            .unwrap_or_else(|| tenant.display_name.to_string());
        frame.initial = frame.name.trim().chars().take(1).collect();
        frame.logo = branding.logo_uri;
        frame.policy = branding.policy_uri;
        frame.tos = branding.tos_uri;
        frame.base = base;
        frame
    }

    /// Around a page that is nobody's: the tenant is unknown, or the page is made before anyone looked.
    pub(crate) fn bare(locale: Locale, here: &str) -> Self {
        let language = |of: Locale, name| Language {
            tag: of.as_str(),
            name,
            href: in_language(here, of),
            current: of == locale,
        };
        Self {
            locale,
            chosen: asked_for(here).is_some(),
            base: String::new(),
            lang: locale.as_str(),
            name: "Hufu".to_owned(),
            initial: "虎".to_owned(),
            logo: None,
            policy: None,
            tos: None,
            stylesheets: vec![assets::css_path()],
            script: assets::js_path(),
            languages: [
                language(Locale::Chinese, "中文"),
                language(Locale::English, "English"),
            ],
            t: texts::Common::of(locale),
        }
    }

    /// The path of another page of the tenant's, such as `/login`, in the language that was chosen.
    pub(crate) fn link(&self, path: &str) -> String {
        let path = format!("{}{path}", self.base);
        if self.chosen {
            in_language(&path, self.locale)
        } else {
            path
        }
    }

    /// The tenant's documents, by the names under which their acceptance is recorded, with their addresses.
    pub(super) fn documents(&self) -> Vec<(&'static str, &str)> {
        let named = [("terms", &self.tos), ("privacy", &self.policy)];
        named
            .into_iter()
            .filter_map(|(name, uri)| Some((name, uri.as_deref()?)))
            .collect()
    }

    /// What is said of an input that breaks a rule of which nothing more is known.
    pub(super) fn invalid(&self) -> &'static str {
        self.t.invalid
    }

    /// What a person is called of whom no name is known.
    pub(super) fn somebody(&self) -> &'static str {
        self.t.somebody
    }

    /// Whether the address of the page names the language.
    pub(super) const fn is_chosen(&self) -> bool {
        self.chosen
    }

    /// Whether the tenant has documents that a person can be asked to accept.
    pub(crate) fn has_documents(&self) -> bool {
        self.policy.is_some() || self.tos.is_some()
    }
}

/// The language that the query of a page names (`ui_locales`).
pub(crate) fn asked_for(here: &str) -> Option<Locale> {
    let (_, query) = here.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(name, _)| name == PARAMETER)?;
    Locale::first_of(&value)
}

/// The parameter of OpenID Connect Core §3.1.2.1.
const PARAMETER: &str = "ui_locales";

/// `here` with the language in its query, whatever language stood there before.
fn in_language(here: &str, locale: Locale) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let is_other = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && name != PARAMETER
    };
    let mut kept: Vec<&str> = query.split('&').filter(is_other).collect();
    let own = format!("{PARAMETER}={}", locale.as_str());
    kept.push(&own);
    format!("{path}?{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_switch_keeps_the_rest_of_the_address() {
        for (here, expected) in [
            ("/t/demo/login", "/t/demo/login?ui_locales=en"),
            ("/t/demo/login?", "/t/demo/login?ui_locales=en"),
            (
                "/t/demo/login?method=phone&ui_locales=zh-CN&i=%26",
                "/t/demo/login?method=phone&i=%26&ui_locales=en",
            ),
        ] {
            assert_eq!(in_language(here, Locale::English), expected);
        }
    }

    #[test]
    fn a_chosen_language_goes_along() {
        let frame = Frame::bare(Locale::English, "/t/demo/login?ui_locales=en");
        assert_eq!(
            frame.link("/login?method=phone"),
            "/login?method=phone&ui_locales=en"
        );
        let frame = Frame::bare(Locale::English, "/t/demo/login");
        assert_eq!(frame.link("/login"), "/login");
        assert_eq!(asked_for("/x?ui_locales=fr%20zh-TW"), Some(Locale::Chinese));
        assert_eq!(asked_for("/x?ui_locales=fr"), None);
    }
}
