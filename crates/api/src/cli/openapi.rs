//! `hufu openapi`

use crate::openapi;

pub(super) fn run() {
    super::say(openapi::to_json(&openapi::document()).trim_end());
}
