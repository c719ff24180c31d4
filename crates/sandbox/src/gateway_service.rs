//! The use cases of gateways: list, change.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::Scope;
use devhub_domain::audit::{AuditDraft, append};
use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, prepare, read};
use serde_json::json;

use crate::error::SandboxError;
use crate::gateway::{Gateway, GatewayChanges, GatewayName, GatewaySetting, TEST_GATEWAYS, TestGateway};
use crate::ports::SandboxTx;
use crate::service::Shared;
use crate::telling::change;

/// The use cases of gateways.
#[derive(Clone, Debug)]
pub struct Gateways {
    parts: Arc<Shared>,
}

impl Gateways {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// The gateways of a workspace, all of them, in their order.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self, workspace_id: WorkspaceId) -> Result<Vec<Gateway>, SandboxError> {
        read(&*self.parts.store, |tx| gateways(tx, workspace_id))
    }

    /// Changes whether a gateway can be chosen, and how payments through it end. Whoever may change endpoints may do this: it decides over
    /// the same test traffic. Audited as `gateway.updated`.
    ///
    /// *Repeat:* what changes nothing leaves the revision as it is, and is not logged.
    ///
    /// # Errors
    /// [`SandboxError::Forbidden`] without `endpoints:write`, [`SandboxError::GatewayNotFound`], [`SandboxError::RevisionStale`] when
    /// `expected_revision` is given and another one is stored, and the store's own.
    pub fn change(
        &self,
        asker: Asker,
        (workspace_id, name): (WorkspaceId, GatewayName),
        changes: GatewayChanges,
        expected_revision: Option<i64>,
    ) -> change!(Gateway) {
        let now = self.parts.clock.now();
        let body = move |tx: &mut (dyn SandboxTx + 'static)| {
            asker.require(Scope::EndpointsWrite)?;
            let gateway = TestGateway::find(&name).ok_or_else(|| SandboxError::GatewayNotFound(name.clone()))?;
            // Keeps a second change from writing its own old value over what this one writes.
            tx.hub().audit_head(workspace_id)?;
            let before = find(tx, workspace_id, gateway)?;
            if expected_revision.is_some_and(|expected| expected != before.revision) {
                return Err(SandboxError::RevisionStale { name: name.clone(), current: before.revision });
            }
            let is_on = changes.is_on.unwrap_or(before.is_on);
            let outcome = changes.outcome.unwrap_or(before.outcome);
            if (is_on, outcome) == (before.is_on, before.outcome) {
                return Ok(before);
            }
            let revision = before.revision + 1;
            let setting =
                GatewaySetting { workspace_id, name: name.clone(), is_on, outcome, updated_at: now, revision };
            tx.put_gateway_setting(&setting)?;
            let after = Gateway::new(gateway, Some(&setting));
            let detail = json!({ "before": detail_of(&before), "after": detail_of(&after) });
            let (actor, action, subject) = (asker.actor(), "gateway.updated", name.to_string());
            let draft = AuditDraft { workspace_id, at: now, actor, action, subject, detail };
            append(tx.hub(), &draft.from_address(asker.address()))?;
            Ok(after)
        };
        prepare(&self.parts.store, Lane::Interactive, body, |_| {})
    }
}

fn detail_of(gateway: &Gateway) -> serde_json::Value {
    json!({ "is_on": gateway.is_on, "outcome": gateway.outcome.map(|outcome| outcome.as_str()) })
}

/// The gateways of a workspace, all of them, in their order.
pub(crate) fn gateways(
    tx: &mut (dyn SandboxTx + 'static),
    workspace_id: WorkspaceId,
) -> Result<Vec<Gateway>, SandboxError> {
    let settings = tx.list_gateway_settings(workspace_id)?;
    let setting_of = |gateway: &TestGateway| settings.iter().find(|setting| setting.name.as_str() == gateway.name);
    Ok(TEST_GATEWAYS.iter().map(|gateway| Gateway::new(gateway, setting_of(gateway))).collect())
}

/// One gateway of a workspace.
fn find(
    tx: &mut (dyn SandboxTx + 'static),
    workspace_id: WorkspaceId,
    gateway: &'static TestGateway,
) -> Result<Gateway, SandboxError> {
    let all = gateways(tx, workspace_id)?;
    Ok(all.into_iter().find(|one| one.gateway == gateway).unwrap_or_else(|| Gateway::new(gateway, None)))
}
