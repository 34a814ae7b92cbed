//! The states of a scan, and who may take it from which to which.

use super::Scan;
use crate::{
    Instant,
    id::{IdentityId, UserId},
    token::SecretHash,
};

/// How far a scan is. Time ends each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanState {
    /// Nobody has read the code yet.
    New,
    /// Somebody has, and is asked. Nobody else may decide.
    Scanned {
        /// Who.
        user: UserId,
    },
    /// They let the browser in.
    Confirmed {
        /// Who.
        user: UserId,
        /// The identity in the scan's mini-program, with which the browser signs in.
        identity: IdentityId,
    },
    /// They did not.
    Denied {
        /// Who.
        user: UserId,
    },
    /// The browser is in.
    Used {
        /// Who it is.
        user: UserId,
    },
}

impl ScanState {
    /// Who read the code.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::New => None,
            Self::Scanned { user }
            | Self::Confirmed { user, .. }
            | Self::Denied { user }
            | Self::Used { user } => Some(user),
        }
    }
}

/// What somebody wants of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A user has read the code.
    Read(UserId),
    /// The user lets the browser in, by that identity.
    Confirm(UserId, IdentityId),
    /// The user does not.
    Deny(UserId),
    /// The browser with that secret's hash goes on.
    Finish(SecretHash),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanRefused {
    /// There is no such scan, it is over, it is another browser's, or nobody has read the code: whoever asks learns no more.
    Unknown,
    /// Another user read the code first.
    Taken,
    /// It was decided.
    Decided,
}

impl Scan {
    /// The state after a step, or why it is not taken.
    pub fn step(&self, step: Step, now: Instant) -> Result<ScanState, ScanRefused> {
        use ScanState::{Confirmed, Denied, New, Scanned, Used};
        if now >= self.expires_at {
            return Err(ScanRefused::Unknown);
        }
        if let Step::Finish(browser) = step {
            return match self.state {
                _ if browser != self.browser => Err(ScanRefused::Unknown),
                Confirmed { user, .. } => Ok(Used { user }),
                Used { .. } | Denied { .. } => Err(ScanRefused::Decided),
                New | Scanned { .. } => Err(ScanRefused::Unknown),
            };
        }
        let (Step::Read(user) | Step::Confirm(user, _) | Step::Deny(user)) = step else {
            return Err(ScanRefused::Unknown);
        };
        match (self.state, step) {
            (state, _) if state.user().is_some_and(|first| first != user) => Err(ScanRefused::Taken),
            // Whoever reads it again is asked again: the answer may have been lost.
            (New | Scanned { .. }, Step::Read(_)) => Ok(Scanned { user }),
            (Scanned { .. }, Step::Confirm(_, identity)) => Ok(Confirmed { user, identity }),
            (Scanned { .. }, Step::Deny(_)) => Ok(Denied { user }),
            // Nobody decides about what they were not shown.
            (New, _) => Err(ScanRefused::Unknown),
            (Confirmed { .. } | Denied { .. } | Used { .. }, _) | (Scanned { .. }, Step::Finish(_)) => {
                Err(ScanRefused::Decided)
            }
        }
    }

    /// Whether the browser with that secret's hash may see it at `now`.
    pub fn is_open_to(&self, browser: SecretHash, now: Instant) -> bool {
        self.browser == browser && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{RequestId, ScanId},
        time,
        wechat_app::AppId,
    };
    use uuid::Uuid;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    const IDENTITY: IdentityId = IdentityId::from_uuid(Uuid::from_u128(9));

    fn now() -> Instant {
        Instant::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn scan(state: ScanState) -> Scan {
        Scan {
            id: ScanId::from_uuid(Uuid::from_u128(1)),
            hash: SecretHash::of(b"scene"),
            request: RequestId::from_uuid(Uuid::from_u128(2)),
            browser: SecretHash::of(b"browser"),
            appid: AppId::parse("wxde30000000000001").unwrap(),
            match_code: 47,
            ip: None,
            user_agent: None,
            state,
            created_at: now(),
            expires_at: time::after(now(), super::super::SCAN_LIFETIME),
        }
    }

    #[test]
    fn one_person_reads_and_decides_and_one_browser_goes_on() {
        let anne = user(1);
        let mut scan = scan(ScanState::New);
        for (step, state) in [
            (Step::Read(anne), ScanState::Scanned { user: anne }),
            (Step::Read(anne), ScanState::Scanned { user: anne }),
            (
                Step::Confirm(anne, IDENTITY),
                ScanState::Confirmed {
                    user: anne,
                    identity: IDENTITY,
                },
            ),
            (
                Step::Finish(SecretHash::of(b"browser")),
                ScanState::Used { user: anne },
            ),
        ] {
            scan.state = scan.step(step, now()).unwrap();
            assert_eq!(scan.state, state);
        }
    }

    #[test]
    fn every_other_step_is_refused() {
        use ScanRefused::{Decided, Taken, Unknown};
        let (anne, bert) = (user(1), user(2));
        let confirmed = ScanState::Confirmed {
            user: anne,
            identity: IDENTITY,
        };
        let (browser, other) = (SecretHash::of(b"browser"), SecretHash::of(b"other"));
        let scanned = ScanState::Scanned { user: anne };
        let (denied, used) = (ScanState::Denied { user: anne }, ScanState::Used { user: anne });
        for (state, step, refused) in [
            (ScanState::New, Step::Confirm(anne, IDENTITY), Unknown),
            (ScanState::New, Step::Deny(anne), Unknown),
            (ScanState::New, Step::Finish(browser), Unknown),
            (scanned, Step::Read(bert), Taken),
            (scanned, Step::Confirm(bert, IDENTITY), Taken),
            (scanned, Step::Deny(bert), Taken),
            (scanned, Step::Finish(browser), Unknown),
            (confirmed, Step::Read(bert), Taken),
            (confirmed, Step::Confirm(anne, IDENTITY), Decided),
            (confirmed, Step::Deny(anne), Decided),
            (confirmed, Step::Finish(other), Unknown),
            (denied, Step::Confirm(anne, IDENTITY), Decided),
            (denied, Step::Finish(browser), Decided),
            (used, Step::Finish(browser), Decided),
            (used, Step::Finish(other), Unknown),
            (used, Step::Read(anne), Decided),
        ] {
            assert_eq!(scan(state).step(step, now()), Err(refused), "{state:?} {step:?}");
        }
    }

    #[test]
    fn nothing_moves_after_120_seconds() {
        let anne = user(1);
        let confirmed = ScanState::Confirmed {
            user: anne,
            identity: IDENTITY,
        };
        let last = time::after(now(), 119);
        let over = time::after(now(), 120);
        let browser = SecretHash::of(b"browser");
        for (state, step) in [
            (ScanState::New, Step::Read(anne)),
            (ScanState::Scanned { user: anne }, Step::Confirm(anne, IDENTITY)),
            (confirmed, Step::Finish(browser)),
        ] {
            assert!(scan(state).step(step, last).is_ok());
            assert_eq!(scan(state).step(step, over), Err(ScanRefused::Unknown));
            assert!(!scan(state).is_open_to(browser, over));
        }
    }
}
