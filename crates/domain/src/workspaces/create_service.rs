//! The use case of a new workspace: by whom it may be made, and what it begins with.

use serde_json::json;

use super::{EventChecks, TimeZone, Workspace, WorkspaceError, WorkspaceName, WorkspaceStatus, Workspaces};
use crate::access::Asker;
use crate::audit::{Actor, AuditDraft, AuditTx, append};
use crate::entropy::Entropy;
use crate::id::WorkspaceId;
use crate::operators::{EmailAddress, Operator, OperatorTx, Role, manages};
use crate::store::{Change, Lane, Prepared, StoreError, prepare};
use crate::time::Timestamp;

/// Most workspaces of a hub: whoever works in all of them chooses from one list on every page.
pub const WORKSPACES_MAX: usize = 100;

/// What shall become a workspace.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// What people call it.
    pub name: WorkspaceName,
    /// In which its people read instants.
    pub time_zone: TimeZone,
    /// Who of the hub is its first owner; `None` is the operator who makes it, and nobody where the command line does.
    pub owner: Option<EmailAddress>,
}

impl NewWorkspace {
    /// The workspace, with what each begins with.
    pub(crate) fn begun(self, now: Timestamp, entropy: &dyn Entropy) -> Workspace {
        Workspace {
            id: WorkspaceId::generate(now, entropy),
            name: self.name,
            status: WorkspaceStatus::Active,
            time_zone: self.time_zone,
            event_checks: EventChecks::Off,
            created_at: now,
        }
    }
}

impl Workspaces {
    /// Makes a workspace. Owners of the first workspace may, and the command line: they answer for the hub. An operator
    /// who makes one is its first owner, unless another is named, who keeps its password as whoever is admitted does.
    ///
    /// Two logs tell of it: that of the new workspace begins with it, as that of the first does, and that of the first workspace shows
    /// its owners who has made one. Nobody can hold the lock of a log that is not there yet, so that the two are no danger.
    ///
    /// # Errors
    /// [`WorkspaceError::NotOwner`], [`WorkspaceError::NameTaken`], [`WorkspaceError::TooMany`], [`WorkspaceError::OwnerUnknown`], and
    /// the store's own.
    pub fn create(
        &self,
        asker: Asker,
        first_id: WorkspaceId,
        new: NewWorkspace,
        entropy: &dyn Entropy,
    ) -> Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = Workspace, Error = WorkspaceError> + use<>> {
        let owner = new.owner.clone();
        let workspace = new.begun(self.clock.now(), entropy);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            // Those who make one take turns: two must not exceed the most.
            tx.audit_head(first_id)?;
            if !manages(tx, &asker, first_id, Role::Owner)? {
                return Err(WorkspaceError::NotOwner);
            }
            let others = tx.list_workspaces()?;
            if others.iter().any(|other| other.name == workspace.name) {
                return Err(WorkspaceError::NameTaken);
            }
            if others.len() >= WORKSPACES_MAX {
                return Err(WorkspaceError::TooMany);
            }
            let known = find_first_owner(tx, &asker, first_id, owner.as_ref())?;
            tx.insert_workspace(&workspace).map_err(name_taken)?;
            begin_log(tx, &asker, &workspace)?;
            if let Some(known) = known {
                let (workspace_id, created_at) = (workspace.id, workspace.created_at);
                let owner = Operator { workspace_id, role: Role::Owner, created_at, ..known };
                tx.insert_membership(&owner)?;
                let detail = json!({ "role": owner.role.as_str() });
                tell(tx, &asker, created_at, (workspace_id, "operator.admitted", owner.id.to_string()), detail)?;
            }
            let subject = (first_id, "workspace.created", workspace.id.to_string());
            tell(tx, &asker, workspace.created_at, subject, json!({ "name": workspace.name.as_str() }))?;
            Ok(workspace.clone())
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }
}

/// Who owns a new workspace; `None` where the command line makes one without an owner.
fn find_first_owner(
    tx: &mut (dyn OperatorTx + 'static),
    asker: &Asker,
    first_id: WorkspaceId,
    named: Option<&EmailAddress>,
) -> Result<Option<Operator>, WorkspaceError> {
    let Some(email) = named else {
        let Actor::Operator(id) = asker.actor() else { return Ok(None) };
        return tx.find_operator(first_id, id)?.ok_or(WorkspaceError::NotOwner).map(Some);
    };
    let known = tx.find_operator_at_home(email)?.ok_or(WorkspaceError::OwnerUnknown)?;
    // Before it is looked at: it may be about to be removed from the hub.
    tx.hold_operator(known.id)?;
    tx.find_operator_at_home(email)?.ok_or(WorkspaceError::OwnerUnknown).map(Some)
}

/// What a store says when somebody else has taken the name meanwhile, in the words of the use case. Ids are random: it is never those.
pub(super) fn name_taken(error: StoreError) -> WorkspaceError {
    match error {
        StoreError::Conflict(_) => WorkspaceError::NameTaken,
        error => error.into(),
    }
}

/// Writes the first line of the log of a workspace.
pub(crate) fn begin_log<T: AuditTx + ?Sized>(
    tx: &mut T,
    asker: &Asker,
    workspace: &Workspace,
) -> Result<(), StoreError> {
    let subject = (workspace.id, "workspace.created", workspace.id.to_string());
    tell(tx, asker, workspace.created_at, subject, json!({ "name": workspace.name.as_str() }))
}

fn tell<T: AuditTx + ?Sized>(
    tx: &mut T,
    asker: &Asker,
    at: Timestamp,
    (workspace_id, action, subject): (WorkspaceId, &'static str, String),
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    let draft = AuditDraft { workspace_id, at, actor: asker.actor(), action, subject, detail };
    append(tx, &draft.from_address(asker.address()))
}
