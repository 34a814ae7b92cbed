//! What follows from each of Tencent Cloud's error codes, of a request or of a number. A code that is not here is its
//! trouble and not the person's.
//!
//! Source: Tencent Cloud, 短信, API 错误码; its page of common error codes.

use crate::failure::{CLOCK, UNKNOWN, Verdict, exhausted, misconfigured, of, rate_limited, unavailable};
use hufu_core::sms::SmsFate;

/// The table.
#[rustfmt::skip]
pub(crate) fn verdict(code: &str) -> Verdict {
    match code {
        // The number.
        "LimitExceeded.PhoneNumberThirtySecondLimit" => rate_limited(30),
        "LimitExceeded.DeliveryFrequencyLimit" => rate_limited(60),
        "LimitExceeded.PhoneNumberOneHourLimit" => rate_limited(3_600),
        "LimitExceeded.PhoneNumberDailyLimit" | "LimitExceeded.PhoneNumberSameContentDailyLimit" => rate_limited(86_400),
        "InvalidParameterValue.IncorrectPhoneNumber" => of(SmsFate::InvalidPhone),
        "FailedOperation.PhoneNumberInBlacklist" => of(SmsFate::CannotDeliver),
        // The tenant's own ceiling.
        "LimitExceeded.DailyLimit" | "LimitExceeded.AppDailyLimit" | "LimitExceeded.AppMainlandChinaDailyLimit"
        | "LimitExceeded.AppGlobalDailyLimit" | "LimitExceeded.AppCountryOrRegionDailyLimit" => exhausted(CEILING),
        // The account.
        "FailedOperation.SignatureIncorrectOrUnapproved" | "FailedOperation.MissingSignature"
        | "InvalidParameterValue.SignNameLengthTooLong" => misconfigured(SIGNATURE),
        "FailedOperation.TemplateIncorrectOrUnapproved" | "FailedOperation.TemplateIdNotExist"
        | "FailedOperation.TemplateParamSetNotMatchApprovedTemplate" | "FailedOperation.TemplateUnapprovedOrNotExist"
        | "FailedOperation.MissingTemplateToModify" | "FailedOperation.ContainSensitiveWord"
        | "InvalidParameterValue.TemplateParameterFormatError" | "InvalidParameterValue.TemplateParameterLengthLimit"
        | "InvalidParameterValue.MissingTemplateList"
        | "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"
        | "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone" => misconfigured(TEMPLATE),
        "FailedOperation.InsufficientBalanceInSmsPackage"
        | "UnauthorizedOperation.ServiceSuspendDueToArrears" => misconfigured(BALANCE),
        "InvalidParameterValue.SdkAppIdNotExist" | "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
        | "UnauthorizedOperation.SdkAppIdIsDisabled" => misconfigured(APPLICATION),
        "UnsupportedRegion" => misconfigured(REGION),
        "AuthFailure.SignatureExpire" => misconfigured(CLOCK),
        // It.
        "RequestLimitExceeded" | "InternalError" | "ResourceUnavailable" => unavailable(),
        _ if code.contains("IpNotInWhitelist") => misconfigured(IP),
        _ if code.starts_with("UnauthorizedOperation") || code == "AuthFailure.UnauthorizedOperation" => misconfigured(PERMISSION),
        _ if code.starts_with("AuthFailure") => misconfigured(KEY),
        _ if code.starts_with("InternalError.") || code.starts_with("RequestLimitExceeded.") => unavailable(),
        _ => UNKNOWN,
    }
}

const SIGNATURE: &str = "Tencent Cloud does not accept the SMS signature: compare it, and see whether its review and its \
    filing with the carriers are through, at console.cloud.tencent.com/smsv2, 国内短信 > 签名管理 (Chinese Mainland SMS > \
    Signatures). 腾讯云不接受该短信签名：请在 console.cloud.tencent.com/smsv2 的「国内短信 > 签名管理」核对签名内容、审核状态和实名报备状态。";
const TEMPLATE: &str = "Tencent Cloud does not accept the SMS template or its variables: compare the template's number, \
    how many variables it has and what kind of numbers it is for at console.cloud.tencent.com/smsv2, 国内短信 > 正文模板管理 (Chinese \
    Mainland SMS > Body Templates). 腾讯云不接受该短信模板或变量：请在 console.cloud.tencent.com/smsv2 的「国内短信 > 正文模板管理」核对模板 ID、变量\
    个数和适用的号码范围。";
const BALANCE: &str = "The account at Tencent Cloud is out of money: buy a package at console.cloud.tencent.com/smsv2, 套餐包管理 \
    (Packages). 腾讯云短信套餐包余量不足或已欠费：请在 console.cloud.tencent.com/smsv2 的「套餐包管理」购买。";
const APPLICATION: &str = "The SmsSdkAppId is not this account's, or is disabled: see console.cloud.tencent.com/smsv2, 应用管理 > \
    应用列表 (Application Management > Applications). 该 SmsSdkAppId 不属于此腾讯云账号或已停用：请查看 console.cloud.tencent.com/smsv2 的「应用管理 > \
    应用列表」。";
const REGION: &str = "Tencent Cloud sends no SMS from this region: ap-guangzhou is one from which it does; see \
    console.cloud.tencent.com/api, 短信 > 地域列表 (SMS > Regions). 腾讯云短信不支持该地域，可使用 ap-guangzhou：请查看 console.cloud.tencent.com/api \
    的「短信 > 地域列表」。";
const CEILING: &str = "The ceiling on messages that is set at Tencent Cloud is reached; see whether somebody abuses the \
    sending of codes before raising it at console.cloud.tencent.com/smsv2, 应用管理 > 应用列表 > 发送限制 (Application Management > \
    Applications > Sending Limits). 已达到在腾讯云设置的发送上限：请先排查是否被盗刷，再到 console.cloud.tencent.com/smsv2 的「应用管理 > 应用列表 > 发送限制」\
    调整。";
const IP: &str = "Tencent Cloud takes no messages from Hufu's address: add it at console.cloud.tencent.com/smsv2, 应用管理 > 应用列表 > \
    IP白名单 (Application Management > Applications > IP Allowlist). 腾讯云拒绝 Hufu 所在的 IP：请在 console.cloud.tencent.com/smsv2 的「应用管理 > 应用列表 > \
    IP白名单」添加。";
const PERMISSION: &str = "The key may not send: give its sub-user sms:SendSms at console.cloud.tencent.com/cam, 用户 > 用户列表 (Users > \
    User List). 该密钥没有腾讯云短信的发送权限：请在 console.cloud.tencent.com/cam 的「用户 > 用户列表」授予 sms:SendSms。";
const KEY: &str = "Tencent Cloud does not accept the SecretId or SecretKey: it is wrong, disabled or deleted. See \
    console.cloud.tencent.com/cam, 访问密钥 > API密钥管理 (Access Keys > API Keys). 腾讯云不接受该 SecretId 或 SecretKey：可能填写有误、已禁用或已删除，请查看 \
    console.cloud.tencent.com/cam 的「访问密钥 > API密钥管理」。";
/// For what cannot be right without anybody being asked.
pub(crate) const SETTINGS: &str = "The settings for Tencent Cloud cannot be used: give Hufu the key of \
    console.cloud.tencent.com/cam, 访问密钥 > API密钥管理 (Access Keys > API Keys), and application, signature and template of \
    console.cloud.tencent.com/smsv2. 腾讯云短信配置无效：请重新填写 console.cloud.tencent.com/cam「访问密钥 > API密钥管理」中的密钥，以及 \
    console.cloud.tencent.com/smsv2 中的应用、签名与模板。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_must_act_is_told_where_in_both_languages() {
        for advice in [
            SIGNATURE,
            TEMPLATE,
            BALANCE,
            APPLICATION,
            REGION,
            CEILING,
            IP,
            PERMISSION,
            KEY,
            SETTINGS,
        ] {
            assert!(advice.contains("console.cloud.tencent.com/"), "{advice}");
            assert!(advice.contains("腾讯云"), "{advice}");
            assert!(!advice.contains("  "), "{advice}");
        }
    }
}
