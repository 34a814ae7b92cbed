//! What a login is when all is well, and when the code or the person is not.

use crate::stage::{APPID, LOGIN, Stage, credential, fate};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
};
use secrecy::{ExposeSecret, SecretString};

const INVALID: Option<Fate> = Some(Fate::Rejected(Reason::WxCodeInvalid));

#[tokio::test]
async fn a_login_is_one_call_with_what_wechat_asks_for_and_nothing_else() {
    let stage = Stage::set().await;
    let code = stage.code();
    let proof = stage.finish(&code).await.unwrap();
    assert_eq!(proof.openid.as_str(), stage.sim.openid(APPID, "alice"));
    assert_eq!(proof.unionid, None);
    let session_key = stage.sim.session_key(APPID, "alice").unwrap();
    assert_eq!(proof.session_key.text(), session_key);

    let requests = stage.sim.requests_with_secrets(LOGIN);
    let sent: Vec<_> = requests[0]
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("appid", APPID),
        ("grant_type", "authorization_code"),
        ("js_code", code.expose_secret()),
        ("secret", stage.app.secret.expose_secret()),
    ];
    assert_eq!((requests.len(), sent.as_slice()), (1, expected.as_slice()));
    assert_eq!(stage.sim.state().requests_seen, 1, "not even for an access token");
}

#[tokio::test]
async fn an_app_of_an_open_platform_account_also_tells_the_unionid() {
    let stage = Stage::set().await;
    let account = stage.sim.open_account();
    stage.sim.bind(APPID, &account).unwrap();
    let proof = stage.log_in().await.unwrap();
    assert_eq!(
        proof.unionid.unwrap().as_str(),
        stage.sim.unionid(&account, "alice")
    );
}

#[tokio::test]
async fn what_is_sent_is_url_encoded() {
    let stage = Stage::set().await;
    let code = SecretString::from("a+b&secret=c%20#?/\"");
    assert_eq!(fate(stage.finish(&code).await), INVALID);
    assert_eq!(
        stage.sim.requests_with_secrets(LOGIN)[0].query["js_code"],
        code.expose_secret()
    );
}

#[tokio::test]
async fn what_cannot_be_a_login_code_is_not_sent() {
    let stage = Stage::set().await;
    for code in ["", " ", "a b", "line\n", "虎符", &"x".repeat(129)] {
        assert_eq!(
            fate(stage.finish(&SecretString::from(code)).await),
            INVALID,
            "{code}"
        );
    }
    assert_eq!(stage.asked(LOGIN), 0);
}

#[tokio::test]
async fn a_garbage_code_an_expired_one_and_one_of_another_app_are_invalid() {
    let stage = Stage::set().await;
    let other = stage.sim.app("wxde30000000000002").create().unwrap();
    let foreign = stage.sim.login_code(&other, "alice").unwrap().into();
    let expired = stage.code();
    stage.sim.advance(301).unwrap();
    for code in [&SecretString::from("garbage"), &expired, &foreign] {
        let error = stage.finish(code).await.unwrap_err();
        assert_eq!((Some(error.fate), error.upstream_code), (INVALID, Some(40029)));
        assert_eq!(error.rid.unwrap().len(), 26);
    }
}

#[tokio::test]
async fn people_whom_wechat_blocks_or_closed_are_not_let_in() {
    let stage = Stage::set().await;
    stage.sim.user("mallory").blocked().create().unwrap();
    stage.sim.user("ghost").closed().create().unwrap();
    for (person, errcode) in [("mallory", 40226), ("ghost", 50002)] {
        let code = stage.sim.login_code(APPID, person).unwrap().into();
        let error = stage.finish(&code).await.unwrap_err();
        assert_eq!(error.fate, Fate::Denied(Reason::WxUserBlocked));
        assert_eq!(error.upstream_code, Some(errcode));
    }
}

#[tokio::test]
async fn an_unknown_app_and_a_rotated_secret_are_for_the_operator_to_mend() {
    let stage = Stage::set().await;
    let unknown = hufu_core::wechat_app::WechatCredential {
        appid: hufu_core::wechat_app::AppId::parse("wxde30000000000009").unwrap(),
        ..stage.app.clone()
    };
    let code = stage.code();
    let error = stage.wechat.finish(&unknown, &code).await.unwrap_err();
    assert_eq!(
        (error.fate, error.upstream_code),
        (Fate::Misconfigured, Some(40013))
    );
    assert!(error.advice.unwrap().contains("AppID"));

    let rotated = stage.sim.rotate_secret(APPID).unwrap();
    let error = stage.finish(&code).await.unwrap_err();
    assert_eq!(
        (error.fate, error.upstream_code),
        (Fate::Misconfigured, Some(40125))
    );
    assert!(error.advice.unwrap().contains("开发 > 开发管理 > 开发设置"));

    // Mended, the same code is as good as before.
    assert!(stage.wechat.finish(&credential(&rotated), &code).await.is_ok());
}
