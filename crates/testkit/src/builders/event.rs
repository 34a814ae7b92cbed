//! Audit events, and who asks for them.

use super::Mint;
use hufu_core::{
    event::{Actor, Event, EventKind},
    id::EventId,
    store::Audit,
};
use std::net::{IpAddr, Ipv4Addr};

/// The address that all requests of tests come from (RFC 5737).
pub const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

impl Mint {
    /// An operator's wish, now, from [`CALLER`].
    pub fn audit(&self) -> Audit {
        let now = self.now();
        Audit {
            event: EventId::generate(now, &self.random),
            actor: Actor::Operator("opr_of_the_test".into()),
            ip: Some(CALLER),
            now,
        }
    }

    /// An event of [`Mint::audit`].
    pub fn event(&self, kind: EventKind, target: &str) -> Event {
        self.audit().event(kind, target, serde_json::Value::Null)
    }
}
