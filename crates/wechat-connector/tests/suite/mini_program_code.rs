//! The picture of a code that opens a page of the mini-program.

use crate::stage::{APPID, Stage, TOKEN, errcode, fate};
use hufu_core::connector::{ConnectorError, Fate, MiniProgramCode, Picture, WechatConnector};
use hufu_wxsim::{Fault, FaultAction, Preset};
use serde_json::json;

const CODES: &str = "/wxa/getwxacodeunlimit";
const SCENE: &str = "AbCdEfGhIjKlMnOpQr-_12";

async fn draw(stage: &Stage) -> Result<Picture, ConnectorError> {
    let code = MiniProgramCode {
        scene: SCENE,
        page: "pages/scan/index",
        env_version: "trial",
        check_path: false,
    };
    stage.wechat.mini_program_code(&stage.app, code).await
}

#[tokio::test]
async fn a_code_is_one_call_that_gives_a_picture() {
    let stage = Stage::set().await;
    let picture = draw(&stage).await.unwrap();
    assert_eq!(picture.media_type, "image/png");
    assert!(picture.bytes.starts_with(b"\x89PNG"));
    let requests = stage.sim.requests_with_secrets(CODES);
    assert_eq!(requests.len(), 1);
    let expected = json!({
        "scene": SCENE, "page": "pages/scan/index", "env_version": "trial", "check_path": false, "width": 480,
    });
    assert_eq!(requests[0].body, Some(expected));
    let opened = stage.sim.scan(APPID, SCENE, "alice").unwrap();
    assert_eq!(opened.page, "pages/scan/index");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let stage = Stage::set().await;
    draw(&stage).await.unwrap();
    stage.make_a_new_token_due();
    stage
        .sim
        .fault(Fault::new(errcode(40001)).on_path(CODES).times(1))
        .unwrap();
    assert!(draw(&stage).await.is_ok());
    assert_eq!(stage.asked(TOKEN), 2);
}

#[tokio::test]
async fn each_error_code_has_its_fate_and_the_operator_is_told_the_page() {
    let stage = Stage::set().await;
    draw(&stage).await.unwrap();
    for (code, expected) in [
        (40169, Fate::Defect),
        (41030, Fate::Misconfigured),
        (40097, Fate::Misconfigured),
        (45009, Fate::Unavailable { retry_after: 60 }),
    ] {
        stage.fault(Fault::new(errcode(code)).on_path(CODES));
        let error = draw(&stage).await.unwrap_err();
        assert_eq!(error.fate, expected, "{code}");
        assert_eq!(error.advice.is_some(), code != 40169, "{code}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_none() {
    let stage = Stage::set().await;
    draw(&stage).await.unwrap();
    for action in [
        FaultAction::Empty200,
        FaultAction::Http {
            status: 502,
            body: String::new(),
        },
        FaultAction::Html200Gbk,
        FaultAction::OversizeBody {
            bytes: 2 * 1024 * 1024,
        },
    ] {
        stage.let_pauses_end();
        stage.fault(Fault::new(action).on_path(CODES));
        let fate = fate(draw(&stage).await);
        assert!(matches!(fate, Some(Fate::Unavailable { .. })), "{fate:?}");
    }
    stage.let_pauses_end();
    stage.fault(Preset::Busy);
    assert!(matches!(fate(draw(&stage).await), Some(Fate::Unavailable { .. })));
}
