//! People with a WeChat account.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::phone::Phone;
use crate::Refusal;
use crate::seed::Lots;

/// Nobody has more.
const MOST_PHONES: usize = 16;
/// From this rank on WeChat intercepts the login (errcode 40226).
const RISK_RANK_INTERCEPTED: u8 = 4;

/// A person, as told to the simulator. Only the name is needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSpec {
    /// The name under which tests know the person; 1 to 128 characters.
    pub id: String,
    /// WeChat's risk rank, 0 to 4; rank 4 cannot log in.
    #[serde(default)]
    pub risk_rank: u8,
    /// WeChat intercepts this person's logins (errcode 40226), whatever the rank.
    #[serde(default)]
    pub blocked: bool,
    /// The WeChat account is closed (errcode 50002).
    #[serde(default)]
    pub closed: bool,
    /// The phone numbers of the WeChat account, in E.164; the first is the one that is told. A number drawn from the
    /// seed where there is none.
    #[serde(default)]
    pub phones: Vec<String>,
}

impl UserSpec {
    pub(crate) fn named(id: &str) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }
}

/// What to change about a person; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserChange {
    /// See [`UserSpec::risk_rank`].
    pub risk_rank: Option<u8>,
    /// See [`UserSpec::blocked`].
    pub blocked: Option<bool>,
    /// See [`UserSpec::closed`].
    pub closed: Option<bool>,
    /// See [`UserSpec::phones`]; all of them at once.
    pub phones: Option<Vec<String>>,
}

/// A person, as shown.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    /// See [`UserSpec::id`].
    pub id: String,
    /// See [`UserSpec::risk_rank`].
    pub risk_rank: u8,
    /// See [`UserSpec::blocked`].
    pub blocked: bool,
    /// See [`UserSpec::closed`].
    pub closed: bool,
    /// See [`UserSpec::phones`]; never empty.
    pub phones: Vec<String>,
}

impl AsRef<str> for User {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

/// A person, as remembered.
pub(crate) struct UserRecord {
    id: Arc<str>,
    risk_rank: u8,
    blocked: bool,
    closed: bool,
    /// Never empty.
    phones: Vec<Phone>,
}

impl UserRecord {
    pub(crate) fn new(id: Arc<str>, spec: &UserSpec, lots: &Lots) -> Result<Self, Refusal> {
        let risk_rank = checked_rank(spec.risk_rank)?;
        let phones = checked_phones(&id, &spec.phones, lots)?;
        Ok(Self {
            id,
            risk_rank,
            blocked: spec.blocked,
            closed: spec.closed,
            phones,
        })
    }

    /// Carries out all of a change or none of it.
    pub(crate) fn change(&mut self, change: UserChange, lots: &Lots) -> Result<(), Refusal> {
        let risk_rank = change.risk_rank.map(checked_rank).transpose()?;
        if let Some(phones) = change.phones {
            self.phones = checked_phones(&self.id, &phones, lots)?;
        }
        self.risk_rank = risk_rank.unwrap_or(self.risk_rank);
        self.blocked = change.blocked.unwrap_or(self.blocked);
        self.closed = change.closed.unwrap_or(self.closed);
        Ok(())
    }

    pub(crate) fn is_intercepted(&self) -> bool {
        self.blocked || self.risk_rank >= RISK_RANK_INTERCEPTED
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The first of the phone numbers.
    pub(crate) fn phone(&self) -> Option<&Phone> {
        self.phones.first()
    }

    pub(crate) fn report(&self) -> User {
        User {
            id: self.id.as_ref().to_owned(),
            risk_rank: self.risk_rank,
            blocked: self.blocked,
            closed: self.closed,
            phones: self.phones.iter().map(Phone::e164).collect(),
        }
    }
}

/// The numbers that were told, or the one that a user without any has.
fn checked_phones(user: &str, told: &[String], lots: &Lots) -> Result<Vec<Phone>, Refusal> {
    if told.is_empty() {
        return Ok(vec![Phone::parse(&lots.phone(user))?]);
    }
    if told.len() > MOST_PHONES {
        return Err(Refusal::TooManyPhones(told.len()));
    }
    told.iter().map(|phone| Phone::parse(phone)).collect()
}

fn checked_rank(rank: u8) -> Result<u8, Refusal> {
    if rank <= RISK_RANK_INTERCEPTED {
        Ok(rank)
    } else {
        Err(Refusal::InvalidRiskRank(rank))
    }
}
