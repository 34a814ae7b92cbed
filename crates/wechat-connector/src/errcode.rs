//! What follows from each of WeChat's error codes. A code that is not here is WeChat's trouble and not the person's:
//! nothing was decided.
//!
//! Source: WeChat's pages of the endpoints, its list of global return codes, and codes that its users met in the field.

use hufu_core::{connector::Fate, reason::Reason};

/// What WeChat was asked: one code may mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `jscode2session`
    Login,
    /// `stable_token`
    Token,
    /// `getuserphonenumber`
    Phone,
    /// `checksession`
    CheckSession,
    /// `resetusersessionkey`
    ResetSessionKey,
    /// `getuserencryptkey`
    EncryptKeys,
    /// `getwxacodeunlimit`
    MiniProgramCode,
}

impl Call {
    /// The endpoint's name, for logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "jscode2session",
            Self::Token => "stable_token",
            Self::Phone => "getuserphonenumber",
            Self::CheckSession => "checksession",
            Self::ResetSessionKey => "resetusersessionkey",
            Self::EncryptKeys => "getuserencryptkey",
            Self::MiniProgramCode => "getwxacodeunlimit",
        }
    }

    /// Where it is, below the API's base.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Login => "/sns/jscode2session",
            Self::Token => "/cgi-bin/stable_token",
            Self::Phone => "/wxa/business/getuserphonenumber",
            Self::CheckSession => "/wxa/checksession",
            Self::ResetSessionKey => "/wxa/resetusersessionkey",
            Self::EncryptKeys => "/wxa/business/getuserencryptkey",
            Self::MiniProgramCode => "/wxa/getwxacodeunlimit",
        }
    }

    /// Whether it takes no plain request of an app in API security mode.
    ///
    /// Source: the endpoints' pages, 支持加密请求.
    pub(crate) const fn takes_api_security(self) -> bool {
        matches!(self, Self::Phone | Self::EncryptKeys)
    }

    /// Whether a success is a picture and not JSON.
    pub(crate) const fn gives_picture(self) -> bool {
        matches!(self, Self::MiniProgramCode)
    }

    /// Whether it takes the app's access token, and not its secret.
    pub(crate) const fn takes_token(self) -> bool {
        !matches!(self, Self::Login | Self::Token)
    }
}

/// Errcode of a login-state signature that is not by the person's session key.
pub(crate) const NOT_THE_SESSION_KEY: i64 = 87009;

impl Call {
    const fn proves_a_session(self) -> bool {
        matches!(
            self,
            Self::CheckSession | Self::ResetSessionKey | Self::EncryptKeys
        )
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
        (Call::Phone, 40029) => of(Fate::Rejected(Reason::WxPhoneCodeInvalid)), // invalid code: expired, used, or no phone code
        (Call::Phone, 40003) => of(Fate::Rejected(Reason::WxPhoneCodeInvalid)), // invalid openid: another person's code
        (Call::Phone, 40013) => of(Fate::Rejected(Reason::WxPhoneCodeInvalid)), // invalid appid: another app's code; token and openid are one app's
        // The session.
        (_, NOT_THE_SESSION_KEY) if call.proves_a_session() => of(Fate::Rejected(Reason::SessionKeyMissing)), // invalid signature: a newer key is in force
        // The page that a code opens.
        (Call::MiniProgramCode, 41030) => misconfigured(PAGE), // invalid page: not published, or no page
        (Call::MiniProgramCode, 40097) => misconfigured(PAGE), // invalid args: of ours only page and version vary
        (Call::MiniProgramCode, 40169) => of(Fate::Defect), // invalid length for scene
        (Call::MiniProgramCode, 45009) => Verdict { fate: Fate::Unavailable { retry_after: MINUTE }, advice: Some(CODES) }, // 5,000 a minute
        // The person.
        (Call::Login, 40226) => of(Fate::Denied(Reason::WxUserBlocked)), // code blocked: a login of high risk
        (Call::Token, 50002) => misconfigured(ACCOUNT), // user limited: here the app itself
        (_, 50002) => of(Fate::Denied(Reason::WxUserBlocked)), // user limited: the person's account is frozen or gone
        (Call::Login, 45011) => of(Fate::RateLimited { retry_after: MINUTE }), // 100 a minute and person
        // WeChat.
        (_, BUSY) => of(Fate::Unavailable { retry_after: SOON }), // system error: busy
        (_, 45009) => Verdict { fate: Fate::Unavailable { retry_after: HOUR }, advice: Some(QUOTA) }, // daily quota
        (Call::Phone, 45011) => of(Fate::RateLimited { retry_after: MINUTE }), // a person's or the app's calls of a minute
        (_, 45011) => of(Fate::Unavailable { retry_after: MINUTE }), // the app's calls of a minute
        // The access token. Whoever made the call has it renewed and calls once more.
        _ if call.takes_token() && is_stale_token(errcode) => of(Fate::Unavailable { retry_after: LATER }),
        // The app.
        (_, 40001) => misconfigured(SECRET), // invalid credential: of calls that send a secret, the secret
        (_, 40013) => misconfigured(APPID), // invalid appid
        (_, 40125) => misconfigured(SECRET), // invalid appsecret
        (_, 40234) => misconfigured(API_SECURITY), // invalid signature of API security mode, or a plain call where it is on
        (_, 40164) => misconfigured(IP), // invalid ip, not in whitelist
        (_, 40243) => misconfigured(FROZEN), // AppSecret frozen
        (Call::Phone, 48001) => misconfigured(PHONE_PERMISSION), // api unauthorized: a personal subject
        (_, 48001) => misconfigured(PERMISSION), // api unauthorized
        (_, 50004 | 50007) => misconfigured(ACCOUNT), // token interface forbidden; account frozen
        (_, 89501 | 89503 | 89506 | 89507) => misconfigured(IP), // our address waits for the admin's approval, or was refused it
        // Us. What these complain about is either checked before it is sent or always the same.
        (_, 40002) => of(Fate::Defect), // invalid grant_type
        (_, 40066) => of(Fate::Defect), // invalid url
        (_, 40097) => of(Fate::Defect), // invalid args
        (_, 41002 | 41004 | 41008) => of(Fate::Defect), // appid missing; appsecret missing; missing code
        (_, 43001 | 43002) => of(Fate::Defect), // require GET method; require POST method
        (_, 44002 | 47001) => of(Fate::Defect), // empty post data; data format error
        (_, 61003 | 61004 | 61006 | 61007) => of(Fate::Defect), // third-party platforms, which we do not speak for
        _ => of(Fate::Unavailable { retry_after: LATER }),
    }
}

/// What follows where there was no answer that could be read.
pub(crate) const NO_ANSWER: Verdict = of(Fate::Unavailable { retry_after: LATER });

/// Whether a call that takes an access token was refused for it: wrong, malformed, expired or missing.
pub(crate) const fn is_stale_token(errcode: i64) -> bool {
    matches!(errcode, 40001 | 40014 | 42001 | 41001)
}

/// Errcode of a WeChat that is busy.
pub(crate) const BUSY: i64 = -1;

const SOON: u32 = 1;
const LATER: u32 = 5;
const MINUTE: u32 = 60;
/// A daily quota ends with the day in Beijing; until then only the operator can help, and may do so at any time.
const HOUR: u32 = 3600;

const fn of(fate: Fate) -> Verdict {
    Verdict { fate, advice: None }
}

/// The operator must act.
pub(crate) const fn misconfigured(advice: &'static str) -> Verdict {
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
const PHONE_PERMISSION: &str = "The app may not ask for phone numbers: WeChat allows that to verified apps that are not a \
    person's own. See its subject at mp.weixin.qq.com, 设置 > 基本设置 (Settings > Basic Settings), and its interfaces at \
    开发 > 开发管理 > 接口设置 (Development > Development Management > Interface Settings).";
const PAGE: &str = "WeChat knows no such page of the mini-program: compare the setting scan.page with the pages of the version \
    that scan.env_version names at mp.weixin.qq.com, 管理 > 版本管理 (Management > Version Management), and publish it; or, \
    while it is not published, set scan.check_path to false.";
const CODES: &str = "The app has used up what WeChat allows of codes in a minute. See its calls at mp.weixin.qq.com, 开发 > \
    开发管理 > 运维中心 (Development > Development Management > Operation Center).";
/// For keys that WeChat does not take, or that cannot be used at all.
pub(crate) const API_SECURITY: &str = "The keys of API security mode do not fit: give Hufu those that mp.weixin.qq.com \
    shows at 开发 > 开发管理 > 开发设置 > API安全 (Development > Development Management > Development Settings > API \
    Security), or turn that mode off at both.";
/// For an access token that is refused though it is new.
pub(crate) const TOKEN: &str = "WeChat refuses even a new access token of the app. Whoever else has its AppSecret may be \
    forcing new ones (stable_token with force_refresh): end that, or reset the AppSecret at mp.weixin.qq.com, 开发 > \
    开发管理 > 开发设置 > 开发者ID (Development > Development Management > Development Settings > Developer ID).";
const ACCOUNT: &str = "WeChat has restricted the app's account. Read why in the notices at mp.weixin.qq.com, 通知中心 \
    (Notification Center).";
const QUOTA: &str = "The app has used up a daily quota of WeChat's; it starts anew at midnight in Beijing. See which, and \
    clear it, at mp.weixin.qq.com, 开发 > 开发管理 > 运维中心 (Development > Development Management > Operation \
    Center). Call wx.login less often: at most twice a page view.";

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: [Call; 7] = [
        Call::Login,
        Call::Token,
        Call::Phone,
        Call::CheckSession,
        Call::ResetSessionKey,
        Call::EncryptKeys,
        Call::MiniProgramCode,
    ];

    /// Every code that is known, and some around them.
    fn verdicts() -> impl Iterator<Item = Verdict> {
        (-100..100_000).flat_map(|code| CALLS.map(|call| verdict(call, code)))
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
    fn a_stale_token_is_nobodys_fault_and_a_refused_secret_is_the_operators_to_mend() {
        for code in [40001, 40014, 41001, 42001] {
            assert!(is_stale_token(code));
            for call in CALLS.into_iter().filter(|call| call.takes_token()) {
                assert_eq!(
                    verdict(call, code),
                    of(Fate::Unavailable { retry_after: LATER }),
                    "{call:?} {code}"
                );
            }
        }
        for code in [40001, 40125] {
            assert_eq!(verdict(Call::Login, code), misconfigured(SECRET));
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
