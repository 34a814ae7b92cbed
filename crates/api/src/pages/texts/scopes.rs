//! What an application may do, in words that people use.

use super::texts;
use hufu_core::locale::Locale;

texts!(
    /// A line for each scope.
    Scopes {
        openid: "识别您的身份" / "Know who you are";
        openid_more: "一个代表您账号的编号" / "A number that stands for your account";
        profile: "查看您的基本资料" / "See your profile";
        profile_more: "昵称、头像和语言" / "Nickname, picture and language";
        phone: "查看您的手机号" / "See your phone number";
        phone_more: "以及它是否经过验证" / "And whether it is verified";
        email: "查看您的邮箱" / "See your e-mail address";
        email_more: "以及它是否经过验证" / "And whether it is verified";
        address: "查看您的地址" / "See your address";
        address_more: "您填写的邮寄地址" / "The postal address that you entered";
        wechat: "查看您的微信标识" / "See your WeChat identifiers";
        wechat_more: "openid 和 unionid，不含微信昵称与好友" / "openid and unionid; neither your name nor your friends";
        account: "管理您的账号" / "Manage your account";
        account_more: "修改资料与登录方式，查看和结束登录" / "Change your profile and ways to sign in, see and end your sessions";
        offline_access: "在您离开后继续访问" / "Keep access while you are away";
        offline_access_more: "直到授权到期或您撤销授权" / "Until it ends or you take it back";
        other: "其他权限" / "Another permission";
    }
);

/// The line for a scope, and what is said below it.
pub(crate) fn scope(name: &str, locale: Locale) -> (&'static str, Option<&'static str>) {
    let t = Scopes::of(locale);
    match name {
        "openid" => (t.openid, Some(t.openid_more)),
        "profile" => (t.profile, Some(t.profile_more)),
        "phone" => (t.phone, Some(t.phone_more)),
        "email" => (t.email, Some(t.email_more)),
        "address" => (t.address, Some(t.address_more)),
        "wechat" => (t.wechat, Some(t.wechat_more)),
        "account" => (t.account, Some(t.account_more)),
        "offline_access" => (t.offline_access, Some(t.offline_access_more)),
        _ => (t.other, None),
    }
}
