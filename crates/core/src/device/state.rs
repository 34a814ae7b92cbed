//! The states of a device, who may take it from which to which, and how often it may ask.

use super::{Device, INTERVAL, SLOWER};
use crate::{
    Instant,
    client::ClientId,
    grant::Authentication,
    id::{SessionId, UserId},
    time,
    token::SecretHash,
};

/// How far a device is. Time ends the first two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has decided yet.
    New,
    /// Somebody lets it in.
    Allowed(Allowed),
    /// Somebody does not.
    Denied {
        /// Who.
        user: UserId,
    },
    /// It has got its grant.
    Used {
        /// Of whom.
        user: UserId,
    },
}

/// Who let a device in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Who.
    pub user: UserId,
    /// In which session of a browser. What it is not any more when the device comes, the device does not get.
    pub session: SessionId,
    /// How and when they had proved who they are.
    pub authentication: Authentication,
}

impl DeviceState {
    /// Who decided.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::New => None,
            Self::Allowed(Allowed { user, .. }) | Self::Denied { user } | Self::Used { user } => Some(*user),
        }
    }
}

/// Why a device gets nothing (RFC 8628 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceRefused {
    /// Nobody has decided yet.
    Pending,
    /// The same, and it asks too often.
    TooFast,
    /// Somebody said no.
    Denied,
    /// Its time is over.
    Expired,
    /// Whoever let it in was not asked about that resource. The device code is as good as before.
    WrongResource,
    /// There is no such device, it is another client's, it has got its grant, or whoever let it in is not signed in any more.
    Dead,
}

/// How often a device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it is to wait, in seconds.
    pub interval: u32,
    /// When it last asked.
    pub polled_at: Option<Instant>,
}

impl Pace {
    /// That of a device that has not asked yet.
    pub const NEW: Self = Self {
        interval: INTERVAL,
        polled_at: None,
    };

    /// How many seconds early is not too fast: the network is quicker at one time than at another.
    const SLACK: u32 = 1;

    /// The pace after a question at `now`, and whether that came too early. Whoever does not wait is to wait longer, from then on.
    #[must_use]
    pub fn ask(self, now: Instant) -> (Self, bool) {
        let due = |last| time::after(last, self.interval.saturating_sub(Self::SLACK));
        let is_early = self.polled_at.is_some_and(|last| now < due(last));
        let more = if is_early { SLOWER } else { 0 };
        let next = Self {
            interval: self.interval.saturating_add(more),
            polled_at: Some(now),
        };
        (next, is_early)
    }
}

impl Device {
    /// Whether a person may decide at `now`.
    pub fn is_open(&self, now: Instant) -> bool {
        self.state == DeviceState::New && now < self.expires_at
    }

    /// Whether `client` may ask, with a device code of that hash.
    pub fn is_of(&self, client: &ClientId, hash: SecretHash) -> bool {
        self.hash == hash && self.client_id == *client
    }

    /// What the device gets at `now`.
    pub fn answer(&self, now: Instant) -> Result<&Allowed, DeviceRefused> {
        match &self.state {
            DeviceState::Used { .. } => Err(DeviceRefused::Dead),
            _ if now >= self.expires_at => Err(DeviceRefused::Expired),
            DeviceState::New => Err(DeviceRefused::Pending),
            DeviceState::Denied { .. } => Err(DeviceRefused::Denied),
            DeviceState::Allowed(allowed) => Ok(allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::DeviceId, scope::Scope};
    use uuid::Uuid;

    const USER: UserId = UserId::from_uuid(Uuid::from_u128(1));

    fn at(seconds: u32) -> Instant {
        time::after(Instant::from_timestamp(1_700_000_000, 0).unwrap(), seconds)
    }

    fn allowed() -> DeviceState {
        DeviceState::Allowed(Allowed {
            user: USER,
            session: SessionId::from_uuid(Uuid::from_u128(2)),
            authentication: Authentication {
                amr: vec![],
                auth_time: at(0),
            },
        })
    }

    fn device(state: DeviceState) -> Device {
        Device {
            id: DeviceId::from_uuid(Uuid::from_u128(1)),
            hash: SecretHash::of(b"device code"),
            user_code: SecretHash::of(b"user code"),
            client_id: ClientId::parse("tv").unwrap(),
            scope: Scope::default(),
            resources: vec![],
            ip: None,
            state,
            pace: Pace::NEW,
            created_at: at(0),
            expires_at: at(super::super::DEVICE_LIFETIME),
        }
    }

    #[test]
    fn rfc8628_3_5_a_device_hears_how_far_it_is() {
        use DeviceRefused::{Dead, Denied, Expired, Pending};
        let (denied, used) = (
            DeviceState::Denied { user: USER },
            DeviceState::Used { user: USER },
        );
        for (state, before, after) in [
            (DeviceState::New, Some(Pending), Expired),
            (denied, Some(Denied), Expired),
            (used, Some(Dead), Dead),
            (allowed(), None, Expired),
        ] {
            let device = device(state);
            assert_eq!(device.answer(at(599)).err(), before, "{device:?}");
            assert_eq!(device.answer(at(600)).err(), Some(after), "{device:?}");
        }
    }

    #[test]
    fn a_person_decides_once_and_in_time() {
        assert!(device(DeviceState::New).is_open(at(599)));
        assert!(!device(DeviceState::New).is_open(at(600)));
        for state in [
            allowed(),
            DeviceState::Denied { user: USER },
            DeviceState::Used { user: USER },
        ] {
            assert!(!device(state).is_open(at(1)));
        }
    }

    #[test]
    fn a_device_code_is_good_for_its_client_alone() {
        let (tv, radio) = (ClientId::parse("tv").unwrap(), ClientId::parse("radio").unwrap());
        let device = device(DeviceState::New);
        assert!(device.is_of(&tv, SecretHash::of(b"device code")));
        assert!(!device.is_of(&radio, SecretHash::of(b"device code")));
        assert!(!device.is_of(&tv, SecretHash::of(b"another")));
    }

    #[test]
    fn rfc8628_3_5_who_does_not_wait_is_to_wait_five_seconds_longer_each_time() {
        let (first, early) = Pace::NEW.ask(at(0));
        assert!(!early);
        let (second, early) = first.ask(at(5));
        assert!(!early);
        assert_eq!(second.interval, 5);
        let (third, early) = second.ask(at(8));
        assert!(early);
        assert_eq!(third.interval, 10);
        // Five seconds are too few now, and they are counted from the last question.
        let (fourth, early) = third.ask(at(13));
        assert!(early);
        assert_eq!(fourth.interval, 15);
        let (fifth, early) = fourth.ask(at(28));
        assert!(!early);
        assert_eq!(fifth.interval, 15);
    }
}
