//! Changes what an answer says of a phone number. An answer without one stays as it is.

use serde::{Deserialize, Serialize};

/// Which app data is for, and when it was made.
#[derive(Serialize, Deserialize)]
pub(super) struct Watermark {
    pub(super) timestamp: i64,
    pub(super) appid: String,
}

/// Changes the watermark inside a JSON object, already written.
pub(super) fn edit(body: &mut Vec<u8>, change: impl FnOnce(&mut Watermark)) {
    if let Some(changed) = edited(&String::from_utf8_lossy(body), change) {
        *body = changed.into_bytes();
    }
}

fn edited(body: &str, change: impl FnOnce(&mut Watermark)) -> Option<String> {
    const NAME: &str = "\"watermark\":";
    let (before, rest) = body.split_once(NAME)?;
    let (object, after) = rest.split_at(rest.find('}')? + 1);
    let mut watermark = serde_json::from_str(object).ok()?;
    change(&mut watermark);
    let object = serde_json::to_string(&watermark).ok()?;
    Some(format!("{before}{NAME}{object}{after}"))
}

/// `"countryCode":"86"` becomes `"countryCode":86`.
pub(super) fn unquote_country_code(body: &mut Vec<u8>) {
    const NAME: &str = "\"countryCode\":";
    let text = String::from_utf8_lossy(body);
    if let Some((before, rest)) = text.split_once(&format!("{NAME}\""))
        && let Some((code, after)) = rest.split_once('"')
    {
        *body = format!("{before}{NAME}{code}{after}").into_bytes();
    }
}
