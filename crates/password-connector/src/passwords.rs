//! Core's `Passwords`: argon2id for what is hashed here, all that `encoded` reads for what is verified.

use crate::{
    blocklist,
    config::{Config, UnusableConfig},
    encoded::Encoded,
    memory::Memory,
    pool::Pool,
    presented::Presented,
    tag::Algorithm,
};
use argon2::Version;
use async_trait::async_trait;
use hufu_core::{
    Invalid, Random,
    id::TenantId,
    password::{PasswordError, PasswordHash, PasswordPolicy, PasswordRefused, Passwords, Username, Verified},
    random,
};
use secrecy::SecretString;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Hashes passwords, no more at once than there are workers.
pub struct Argon2Passwords {
    pool: Pool,
    maker: Arc<Maker>,
    /// Of no password. It stands in where there is no hash, so that this costs what a wrong password does.
    dummy: PasswordHash,
}

impl Argon2Passwords {
    /// A connector of its own workers: one is enough for an installation.
    pub fn new(config: &Config, random: Arc<dyn Random>) -> Result<Self, UnusableConfig> {
        config.check()?;
        let maker = Maker {
            memory_kib: config.memory_kib,
            passes: config.passes,
            lanes: config.lanes,
            random,
        };
        let tag = random::bytes::<TAG_BYTES>(&*maker.random);
        Ok(Self {
            pool: Pool::new(config.workers, config.longest_queue, config.longest_wait),
            dummy: maker.written(&random::bytes(&*maker.random), &tag),
            maker: Arc::new(maker),
        })
    }
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, tenant: TenantId, password: &SecretString) -> Result<PasswordHash, PasswordError> {
        let password = Presented::read(password).ok_or(PasswordError::TooLong)?;
        let maker = Arc::clone(&self.maker);
        let hash = move |memory: &mut Memory| maker.hash(&password, memory);
        self.pool.run(tenant, hash).await?
    }

    async fn verify(
        &self,
        tenant: TenantId,
        password: &SecretString,
        hash: Option<&PasswordHash>,
    ) -> Result<Verified, PasswordError> {
        let against = hash.unwrap_or(&self.dummy).expose();
        let against = Encoded::read(against).map_err(|_| PasswordError::Unreadable)?;
        // Nobody has such a password, whether there is a hash or not.
        let Some(password) = Presented::read(password) else {
            return Ok(Verified::Mismatch);
        };
        let maker = Arc::clone(&self.maker);
        let verify = move |memory: &mut Memory| maker.verify(&password, &against, memory);
        let verified = self.pool.run(tenant, verify).await??;
        Ok(if hash.is_some() {
            verified
        } else {
            Verified::Mismatch
        })
    }

    fn check_new(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        username: Option<&Username>,
    ) -> Result<(), PasswordRefused> {
        let password = Presented::read(password).ok_or(PasswordRefused::TooLong)?;
        blocklist::check(policy, password.prepared(), username)
    }

    fn check_import(&self, hash: &str) -> Result<PasswordHash, Invalid> {
        Encoded::read(hash)?;
        Ok(PasswordHash::from_stored(hash.to_owned()))
    }
}

const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// Makes hashes with the installation's parameters.
struct Maker {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    random: Arc<dyn Random>,
}

impl Maker {
    fn hash(&self, password: &Presented, memory: &mut Memory) -> Result<PasswordHash, PasswordError> {
        let salt = random::bytes::<SALT_BYTES>(&*self.random);
        let tag = self.algorithm().tag(
            password.prepared().as_bytes(),
            &salt,
            TAG_BYTES,
            self.kept(),
            memory,
        );
        Ok(self.written(&salt, &tag.ok_or(PasswordError::Failed)?))
    }

    fn verify(
        &self,
        password: &Presented,
        against: &Encoded,
        memory: &mut Memory,
    ) -> Result<Verified, PasswordError> {
        let (algorithm, expected) = (against.algorithm, &*against.tag);
        for reading in password.readings() {
            let tag = algorithm
                .tag(
                    reading.as_bytes(),
                    &against.salt,
                    expected.len(),
                    self.kept(),
                    memory,
                )
                .ok_or(PasswordError::Unreadable)?;
            if tag.ct_eq(expected).into() {
                // What the old hash does not vouch for is not put into a new one.
                let is_due = !self.made(against) && algorithm.reads_all_of(reading.as_bytes());
                let rehash = is_due.then(|| self.hash(password, memory)).transpose()?;
                return Ok(Verified::Match { rehash });
            }
        }
        Ok(Verified::Mismatch)
    }

    /// Whether the hash is as this would make it now.
    fn made(&self, hash: &Encoded) -> bool {
        hash.algorithm == self.algorithm() && hash.salt.len() == SALT_BYTES && hash.tag.len() == TAG_BYTES
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::Argon2 {
            kind: argon2::Algorithm::Argon2id,
            version: Version::V0x13,
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        }
    }

    /// The blocks that a worker keeps: one is a KiB.
    fn kept(&self) -> usize {
        usize::try_from(self.memory_kib).unwrap_or(usize::MAX)
    }

    fn written(&self, salt: &[u8; SALT_BYTES], tag: &[u8]) -> PasswordHash {
        let text = Encoded::argon2id(self.memory_kib, self.passes, self.lanes, salt, tag);
        PasswordHash::from_stored(text)
    }
}

#[cfg(test)]
#[path = "passwords_tests.rs"]
mod tests;
