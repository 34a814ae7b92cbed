//! A login code is not sent twice.

use crate::stage::{APPID, LOGIN, Stage, fate};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
};
use hufu_wxsim::FaultAction;
use std::sync::Arc;
use tokio::task::JoinSet;

const USED: Option<Fate> = Some(Fate::Rejected(Reason::WxCodeUsed));

#[tokio::test]
async fn a_code_that_brought_someone_in_is_used_without_asking_wechat() {
    let stage = Stage::set().await;
    let code = stage.code();
    stage.finish(&code).await.unwrap();
    assert_eq!(fate(stage.finish(&code).await), USED);
    assert_eq!(stage.asked(LOGIN), 1);
}

#[tokio::test]
async fn a_refused_code_is_refused_alike_without_asking_wechat() {
    let stage = Stage::set().await;
    stage.sim.user("mallory").blocked().create().unwrap();
    let blocked = stage.sim.login_code(APPID, "mallory").unwrap().into();
    for (calls, code) in ["garbage".into(), blocked].into_iter().enumerate() {
        let first = fate(stage.finish(&code).await);
        assert!(first.is_some());
        assert_eq!(fate(stage.finish(&code).await), first);
        assert_eq!(stage.asked(LOGIN), calls + 1);
    }
}

#[tokio::test]
async fn a_code_that_another_node_used_is_used_by_wechats_word() {
    let stage = Stage::set().await;
    let code = stage.code();
    stage.another_node().finish(&stage.app, &code).await.unwrap();
    let error = stage.finish(&code).await.unwrap_err();
    assert_eq!((Some(error.fate), error.upstream_code), (USED, Some(40163)));
}

#[tokio::test]
async fn the_same_text_at_another_app_is_another_code() {
    let stage = Stage::set().await;
    let other = crate::stage::credential(&stage.sim.app("wxde30000000000002").create().unwrap());
    let code = stage.code();
    stage.finish(&code).await.unwrap();
    let foreign = stage.wechat.finish(&other, &code).await.unwrap_err();
    assert_eq!(foreign.upstream_code, Some(40029));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_parallel_logins_with_one_code_one_reaches_wechat() {
    let stage = Arc::new(Stage::set().await);
    let code = stage.code();
    let mut logins = JoinSet::new();
    for _ in 0..100 {
        let (stage, code) = (Arc::clone(&stage), code.clone());
        logins.spawn(async move { fate(stage.finish(&code).await) });
    }
    let fates = logins.join_all().await;
    assert_eq!(fates.iter().filter(|fate| fate.is_none()).count(), 1);
    assert_eq!(fates.iter().filter(|fate| **fate == USED).count(), 99);
    assert_eq!(stage.asked(LOGIN), 1);
}

#[tokio::test]
async fn a_login_that_is_given_up_halfway_leaves_no_trace() {
    let stage = Stage::set().await;
    let code = stage.code();
    stage.fault(FaultAction::Stall);
    tokio::select! {
        _ = stage.finish(&code) => unreachable!("WeChat never answers"),
        () = stage.until(async |stage| stage.asked(LOGIN) == 1) => {}
    }
    stage.sim.clear_faults();
    assert!(stage.finish(&code).await.is_ok());
}
