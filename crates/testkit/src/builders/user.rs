//! Users and their identities, as rows.

use super::Mint;
use hufu_core::{
    id::{IdentityId, UserId},
    identity::{ExternalIdentity, Identity},
    password::Username,
    user::{User, UserState},
};

/// A username that is known to be well-formed.
pub fn username(text: &str) -> Username {
    Username::parse(text).expect("a test's username is well-formed")
}

impl Mint {
    /// An active user.
    pub fn user(&self) -> User {
        let now = self.now();
        User {
            id: UserId::generate(now, &self.random),
            state: UserState::Active,
            created_at: now,
            updated_at: now,
            closes_at: None,
        }
    }

    /// An identity of a user.
    pub fn identity(&self, user_id: UserId, external: ExternalIdentity) -> Identity {
        let now = self.now();
        Identity {
            id: IdentityId::generate(now, &self.random),
            user_id,
            external,
            created_at: now,
        }
    }
}
