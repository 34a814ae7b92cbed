//! What a person reads where something did not work: one short sentence or two, in Chinese and English. What a developer reads
//! is the error's description.
//!
//! A text tells nothing that its reason does not, and has no numbers in it: how long to wait stands in `Retry-After`. To add
//! one, add the reason in core; this file does not compile until it has both texts.

use hufu_core::{locale::Locale, reason::Reason};

/// The text for a reason.
pub(crate) fn message(reason: Reason, locale: Locale) -> &'static str {
    let (chinese, english) = texts(reason);
    match locale {
        Locale::Chinese => chinese,
        Locale::English => english,
    }
}

#[expect(clippy::too_many_lines, reason = "a table, one row for each reason")]
const fn texts(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::WxCodeInvalid | Reason::WxCodeUsed => (
            "微信登录没有成功，请再试一次。",
            "Signing in with WeChat did not work. Please try again.",
        ),
        Reason::WxPhoneCodeInvalid => (
            "没有取得手机号，请再点一次按钮。",
            "Your phone number could not be read. Please tap the button again.",
        ),
        Reason::PhoneTaken => (
            "该手机号已绑定其他账号，您可以用它登录那个账号。",
            "This phone number belongs to another account. You can sign in to that account with it.",
        ),
        Reason::OpenDataInvalid => (
            "数据已失效，请重新授权。",
            "The data is no longer valid. Please allow access again.",
        ),
        Reason::SessionKeyMissing => ("请先用微信登录。", "Please sign in with WeChat first."),
        Reason::SessionKeysNotKept => (
            "此功能尚未开通，请联系客服。",
            "This is not available yet. Please contact support.",
        ),
        Reason::ReauthenticationRequired => (
            "为了您的账号安全，请重新登录后再操作。",
            "To keep your account safe, please sign in again first.",
        ),
        Reason::WxUserBlocked => (
            "微信暂时不允许您登录，请换一种登录方式。",
            "WeChat does not let you sign in at the moment. Please choose another way.",
        ),
        Reason::WxUnavailable => (
            "微信服务繁忙，请稍后再试。",
            "WeChat is busy. Please try again in a moment.",
        ),
        Reason::WxRateLimited => (
            "操作太频繁，请稍后再试。",
            "That was too often. Please try again in a moment.",
        ),
        Reason::WxAppMisconfigured => (
            "微信登录暂不可用，请联系客服。",
            "Signing in with WeChat is not available. Please contact support.",
        ),
        Reason::PasswordWrong => ("用户名或密码不正确。", "The username or the password is wrong."),
        Reason::PasswordThrottled => (
            "尝试次数过多，请稍后再试，或换一种登录方式。",
            "There were too many attempts. Please try again later, or sign in another way.",
        ),
        Reason::PasswordUnacceptable => (
            "这个密码太短、太长或太容易被猜到，请换一个。几个不相关的词连在一起就很好。",
            "This password is too short, too long or too easy to guess. Please choose another; a few unrelated words are good.",
        ),
        Reason::UsernameInvalid => (
            "用户名须为 3 至 64 个字符，由文字、数字、点、下划线和连字符组成，且至少含一个字母或汉字。",
            "A username has 3 to 64 letters, digits, dots, underscores and hyphens, and at least one letter.",
        ),
        Reason::UsernameTaken => (
            "该用户名已被使用，请换一个。",
            "Somebody has this username already. Please choose another.",
        ),
        Reason::AccountExists => ("您已经有用户名了。", "You have a username already."),
        Reason::PhoneInvalid => (
            "手机号不正确，请检查后重新输入。",
            "This is not a mobile phone number. Please check it.",
        ),
        Reason::PhoneCountryRefused => (
            "暂不支持该国家或地区的手机号。",
            "Phone numbers of this country or region are not supported.",
        ),
        Reason::PhoneUnreachable => (
            "该手机号收不到短信，请检查号码，或换一种方式。",
            "This number takes no messages. Please check it, or choose another way.",
        ),
        Reason::OtpWrong => (
            "验证码不正确，请重新输入。",
            "The code is wrong. Please enter it again.",
        ),
        Reason::OtpExpired => (
            "验证码已失效，请重新获取。",
            "The code is no longer valid. Please ask for another.",
        ),
        Reason::OtpBurnt => (
            "验证码错误次数过多，请重新获取。",
            "The code was entered wrongly too often. Please ask for another.",
        ),
        Reason::OtpResendTooSoon => (
            "验证码刚刚已发送，请稍等片刻再获取。",
            "A code was sent just now. Please wait a moment before you ask for another.",
        ),
        Reason::SmsLimited => (
            "获取验证码过于频繁，请稍后再试，或换一种方式。",
            "Too many codes were asked for. Please try again later, or choose another way.",
        ),
        Reason::SmsUnavailable => (
            "短信暂时无法发送，请稍后再试。",
            "The message could not be sent. Please try again in a moment.",
        ),
        Reason::SmsMisconfigured => (
            "短信验证暂不可用，请换一种方式，或联系客服。",
            "Codes by SMS are not available. Please choose another way, or contact support.",
        ),
        Reason::PhoneRequired => (
            "请验证手机号以继续。",
            "Please verify your phone number to go on.",
        ),
        Reason::WechatRequired => ("请用微信登录以继续。", "Please sign in with WeChat to go on."),
        Reason::AccountRequired => (
            "请设置用户名和密码以继续。",
            "Please choose a username and a password to go on.",
        ),
        Reason::SecondFactorRequired => (
            "为了您的账号安全，请再用另一种方式验证身份。",
            "To keep your account safe, please prove who you are in one more way.",
        ),
        Reason::ConsentRequired => (
            "请先阅读并同意用户协议和隐私政策。",
            "Please read and accept the terms and the privacy policy first.",
        ),
        Reason::WechatTaken => (
            "该微信已绑定其他账号，您可以合并两个账号。",
            "This WeChat account belongs to another account. You can merge the two.",
        ),
        Reason::WechatExists => (
            "您的账号已绑定另一个微信，请先解绑。",
            "Your account has another WeChat account. Please unlink that first.",
        ),
        Reason::AccountTaken => (
            "该用户名属于其他账号，您可以合并两个账号。",
            "This username belongs to another account. You can merge the two.",
        ),
        Reason::MergeConflict => (
            "两个账号绑定了同类的登录方式，请先解绑其中一个再合并。",
            "Both accounts have the same kind of sign-in. Please unlink one of them, then merge.",
        ),
        Reason::LastIdentity => (
            "这是您唯一的登录方式，不能解绑。",
            "This is your only way to sign in, so it cannot be removed.",
        ),
        Reason::IdentityRequired => (
            "此登录方式是必需的，不能解绑。",
            "This way to sign in is required, so it cannot be removed.",
        ),
        Reason::ScanExpired => (
            "小程序码已失效，请在电脑上刷新后重新扫描。",
            "This code is over. Please have the page show another one.",
        ),
        Reason::ScanTaken => (
            "该小程序码已被其他人扫描。",
            "Somebody else has scanned this code.",
        ),
        Reason::ScanDecided => (
            "该小程序码已经处理过了。",
            "This code has been dealt with already.",
        ),
        Reason::UserDisabled => (
            "该账号暂时无法登录，请联系客服。",
            "This account cannot sign in at the moment. Please contact support.",
        ),
        Reason::RegistrationClosed => (
            "暂不支持以这种方式注册。",
            "New accounts cannot be made this way.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chinese(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_reason_has_a_text_in_each_language() {
        for reason in Reason::ALL.iter().copied() {
            let chinese = message(reason, Locale::Chinese);
            let english = message(reason, Locale::English);
            assert!(
                chinese.chars().any(is_chinese) && chinese.ends_with('。'),
                "{chinese}"
            );
            assert!(english.is_ascii() && english.ends_with('.'), "{english}");
            // It stands in a toast of a mini-program.
            assert!(chinese.chars().count() <= 50, "{chinese}");
            assert!(english.len() <= 120, "{english}");
        }
    }

    #[test]
    fn no_text_repeats_a_name_that_only_programs_read() {
        for reason in Reason::ALL.iter().copied() {
            for locale in [Locale::Chinese, Locale::English] {
                let text = message(reason, locale);
                assert!(!text.contains('_') && !text.contains(reason.as_str()), "{text}");
            }
        }
    }
}
