//! `POST /wxa/getwxacodeunlimit`: the picture of a code that opens a page of a mini-program with a scene.
//!
//! The real code is a round one that only WeChat reads; here it is a QR code of `wxsim://{appid}/{page}?scene={scene}`, and what
//! it would open is remembered for `POST /__sim/v1/scan`. An assumption: `page` is required, since the home page that WeChat
//! falls back to is not known here.

use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use url::form_urlencoded;

use super::{Call, Failure, Outcome, caller};
use crate::png;
use crate::world::World;

/// WeChat's own limits.
const LONGEST_SCENE: usize = 32;
const WIDTHS: std::ops::RangeInclusive<u32> = 280..=1280;
/// White modules around the code, as ISO/IEC 18004 wants them.
const QUIET: usize = 4;

#[derive(Deserialize)]
struct Request {
    scene: Option<String>,
    page: Option<String>,
    check_path: Option<bool>,
    env_version: Option<String>,
    width: Option<u32>,
}

pub(super) fn handle(world: &mut World, call: &Call, now: i64) -> Outcome {
    let appid = caller::with_access_token(world, call, now)?;
    let request: Request = serde_json::from_slice(&call.body).map_err(|_| Failure::DATA_FORMAT)?;
    let scene = request.scene.unwrap_or_default();
    if scene.is_empty() || scene.len() > LONGEST_SCENE || !scene.bytes().all(is_of_scenes) {
        return Err(Failure::INVALID_SCENE);
    }
    let version = request.env_version.as_deref().unwrap_or("release");
    let width = request.width.unwrap_or(430);
    if !matches!(version, "release" | "trial" | "develop") || !WIDTHS.contains(&width) {
        return Err(Failure::INVALID_ARGUMENT);
    }
    let page = request.page.unwrap_or_default();
    if page.is_empty() || page.starts_with('/') || page.contains('?') {
        return Err(Failure::INVALID_PAGE);
    }
    if let Some(app) = world.app_mut(&appid) {
        if request.check_path.unwrap_or(true) && !app.has_published(&page) {
            return Err(Failure::INVALID_PAGE);
        }
        app.count_code(now)?;
    }
    let query: String = form_urlencoded::byte_serialize(scene.as_bytes()).collect();
    let picture = picture(&format!("wxsim://{appid}/{page}?scene={query}"), width);
    world.remember_scene(appid, scene, page);
    picture.ok_or(Failure::SYSTEM_BUSY)
}

fn is_of_scenes(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte)
}

/// The widest picture of whole pixels a module that fits.
fn picture(text: &str, width: u32) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (modules, dark) = (code.width(), code.to_colors());
    let side = modules + 2 * QUIET;
    let scale = (usize::try_from(width).ok()? / side).max(1);
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| (at / scale).checked_sub(QUIET).filter(|at| *at < modules);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => dark[y * modules + x] == Color::Dark,
            _ => false,
        }
    };
    Some(png::black_and_white(side * scale, is_dark))
}
