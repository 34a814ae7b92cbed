//! What the handle does with the SMS vendors.

use super::WxSim;
use crate::Refusal;
use crate::sms::{SmsAccount, SmsAccountSpec, SmsRecord, SmsVendor};

impl WxSim {
    /// Where a vendor answers, such as `http://127.0.0.1:40123/__sim/sms/aliyun`, without a slash at the end. A webhook's
    /// name follows after one.
    pub fn sms_url(&self, vendor: SmsVendor) -> String {
        format!("{}/__sim/sms/{}", self.url(), vendor.as_str())
    }

    /// Opens an account at a vendor, or replaces it: what it sent is forgotten.
    pub fn sms_account(&self, spec: SmsAccountSpec) -> Result<SmsAccount, Refusal> {
        self.server.sms().open(spec)
    }

    /// The messages to this number, in E.164, the oldest first.
    pub fn sms(&self, to: &str) -> Vec<SmsRecord> {
        self.server.sms().inbox().messages(Some(to), None)
    }

    /// The messages to all numbers, the oldest first.
    pub fn all_sms(&self) -> Vec<SmsRecord> {
        self.server.sms().inbox().messages(None, None)
    }

    /// Empties the inbox of all phones.
    pub fn clear_sms(&self) {
        self.server.sms().clear_inbox();
    }
}
