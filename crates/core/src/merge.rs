//! Merging: two users of one person become one, by proof of both sides; and undoing that.

use crate::{
    Instant,
    id::{IdentityId, MergeId, UserId},
    identity::{ExternalIdentity, Identity},
    store::{Result, Unit},
    time,
    user::UserState,
};

/// How long an operator can undo a merge, in seconds: 30 days.
pub const REVERSIBLE_FOR: u32 = 30 * 86_400;

/// A merge. The user that was merged remains as a tombstone that names the other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Ordered by time.
    pub id: MergeId,
    /// Who became the other.
    pub merged: UserId,
    /// Who remains, under the same `sub` as ever.
    pub into: UserId,
    /// The identities that moved.
    pub moved: Vec<IdentityId>,
    /// When.
    pub at: Instant,
}

impl Merge {
    /// Until when it can be undone.
    pub fn reversible_until(&self) -> Instant {
        time::after(self.at, REVERSIBLE_FOR)
    }
}

/// Whether one user cannot have both: a second phone, a second username, or two WeChat accounts in one mini-program.
pub(crate) fn excludes(one: &Identity, other: &Identity) -> bool {
    match (&one.external, &other.external) {
        (ExternalIdentity::Phone(_), ExternalIdentity::Phone(_))
        | (ExternalIdentity::Account(_), ExternalIdentity::Account(_)) => true,
        (ExternalIdentity::Wechat(one), ExternalIdentity::Wechat(other)) => one.appid == other.appid,
        _ => false,
    }
}

/// Undoes the last merge of a user: the identities that moved and are still there move back, and both sign in anew. Gives how many
/// moved.
pub(crate) async fn undo(unit: &mut dyn Unit, merged: UserId, now: Instant) -> Result<Undone> {
    let Some(merge) = unit.merge_of(merged).await? else {
        return Ok(Undone::Missing);
    };
    if now >= merge.reversible_until() {
        return Ok(Undone::TooLate);
    }
    // In the order of their ids, as all who lock two.
    for id in [merge.merged.min(merge.into), merge.merged.max(merge.into)] {
        let state = unit.user(id).await?.map(|user| user.state);
        let is_as_left = match state {
            Some(UserState::Merged { into }) => id == merge.merged && into == merge.into,
            Some(_) => id == merge.into,
            None => false,
        };
        if !is_as_left {
            return Ok(Undone::Missing);
        }
    }
    let theirs = unit.identities_of(merge.into).await?;
    let back = theirs
        .iter()
        .filter(|identity| merge.moved.contains(&identity.id))
        .count();
    // Neither may be left without a way in.
    if back == 0 || back == theirs.len() {
        return Ok(Undone::Inseparable);
    }
    unit.move_identities(&merge.moved, merge.into, merge.merged)
        .await?;
    unit.set_user_state(merge.merged, UserState::Active, now).await?;
    unit.end_sessions(merge.into, now).await?;
    unit.undo_merge(&merge, now).await?;
    Ok(Undone::Done)
}

/// What comes of undoing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undone {
    /// There are two users again.
    Done,
    /// The user was not merged, or what it went into is gone or was merged itself.
    Missing,
    /// Thirty days are over.
    TooLate,
    /// One of the two would have no identity.
    Inseparable,
}
