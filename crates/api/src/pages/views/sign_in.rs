//! The pages on which a person proves who they are.

use super::{
    super::{
        frame::Frame,
        render::{Page, Sources},
        texts,
    },
    parts::{Application, Form, Problem},
};
use hufu_core::locale::Locale;
use serde::Serialize;

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    /// Username and password.
    Password,
    /// A code that is sent to the phone.
    Phone,
    /// By scanning with the tenant's mini-program.
    Scan,
}

impl Method {
    /// The value of the query's `method`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Phone => "phone",
            Self::Scan => "scan",
        }
    }

    /// Reads [`Method::as_str`] back.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Password, Self::Phone, Self::Scan];
        all.into_iter().find(|method| method.as_str() == text)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Tab {
    pub(crate) kind: Method,
    href: String,
    current: bool,
}

/// Signing in. Its forms are posted with the ids `username` and `password`, or `phone`.
#[derive(Debug, Serialize)]
pub(crate) struct Login {
    pub(crate) form: Form,
    pub(crate) tabs: Vec<Tab>,
    /// The way that is shown.
    pub(crate) kind: Method,
    pub(crate) client: Option<Application>,
    /// Why the person is asked, where that is not plain.
    pub(crate) notice: Option<String>,
    /// What was typed, or `login_hint`.
    pub(crate) username: String,
    /// The same.
    pub(crate) phone: String,
    /// Where one can register, if one can.
    pub(crate) register: Option<String>,
    /// Whether the person, who may be new, is asked to accept the tenant's documents.
    pub(crate) accept: bool,
    pub(crate) problem: Option<Problem>,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Login {
    /// A page with a tab for each of `methods`. `path` is that of the page below the tenant's, with what its query must keep, such
    /// as `/login?request=…`; the forms are posted there too.
    pub(crate) fn new(frame: &Frame, path: &str, csrf: &str, methods: &[Method], current: Method) -> Self {
        let with = |method: Method| {
            let joint = if path.contains('?') { '&' } else { '?' };
            format!("{path}{joint}method={}", method.as_str())
        };
        let tab = |kind: &Method| Tab {
            kind: *kind,
            href: frame.link(&with(*kind)),
            current: *kind == current,
        };
        Self {
            form: Form::to(frame, &with(current), csrf),
            tabs: methods.iter().map(tab).collect(),
            kind: current,
            client: None,
            notice: None,
            username: String::new(),
            phone: String::new(),
            register: None,
            accept: current == Method::Phone && frame.has_documents(),
            problem: None,
            target: None,
        }
    }
}

impl Page for Login {
    const TEMPLATE: &'static str = "login";
    type Texts = texts::Login;

    fn texts(locale: Locale) -> &'static texts::Login {
        texts::Login::of(locale)
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

/// A code was sent to a phone. It is typed into `otp`.
#[derive(Debug, Serialize)]
pub(crate) struct Code {
    pub(crate) form: Form,
    /// To have another sent.
    pub(crate) resend: Form,
    /// Where another number is given; `None` where the number is known already.
    pub(crate) change: Option<String>,
    /// The phone, masked.
    pub(crate) phone: String,
    /// Whether this is not the first.
    pub(crate) sent_again: bool,
    pub(crate) problem: Option<Problem>,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Page for Code {
    const TEMPLATE: &'static str = "code";
    type Texts = texts::Code;

    fn texts(locale: Locale) -> &'static texts::Code {
        texts::Code::of(locale)
    }

    fn sources(&self) -> Sources {
        targets(self.target.as_ref())
    }
}

/// Becoming a user by username and password.
#[derive(Debug, Serialize)]
pub(crate) struct Register {
    pub(crate) form: Form,
    pub(crate) client: Option<Application>,
    /// What was typed.
    pub(crate) username: String,
    /// The fewest characters of a password.
    pub(crate) min_length: u32,
    /// Whether the tenant has documents to accept.
    pub(crate) accept: bool,
    /// Where one signs in instead.
    pub(crate) login: String,
    pub(crate) problem: Option<Problem>,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Page for Register {
    const TEMPLATE: &'static str = "register";
    type Texts = texts::Register;

    fn texts(locale: Locale) -> &'static texts::Register {
        texts::Register::of(locale)
    }

    fn sources(&self) -> Sources {
        targets(self.target.as_ref())
    }
}

/// The tenant needs a phone before the person goes on.
#[derive(Debug, Serialize)]
pub(crate) struct BindPhone {
    pub(crate) form: Form,
    /// What was typed.
    pub(crate) phone: String,
    pub(crate) problem: Option<Problem>,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Page for BindPhone {
    const TEMPLATE: &'static str = "phone";
    type Texts = texts::BindPhone;

    fn texts(locale: Locale) -> &'static texts::BindPhone {
        texts::BindPhone::of(locale)
    }

    fn sources(&self) -> Sources {
        targets(self.target.as_ref())
    }
}

fn targets(target: Option<&String>) -> Sources {
    Sources {
        targets: target.into_iter().cloned().collect(),
        ..Sources::default()
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use hufu_core::reason::Reason;

    const TARGET: &str = "https://shop.example/callback?x=1";

    impl Login {
        pub(in crate::pages) fn sample(frame: &Frame, kind: Method) -> Self {
            let methods = [Method::Password, Method::Phone, Method::Scan];
            Self {
                client: Some(Application::sample()),
                register: Some(frame.link("/signup?request=req_1")),
                target: Some(TARGET.to_owned()),
                ..Self::new(
                    frame,
                    "/login?request=req_1",
                    &Form::sample(frame, "").csrf,
                    &methods,
                    kind,
                )
            }
        }

        pub(in crate::pages) fn refused(frame: &Frame) -> Self {
            Self {
                notice: Some(texts::Login::of(frame.locale).again.to_owned()),
                client: None,
                username: "li.ming".to_owned(),
                problem: Some(Problem::of(Reason::PasswordWrong, frame.locale, Some("password"))),
                ..Self::sample(frame, Method::Password)
            }
        }
    }

    impl Code {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/login/code?request=req_1"),
                resend: Form::sample(frame, "/login/code/resend?request=req_1"),
                change: Some(frame.link("/login?request=req_1&method=phone")),
                phone: "+86 138****8000".to_owned(),
                sent_again: false,
                problem: None,
                target: Some(TARGET.to_owned()),
            }
        }

        pub(in crate::pages) fn refused(frame: &Frame) -> Self {
            Self {
                sent_again: true,
                change: None,
                problem: Some(Problem::of(Reason::OtpWrong, frame.locale, Some("otp"))),
                ..Self::sample(frame)
            }
        }
    }

    impl Register {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/signup?request=req_1"),
                client: Some(Application::sample()),
                username: String::new(),
                min_length: 15,
                accept: true,
                login: frame.link("/login?request=req_1"),
                problem: None,
                target: Some(TARGET.to_owned()),
            }
        }

        pub(in crate::pages) fn refused(frame: &Frame) -> Self {
            Self {
                client: None,
                username: "li.ming".to_owned(),
                accept: false,
                problem: Some(Problem::of(Reason::UsernameTaken, frame.locale, Some("username"))),
                ..Self::sample(frame)
            }
        }
    }

    impl BindPhone {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/login/phone?request=req_1"),
                phone: String::new(),
                problem: None,
                target: None,
            }
        }
    }
}
