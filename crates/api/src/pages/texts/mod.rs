//! What the pages say, in Chinese and English: one struct a page, each text in both languages. A text that lacks one does not
//! compile, and a template that asks for a text that is not here does not render, which a test tries for all.
//!
//! `{name}` in a text is filled in by the template. What a refusal says is in `crate::texts`.

mod account;
mod device;
mod scopes;
mod sign_in;

pub(crate) use account::{Account, Close};
pub(crate) use device::{DeviceCode, DeviceConfirm, DeviceDone, Scan};
pub(crate) use scopes::scope;
pub(crate) use sign_in::{BindPhone, Code, Consent, Login, Register};

use hufu_core::locale::Locale;

/// Defines a page's texts: `key: "Chinese" / "English";`.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($key:ident: $chinese:literal / $english:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize)]
        #[allow(clippy::struct_field_names, reason = "they are named for templates")]
        pub(crate) struct $name { $(pub(crate) $key: &'static str,)* }

        impl $name {
            /// The texts in a language.
            pub(crate) fn of(locale: hufu_core::locale::Locale) -> &'static Self {
                static CHINESE: $name = $name { $($key: $chinese,)* };
                static ENGLISH: $name = $name { $($key: $english,)* };
                match locale {
                    hufu_core::locale::Locale::Chinese => &CHINESE,
                    hufu_core::locale::Locale::English => &ENGLISH,
                }
            }
        }
    };
}
use texts;

texts!(
    /// What stands around every page.
    Common {
        skip: "跳到主要内容" / "Skip to the content";
        language: "语言" / "Language";
        documents: "协议与政策" / "Terms and policies";
        tos: "用户协议" / "Terms of service";
        policy: "隐私政策" / "Privacy policy";
        error_prefix: "出错了：" / "Error: ";
        and: "和" / " and the ";
        switch_account: "不是您？切换账号" / "Not you? Switch account";
        signed_in_as: "当前登录账号" / "Signed in as";
        invalid: "这里的内容不符合要求，请检查。" / "This is not right yet. Please check it.";
        somebody: "微信用户" / "WeChat user";
        show_password: "显示" / "Show";
        show_password_label: "显示密码" / "Show the password";
    }
);

texts!(
    /// The page for what did not work.
    Error {
        bad_request: "这个链接无法打开" / "This link does not work";
        bad_request_text: "应用发来的请求有误。请返回应用重试；如仍不行，请将下面的信息告诉应用的开发者。"
            / "The application sent a request that is not right. Please go back to it and try again. If that does not help, tell its developer what stands below.";
        expired: "页面已过期" / "This page is no longer valid";
        expired_text: "您可能停留太久，或在别处打开了新的页面。请返回应用，重新开始。"
            / "You may have waited too long, or opened a newer one elsewhere. Please go back to the application and start again.";
        not_found: "没有这个页面" / "There is no such page";
        not_found_text: "链接可能有误，或已经失效。" / "The link may be wrong, or no longer valid.";
        too_large: "提交的内容太多" / "That was too much";
        too_large_text: "请返回上一页，减少内容后再提交。" / "Please go back and send less.";
        busy: "服务繁忙" / "We are busy";
        busy_text: "请稍等片刻，再试一次。" / "Please wait a moment and try again.";
        internal: "出了点问题" / "Something went wrong";
        internal_text: "这是我们的问题，不是您的。请稍后再试；如仍不行，请将下面的编号告诉客服。"
            / "This is our fault, not yours. Please try again later. If that does not help, tell support the number below.";
        forbidden: "无法继续" / "This cannot go on";
        forbidden_text: "表单不是从本站的页面提交的，或者页面已经失效。请返回并重新打开页面。"
            / "The form did not come from a page of this site, or the page is too old. Please go back and open it anew.";
        said: "给开发者的信息" / "For the developer";
        request_id: "请求编号" / "Request number";
        home: "返回" / "Go back";
    }
);

texts!(
    /// The page that posts an answer to a client.
    FormPost {
        title: "正在返回应用" / "Going back to the application";
        text: "即将返回 {host}。如果没有自动跳转，请点按钮。" / "You are going back to {host}. If nothing happens, press the button.";
        submit: "继续" / "Continue";
    }
);

texts!(
    /// Logging out, and having logged out.
    Logout {
        title: "退出登录？" / "Sign out?";
        text: "您将退出 {tenant}，以及用它登录的所有应用。" / "You will be signed out of {tenant} and of every application that you opened with it.";
        client: "{client} 请您退出登录。" / "{client} asks you to sign out.";
        submit: "退出登录" / "Sign out";
        stay: "保持登录" / "Stay signed in";
    }
);

texts!(
    /// Having logged out.
    SignedOut {
        title: "您已退出登录" / "You are signed out";
        text: "在公用设备上，请同时关闭浏览器。" / "On a shared device, close the browser as well.";
        sign_in: "重新登录" / "Sign in again";
    }
);

/// The text in the language.
pub(super) const fn pick(locale: Locale, chinese: &'static str, english: &'static str) -> &'static str {
    match locale {
        Locale::Chinese => chinese,
        Locale::English => english,
    }
}
