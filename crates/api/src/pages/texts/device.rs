//! What is said where another device takes part: the device flow, and signing in by scan.

use super::texts;

texts!(
    /// Where the code of a device is entered.
    DeviceCode {
        title: "连接设备" / "Connect a device";
        text: "请输入设备屏幕上显示的代码。" / "Enter the code that the device shows.";
        label: "设备代码" / "Code";
        submit: "继续" / "Continue";
        unknown: "没有这个代码，或它已经失效。请核对设备屏幕上的代码。" / "There is no such code, or it is no longer valid. Please check what the device shows.";
        too_often: "输入错误的次数过多，请过一段时间再试。" / "There were too many wrong codes. Please try again later.";
    }
);

texts!(
    /// Where a device is let in, or not.
    DeviceConfirm {
        title: "让 {client} 登录您的账号？" / "Let {client} use your account?";
        text: "只有设备就在您身边、并显示此代码时，才可以允许。" / "Allow it only if the device is with you and shows this code.";
        code: "设备代码" / "Code";
        warning: "如果代码是别人发给您的，请拒绝。" / "If somebody sent you the code, do not allow it.";
        place: "设备所在的网络：" / "The network that the device is in:";
        wants: "{client} 想要：" / "{client} wants to:";
        allow: "允许" / "Allow";
        deny: "拒绝" / "Do not allow";
    }
);

texts!(
    /// What became of the device.
    DeviceDone {
        allowed: "设备已连接" / "The device is connected";
        allowed_text: "您可以关闭此页面，回到设备上继续。" / "You can close this page and go on at the device.";
        denied: "已拒绝" / "Not allowed";
        denied_text: "设备没有得到您的账号。您可以关闭此页面。" / "The device did not get your account. You can close this page.";
    }
);

texts!(
    /// Signing in by scanning with the mini-program.
    Scan {
        title: "微信扫码登录" / "Sign in with WeChat";
        waiting: "请用微信扫描下面的小程序码。" / "Scan this code with WeChat.";
        picture: "用微信扫描的小程序码" / "The code to scan with WeChat";
        scanned: "已扫描，请在手机上确认。" / "Scanned. Please confirm on your phone.";
        matches: "手机上应显示同样的数字" / "Your phone shows the same number";
        matches_text: "数字不同，请不要确认。" / "If it does not, do not confirm.";
        confirmed: "已确认，正在登录…" / "Confirmed. You are being signed in.";
        denied: "您在手机上取消了登录。" / "You declined on your phone.";
        expired: "小程序码已过期。" / "The code is no longer valid.";
        submit: "继续" / "Continue";
        again: "重新获取" / "Get another code";
        refresh: "我已确认" / "I have confirmed";
        other: "换一种登录方式" / "Sign in another way";
        seconds: "{seconds} 秒内有效" / "Valid for {seconds} seconds";
    }
);
