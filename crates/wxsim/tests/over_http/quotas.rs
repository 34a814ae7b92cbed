//! 45011 and 45009.

use hufu_wxsim::QuotaLimits;

use crate::support::{APP_1, start};

#[tokio::test]
async fn user_has_a_hundred_logins_a_minute() {
    let site = start().await;
    let app = site.app(APP_1);
    for _ in 0..100 {
        assert_eq!(site.login(&app, "alice").await.errcode(), 0);
    }
    let code = site.code(&app, "alice");
    assert_eq!(site.exchange(&app, &code).await.errcode(), 45011);
    assert_eq!(site.login(&app, "bob").await.errcode(), 0);
    site.sim.advance(60).unwrap();
    assert_eq!(site.exchange(&app, &code).await.errcode(), 0);
}

#[tokio::test]
async fn daily_quota_of_logins_ends_at_midnight_in_beijing() {
    let site = start().await;
    let limits = QuotaLimits {
        logins_per_day: Some(1),
        ..QuotaLimits::default()
    };
    let app = site.sim.app(APP_1).quotas(limits).create().unwrap();
    site.sim.set_clock(1_700_063_999).unwrap();
    assert_eq!(site.login(&app, "alice").await.errcode(), 0);
    assert_eq!(site.login(&app, "bob").await.errcode(), 45009);
    site.sim.advance(1).unwrap();
    assert_eq!(site.login(&app, "bob").await.errcode(), 0);
}

#[tokio::test]
async fn legacy_tokens_have_a_daily_quota() {
    let site = start().await;
    let limits = QuotaLimits {
        legacy_tokens_per_day: Some(2),
        ..QuotaLimits::default()
    };
    let app = site.sim.app(APP_1).quotas(limits).create().unwrap();
    site.legacy(&app).await;
    site.legacy(&app).await;
    let refused = site.legacy(&app).await;
    assert_eq!(refused.errcode(), 45009);
    assert!(refused.text.contains("getStableAccessToken"));
    assert_eq!(site.stable(&app).await.errcode(), 0);
}

#[tokio::test]
async fn stable_tokens_have_quotas_of_minute_and_day() {
    let site = start().await;
    let limits = QuotaLimits {
        stable_tokens_per_minute: Some(2),
        stable_tokens_per_day: Some(3),
        ..QuotaLimits::default()
    };
    let app = site.sim.app(APP_1).quotas(limits).create().unwrap();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(site.stable(&app).await.errcode());
    }
    site.sim.advance(60).unwrap();
    for _ in 0..2 {
        codes.push(site.stable(&app).await.errcode());
    }
    assert_eq!(codes, [0, 0, 45011, 0, 45009]);
}

#[tokio::test]
async fn twenty_forced_refreshes_a_day() {
    let site = start().await;
    let app = site.app(APP_1);
    for _ in 0..20 {
        assert_eq!(site.forced(&app).await.errcode(), 0);
        site.sim.advance(30).unwrap();
    }
    assert_eq!(site.forced(&app).await.errcode(), 45009);
    assert_eq!(site.stable(&app).await.errcode(), 0);
    site.sim.advance(24 * 3600).unwrap();
    assert_eq!(site.forced(&app).await.errcode(), 0);
}
