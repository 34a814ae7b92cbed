//! Every page in both languages: as it is committed below `snapshots`, and held to the rules that all pages share.
//!
//! After a change of a page: `HUFU_UPDATE_SNAPSHOTS=1 cargo test -p hufu-api pages`, and look at the difference. The browser
//! tests show the same files to axe.

mod html;
mod snapshots;

use super::{frame::Frame, render, render::Page, views::*};
use html::Element;
use hufu_core::{
    branding::Branding,
    id::TenantId,
    locale::Locale,
    settings::Settings,
    tenant::{DisplayName, Tenant, TenantSlug},
    time,
};
use minijinja::value::{Serde, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const LOCALES: [Locale; 2] = [Locale::Chinese, Locale::English];

/// A page as it was rendered, and what it was rendered from.
struct Rendered {
    /// Unique: the name of its snapshot.
    name: &'static str,
    locale: Locale,
    template: &'static str,
    frame: Json,
    texts: Json,
    page: Json,
    html: String,
}

fn tenant(branding: Branding) -> Tenant {
    let at = "2026-11-22T08:30:00Z".parse().unwrap();
    Tenant {
        id: TenantId::parse("ten_01920000000070008000000000000001").unwrap(),
        slug: TenantSlug::parse("demo").unwrap(),
        display_name: DisplayName::parse("Tea House").unwrap(),
        settings: Settings {
            branding,
            ..Settings::default()
        },
        created_at: at,
        updated_at: time::after(at, 1),
    }
}

fn branded() -> Branding {
    let text = |text: &str| Some(text.to_owned());
    Branding {
        display_name: text("竹里馆 Bamboo Tea"),
        logo_uri: text("https://tea.example/logo.svg"),
        color: text("#2e7d32"),
        policy_uri: text("https://tea.example/privacy"),
        tos_uri: text("https://tea.example/terms"),
    }
}

/// All pages, some of them in more than one state.
fn every_page() -> Vec<Rendered> {
    let mut all = Vec::new();
    for locale in LOCALES {
        let plain = Frame::of(&tenant(Branding::default()), locale, "/t/demo/page?request=req_1");
        let branded = Frame::of(&tenant(branded()), locale, "/t/demo/page?request=req_1");
        let bare = Frame::bare(locale, "");
        let mut add = Add {
            locale,
            all: &mut all,
        };
        add.page(
            "login_password",
            &branded,
            &Login::sample(&branded, Method::Password),
        );
        add.page("login_phone", &branded, &Login::sample(&branded, Method::Phone));
        add.page("login_scan", &branded, &Login::sample(&branded, Method::Scan));
        add.page("login_refused", &plain, &Login::refused(&plain));
        add.page("code", &plain, &Code::sample(&plain));
        add.page("code_refused", &branded, &Code::refused(&branded));
        add.page("register", &branded, &Register::sample(&branded));
        add.page("register_refused", &plain, &Register::refused(&plain));
        add.page("phone", &plain, &BindPhone::sample(&plain));
        let every = "account address email offline_access openid other phone profile wechat";
        add.page(
            "consent",
            &branded,
            &Consent::sample(&branded, "openid profile phone offline_access", Lasts::Days(30)),
        );
        add.page(
            "consent_every_scope",
            &plain,
            &Consent::sample(&plain, every, Lasts::Session),
        );
        add.page("account", &branded, &Account::sample(&branded));
        add.page("account_empty", &plain, &Account::empty(&plain));
        add.page("close", &plain, &Close::sample(&plain, Some(15)));
        add.page("close_at_once", &plain, &Close::sample(&plain, None));
        add.page("logout", &branded, &Logout::sample(&branded));
        add.page(
            "signed_out",
            &plain,
            &SignedOut {
                sign_in: Some(plain.link("/me")),
            },
        );
        add.page("device_code", &plain, &DeviceCode::sample(&plain));
        add.page("device_code_refused", &plain, &DeviceCode::refused(&plain));
        add.page("device_confirm", &branded, &DeviceConfirm::sample(&branded));
        add.page("device_allowed", &plain, &DeviceDone { allowed: true });
        add.page("device_denied", &plain, &DeviceDone { allowed: false });
        add.page("scan_new", &branded, &Scan::sample(&branded, ScanState::New));
        add.page("scan_scanned", &plain, &Scan::sample(&plain, ScanState::Scanned));
        add.page(
            "scan_confirmed",
            &plain,
            &Scan::sample(&plain, ScanState::Confirmed),
        );
        add.page("scan_denied", &plain, &Scan::sample(&plain, ScanState::Denied));
        add.page("scan_expired", &plain, &Scan::sample(&plain, ScanState::Expired));
        add.page("form_post", &plain, &FormPost::sample());
        add.page(
            "error_bad_request",
            &plain,
            &ErrorPage::sample(&plain, ErrorKind::BadRequest),
        );
        add.page(
            "error_expired",
            &branded,
            &ErrorPage::sample(&branded, ErrorKind::Expired),
        );
        add.page(
            "error_forbidden",
            &plain,
            &ErrorPage::sample(&plain, ErrorKind::Forbidden),
        );
        add.page(
            "error_not_found",
            &bare,
            &ErrorPage::sample(&bare, ErrorKind::NotFound),
        );
        add.page(
            "error_too_large",
            &bare,
            &ErrorPage::sample(&bare, ErrorKind::TooLarge),
        );
        add.page("error_busy", &bare, &ErrorPage::sample(&bare, ErrorKind::Busy));
        add.page(
            "error_internal",
            &bare,
            &ErrorPage::sample(&bare, ErrorKind::Internal),
        );
    }
    all
}

struct Add<'a> {
    locale: Locale,
    all: &'a mut Vec<Rendered>,
}

impl Add<'_> {
    fn page<P: Page>(&mut self, name: &'static str, frame: &Frame, page: &P) {
        let html = render::html(frame, page).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        self.all.push(Rendered {
            name,
            locale: self.locale,
            template: P::TEMPLATE,
            frame: serde_json::to_value(frame).unwrap(),
            texts: serde_json::to_value(P::texts(self.locale)).unwrap(),
            page: serde_json::to_value(page).unwrap(),
            html,
        });
    }
}

impl Rendered {
    fn elements(&self) -> Vec<Element> {
        html::elements(&self.html).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

#[test]
fn every_template_is_shown_by_a_sample() {
    let shown: BTreeSet<_> = every_page().iter().map(|page| page.template).collect();
    let missing: Vec<_> = render::names()
        .filter(|name| !matches!(*name, "layout" | "parts") && !shown.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Words on which a template decides. They never come from outside.
const DECIDING: [&str; 4] = ["kind", "state", "field", "tag"];

/// The same with a payload in the place of every text.
fn hostile(value: &Json, payload: &str) -> Json {
    match value {
        Json::String(_) => Json::String(payload.to_owned()),
        Json::Array(all) => all.iter().map(|one| hostile(one, payload)).collect(),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| {
                let decides = DECIDING.contains(&name.as_str());
                let value = if decides {
                    value.clone()
                } else {
                    hostile(value, payload)
                };
                (name.clone(), value)
            };
            members.iter().map(member).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn nothing_that_comes_from_outside_becomes_markup() {
    let payload = r#""><script>alert('1')</script><img src=x onerror=alert(1)>'&{{ 7*7 }}"#;
    for page in every_page() {
        let mut frame = hostile(&page.frame, payload);
        // What the pages themselves say is ours.
        frame["t"] = page.frame["t"].clone();
        let of = |json: &Json| Value::from(Serde(json.clone()));
        let html = render::values(
            page.template,
            of(&frame),
            of(&page.texts),
            of(&hostile(&page.page, payload)),
        );
        let html = html.unwrap_or_else(|error| panic!("{}: {error:#}", page.name));
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x"),
            "{}",
            page.name
        );
        assert!(html.contains("{{ 7*7 }}"), "{}", page.name);
        let shape = |html: &str| -> Vec<_> {
            let elements = html::elements(html).unwrap();
            elements.iter().map(Element::shape).collect()
        };
        assert_eq!(shape(&html), shape(&page.html), "{}", page.name);
    }
}

#[test]
fn every_form_is_posted_and_carries_its_token() {
    for page in every_page() {
        let elements = page.elements();
        for form in elements.iter().filter(|element| element.name == "form") {
            assert_eq!(form.get("method"), Some("post"), "{}", page.name);
            let action = form.get("action").unwrap_or_default();
            let inside: Vec<_> = elements
                .iter()
                .filter(|element| element.form == form.form)
                .collect();
            let tokens = inside
                .iter()
                .filter(|input| input.get("name") == Some("csrf"))
                .count();
            if page.name == "form_post" {
                assert_eq!((tokens, action), (0, "https://shop.example/callback"));
            } else {
                assert_eq!(tokens, 1, "{}: {action}", page.name);
                assert!(action.starts_with("/t/demo/"), "{}: {action}", page.name);
            }
            let buttons = inside
                .iter()
                .filter(|element| element.get("type") == Some("submit"));
            assert!(buttons.count() >= 1, "{}: {action} needs no script", page.name);
        }
    }
}

#[test]
fn ids_are_unique_and_every_reference_leads_to_one() {
    for page in every_page() {
        let elements = page.elements();
        let mut ids = BTreeSet::new();
        for id in elements.iter().filter_map(|element| element.get("id")) {
            assert!(ids.insert(id), "{}: {id} twice", page.name);
        }
        for element in &elements {
            for name in ["for", "aria-describedby", "aria-labelledby", "data-toggle"] {
                for id in element
                    .get(name)
                    .unwrap_or_default()
                    .split(' ')
                    .filter(|id| !id.is_empty())
                {
                    assert!(ids.contains(id), "{}: {name}={id}", page.name);
                }
            }
        }
    }
}

#[test]
fn every_input_has_a_label() {
    for page in every_page() {
        let elements = page.elements();
        let labelled: BTreeSet<_> = elements
            .iter()
            .filter(|element| element.name == "label")
            .filter_map(|label| label.get("for"))
            .collect();
        for element in &elements {
            let shown =
                matches!(element.name.as_str(), "input" | "select") && element.get("type") != Some("hidden");
            if shown {
                let id = element
                    .get("id")
                    .unwrap_or_else(|| panic!("{}: an input has no id", page.name));
                assert!(labelled.contains(id), "{}: {id}", page.name);
                assert!(
                    element.get("autocomplete").is_some() || matches!(id, "accept" | "understood" | "locale")
                );
            }
            if element.name == "img" {
                assert!(element.get("alt").is_some(), "{}", page.name);
            }
        }
    }
}

#[test]
fn no_page_has_a_script_or_a_style_of_its_own() {
    for page in every_page() {
        for element in page.elements() {
            assert_ne!(element.name, "style", "{}", page.name);
            let handler = element
                .attributes
                .iter()
                .find(|(name, _)| name.starts_with("on") || name == "style");
            assert!(handler.is_none(), "{}: {handler:?}", page.name);
            if element.name == "script" {
                let source = element.get("src").unwrap_or_default();
                assert!(source.starts_with("/assets/hufu."), "{}: {source}", page.name);
            }
        }
        assert!(!page.html.contains("javascript:"), "{}", page.name);
    }
}

#[test]
fn every_page_says_its_language_its_title_and_has_one_heading() {
    for page in every_page() {
        let elements = page.elements();
        let all = |name: &str| {
            elements
                .iter()
                .filter(|element| element.name == name)
                .collect::<Vec<_>>()
        };
        assert_eq!(all("html")[0].get("lang"), Some(page.locale.as_str()));
        for name in ["title", "h1", "main"] {
            assert_eq!(all(name).len(), 1, "{}: {name}", page.name);
        }
        let title = page
            .html
            .split("<title>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        assert!(
            title.chars().count() > 6 && title.contains(" · "),
            "{}: {title}",
            page.name
        );
        let focused = elements
            .iter()
            .filter(|element| element.get("autofocus").is_some())
            .count();
        assert!(focused <= 1, "{}", page.name);
        assert_eq!(all("body").len(), 1);
        let first = elements.iter().find(|element| element.name == "a").unwrap();
        assert_eq!(first.get("href"), Some("#main"), "{}", page.name);
        let viewport = all("meta")
            .into_iter()
            .find(|meta| meta.get("name") == Some("viewport"));
        assert_eq!(
            viewport.unwrap().get("content"),
            Some("width=device-width, initial-scale=1")
        );
    }
}

#[test]
fn a_problem_is_said_at_once_and_at_its_input() {
    for page in every_page()
        .iter()
        .filter(|page| page.page["problem"].is_object())
    {
        let elements = page.elements();
        let alert = elements
            .iter()
            .find(|element| element.get("role") == Some("alert"))
            .unwrap();
        assert_eq!(alert.get("id"), Some("problem"));
        let field = page.page["problem"]["field"].as_str().unwrap();
        let input = elements
            .iter()
            .find(|element| element.get("id") == Some(field))
            .unwrap();
        assert_eq!(input.get("aria-invalid"), Some("true"), "{}", page.name);
        assert!(
            input.get("aria-describedby").unwrap().starts_with("problem"),
            "{}",
            page.name
        );
        assert!(input.get("autofocus").is_some(), "{}", page.name);
    }
}

#[test]
fn the_ids_that_are_promised_are_there() {
    for (name, ids) in [
        ("login_password", &["username", "password", "login-submit"][..]),
        ("login_phone", &["phone"]),
        ("code", &["otp"]),
        ("consent", &["consent-allow", "consent-deny"]),
        ("logout", &["logout-confirm"]),
    ] {
        for page in every_page().iter().filter(|page| page.name == name) {
            for id in ids {
                assert!(page.html.contains(&format!("id=\"{id}\"")), "{name}: {id}");
            }
        }
    }
}

#[test]
fn chinese_pages_are_chinese_and_english_ones_english() {
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for page in every_page() {
        let said = page.texts.as_object().unwrap().values().filter_map(Json::as_str);
        for text in said {
            assert_eq!(
                text.chars().any(is_chinese),
                page.locale == Locale::Chinese,
                "{}: {text}",
                page.name
            );
        }
    }
}
