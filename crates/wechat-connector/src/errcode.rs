//! What follows from each of WeChat's error codes. A code that is not here is WeChat's trouble and not the person's:
//! nothing was decided.
//!
//! Source: WeChat's pages of both endpoints, its list of global return codes, and codes that its users met in the field.

use hufu_core::{connector::Fate, reason::Reason};

/// What WeChat was asked: one code may mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `jscode2session`
    Login,
    /// `stable_token`
    Token,
}

impl Call {
    /// The endpoint's name, for logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "jscode2session",
            Self::Token => "stable_token",
        }
    }
}

/// What follows, and what the tenant's operator can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) fate: Fate,
    pub(crate) advice: Option<&'static str>,
}

/// The table.
#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "a row for each cause")]
pub(crate) const fn verdict(call: Call, errcode: i64) -> Verdict {
    match (call, errcode) {
        // The code.
        (Call::Login, 40029) => of(Fate::Rejected(Reason::WxCodeInvalid)), // invalid code: expired, or of another app
        (Call::Login, 40163) => of(Fate::Rejected(Reason::WxCodeUsed)), // code been used
        // The person.
        (Call::Login, 40226) => of(Fate::Denied(Reason::WxUserBlocked)), // code blocked: a login of high risk
        (Call::Login, 50002) => of(Fate::Denied(Reason::WxUserBlocked)), // user limited: the account is frozen or gone
        (Call::Login, 45011) => of(Fate::RateLimited { retry_after: MINUTE }), // 100 a minute and person
        // WeChat.
        (_, -1) => of(Fate::Unavailable { retry_after: SOON }), // system error: busy
        (Call::Token, 45011) => of(Fate::Unavailable { retry_after: MINUTE }), // 10,000 a minute and app
        (_, 45009) => Verdict { fate: Fate::Unavailable { retry_after: HOUR }, advice: Some(QUOTA) }, // daily quota
        // The app.
        (_, 40001) => misconfigured(SECRET), // invalid credential: of calls that send a secret, the secret
        (_, 40013) => misconfigured(APPID), // invalid appid
        (_, 40125) => misconfigured(SECRET), // invalid appsecret
        (_, 40164) => misconfigured(IP), // invalid ip, not in whitelist
        (_, 40243) => misconfigured(FROZEN), // AppSecret frozen
        (_, 48001) => misconfigured(PERMISSION), // api unauthorized
        (Call::Token, 50002) => misconfigured(ACCOUNT), // user limited: here the app itself
        (_, 50004 | 50007) => misconfigured(ACCOUNT), // token interface forbidden; account frozen
        (_, 89501 | 89503 | 89506 | 89507) => misconfigured(IP), // our address waits for the admin's approval, or was refused it
        // Us. What these complain about is either checked before it is sent or always the same.
        (_, 40002) => of(Fate::Defect), // invalid grant_type
        (_, 40066) => of(Fate::Defect), // invalid url
        (_, 41002 | 41004 | 41008) => of(Fate::Defect), // appid missing; appsecret missing; missing code
        (_, 43001 | 43002) => of(Fate::Defect), // require GET method; require POST method
        (_, 44002 | 47001) => of(Fate::Defect), // empty post data; data format error
        (_, 61003 | 61004 | 61006 | 61007) => of(Fate::Defect), // third-party platforms, which we do not speak for
        _ => of(Fate::Unavailable { retry_after: LATER }),
    }
}

/// What follows where there was no answer that could be read.
pub(crate) const NO_ANSWER: Verdict = of(Fate::Unavailable { retry_after: LATER });

/// Whether a call was refused for its access token: malformed, superseded or expired.
pub(crate) const fn is_stale_token(errcode: i64) -> bool {
    matches!(errcode, 40001 | 40014 | 42001)
}

const SOON: u32 = 1;
const LATER: u32 = 5;
const MINUTE: u32 = 60;
/// A daily quota ends with the day in Beijing; until then only the operator can help, and may do so at any time.
const HOUR: u32 = 3600;

const fn of(fate: Fate) -> Verdict {
    Verdict { fate, advice: None }
}

const fn misconfigured(advice: &'static str) -> Verdict {
    Verdict {
        fate: Fate::Misconfigured,
        advice: Some(advice),
    }
}

const SECRET: &str = "WeChat does not accept the AppSecret: it is wrong or was reset. Copy or reset it at \
    mp.weixin.qq.com, 开发 > 开发管理 > 开发设置 > 开发者ID (Development > Development Management > Development \
    Settings > Developer ID), and give it to Hufu.";
const APPID: &str = "WeChat does not know the AppID. Compare it, letter by letter, with the one at mp.weixin.qq.com, \
    开发 > 开发管理 > 开发设置 > 开发者ID (Development > Development Management > Development Settings > Developer ID).";
const FROZEN: &str = "The AppSecret is frozen. Unfreeze or reset it at mp.weixin.qq.com, 开发 > 开发管理 > 开发设置 > \
    开发者ID > AppSecret (Development > Development Management > Development Settings > Developer ID).";
const IP: &str = "WeChat does not accept calls from Hufu's address. Add that address at mp.weixin.qq.com, 开发 > 开发管理 > \
    开发设置 > IP白名单 (Development > Development Management > Development Settings > IP allowlist), or confirm it \
    there if it waits for an administrator.";
const PERMISSION: &str = "The app has no permission for this interface. See which it has at mp.weixin.qq.com, 开发 > \
    开发管理 > 接口设置 (Development > Development Management > Interface Settings).";
const ACCOUNT: &str = "WeChat has restricted the app's account. Read why in the notices at mp.weixin.qq.com, 通知中心 \
    (Notification Center).";
const QUOTA: &str = "The app has used up a daily quota of WeChat's; it starts anew at midnight in Beijing. See which, and \
    clear it, at mp.weixin.qq.com, 开发 > 开发管理 > 运维中心 (Development > Development Management > Operation \
    Center). Call wx.login less often: at most twice a page view.";

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that is known, and some around them.
    fn verdicts() -> impl Iterator<Item = Verdict> {
        (-100..100_000).flat_map(|code| [verdict(Call::Login, code), verdict(Call::Token, code)])
    }

    #[test]
    fn whoever_must_act_is_told_where() {
        let mut told = 0;
        for verdict in verdicts().filter(|verdict| verdict.fate == Fate::Misconfigured) {
            assert!(
                verdict
                    .advice
                    .is_some_and(|advice| advice.contains("mp.weixin.qq.com"))
            );
            told += 1;
        }
        assert!(told > 0);
    }

    #[test]
    fn no_token_is_refused_for_a_person_or_a_code() {
        for code in -100..100_000 {
            let fate = verdict(Call::Token, code).fate;
            assert!(
                !matches!(
                    fate,
                    Fate::Rejected(_) | Fate::Denied(_) | Fate::RateLimited { .. }
                ),
                "{code}"
            );
        }
    }

    #[test]
    fn nobody_is_told_to_come_back_at_once() {
        for verdict in verdicts() {
            if let Fate::Unavailable { retry_after } | Fate::RateLimited { retry_after } = verdict.fate {
                assert!(retry_after > 0);
            }
        }
    }
}
