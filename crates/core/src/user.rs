//! Users: one person in one tenant.

use crate::{Instant, id::UserId};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// As text, the `sub` of tokens.
    pub id: UserId,
    /// Whether the user may sign in.
    pub state: UserState,
    /// When the user first signed in.
    pub created_at: Instant,
    /// When the state last changed.
    pub updated_at: Instant,
    /// When the account will be deleted, where its user closed it. Signing in before that keeps it.
    pub closes_at: Option<Instant>,
}

/// Whether a user may sign in, and whether tokens that name the user are alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// Yes.
    Active,
    /// Not until an operator enables the user again.
    Disabled,
    /// Never again: the user turned out to be another one, and this row remains so that its id is not lost.
    Merged {
        /// The user that has its identities now.
        into: UserId,
    },
}

impl User {
    /// Whether the user may sign in.
    pub fn is_active(&self) -> bool {
        self.state == UserState::Active
    }
}
