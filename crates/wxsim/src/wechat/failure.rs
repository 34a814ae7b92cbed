//! WeChat's error codes, with the texts that it sends.

use std::borrow::Cow;
use std::net::IpAddr;

/// An error of WeChat's. The request id is appended when it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) errcode: i64,
    pub(crate) errmsg: Cow<'static, str>,
    /// Whether an older kind of request id is told before the newer.
    pub(crate) has_hint: bool,
}

impl Failure {
    pub(crate) const SYSTEM_BUSY: Self = Self::fixed(-1, "system error");
    pub(crate) const INVALID_CREDENTIAL: Self = Self::fixed(
        40001,
        "invalid credential, access_token is invalid or not latest, could get access_token by \
         getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    );
    pub(crate) const INVALID_GRANT_TYPE: Self = Self::fixed(40002, "invalid grant_type");
    pub(crate) const INVALID_OPENID: Self = Self::fixed(40003, "invalid openid");
    pub(crate) const INVALID_APPID: Self = Self::fixed(40013, "invalid appid");
    pub(crate) const INVALID_CODE: Self = Self::fixed(40029, "invalid code");
    pub(crate) const INVALID_URL: Self = Self::fixed(40066, "invalid url");
    pub(crate) const INVALID_ARGUMENT: Self = Self::fixed(40097, "invalid args");
    pub(crate) const INVALID_SECRET: Self =
        Self::fixed(40125, "invalid appsecret, view more at http://t.cn/RAEkdVq");
    pub(crate) const CODE_USED: Self = Self::fixed(40163, "code been used");
    pub(crate) const CODE_BLOCKED: Self = Self::fixed(40226, "code blocked");
    /// Of API security mode, where 87009 is of a login state.
    pub(crate) const INVALID_API_SIGNATURE: Self = Self::fixed(40234, "invalid signature");
    pub(crate) const INVALID_SCENE: Self =
        Self::fixed(40169, "invalid length for scene, or the data is not json string");
    pub(crate) const SECRET_FROZEN: Self = Self::fixed(40243, "AppSecret frozen");
    pub(crate) const ACCESS_TOKEN_MISSING: Self = Self::fixed(41001, "access_token missing");
    pub(crate) const APPID_MISSING: Self = Self::fixed(41002, "appid missing");
    pub(crate) const SECRET_MISSING: Self = Self::fixed(41004, "appsecret missing");
    pub(crate) const CODE_MISSING: Self = Self::fixed(41008, "missing code");
    pub(crate) const INVALID_PAGE: Self = Self::fixed(41030, "invalid page");
    pub(crate) const ACCESS_TOKEN_EXPIRED: Self = Self::fixed(42001, "access_token expired");
    pub(crate) const GET_REQUIRED: Self = Self::fixed(43001, "require GET method");
    pub(crate) const POST_REQUIRED: Self = Self::fixed(43002, "require POST method");
    pub(crate) const DAILY_QUOTA: Self = Self::fixed(45009, "reach max api daily quota limit");
    pub(crate) const TOKEN_DAILY_QUOTA: Self = Self::fixed(
        45009,
        "reach max api daily quota limit, could get access_token by getStableAccessToken, \
         more details at https://mmbizurl.cn/s/JtxxFh33r",
    );
    pub(crate) const MINUTE_QUOTA: Self =
        Self::fixed(45011, "api minute-quota reach limit mustslower retry next minute");
    pub(crate) const DATA_FORMAT: Self = Self::fixed(47001, "data format error");
    pub(crate) const API_UNAUTHORIZED: Self = Self::fixed(48001, "api unauthorized");
    pub(crate) const USER_LIMITED: Self = Self::fixed(50002, "user limited");
    pub(crate) const INVALID_LOGIN_SIGNATURE: Self = Self::fixed(87009, "invalid signature");

    /// 40164, which names the caller's address.
    pub(crate) fn ip_not_allowed(peer: IpAddr) -> Self {
        let v6 = match peer {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        Self {
            errcode: 40164,
            errmsg: format!("invalid ip {peer} ipv6 {v6}, not in whitelist").into(),
            has_hint: false,
        }
    }

    /// The same with a hint before the request id.
    pub(crate) fn with_hint(self) -> Self {
        Self {
            has_hint: true,
            ..self
        }
    }

    const fn fixed(errcode: i64, errmsg: &'static str) -> Self {
        Self {
            errcode,
            errmsg: Cow::Borrowed(errmsg),
            has_hint: false,
        }
    }
}
