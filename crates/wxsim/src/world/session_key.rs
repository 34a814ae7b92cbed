//! Session keys: one valid key a user and app. Any login may retire it, and not every login does.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::seed::Lots;

/// When a login mints a new session key for its user.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKeyRotation {
    /// At each login.
    Always,
    /// Only at the first login.
    Never,
    /// At a login with this probability, 0 to 1, drawn from the seed.
    Probability(f64),
    /// At the first login after the key has this age in seconds.
    After(i64),
}

impl Default for SessionKeyRotation {
    /// Three logins in ten: the reason why decryption "sometimes" fails for those who keep the first key.
    fn default() -> Self {
        Self::Probability(0.3)
    }
}

impl SessionKeyRotation {
    pub(crate) fn checked(self) -> Result<Self, Refusal> {
        let is_sound = match self {
            Self::Always | Self::Never => true,
            Self::Probability(probability) => (0.0..=1.0).contains(&probability),
            Self::After(seconds) => seconds >= 0,
        };
        if is_sound {
            Ok(self)
        } else {
            Err(Refusal::InvalidRotation)
        }
    }
}

/// The current key of one user in one app. The key's bytes follow from its generation.
pub(super) struct CurrentSessionKey {
    pub(super) generation: u32,
    issued_at: i64,
}

impl CurrentSessionKey {
    pub(super) fn first(now: i64) -> Self {
        Self {
            generation: 0,
            issued_at: now,
        }
    }

    pub(super) fn rotate(&mut self, now: i64) {
        self.generation = self.generation.wrapping_add(1);
        self.issued_at = now;
    }

    /// What a login does to a key that was there before.
    pub(super) fn rotate_if_due(&mut self, policy: SessionKeyRotation, serial: u64, now: i64, lots: &Lots) {
        let is_due = match policy {
            SessionKeyRotation::Always => true,
            SessionKeyRotation::Never => false,
            SessionKeyRotation::Probability(probability) => {
                lots.chance("session-key-rotation", serial, probability)
            }
            SessionKeyRotation::After(seconds) => now - self.issued_at >= seconds,
        };
        if is_due {
            self.rotate(now);
        }
    }
}
