//! Which login codes are not to be sent: those that WeChat has answered for, and those that are on their way.
//!
//! Only hashes are kept, for as long as WeChat would take the code. One node's memory is enough: WeChat refuses a used
//! code itself, this merely saves the call, and tells the second of two parallel requests apart from the first.

use hufu_core::{
    connector::{ConnectorError, Fate},
    identity::OpenId,
    reason::Reason,
    wechat_app::AppId,
};
use moka::{policy::EvictionPolicy, sync::Cache};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long WeChat takes a code after the mini-program got it: forgetting it later than that changes nothing.
const CODE_TTL: Duration = Duration::from_mins(5);

/// Enough for 218 logins a second; beyond that the oldest is forgotten, and WeChat is asked again.
const MOST_CODES: u64 = 65_536;

/// What a code is for. The same text may be a code of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind<'a> {
    /// Of `wx.login`.
    Login,
    /// Of the getPhoneNumber button, shown as this person's. Shown as another's it is refused, and stays good for its owner.
    Phone(&'a OpenId),
}

impl CodeKind<'_> {
    /// What the codes of a kind are told apart by.
    fn name(self) -> String {
        match self {
            Self::Login => "login".into(),
            Self::Phone(openid) => format!("phone {openid}"),
        }
    }

    /// What a second sending of a good code would bring.
    const fn used(self) -> Fate {
        match self {
            Self::Login => Fate::Rejected(Reason::WxCodeUsed),
            Self::Phone(_) => Fate::Rejected(Reason::WxPhoneCodeInvalid),
        }
    }
}

/// SHA-256 of kind, app and code.
type CodeHash = [u8; 32];

#[derive(Clone, Copy)]
enum Standing {
    InFlight,
    Answered(Fate),
}

/// The record.
pub(crate) struct UsedCodes(Cache<CodeHash, Standing>);

impl UsedCodes {
    pub(crate) fn new() -> Self {
        // Not the default policy, which may refuse to remember a newcomer.
        let policy = EvictionPolicy::lru();
        let cache = Cache::builder().max_capacity(MOST_CODES).time_to_live(CODE_TTL);
        Self(cache.eviction_policy(policy).build())
    }

    /// The right to send the code, or what a second sending would bring.
    pub(crate) fn claim(
        &self,
        kind: CodeKind<'_>,
        appid: &AppId,
        code: &SecretString,
    ) -> Result<Claim<'_>, Fate> {
        let hash = Sha256::new()
            .chain_update(kind.name())
            .chain_update([0])
            .chain_update(appid.as_str())
            .chain_update([0])
            .chain_update(code.expose_secret())
            .finalize()
            .into();
        // Not `or_insert`, which looks first and inserts then: of parallel claims, more than one may win.
        let entry = self.0.entry(hash).or_insert_with(|| Standing::InFlight);
        match entry.value() {
            _ if entry.is_fresh() => Ok(Claim {
                codes: &self.0,
                used: kind.used(),
                hash,
                answered: None,
            }),
            Standing::InFlight => Err(kind.used()),
            Standing::Answered(fate) => Err(*fate),
        }
    }
}

/// The right to send one code, once. Dropped unsettled, such as when the caller went away, it leaves no trace.
pub(crate) struct Claim<'a> {
    codes: &'a Cache<CodeHash, Standing>,
    used: Fate,
    hash: CodeHash,
    answered: Option<Fate>,
}

impl Claim<'_> {
    /// Remembers a definite answer. Where nothing was decided, the code may be sent again.
    pub(crate) fn settle<T>(mut self, outcome: &Result<T, ConnectorError>) {
        self.answered = match outcome.as_ref().map_err(|error| error.fate) {
            Ok(_) => Some(self.used),
            Err(fate @ (Fate::Rejected(_) | Fate::Denied(_))) => Some(fate),
            Err(Fate::Unavailable { .. } | Fate::RateLimited { .. } | Fate::Misconfigured | Fate::Defect) => {
                None
            }
        };
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        match self.answered {
            Some(fate) => self.codes.insert(self.hash, Standing::Answered(fate)),
            None => self.codes.invalidate(&self.hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USED: Fate = Fate::Rejected(Reason::WxCodeUsed);

    fn claim<'a>(codes: &'a UsedCodes, appid: &str, code: &str) -> Result<Claim<'a>, Fate> {
        codes.claim(
            CodeKind::Login,
            &AppId::parse(appid).unwrap(),
            &SecretString::from(code),
        )
    }

    fn failed(fate: Fate) -> Result<(), ConnectorError> {
        Err(ConnectorError {
            fate,
            upstream_code: None,
            rid: None,
            advice: None,
        })
    }

    #[test]
    fn a_code_in_flight_is_not_sent_again() {
        let codes = UsedCodes::new();
        let first = claim(&codes, "wxde30000000000001", "c").ok().unwrap();
        assert_eq!(claim(&codes, "wxde30000000000001", "c").err(), Some(USED));
        assert!(claim(&codes, "wxde30000000000001", "d").is_ok());
        assert!(claim(&codes, "wxde30000000000002", "c").is_ok());
        drop(first);
        assert!(claim(&codes, "wxde30000000000001", "c").is_ok());
    }

    #[test]
    fn a_definite_answer_is_remembered_and_an_indefinite_one_is_not() {
        let invalid = Fate::Rejected(Reason::WxCodeInvalid);
        let blocked = Fate::Denied(Reason::WxUserBlocked);
        for (outcome, then) in [
            (Ok(()), Some(USED)),
            (failed(USED), Some(USED)),
            (failed(invalid), Some(invalid)),
            (failed(blocked), Some(blocked)),
            (failed(Fate::Unavailable { retry_after: 1 }), None),
            (failed(Fate::RateLimited { retry_after: 1 }), None),
            (failed(Fate::Misconfigured), None),
            (failed(Fate::Defect), None),
        ] {
            let codes = UsedCodes::new();
            claim(&codes, "wxde30000000000001", "c")
                .ok()
                .unwrap()
                .settle(&outcome);
            assert_eq!(
                claim(&codes, "wxde30000000000001", "c").err(),
                then,
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_phone_code_is_no_login_code_even_with_the_same_text() {
        let codes = UsedCodes::new();
        let (appid, code) = (AppId::parse("wxde30000000000001").unwrap(), "c".into());
        let claim = |kind| codes.claim(kind, &appid, &code);
        claim(CodeKind::Login).ok().unwrap().settle(&Ok(()));
        let (one, other) = (OpenId::parse("o1").unwrap(), OpenId::parse("o2").unwrap());
        claim(CodeKind::Phone(&one)).ok().unwrap().settle(&Ok(()));
        assert_eq!(claim(CodeKind::Login).err(), Some(USED));
        let invalid = Some(Fate::Rejected(Reason::WxPhoneCodeInvalid));
        assert_eq!(claim(CodeKind::Phone(&one)).err(), invalid);
        assert!(
            claim(CodeKind::Phone(&other)).is_ok(),
            "what one person shows is not held against another"
        );
    }

    #[test]
    fn of_parallel_claims_one_wins() {
        let codes = UsedCodes::new();
        for code in 0..300 {
            let code = code.to_string();
            let claims: Vec<_> = std::thread::scope(|scope| {
                let claiming: [_; 4] =
                    std::array::from_fn(|_| scope.spawn(|| claim(&codes, "wxde30000000000001", &code)));
                claiming.map(|claiming| claiming.join().unwrap()).into()
            });
            assert_eq!(claims.iter().filter(|claim| claim.is_ok()).count(), 1);
        }
    }

    #[test]
    fn the_record_is_bounded() {
        assert_eq!(UsedCodes::new().0.policy().max_capacity(), Some(MOST_CODES));
        assert_eq!(UsedCodes::new().0.policy().time_to_live(), Some(CODE_TTL));
    }
}
