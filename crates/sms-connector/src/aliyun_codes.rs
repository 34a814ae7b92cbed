//! What follows from each of Alibaba Cloud's error codes. A code that is not here is its trouble and not the person's.
//!
//! Source: Alibaba Cloud, 短信服务, API 错误码; its pages of common error codes for the signature.

use crate::failure::{CLOCK, UNKNOWN, Verdict, exhausted, misconfigured, of, rate_limited, unavailable};
use hufu_core::sms::SmsFate;

/// The table. Only of a flow control the message is read: it says which window is full.
#[rustfmt::skip]
pub(crate) fn verdict(code: &str, message: &str) -> Verdict {
    match code {
        // The number.
        "isv.BUSINESS_LIMIT_CONTROL" => rate_limited(window(message)),
        "isv.MOBILE_NUMBER_ILLEGAL" => of(SmsFate::InvalidPhone),
        "isv.BLACK_KEY_CONTROL_LIMIT" => of(SmsFate::CannotDeliver), // a blocked number, or a blocked word in a variable: ours are digits
        // The tenant's own ceiling.
        "isv.DAY_LIMIT_CONTROL" | "isv.MONTH_LIMIT_CONTROL" => exhausted(CEILING),
        // The account.
        "isv.SMS_SIGNATURE_ILLEGAL" | "isv.SIGN_NAME_ILLEGAL" | "isv.SIGN_STATE_ILLEGAL"
        | "isv.SMS_SIGNATURE_SCENE_ILLEGAL" => misconfigured(SIGNATURE),
        "isv.SMS_TEMPLATE_ILLEGAL" | "isv.TEMPLATE_MISSING_PARAMETERS" | "isv.TEMPLATE_PARAMS_ILLEGAL"
        | "isv.INVALID_PARAMETERS" | "isv.INVALID_JSON_PARAM" | "isv.PARAM_LENGTH_LIMIT"
        | "isv.PARAM_NOT_SUPPORT_URL" | "isv.DOMESTIC_NUMBER_NOT_SUPPORTED" => misconfigured(TEMPLATE),
        "isv.DENY_IP_RANGE" => misconfigured(IP),
        "isv.OUT_OF_SERVICE" | "isv.AMOUNT_NOT_ENOUGH" => misconfigured(BALANCE),
        "isv.PRODUCT_UN_SUBSCRIPT" | "isv.PRODUCT_UNSUBSCRIBE" | "isv.ACCOUNT_NOT_EXISTS"
        | "isv.ACCOUNT_ABNORMAL" => misconfigured(SUBSCRIPTION),
        "isp.RAM_PERMISSION_DENY" | "isv.RAM_CHECK_FAILED" | "NoPermission" => misconfigured(PERMISSION),
        "SignatureDoesNotMatch" | "IncompleteSignature" => misconfigured(KEY),
        // It; or us, with a nonce that came twice.
        "SignatureNonceUsed" | "isp.SYSTEM_ERROR" | "isp.GATEWAY_ERROR" | "ServiceUnavailable" | "InternalError" => unavailable(),
        _ if code.starts_with("InvalidAccessKeyId") => misconfigured(KEY),
        _ if code.starts_with("Forbidden") => misconfigured(PERMISSION),
        _ if code.starts_with("InvalidTimeStamp") => misconfigured(CLOCK),
        _ if code.starts_with("Throttling") => unavailable(),
        _ => UNKNOWN,
    }
}

/// Seconds. 触发分钟级流控Permits:1, 触发小时级流控Permits:5, 触发天级流控Permits:10
fn window(message: &str) -> u32 {
    if message.contains("天级") {
        86_400
    } else if message.contains("小时级") {
        3_600
    } else {
        60
    }
}

const SIGNATURE: &str = "Alibaba Cloud does not accept the SMS signature: compare it, and see whether its review and its \
    filing with the carriers are through, at dysms.console.aliyun.com, 国内消息 > 签名管理 (Domestic Messages > Signatures). \
    阿里云不接受该短信签名：请在 dysms.console.aliyun.com 的「国内消息 > 签名管理」核对签名内容、审核状态和实名报备状态。";
const TEMPLATE: &str = "Alibaba Cloud does not accept the SMS template or its variables: compare the template's code, the \
    names of its variables and what kind of numbers it is for at dysms.console.aliyun.com, 国内消息 > 模板管理 (Domestic \
    Messages > Message Templates). 阿里云不接受该短信模板或变量：请在 dysms.console.aliyun.com 的「国内消息 > 模板管理」核对模板 CODE、变量\
    名和适用的号码范围。";
const IP: &str = "Alibaba Cloud takes no messages from Hufu's address, such as from outside the mainland of China: see \
    dysms.console.aliyun.com, 系统设置 > 通用设置 (System Settings > General). 阿里云拒绝 Hufu 所在的 IP（例如中国内地以外的地址）：请查看 \
    dysms.console.aliyun.com 的「系统设置 > 通用设置」。";
const BALANCE: &str = "The account at Alibaba Cloud is out of money: top up, or buy a package, at dysms.console.aliyun.com, \
    套餐包管理 (Packages). 阿里云账户余额或套餐包不足：请在 dysms.console.aliyun.com 的「套餐包管理」充值或购买套餐包。";
const SUBSCRIPTION: &str = "The account at Alibaba Cloud has no SMS service, or not any more: see dysms.console.aliyun.com, \
    概览 (Overview). 该阿里云账号未开通短信服务或已停用：请查看 dysms.console.aliyun.com 的「概览」。";
const CEILING: &str = "The ceiling on messages that is set at Alibaba Cloud is reached; see whether somebody abuses the \
    sending of codes before raising it at dysms.console.aliyun.com, 系统设置 > 国内消息设置 (System Settings > Domestic \
    Messages). 已达到在阿里云设置的发送上限：请先排查是否被盗刷，再到 dysms.console.aliyun.com 的「系统设置 > 国内消息设置」调整。";
const PERMISSION: &str = "The AccessKey may not send: give its RAM user dysms:SendSms at ram.console.aliyun.com, 身份管理 > \
    用户 (Identities > Users). 该 AccessKey 没有发送权限：请在 ram.console.aliyun.com 的「身份管理 > 用户」授予 dysms:SendSms。";
const KEY: &str = "Alibaba Cloud does not accept the AccessKey: it is wrong, disabled or deleted. See \
    ram.console.aliyun.com, 身份管理 > 用户 > AccessKey (Identities > Users > AccessKey). 阿里云不接受该 AccessKey：可能填写有误、已禁用或已\
    删除，请查看 ram.console.aliyun.com 的「身份管理 > 用户 > AccessKey」。";
/// For what cannot be right without anybody being asked.
pub(crate) const SETTINGS: &str = "The settings for Alibaba Cloud cannot be used: give Hufu the AccessKey of \
    ram.console.aliyun.com, 身份管理 > 用户 (Identities > Users), and signature and template of dysms.console.aliyun.com, 国内消息 \
    (Domestic Messages). 阿里云短信配置无效：请重新填写 ram.console.aliyun.com「身份管理 > 用户」中的 AccessKey，以及 dysms.console.aliyun.com\
    「国内消息」中的签名与模板。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_a_flow_control_is_read_from_the_message() {
        for (message, seconds) in [
            ("触发分钟级流控Permits:1", 60),
            ("触发小时级流控Permits:5", 3_600),
            ("触发天级流控Permits:10", 86_400),
            ("", 60),
        ] {
            assert_eq!(
                verdict("isv.BUSINESS_LIMIT_CONTROL", message),
                rate_limited(seconds)
            );
        }
    }

    #[test]
    fn whoever_must_act_is_told_where_in_both_languages() {
        for advice in [
            SIGNATURE,
            TEMPLATE,
            IP,
            BALANCE,
            SUBSCRIPTION,
            CEILING,
            PERMISSION,
            KEY,
            SETTINGS,
        ] {
            assert!(advice.contains("console.aliyun.com"), "{advice}");
            assert!(
                advice.contains("阿里云") || advice.contains("AccessKey 没有"),
                "{advice}"
            );
            assert!(!advice.contains("  "), "{advice}");
        }
    }
}
