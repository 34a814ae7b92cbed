//! The page of a sign-in by scan with the tenant's mini-program.

use super::{
    super::{
        render::{Page, Sources},
        texts,
    },
    parts::Form,
};
use hufu_core::locale::Locale;
use serde::Serialize;

/// How far a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScanState {
    /// Nobody has scanned yet.
    New,
    /// Somebody has, and is asked on the phone.
    Scanned,
    /// They confirmed: the form goes on.
    Confirmed,
    /// They declined.
    Denied,
    /// It took too long.
    Expired,
}

/// The code to scan, and how far that is.
#[derive(Debug, Serialize)]
pub(crate) struct Scan {
    pub(crate) state: ScanState,
    /// Goes on where the scan is confirmed; asks for another code where it is over.
    pub(crate) form: Form,
    /// Where the picture is: a path of ours.
    pub(crate) picture: String,
    /// Two digits, which the phone shows too.
    pub(crate) match_code: String,
    /// How long it can still be scanned.
    pub(crate) seconds: u32,
    /// This page.
    pub(crate) here: String,
    /// Where the script asks for the state: JSON with `state`.
    pub(crate) poll: String,
    /// Where another way to sign in is chosen.
    pub(crate) other: String,
    /// Where the browser goes on to in the end.
    #[serde(skip)]
    pub(crate) target: Option<String>,
}

impl Page for Scan {
    const TEMPLATE: &'static str = "scan";
    type Texts = texts::Scan;

    fn texts(locale: Locale) -> &'static texts::Scan {
        texts::Scan::of(locale)
    }

    fn sources(&self) -> Sources {
        Sources {
            targets: self.target.iter().cloned().collect(),
            pictures: Vec::new(),
            asks: true,
        }
    }
}

#[cfg(test)]
impl Scan {
    pub(in crate::pages) fn sample(frame: &super::super::frame::Frame, state: ScanState) -> Self {
        Self {
            state,
            form: Form::sample(frame, "/scan?request=req_1"),
            picture: frame.link("/scan/picture?request=req_1"),
            match_code: "47".to_owned(),
            seconds: 120,
            here: frame.link("/scan?request=req_1"),
            poll: frame.link("/scan/state?request=req_1"),
            other: frame.link("/login?request=req_1"),
            target: Some("https://shop.example/callback".to_owned()),
        }
    }
}
