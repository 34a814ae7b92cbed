//! `POST /wxa/getwxacodeunlimit`: the picture of a code that opens a page of the mini-program. What comes back is a picture or,
//! where it fails, JSON under any content type: the first byte tells.

use crate::{
    errcode::Call,
    failure::{Undecided, undecided},
    upstream::{Ask, Upstream},
};
use hufu_core::{
    connector::{ConnectorError, MiniProgramCode, Picture},
    wechat_app::WechatCredential,
};
use secrecy::SecretString;
use serde::Serialize;

/// Pixels: what a page shows at 240 on a screen of twice the density.
const WIDTH: u32 = 480;

#[derive(Serialize)]
struct Body<'a> {
    scene: &'a str,
    page: &'a str,
    check_path: bool,
    env_version: &'a str,
    width: u32,
}

/// Asks WeChat, once.
pub(crate) async fn ask(
    upstream: &Upstream,
    app: &WechatCredential,
    token: &SecretString,
    code: MiniProgramCode<'_>,
) -> Result<Picture, ConnectorError> {
    let body = Body {
        scene: code.scene,
        page: code.page,
        check_path: code.check_path,
        env_version: code.env_version,
        width: WIDTH,
    };
    let ask = Ask {
        token: Some(token),
        json: Some(serde_json::to_string(&body).expect("a struct of texts can be written as JSON")),
        ..Ask::new(Call::MiniProgramCode)
    };
    let bytes = upstream.ask(app, ask).await?.picture;
    let picture = bytes.and_then(picture);
    picture.ok_or_else(|| {
        let cause = Undecided::Incomplete("picture");
        undecided(Call::MiniProgramCode, &app.appid, &cause)
    })
}

/// A PNG or a JPEG, by what it begins with: a browser is never told a media type that came from elsewhere.
fn picture(bytes: Vec<u8>) -> Option<Picture> {
    let media_type = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else {
        return None;
    };
    Some(Picture { bytes, media_type })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        let media_type = |bytes: &[u8]| picture(bytes.to_vec()).map(|picture| picture.media_type);
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0..."), Some("image/jpeg"));
        for bad in [&b""[..], b"<svg xmlns='x'>", b"GIF89a", b"<html>"] {
            assert_eq!(media_type(bad), None);
        }
    }
}
