//! The login engine: proofs become a user with a session, or the login says what is missing.
//!
//! Doors (endpoints) parse and answer; connectors prove; this module decides. [`SignIn`] is the act that all doors hand
//! to the store, step by step: it loads who the proofs are of, decides who that person is (`person`) and whether that is enough
//! (`policy`), and only then writes. Until a login is complete nothing of it is written but its [`LoginTransaction`].

mod apply;
mod browser;
mod code;
mod password;
mod person;
mod policy;
mod proofs;
mod run;
mod sign_in;
mod transaction;

pub use browser::shortened_user_agent;
pub use code::{
    AuthorizationCode, CodeDetails, CodeRefused, LIFETIME as CODE_LIFETIME, Opened, Redeem, Redeemed,
};
pub(crate) use code::{Opening, open};
pub use password::{PasswordFailed, PasswordRight, too_early};
pub(crate) use password::{still_right, was_right};
pub use policy::{More, Step};
pub use proofs::{AccountProof, NewAccount, Proofs, WechatProof};
pub(crate) use run::known;
pub use sign_in::{
    Handout, InBrowser, Outcome, Refreshable, Refusal, SignIn, SignInRequest, SignedIn, Wants,
};
pub use transaction::{CodeChallenge, LIFETIME, LoginTransaction, MOST_STEPS, Presented};
