//! The pages of the device flow (RFC 8628 §3.3).

use super::{
    super::{
        render::{Page, Sources},
        texts,
    },
    parts::{Application, Form, Permission, Person, Problem},
};
use hufu_core::locale::Locale;
use serde::Serialize;

/// Where the code of a device is typed into `user_code`.
#[derive(Debug, Serialize)]
pub(crate) struct DeviceCode {
    pub(crate) form: Form,
    /// What was typed, or came by `verification_uri_complete`.
    pub(crate) user_code: String,
    pub(crate) problem: Option<Problem>,
}

impl DeviceCode {
    /// What is said where nobody knows the code.
    pub(crate) fn unknown(locale: Locale) -> Problem {
        Problem {
            text: texts::DeviceCode::of(locale).unknown.to_owned(),
            field: Some("user_code"),
        }
    }

    /// What is said to who was wrong too often.
    pub(crate) fn too_often(locale: Locale) -> Problem {
        Problem {
            text: texts::DeviceCode::of(locale).too_often.to_owned(),
            field: Some("user_code"),
        }
    }
}

impl Page for DeviceCode {
    const TEMPLATE: &'static str = "device_code";
    type Texts = texts::DeviceCode;

    fn texts(locale: Locale) -> &'static texts::DeviceCode {
        texts::DeviceCode::of(locale)
    }
}

/// Whether a device may. The buttons send `decision` as `allow` or `deny`.
#[derive(Debug, Serialize)]
pub(crate) struct DeviceConfirm {
    pub(crate) form: Form,
    pub(crate) client: Application,
    pub(crate) person: Person,
    /// Where another account is chosen.
    pub(crate) switch: String,
    /// As the device shows it.
    pub(crate) user_code: String,
    /// The network that the device is in, where that is known.
    pub(crate) place: Option<String>,
    pub(crate) permissions: Vec<Permission>,
}

impl Page for DeviceConfirm {
    const TEMPLATE: &'static str = "device_confirm";
    type Texts = texts::DeviceConfirm;

    fn texts(locale: Locale) -> &'static texts::DeviceConfirm {
        texts::DeviceConfirm::of(locale)
    }

    fn sources(&self) -> Sources {
        Sources {
            pictures: self.client.logo.iter().cloned().collect(),
            ..Sources::default()
        }
    }
}

/// What became of it.
#[derive(Debug, Serialize)]
pub(crate) struct DeviceDone {
    pub(crate) allowed: bool,
}

impl Page for DeviceDone {
    const TEMPLATE: &'static str = "device_done";
    type Texts = texts::DeviceDone;

    fn texts(locale: Locale) -> &'static texts::DeviceDone {
        texts::DeviceDone::of(locale)
    }
}

#[cfg(test)]
mod samples {
    use super::{super::super::frame::Frame, *};
    use hufu_core::scope::Scope;

    impl DeviceCode {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/device"),
                user_code: String::new(),
                problem: None,
            }
        }

        pub(in crate::pages) fn refused(frame: &Frame) -> Self {
            Self {
                user_code: "WDJB-MJHX".to_owned(),
                problem: Some(Self::unknown(frame.locale)),
                ..Self::sample(frame)
            }
        }
    }

    impl DeviceConfirm {
        pub(in crate::pages) fn sample(frame: &Frame) -> Self {
            Self {
                form: Form::sample(frame, "/device/confirm"),
                client: Application::named("Bamboo TV"),
                person: Person::named("李明"),
                switch: frame.link("/login?device=WDJB-MJHT"),
                user_code: "WDJB-MJHT".to_owned(),
                place: None,
                permissions: Permission::all(&Scope::parse("openid profile").unwrap(), frame.locale),
            }
        }
    }
}
