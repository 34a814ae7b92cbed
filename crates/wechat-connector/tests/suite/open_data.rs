//! Open data as mini-programs get it: opened with the key that is kept, and in no other way.

use crate::stage::{APPID, Stage};
use hufu_core::{
    connector::{OpenDataRefused, SealedData, SignedData, WechatConnector},
    wechat_app::AppId,
    wechat_session::SessionKey,
};
use hufu_wxsim::{DataKind, EncryptedData, Tamper};

fn sealed(data: &EncryptedData) -> SealedData {
    SealedData {
        encrypted_data: data.encrypted_data.clone(),
        iv: data.iv.clone(),
        signed: (!data.raw_data.is_empty()).then(|| SignedData {
            raw_data: data.raw_data.clone(),
            signature: data.signature.clone(),
        }),
    }
}

#[tokio::test]
async fn what_a_mini_program_gets_is_opened() {
    let stage = Stage::set().await;
    let key = stage.log_in().await.unwrap().session_key;
    for (kind, member) in [
        (DataKind::UserInfo, "nickName"),
        (DataKind::Phone, "purePhoneNumber"),
    ] {
        let data = sealed(&stage.sim.encrypted_data(APPID, "alice", kind).unwrap());
        let keys = std::slice::from_ref(&key);
        let opened = stage.wechat.open_data(&stage.app.appid, keys, &data).unwrap();
        assert!(opened.contains_key(member));
        assert_eq!(opened["watermark"]["appid"], APPID);
        let other = AppId::parse("wxde30000000000002").unwrap();
        assert!(stage.wechat.open_data(&other, keys, &data).is_err());
    }
}

#[tokio::test]
async fn after_a_rotation_the_key_before_still_opens_what_was_sealed_by_it() {
    let stage = Stage::set().await;
    let before = stage.log_in().await.unwrap().session_key;
    let data = sealed(
        &stage
            .sim
            .encrypted_data(APPID, "alice", DataKind::UserInfo)
            .unwrap(),
    );
    stage.sim.rotate_session_key(APPID, "alice");
    let now = SessionKey::parse(stage.sim.session_key(APPID, "alice").unwrap().into()).unwrap();
    assert_ne!(now.text(), before.text());
    let open = |keys: &[SessionKey]| stage.wechat.open_data(&stage.app.appid, keys, &data);
    assert!(open(&[now.clone(), before]).is_ok());
    assert_eq!(open(&[now]), Err(OpenDataRefused));
}

#[tokio::test]
async fn whatever_is_broken_there_is_one_error() {
    let stage = Stage::set().await;
    let key = stage.log_in().await.unwrap().session_key;
    for kind in [DataKind::UserInfo, DataKind::Phone] {
        for tamper in [
            Tamper::Key,
            Tamper::Iv,
            Tamper::Pad,
            Tamper::Appid,
            Tamper::Truncate,
        ] {
            let data = stage.sim.tampered_data(APPID, "alice", kind, tamper).unwrap();
            let outcome =
                stage
                    .wechat
                    .open_data(&stage.app.appid, std::slice::from_ref(&key), &sealed(&data));
            assert_eq!(outcome, Err(OpenDataRefused), "{kind:?} {tamper:?}");
        }
    }
}

#[tokio::test]
async fn a_signature_over_another_text_is_refused() {
    let stage = Stage::set().await;
    let key = stage.log_in().await.unwrap().session_key;
    let mut data = sealed(
        &stage
            .sim
            .encrypted_data(APPID, "alice", DataKind::UserInfo)
            .unwrap(),
    );
    data.signed.as_mut().unwrap().raw_data.push(' ');
    let outcome = stage.wechat.open_data(&stage.app.appid, &[key], &data);
    assert_eq!(outcome, Err(OpenDataRefused));
}
