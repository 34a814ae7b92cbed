//! Linking: which user is the person that a connector has just proven?
//!
//! The order of look-up is (tenant, appid, openid), then (tenant, union scope, unionid), then a new user. A unionid
//! never counts outside its union scope, and nothing counts outside the tenant. [`decide`] is pure; the caller loads
//! [`Known`] and applies the [`Verdict`] in one unit of work.

use crate::{
    id::{IdentityId, UserId},
    identity::{UnionKey, WechatIdentity},
    user::User,
};

/// What the store knows that bears on the question.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Who holds the identity (appid, openid).
    pub by_openid: Option<Holder>,
    /// Who holds the union key. Loaded only where the verdict can depend on it ([`needs_union`]).
    pub by_union: Option<Candidate>,
}

/// The user that holds an identity, and that identity.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The identity's row.
    pub identity: IdentityId,
    /// What is recorded of it.
    pub wechat: WechatIdentity,
    /// The user, and whether there is more to it than this identity.
    pub candidate: Candidate,
}

/// A user that the person may be.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The user.
    pub user: User,
    /// Whether the user is *bare*: one identity and no grant to a client of any other app, so that nothing is lost when
    /// the user is absorbed into another. Only asked where two candidates differ.
    pub bare: bool,
}

/// Whether the store must be asked for the holder of the union key: not where the identity is known with that unionid.
pub fn needs_union(proven: &WechatIdentity, by_openid: Option<&Holder>) -> Option<UnionKey> {
    let key = proven.union_key()?;
    let settled = by_openid.is_some_and(|holder| holder.wechat.union_key().as_ref() == Some(&key));
    (!settled).then_some(key)
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The person is `user`; `record` what is new about the identity.
    Existing {
        /// Who it is.
        user: UserId,
        /// What to write.
        record: Record,
    },
    /// Nobody knows this person.
    New {
        /// The key to record for the new user.
        union: Option<UnionKey>,
    },
    /// Two users are one person, and one of them is bare: it goes into the other.
    Absorb {
        /// The bare one, whose sessions end and whose id becomes a tombstone.
        absorbed: UserId,
        /// The one that remains.
        into: UserId,
    },
    /// The user who holds the identity may not sign in.
    Refused,
}

/// What a login teaches about an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Nothing.
    Nothing,
    /// A second way in for a user found by unionid: add the identity.
    Identity,
    /// The unionid, seen for the first time on a known identity, and free or the user's own already.
    Union(UnionKey),
    /// The unionid of a known identity is another one now: the app was bound to another open-platform account. The
    /// account does not move; the tenant is told.
    Rebound {
        /// The unionid that WeChat tells now.
        now: UnionKey,
        /// Whether nobody else holds it, so that it can be recorded for this user.
        free: bool,
    },
    /// The unionid belongs to another user, and both are real. The person stays who the identity says; the conflict is
    /// recorded for the tenant, to be settled by proof of both sides.
    Conflict {
        /// The unionid that WeChat tells.
        union: UnionKey,
        /// Who holds it.
        other: UserId,
    },
}

/// Decides who the person is.
pub fn decide(proven: &WechatIdentity, known: &Known) -> Verdict {
    let union = needs_union(proven, known.by_openid.as_ref());
    match (&known.by_openid, &known.by_union) {
        (None, None) => Verdict::New { union },
        (None, Some(candidate)) if candidate.user.is_active() => Verdict::Existing {
            user: candidate.user.id,
            record: Record::Identity,
        },
        (None, Some(_)) => Verdict::Refused,
        (Some(holder), _) if !holder.candidate.user.is_active() => Verdict::Refused,
        (Some(holder), by_union) => {
            let user = holder.candidate.user.id;
            let Some(key) = union else {
                return Verdict::Existing {
                    user,
                    record: Record::Nothing,
                };
            };
            let other = by_union.as_ref().filter(|other| other.user.id != user);
            if holder.wechat.union_key().is_some() {
                let record = Record::Rebound {
                    now: key,
                    free: other.is_none(),
                };
                return Verdict::Existing { user, record };
            }
            match other {
                None => Verdict::Existing {
                    user,
                    record: Record::Union(key),
                },
                Some(other) => two_users(&holder.candidate, other, key),
            }
        }
    }
}

/// `holder` has the identity, `other` the unionid: one person, two users.
fn two_users(holder: &Candidate, other: &Candidate, union: UnionKey) -> Verdict {
    let (holder_id, other_id) = (holder.user.id, other.user.id);
    if !other.user.is_active() {
        // A disabled user is never emptied into another, nor does it lock out one that is not disabled.
        return Verdict::Existing {
            user: holder_id,
            record: Record::Conflict {
                union,
                other: other_id,
            },
        };
    }
    if holder.bare {
        Verdict::Absorb {
            absorbed: holder_id,
            into: other_id,
        }
    } else if other.bare {
        Verdict::Absorb {
            absorbed: other_id,
            into: holder_id,
        }
    } else {
        Verdict::Existing {
            user: holder_id,
            record: Record::Conflict {
                union,
                other: other_id,
            },
        }
    }
}

/// What a proven phone adds to who the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneVerdict {
    /// The number is nobody's: it becomes the user's.
    Link,
    /// The user has it already.
    Held,
    /// The person is the user who has the number.
    Join(UserId),
    /// The user goes into the one who has the number: there is nothing else to it.
    Absorb {
        /// The bare one.
        absorbed: UserId,
        /// The one that remains.
        into: UserId,
    },
    /// The number is somebody else's, and nothing says that it is the same person: numbers are given out again.
    Taken,
    /// The number is a user's who may not sign in.
    Refused,
}

/// A user that the WeChat proof says the person is, as far as [`decide_phone`] needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneCandidate {
    /// Who.
    pub id: UserId,
    /// Whether the user is bare ([`Candidate::bare`]). Only asked where the number is somebody else's.
    pub bare: bool,
}

/// The user that has a proven number.
#[derive(Debug, Clone, Copy)]
pub struct PhoneHolder<'a> {
    /// Who.
    pub user: &'a User,
    /// Whether the user is known in the app already, under another openid: one person has one openid in an app, so that this
    /// is somebody else, or another WeChat account. Only asked where the tenant joins by phone.
    pub in_app: bool,
}

/// Decides where a proven number goes. `user` is who the WeChat proof says the person is, `None` where that would be a new
/// user; `holder` has the number; `join` is the tenant's `link_by_wechat_phone`.
pub fn decide_phone(
    user: Option<PhoneCandidate>,
    holder: Option<PhoneHolder<'_>>,
    join: bool,
) -> PhoneVerdict {
    let Some(holder) = holder else {
        return PhoneVerdict::Link;
    };
    match user {
        Some(user) if user.id == holder.user.id => PhoneVerdict::Held,
        _ if !join || holder.in_app => PhoneVerdict::Taken,
        _ if !holder.user.is_active() => PhoneVerdict::Refused,
        None => PhoneVerdict::Join(holder.user.id),
        Some(user) if user.bare => PhoneVerdict::Absorb {
            absorbed: user.id,
            into: holder.user.id,
        },
        Some(_) => PhoneVerdict::Taken,
    }
}

#[cfg(test)]
#[path = "linking_tests.rs"]
mod tests;
