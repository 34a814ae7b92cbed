//! Passwords that are right, and whose answer a test holds back: what happens beside a check is then no matter of luck.

use async_trait::async_trait;
use hufu_core::{
    Invalid,
    id::TenantId,
    password::{PasswordError, PasswordHash, PasswordPolicy, PasswordRefused, Passwords, Username, Verified},
};
use secrecy::SecretString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Passwords as another port checks them, held back when a test wants it.
pub struct HeldPasswords {
    inner: Arc<dyn Passwords>,
    hold: Hold,
}

impl HeldPasswords {
    /// Wraps the port. Nothing is held yet.
    pub fn new(inner: Arc<dyn Passwords>, hold: Hold) -> Self {
        Self { inner, hold }
    }
}

/// Whether right passwords are held. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<Mutex<Option<Arc<Gate>>>>);

#[derive(Debug)]
struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Hold {
    /// From now on whoever has given a right password waits, until what is returned is dropped.
    pub fn begin(&self) -> Held {
        let gate = Arc::new(Gate {
            arrived: Semaphore::new(0),
            open: Semaphore::new(0),
        });
        *self.gate_now() = Some(gate.clone());
        Held {
            gate,
            hold: self.clone(),
        }
    }

    /// Another that has begun since goes on.
    fn end(&self, gate: &Arc<Gate>) {
        self.gate_now().take_if(|now| Arc::ptr_eq(now, gate));
    }

    fn gate_now(&self) -> MutexGuard<'_, Option<Arc<Gate>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Right passwords are held as long as this is there.
#[derive(Debug)]
#[must_use = "nothing is held any more once it is dropped"]
pub struct Held {
    gate: Arc<Gate>,
    hold: Hold,
}

impl Held {
    /// Returns when one more is held.
    pub async fn arrived(&self) {
        let arrived = self.gate.arrived.acquire().await;
        arrived.expect("it is never closed").forget();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.hold.end(&self.gate);
        self.gate.open.close();
    }
}

#[async_trait]
impl Passwords for HeldPasswords {
    async fn hash(&self, tenant: TenantId, password: &SecretString) -> Result<PasswordHash, PasswordError> {
        self.inner.hash(tenant, password).await
    }

    async fn verify(
        &self,
        tenant: TenantId,
        password: &SecretString,
        hash: Option<&PasswordHash>,
    ) -> Result<Verified, PasswordError> {
        let verified = self.inner.verify(tenant, password, hash).await?;
        let gate = self.hold.gate_now().clone();
        if let (Verified::Match { .. }, Some(gate)) = (&verified, gate) {
            gate.arrived.add_permits(1);
            gate.open
                .acquire()
                .await
                .expect_err("it has no permits, and is closed at last");
        }
        Ok(verified)
    }

    fn check_new(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        username: Option<&Username>,
    ) -> Result<(), PasswordRefused> {
        self.inner.check_new(policy, password, username)
    }

    fn check_import(&self, hash: &str) -> Result<PasswordHash, Invalid> {
        self.inner.check_import(hash)
    }
}
