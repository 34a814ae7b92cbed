//! Carries out an action: answers instead of WeChat, or spoils WeChat's answer.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::action::STALE_RESPONSE;
use super::{Cut, FaultAction, Travel, watermark};
use crate::sms;
use crate::wechat::{Answer, Call, Failure, Family, RequestId};
use crate::world::World;

/// A page of WeChat's in GBK; its title means "system busy".
const PAGE_IN_GBK: &[u8] =
    b"<html><head><meta charset=\"gbk\"><title>\xcf\xb5\xcd\xb3\xb7\xb1\xc3\xa6</title></head><body></body></html>";
const HTML_IN_GBK: HeaderValue = HeaderValue::from_static("text/html; charset=gbk");

/// How wrong WeChat's clock is for this request, in seconds.
pub(crate) fn skew(action: &FaultAction) -> i64 {
    if let FaultAction::ClockSkew { seconds } = action {
        *seconds
    } else {
        0
    }
}

/// What happens instead of WeChat's acting on the request. Nothing: WeChat must act, and `alter` comes after it.
pub(crate) fn instead(action: &FaultAction, path: &str, rid: &RequestId) -> Option<(Option<Answer>, Travel)> {
    let family = Family::of(path);
    let page = |status, content_type, body: &[u8]| Answer {
        status,
        content_type,
        ..Answer::success(family, body.to_vec())
    };
    let answer = match action {
        FaultAction::Errcode { n, msg } => Answer::failure(
            family,
            &Failure {
                errcode: *n,
                errmsg: msg.clone().into(),
                has_hint: false,
            },
            rid,
        ),
        FaultAction::SmsRefusal { code, msg, whole } => sms::refusal(path, code, msg, *whole)?,
        FaultAction::Http { status, body } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            page(status, HeaderValue::from_static("text/html"), body.as_bytes())
        }
        FaultAction::Empty200 => page(StatusCode::OK, HTML_IN_GBK, b""),
        FaultAction::Html200Gbk => page(StatusCode::OK, HTML_IN_GBK, PAGE_IN_GBK),
        FaultAction::Stall => return Some((None, Travel::Never)),
        FaultAction::Close(Cut::Before) => return Some((None, Travel::Cut(Cut::Before))),
        _ => return None,
    };
    Some((Some(answer), Travel::AtOnce))
}

/// Spoils the answer of a WeChat that has acted on the request at `now`, before it is sealed if it is to be, and says how
/// it travels.
pub(crate) fn alter(
    action: &FaultAction,
    serial: u64,
    world: &mut World,
    call: &Call,
    answer: &mut Answer,
    now: i64,
) -> Travel {
    match action {
        FaultAction::Close(cut) => return Travel::Cut(*cut),
        FaultAction::DropAfterCommit => return Travel::Cut(Cut::Before),
        FaultAction::Delay { ms, jitter } => {
            let more = world.lots().number("jitter", serial, jitter.saturating_add(1));
            return Travel::After(Duration::from_millis(ms.saturating_add(more)));
        }
        FaultAction::SlowDrip { bytes, ms } => {
            return Travel::Drip {
                bytes: *bytes,
                pause: Duration::from_millis(*ms),
            };
        }
        FaultAction::ClockSkew { .. } => answer.date = http_date(now),
        FaultAction::TokenExpiresEarly { after } => end_token_early(world, call, answer, now + after),
        FaultAction::LegacyTokenTaken => take_legacy_token(world, call, now),
        FaultAction::SessionKeyRotated => rotate_session_key(world, call, now),
        FaultAction::BadResponseSignature => {
            if let Some(seal) = &mut answer.seal {
                seal.forge();
            }
        }
        FaultAction::StaleResponseTimestamp => {
            if let Some(seal) = &mut answer.seal {
                seal.backdate(STALE_RESPONSE);
            }
        }
        FaultAction::WrongContentType { content_type } => {
            if let Ok(value) = HeaderValue::from_str(content_type) {
                answer.content_type = value;
            }
        }
        _ => spoil_body(action, answer),
    }
    Travel::AtOnce
}

fn spoil_body(action: &FaultAction, answer: &mut Answer) {
    let body = &mut answer.body;
    match action {
        FaultAction::MalformedJson => body
            .iter_mut()
            .filter(|byte| **byte == b'"')
            .for_each(|byte| *byte = b'\''),
        FaultAction::TruncatedJson => body.truncate(body.len() / 2),
        FaultAction::ErrcodeAsString => match answer.errcode {
            Some(n) => {
                let text = String::from_utf8_lossy(body);
                *body = text
                    .replacen(&format!("\"errcode\":{n}"), &format!("\"errcode\":\"{n}\""), 1)
                    .into_bytes();
            }
            None => append(body, br#""errcode":"0","errmsg":"ok""#),
        },
        FaultAction::UnknownFields => {
            append(
                body,
                br#""new_text":"new","new_null":null,"new_list":[1,{"deep":true}],"new_object":{"a":1.5}"#,
            );
        }
        FaultAction::OversizeBody { bytes } => {
            let padding = vec![b'x'; *bytes];
            if body.last() == Some(&b'}') {
                append(body, &[br#""padding":""#, padding.as_slice(), b"\""].concat());
            } else {
                body.extend(padding);
            }
        }
        FaultAction::DuplicateKeyJson => {
            let duplicates = duplicates(body);
            append(body, duplicates.as_bytes());
        }
        FaultAction::CountryCodeAsNumber => watermark::unquote_country_code(body),
        FaultAction::WatermarkAppid(appid) => watermark::edit(body, |mark| mark.appid.clone_from(appid)),
        FaultAction::WatermarkAge { seconds } => watermark::edit(body, |mark| mark.timestamp -= seconds),
        FaultAction::ControlCharsInNickname => append(body, b"\"nickname\":\"Ba\x01\x08\x1fnd\n\""),
        _ => {}
    }
}

/// Adds members, already written, to a JSON object, already written.
fn append(object: &mut Vec<u8>, members: &[u8]) {
    if object.last() == Some(&b'}') && !members.is_empty() {
        object.pop();
        if object.last() != Some(&b'{') {
            object.push(b',');
        }
        object.extend_from_slice(members);
        object.push(b'}');
    }
}

/// All members of a JSON object with other values, written.
fn duplicates(object: &[u8]) -> String {
    let members: Map<String, Value> = serde_json::from_slice(object).unwrap_or_default();
    let other = |value: &Value| {
        if value.is_string() {
            json!("duplicate")
        } else {
            json!(0)
        }
    };
    let written: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("{}:{}", json!(name), other(value)))
        .collect();
    written.join(",")
}

fn end_token_early(world: &mut World, call: &Call, answer: &Answer, at: i64) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let app = call.appid().and_then(|appid| world.app_mut(&appid));
    if let (Some(token), Some(app)) = (body["access_token"].as_str(), app) {
        app.tokens().0.end_early(token, at);
    }
}

fn take_legacy_token(world: &mut World, call: &Call, now: i64) {
    let fresh = world.fresh_access_token();
    if let Some(app) = call.appid().and_then(|appid| world.app_mut(&appid)) {
        app.tokens().0.supersede_legacy(fresh, now);
    }
}

fn rotate_session_key(world: &mut World, call: &Call, now: i64) {
    let code = call
        .parameter("js_code")
        .and_then(|code| world.login_code_mut(&code));
    if let Some((appid, user)) = code.map(|code| (code.appid.clone(), code.user.clone())) {
        world.rotate_session_key(&appid, &user, now);
    }
}

fn http_date(now: i64) -> Option<HeaderValue> {
    let text = DateTime::from_timestamp(now, 0)?
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    HeaderValue::from_str(&text).ok()
}
