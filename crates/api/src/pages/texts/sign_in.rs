//! What is said while a person signs in, up to consent.

use super::texts;

texts!(
    /// The sign-in page.
    Login {
        title: "登录" / "Sign in";
        onward: "登录后继续使用 {client}" / "to continue to {client}";
        own: "登录您的{tenant}账号" / "with your {tenant} account";
        again: "为了您的账号安全，请重新登录。" / "To keep your account safe, please sign in again.";
        ways: "登录方式" / "Ways to sign in";
        by_password: "密码" / "Password";
        by_phone: "手机号" / "Phone";
        by_scan: "微信扫码" / "WeChat";
        username: "用户名" / "Username";
        password: "密码" / "Password";
        submit: "登录" / "Sign in";
        phone: "手机号" / "Phone number";
        phone_hint: "中国大陆以外的号码，请加国际区号，例如 +852。" / "A number outside mainland China begins with its country code, such as +852.";
        send_code: "获取验证码" / "Send me a code";
        phone_note: "未注册的手机号，验证后将自动创建账号。" / "If the number is new here, an account is created when it is verified.";
        scan_text: "用微信扫描小程序码，然后在手机上确认登录。" / "Scan a code with WeChat, then confirm on your phone.";
        scan_start: "显示小程序码" / "Show the code";
        no_account: "还没有账号？" / "No account yet?";
        register: "注册" / "Create one";
        accept: "我已阅读并同意" / "I have read and accept the ";
        accept_missing: "请先阅读并同意相关协议。" / "Please read and accept the documents first.";
    }
);

texts!(
    /// The page for a code that was sent.
    Code {
        title: "输入验证码" / "Enter the code";
        text: "验证码已发送至 {phone}。" / "We sent a code to {phone}.";
        label: "6 位验证码" / "Six-digit code";
        submit: "继续" / "Continue";
        not_come: "没有收到？" / "Nothing came?";
        resend: "重新发送" / "Send another";
        change: "更换手机号" / "Use another number";
        sent_again: "新的验证码已发送，之前的验证码已失效。" / "Another code is on its way. The one before is no longer valid.";
    }
);

texts!(
    /// The page where a person becomes a user.
    Register {
        title: "创建账号" / "Create an account";
        username: "用户名" / "Username";
        username_hint: "3 至 64 个字符，可用中文、字母、数字、点、下划线和连字符。" / "3 to 64 letters, digits, dots, underscores or hyphens.";
        password: "密码" / "Password";
        password_hint: "至少 {length} 个字符，可以有空格。几个不相关的词连在一起，既好记又安全。" / "At least {length} characters; spaces are fine. A few unrelated words are easy to remember and hard to guess.";
        submit: "创建账号" / "Create account";
        accept: "我已阅读并同意" / "I have read and accept the ";
        have_account: "已有账号？" / "Have an account?";
        sign_in: "登录" / "Sign in";
    }
);

texts!(
    /// The page for a phone that the tenant requires.
    BindPhone {
        title: "绑定手机号" / "Add your phone number";
        text: "{tenant} 需要验证您的手机号。我们会发送一条短信验证码。" / "{tenant} needs a verified phone number. We will send you a code.";
        phone: "手机号" / "Phone number";
        submit: "获取验证码" / "Send me a code";
    }
);

texts!(
    /// The page that asks whether an application may.
    Consent {
        title: "允许 {client} 使用您的账号？" / "Allow {client} to use your account?";
        text: "它想要使用您的{tenant}账号：" / "It wants to use your {tenant} account to:";
        host: "授权后将前往 {host}" / "You will continue to {host}";
        for_days: "授权最长 {days} 天有效，您可以随时在账号页面撤销。" / "This lasts up to {days} days. You can take it back at any time on your account page.";
        for_session: "仅在您保持登录期间有效，您可以随时在账号页面撤销。" / "This lasts while you are signed in. You can take it back at any time on your account page.";
        allow: "允许" / "Allow";
        deny: "拒绝" / "Do not allow";
        documents: "{client} 的条款" / "Documents of {client}";
    }
);
