//! The sandbox in memory, beside a hub in memory: one transaction over both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork};
use devhub_domain::testing::{MemoryContent, MemoryStore};
use devhub_domain::tx::Tx;

use crate::ports::SandboxTx;
use crate::{Customer, GatewayName, GatewaySetting, Kind, Payment, PaymentKey, Refund, Transaction};

/// The sandbox and a hub in memory, for tests and examples. Clones share their content.
#[derive(Clone, Debug, Default)]
pub struct MemorySandbox {
    hub: MemoryStore,
    rows: Arc<Mutex<Rows>>,
}

/// Everything that the sandbox holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) numbers: BTreeMap<(WorkspaceId, Kind), i64>,
    pub(super) payments: BTreeMap<PaymentKey, Payment>,
    pub(super) transactions: BTreeMap<(WorkspaceId, i64), Transaction>,
    pub(super) refunds: BTreeMap<(WorkspaceId, i64), Refund>,
    pub(super) customers: BTreeMap<(WorkspaceId, i64), Customer>,
    pub(super) gateways: BTreeMap<(WorkspaceId, GatewayName), GatewaySetting>,
}

/// A transaction over both: it owns what it changes, because a transaction outlives every borrow.
#[derive(Debug)]
pub(super) struct Joined {
    hub: MemoryContent,
    pub(super) rows: Rows,
}

impl SandboxTx for Joined {
    fn hub(&mut self) -> &mut (dyn Tx + '_) {
        &mut self.hub
    }
}

impl MemorySandbox {
    /// The hub that the sandbox stands in.
    pub const fn hub(&self) -> &MemoryStore {
        &self.hub
    }

    fn run(&self, body: &mut Body<'_, dyn SandboxTx>) -> Result<(), StoreError> {
        self.hub.transact(|hub| {
            let mut rows = self.rows.lock().map_err(|error| StoreError::unavailable(error.to_string()))?;
            let before = rows.clone();
            let mut joined = Joined { hub: std::mem::take(hub), rows: std::mem::take(&mut *rows) };
            let outcome = body(&mut joined);
            // The hub undoes its own part.
            *hub = joined.hub;
            *rows = if outcome.is_ok() { joined.rows } else { before };
            outcome
        })
    }
}

impl UnitOfWork<dyn SandboxTx> for MemorySandbox {
    fn read(&self, body: &mut Body<'_, dyn SandboxTx>) -> Result<(), StoreError> {
        self.run(body)
    }

    fn write(&self, _lane: Lane, body: &mut Body<'_, dyn SandboxTx>) -> Result<(), StoreError> {
        self.run(body)
    }
}
