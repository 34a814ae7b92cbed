//! How WeChat goes wrong on purpose.
//!
//! A fault says which requests it concerns ([`FaultMatch`]) and what becomes of them ([`FaultAction`]). `action` says for
//! each action whether WeChat still acts on the request; `effect` carries it out; `travel` is how the answer then
//! reaches the caller, or does not.

mod action;
mod effect;
mod preset;
mod travel;
mod watermark;

use serde::{Deserialize, Serialize};

pub use action::{Cut, FaultAction};
pub(crate) use effect::{alter, instead, skew};
pub use preset::Preset;
pub(crate) use travel::{Severed, Travel, send};

use crate::Refusal;
use crate::seed::Lots;

/// Each request is held against every fault.
const MOST_FAULTS: usize = 256;

/// Which requests to the data plane a fault concerns. What is absent concerns all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultMatch {
    /// An exact path, or everything below one: `/cgi-bin/*`.
    pub path: Option<String>,
    /// The app that calls: by its access token, or else by the appid that the request names.
    pub appid: Option<String>,
    /// Not before the n-th matching request, counted from 1 since the fault was set; once, unless `count` says more.
    pub nth: Option<u64>,
    /// Only with this probability, 0 to 1, drawn from the seed.
    pub prob: Option<f64>,
    /// At most this often.
    pub count: Option<u64>,
}

impl FaultMatch {
    fn concerns(&self, path: &str, appid: Option<&str>) -> bool {
        let is_path = self
            .path
            .as_deref()
            .is_none_or(|wanted| match wanted.strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => path == wanted,
            });
        is_path && self.appid.as_deref().is_none_or(|wanted| appid == Some(wanted))
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.prob.is_some_and(|prob| !(0.0..=1.0).contains(&prob)) {
            return Err(Refusal::InvalidFault("match.prob is a probability from 0 to 1"));
        }
        if self.nth == Some(0) {
            return Err(Refusal::InvalidFault("match.nth counts from 1"));
        }
        Ok(())
    }
}

/// Some requests, and what becomes of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which requests.
    pub matching: FaultMatch,
    /// What becomes of them.
    pub action: FaultAction,
}

impl Fault {
    /// For every request, always.
    pub fn new(action: FaultAction) -> Self {
        Self {
            matching: FaultMatch::default(),
            action,
        }
    }

    /// Only on this path. See [`FaultMatch::path`].
    #[must_use]
    pub fn on_path(mut self, path: &str) -> Self {
        self.matching.path = Some(path.into());
        self
    }

    /// Only for this app.
    #[must_use]
    pub fn for_app(mut self, app: impl AsRef<str>) -> Self {
        self.matching.appid = Some(app.as_ref().into());
        self
    }

    /// Not before the n-th matching request. See [`FaultMatch::nth`].
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.matching.nth = Some(nth);
        self
    }

    /// Only with this probability.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.matching.prob = Some(probability);
        self
    }

    /// At most this often.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.matching.count = Some(count);
        self
    }
}

impl From<FaultAction> for Fault {
    fn from(action: FaultAction) -> Self {
        Self::new(action)
    }
}

/// A fault in force, and how it fared.
#[derive(Clone, Debug, Serialize)]
pub struct FaultReport {
    /// Names it in the request log.
    pub id: u64,
    /// Which requests.
    #[serde(rename = "match")]
    pub matching: FaultMatch,
    /// What becomes of them.
    pub action: FaultAction,
    /// How many requests it concerned.
    pub seen: u64,
    /// How many of them it struck.
    pub struck: u64,
}

/// A fault that struck a request.
pub(crate) struct Strike {
    pub(crate) fault: u64,
    /// Tells this strike from all others.
    pub(crate) serial: u64,
    pub(crate) action: FaultAction,
}

/// All faults in force, the oldest first. The first that is due strikes; all that match count the request.
#[derive(Default)]
pub(crate) struct FaultBook {
    faults: Vec<FaultReport>,
    last_id: u64,
    /// Counts requests held against at least one fault.
    tried: u64,
}

impl FaultBook {
    pub(crate) fn add(&mut self, fault: Fault) -> Result<FaultReport, Refusal> {
        fault.matching.check()?;
        fault.action.check()?;
        if self.faults.len() >= MOST_FAULTS {
            return Err(Refusal::TooManyFaults(self.faults.len()));
        }
        self.last_id += 1;
        let report = FaultReport {
            id: self.last_id,
            matching: fault.matching,
            action: fault.action,
            seen: 0,
            struck: 0,
        };
        self.faults.push(report.clone());
        Ok(report)
    }

    pub(crate) fn strike(&mut self, path: &str, appid: Option<&str>, lots: &Lots) -> Option<Strike> {
        if self.faults.is_empty() {
            return None;
        }
        self.tried += 1;
        let mut strike = None;
        for fault in &mut self.faults {
            if fault.matching.concerns(path, appid) {
                fault.seen += 1;
                if strike.is_none() && fault.is_due(lots, self.tried) {
                    fault.struck += 1;
                    strike = Some(Strike {
                        fault: fault.id,
                        serial: self.tried,
                        action: fault.action.clone(),
                    });
                }
            }
        }
        strike
    }

    pub(crate) fn reports(&self) -> Vec<FaultReport> {
        self.faults.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }
}

impl FaultReport {
    fn is_due(&self, lots: &Lots, serial: u64) -> bool {
        let FaultMatch { nth, prob, count, .. } = self.matching;
        let most = count.unwrap_or(if nth.is_some() { 1 } else { u64::MAX });
        // The fault's id keeps two faults of one probability from striking the same requests.
        let draw = serial.wrapping_mul(1 << 20).wrapping_add(self.id);
        self.struck < most
            && nth.is_none_or(|nth| self.seen >= nth)
            && prob.is_none_or(|prob| lots.chance("fault", draw, prob))
    }
}
