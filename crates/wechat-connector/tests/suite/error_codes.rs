//! Every error code, as it comes over the wire.

use crate::stage::{LOGIN, Stage, TOKEN, errcode};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
};

#[tokio::test]
async fn each_error_code_of_a_login_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    let expected = [
        (-1, Fate::Unavailable { retry_after: 1 }),
        (40001, Fate::Misconfigured),
        (40002, Fate::Defect),
        (40013, Fate::Misconfigured),
        (40029, Fate::Rejected(Reason::WxCodeInvalid)),
        (40066, Fate::Defect),
        (40125, Fate::Misconfigured),
        (40163, Fate::Rejected(Reason::WxCodeUsed)),
        (40164, Fate::Misconfigured),
        (40226, Fate::Denied(Reason::WxUserBlocked)),
        (40243, Fate::Misconfigured),
        (41002, Fate::Defect),
        (41004, Fate::Defect),
        (41008, Fate::Defect),
        (45009, Fate::Unavailable { retry_after: 3600 }),
        (45011, Fate::RateLimited { retry_after: 60 }),
        (48001, Fate::Misconfigured),
        (50002, Fate::Denied(Reason::WxUserBlocked)),
        (61003, Fate::Defect),
        (61004, Fate::Defect),
        (61006, Fate::Defect),
        (61007, Fate::Defect),
        // Nobody knows these.
        (1, Fate::Unavailable { retry_after: 5 }),
        (-80002, Fate::Unavailable { retry_after: 5 }),
        (99_999_999_999, Fate::Unavailable { retry_after: 5 }),
    ];
    for (calls, (code, fate)) in expected.into_iter().enumerate() {
        stage.fault(errcode(code));
        let error = stage.log_in().await.unwrap_err();
        assert_eq!((error.fate, error.upstream_code), (fate, Some(code)));
        assert_eq!(error.rid.unwrap().len(), 26, "{code}");
        assert_eq!(
            error.advice.is_some(),
            fate == Fate::Misconfigured || code == 45009,
            "{code}"
        );
        assert_eq!(stage.asked(LOGIN), calls + 1, "{code}");
    }
}

#[tokio::test]
async fn each_error_code_of_a_proof_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    let expected = [
        (-1, Fate::Unavailable { retry_after: 1 }),
        (40001, Fate::Misconfigured),
        (40002, Fate::Defect),
        (40013, Fate::Misconfigured),
        (40125, Fate::Misconfigured),
        (40164, Fate::Misconfigured),
        (40243, Fate::Misconfigured),
        (41002, Fate::Defect),
        (41004, Fate::Defect),
        (43002, Fate::Defect),
        (45009, Fate::Unavailable { retry_after: 3600 }),
        (45011, Fate::Unavailable { retry_after: 60 }),
        (47001, Fate::Defect),
        (48001, Fate::Misconfigured),
        (50002, Fate::Misconfigured),
        (50004, Fate::Misconfigured),
        (50007, Fate::Misconfigured),
        (89501, Fate::Misconfigured),
        (89503, Fate::Misconfigured),
        (89506, Fate::Misconfigured),
        (89507, Fate::Misconfigured),
        // Those of a login mean nothing here.
        (40029, Fate::Unavailable { retry_after: 5 }),
        (40226, Fate::Unavailable { retry_after: 5 }),
    ];
    for (calls, (code, fate)) in expected.into_iter().enumerate() {
        stage.fault(errcode(code));
        let error = stage.wechat.prove(&stage.app).await.unwrap_err();
        assert_eq!((error.fate, error.upstream_code), (fate, Some(code)));
        assert_eq!(error.rid.unwrap().len(), 26, "{code}");
        assert_eq!(stage.asked(TOKEN), calls + 1, "{code}");
    }
}
