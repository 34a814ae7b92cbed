//! What the account page says.

use super::texts;

texts!(
    /// The account.
    Account {
        title: "我的账号" / "Your account";
        sign_out: "退出登录" / "Sign out";
        profile: "个人资料" / "Profile";
        profile_text: "您允许的应用可以看到这些内容。" / "Applications that you allow can see this.";
        nickname: "昵称" / "Nickname";
        picture: "头像链接" / "Link to a picture";
        picture_hint: "以 https:// 开头的图片地址，可以不填。" / "An address that begins with https://, or nothing.";
        locale: "语言" / "Language";
        locale_none: "不设置" / "Not set";
        save: "保存" / "Save";
        saved: "已保存。" / "Saved.";
        identities: "登录方式" / "Ways to sign in";
        identities_text: "您可以用其中任何一种登录。" / "You can sign in with any of these.";
        identity_account: "用户名和密码" / "Username and password";
        identity_phone: "手机号" / "Phone number";
        identity_wechat: "微信" / "WeChat";
        since: "添加于" / "Since";
        remove: "移除" / "Remove";
        remove_label: "移除：{what}" / "Remove {what}";
        removed: "登录方式已移除。" / "It was removed.";
        sessions: "登录记录" / "Where you are signed in";
        sessions_text: "如有不认识的设备，请结束它的登录并修改密码。" / "If you do not know one of them, end it and change your password.";
        this_one: "本设备" / "This device";
        last_used: "最近使用" / "Last used";
        unknown_browser: "未知设备" / "An unknown device";
        end: "结束" / "End";
        end_label: "结束：{what}" / "End {what}";
        ended: "登录已结束。" / "It was ended.";
        end_others: "退出其他所有设备" / "Sign out everywhere else";
        apps: "已授权的应用" / "Connected applications";
        apps_text: "撤销后，应用不能再使用您的账号。" / "An application that you disconnect can no longer use your account.";
        apps_none: "您还没有授权任何应用。" / "No application is connected.";
        revoke: "撤销授权" / "Disconnect";
        revoke_label: "撤销授权：{what}" / "Disconnect {what}";
        revoked: "授权已撤销。" / "It was disconnected.";
        data: "您的数据" / "Your data";
        data_text: "下载我们保存的关于您的全部数据（JSON 文件）。" / "Download everything that is kept about you, as a JSON file.";
        export: "下载数据" / "Download";
        close: "注销账号" / "Close the account";
        close_text: "账号和数据将被删除。" / "The account and its data are deleted.";
        close_start: "注销账号…" / "Close the account…";
    }
);

texts!(
    /// Closing the account.
    Close {
        title: "注销账号？" / "Close your account?";
        days: "您的所有登录会立即结束。{days} 天后，账号和数据将被永久删除；在此之前重新登录即可恢复。"
            / "You are signed out everywhere at once. After {days} days the account and its data are deleted for good; until then you get it back by signing in.";
        at_once: "账号和数据将立即被永久删除，无法恢复。" / "The account and its data are deleted at once, for good.";
        understood: "我了解注销的后果" / "I know what this means";
        submit: "注销账号" / "Close the account";
        keep: "不注销" / "Keep it";
    }
);
