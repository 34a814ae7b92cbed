//! What people prove beside WeChat: phones that a code went to, and passwords.

use super::{phone_number, username};
use hufu_core::{
    identity::{PhoneVerifier, VerifiedPhone},
    login::{AccountProof, NewAccount, Proofs},
    password::PasswordHash,
    store::Account,
};

/// A phone that a code of ours came back from.
pub fn phone_in_hand(number: &str) -> VerifiedPhone {
    VerifiedPhone {
        number: phone_number(number),
        verifier: PhoneVerifier::Sms,
    }
}

/// The hash of some password. Nothing here verifies it.
pub fn password(text: &str) -> PasswordHash {
    PasswordHash::from_stored(format!("$test${text}"))
}

/// Of a phone alone.
pub fn by_phone(number: &str) -> Proofs {
    Proofs {
        phone: Some(phone_in_hand(number)),
        ..Proofs::default()
    }
}

/// Of a password alone that was right.
pub fn by_password(account: &Account) -> Proofs {
    let name = account.identity.account().expect("an account has a username");
    Proofs {
        account: Some(AccountProof {
            identity: account.identity.id,
            username: name.clone(),
            checked: AccountProof::digest(&account.hash),
            rehash: None,
        }),
        ..Proofs::default()
    }
}

/// Of a username that nobody has, with the hash of its password.
pub fn by_new_account(name: &str, hash: &PasswordHash) -> Proofs {
    Proofs {
        new_account: Some(NewAccount {
            username: username(name),
            hash: hash.clone(),
        }),
        ..Proofs::default()
    }
}
