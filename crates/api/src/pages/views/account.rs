//! The account page, and closing the account.

use super::{
    super::{render::Page, texts},
    parts::{Application, Form, Moment, Permission, Person, Problem},
};
use hufu_core::{locale::Locale, session::Method};
use serde::Serialize;

/// A way to sign in that a user has.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    /// Names the form of this one; unique on the page.
    pub(crate) id: String,
    /// `account`, `phone` or `wechat`.
    pub(crate) kind: &'static str,
    /// The username, the masked phone; nothing of WeChat.
    pub(crate) shown: Option<String>,
    pub(crate) since: Moment,
    /// Whether it can be removed: it is neither the last nor required.
    pub(crate) removable: bool,
}

/// A session of a user.
#[derive(Debug, Serialize)]
pub(crate) struct SignedInAt {
    /// The session's id.
    pub(crate) id: String,
    /// Such as `Chrome · Android`; `None` where nobody knows.
    pub(crate) browser: Option<String>,
    pub(crate) last_used: Moment,
    pub(crate) current: bool,
}

/// An application that may do something in the user's name.
#[derive(Debug, Serialize)]
pub(crate) struct Connected {
    /// Its `client_id`.
    pub(crate) id: String,
    pub(crate) application: Application,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) since: Moment,
}

/// A user's account. One form a change, each posted to the page's own path with `change` naming it.
#[derive(Debug, Serialize)]
pub(crate) struct Account {
    pub(crate) form: Form,
    pub(crate) person: Person,
    pub(crate) nickname: String,
    pub(crate) picture: String,
    /// A language tag, or nothing.
    pub(crate) locale: String,
    pub(crate) identities: Vec<Identity>,
    pub(crate) sessions: Vec<SignedInAt>,
    pub(crate) applications: Vec<Connected>,
    /// Where one signs out.
    pub(crate) logout: String,
    /// Where the account is closed.
    pub(crate) close: String,
    /// What was just done.
    pub(crate) notice: Option<&'static str>,
    pub(crate) problem: Option<Problem>,
}

/// What was just done, as the query's `done` says it.
const NOTICES: [&str; 4] = ["saved", "removed", "ended", "revoked"];

impl Account {
    /// The text for what was just done; nothing for any other word.
    pub(crate) fn tell(&mut self, done: &str, locale: Locale) {
        let t = texts::Account::of(locale);
        let texts = [t.saved, t.removed, t.ended, t.revoked];
        let mut pairs = NOTICES.into_iter().zip(texts);
        self.notice = pairs.find(|(name, _)| *name == done).map(|(_, text)| text);
    }

    /// An account of which nothing is known yet.
    pub(crate) fn new(form: Form, person: Person, logout: String, close: String) -> Self {
        Self {
            form,
            person,
            nickname: String::new(),
            picture: String::new(),
            locale: String::new(),
            identities: Vec::new(),
            sessions: Vec::new(),
            applications: Vec::new(),
            logout,
            close,
            notice: None,
            problem: None,
        }
    }
}

/// What a person calls the ways in which they signed in, for want of a browser's name.
pub(crate) fn ways(amr: &[Method], locale: Locale) -> String {
    let t = texts::Account::of(locale);
    let name = |method: &Method| match method {
        Method::Wechat | Method::WechatPhone => Some(t.identity_wechat),
        Method::Password => Some(t.identity_account),
        Method::Sms => Some(t.identity_phone),
        Method::MultiFactor => None,
    };
    let mut names: Vec<_> = amr.iter().filter_map(name).collect();
    names.dedup();
    names.join(texts::pick(locale, "、", ", "))
}

/// What a person calls the browser that calls itself so. `None` for a name that tells nothing.
pub(crate) fn browser_name(user_agent: &str, locale: Locale) -> Option<String> {
    // Most pretend to be others too: who pretends more comes first.
    let browsers = [
        ("MicroMessenger", texts::pick(locale, "微信", "WeChat")),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Harmony", "HarmonyOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |all: &[(&str, &'static str)]| {
        let mut found = all.iter().filter(|(mark, _)| user_agent.contains(mark));
        found.next().map(|(_, name)| *name)
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

impl Page for Account {
    const TEMPLATE: &'static str = "account";
    type Texts = texts::Account;

    fn texts(locale: Locale) -> &'static texts::Account {
        texts::Account::of(locale)
    }
}

/// Closing the account. Nothing happens unless `understood` is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Close {
    pub(crate) form: Form,
    /// How long it can be had back; `None` where it is gone at once.
    pub(crate) days: Option<u32>,
    /// Where a person goes who keeps it.
    pub(crate) keep: String,
    pub(crate) problem: Option<Problem>,
}

impl Page for Close {
    const TEMPLATE: &'static str = "close";
    type Texts = texts::Close;

    fn texts(locale: Locale) -> &'static texts::Close {
        texts::Close::of(locale)
    }
}

#[cfg(test)]
mod samples {
    use super::{super::super::frame::Frame, *};
    use hufu_core::{scope::Scope, time};

    fn moment(seconds: u32) -> Moment {
        Moment::of(time::after("2026-11-22T08:30:00Z".parse().unwrap(), seconds))
    }

    impl Account {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            let identity = |id: &str, kind, shown: Option<&str>, removable| Identity {
                id: id.to_owned(),
                kind,
                shown: shown.map(str::to_owned),
                since: moment(0),
                removable,
            };
            let session = |id: &str, browser: Option<&str>, current| SignedInAt {
                id: id.to_owned(),
                browser: browser.map(str::to_owned),
                last_used: moment(3_600),
                current,
            };
            let connected = |id: &str, application, scope: &str| Connected {
                id: id.to_owned(),
                application,
                permissions: Permission::all(&Scope::parse(scope).unwrap(), frame.locale),
                since: moment(60),
            };
            let form = Form::sample(frame, "/me");
            let mut account = Self {
                nickname: "李明".to_owned(),
                picture: "https://pictures.example/li.png".to_owned(),
                locale: "zh-CN".to_owned(),
                identities: vec![
                    identity("idn_1", "account", Some("li.ming"), true),
                    identity("idn_2", "phone", Some("+86 138****8000"), true),
                    identity("idn_3", "wechat", None, false),
                ],
                sessions: vec![
                    session("ses_1", Some("Chrome · Android"), true),
                    session("ses_2", Some("Safari · iPhone"), false),
                    session("ses_3", None, false),
                ],
                applications: vec![
                    connected(
                        "shop",
                        Application::named("Bamboo Shop"),
                        "openid profile offline_access",
                    ),
                    connected("café", Application::named("Demo Café"), "openid phone"),
                ],
                ..Self::new(
                    form,
                    Person::named("李明"),
                    frame.link("/logout"),
                    frame.link("/me/close"),
                )
            };
            account.tell("saved", frame.locale);
            account
        }

        pub(in crate::pages) fn empty(frame: &Frame) -> Self {
            let form = Form::sample(frame, "/me");
            let mut account = Self::new(
                form,
                Person::named("+86 138****8000"),
                frame.link("/logout"),
                frame.link("/me/close"),
            );
            account.tell("anything", frame.locale);
            account.problem = Some(Problem {
                text: "…".to_owned(),
                field: Some("picture"),
            });
            account
        }
    }

    impl Close {
        pub(in crate::pages) fn sample(frame: &Frame, days: Option<u32>) -> Self {
            Self {
                form: Form::sample(frame, "/me/close"),
                days,
                keep: frame.link("/me"),
                problem: None,
            }
        }
    }
}
