//! A change of one endpoint: its transaction, and what the sender of this node is told of it.

use std::sync::Arc;

use serde_json::json;

use super::endpoint_service::{detail_of, draft, existing, follow_up};
use super::{Dispatcher, Endpoint, EndpointError, EndpointTx};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::append;
use crate::id::{EndpointId, WorkspaceId};
use crate::store::Change;
use crate::time::Timestamp;

/// Which endpoint somebody wants to change.
#[derive(Clone, Copy)]
pub(super) struct EndpointRef {
    pub(super) asker: Asker,
    pub(super) workspace_id: WorkspaceId,
    pub(super) id: EndpointId,
    /// The revision that it must have.
    pub(super) expected: Option<i64>,
    /// Whether its failures are forgotten even if nothing else changes.
    pub(super) heals: bool,
}

/// A change of one endpoint.
pub(super) struct EndpointChange<F> {
    pub(super) of: EndpointRef,
    pub(super) action: &'static str,
    /// What the endpoint is afterwards.
    pub(super) change: F,
    pub(super) now: Timestamp,
    pub(super) dispatcher: Arc<dyn Dispatcher>,
    /// What the transaction did, when it last ran.
    pub(super) done: Done,
}

/// What a transaction did to an endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// It is another now than what was read of it before.
    has_changed: bool,
    /// It is sent to as any other now. A name or a secret heals nothing: its circuit stays open.
    has_healed: bool,
}

impl<F: Fn(&Endpoint) -> Result<Endpoint, EndpointError> + Send> Change<dyn EndpointTx> for EndpointChange<F> {
    type Output = Endpoint;
    type Error = EndpointError;

    fn apply(&mut self, tx: &mut (dyn EndpointTx + 'static)) -> Result<Endpoint, EndpointError> {
        let of = self.of;
        self.done = Done::default();
        of.asker.require(Scope::EndpointsWrite)?;
        let before = &existing(tx, of.workspace_id, of.id)?.endpoint;
        if of.expected.is_some_and(|expected| expected != before.revision) {
            return Err(EndpointError::RevisionStale { id: of.id, current: before.revision });
        }
        let after = (self.change)(before)?;
        // A fresh start: what failed was asked elsewhere, or before somebody had a look.
        let has_healed = of.heals || (&after.url, after.status) != (&before.url, before.status);
        let has_changed = after != *before;
        let after = if has_changed { Endpoint { revision: before.revision + 1, ..after } } else { after };
        // Whoever resumes what neither fails nor is paused leaves no line in the audit log, but ends a rest that this node keeps.
        let is_told = has_changed || (has_healed && tx.find_health(of.id)?.is_some());
        if has_changed {
            tx.update_endpoint(&after)?;
        }
        if has_healed && is_told {
            tx.delete_health(of.id)?;
        }
        if has_changed {
            follow_up(tx, &after, self.now)?;
        }
        if is_told {
            let detail = json!({ "before": detail_of(before), "after": detail_of(&after) });
            append(tx, &draft(&after, self.now, &of.asker, self.action, detail))?;
        }
        self.done = Done { has_changed, has_healed };
        Ok(after)
    }

    fn committed(&mut self, endpoint: &mut Endpoint) {
        if self.done.has_changed {
            self.dispatcher.recall(endpoint.id, endpoint.revision);
        }
        if self.done.has_healed {
            self.dispatcher.heal(endpoint.id);
        }
        if self.done.has_changed || self.done.has_healed {
            self.dispatcher.wake();
        }
    }

    fn unsettled(&mut self, _endpoint: &mut Endpoint) {}
}
