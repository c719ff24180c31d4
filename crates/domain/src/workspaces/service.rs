//! The use cases of workspaces: find, update. See `create_service` for how one is made.

use std::sync::Arc;

use serde_json::{Value, json};

use super::create_service::name_taken;
use super::{EventChecks, TimeZone, Workspace, WorkspaceName};
use crate::access::{Asker, Forbidden};
use crate::api_keys::Scope;
use crate::audit::{AuditDraft, append};
use crate::id::WorkspaceId;
use crate::operators::{OperatorTx, Role, manages};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// What a use case of workspaces can fail with.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is no such workspace.
    #[error("no workspace {0}")]
    NotFound(WorkspaceId),
    /// Whoever asks may not do this.
    #[error("this needs the role {}", Role::Admin.as_str())]
    RoleTooLow,
    /// Whoever asks is no owner of the first workspace.
    #[error("workspaces are made by owners of the first workspace: ask one of them")]
    NotOwner,
    /// There is a workspace of this name.
    #[error("a workspace with this name exists already: choose another name")]
    NameTaken,
    /// There are as many workspaces as there may be.
    #[error("a hub must not have more than {} workspaces", super::WORKSPACES_MAX)]
    TooMany,
    /// Nobody of the hub has the address of the owner that a workspace is to have.
    #[error("no operator of this hub has the email of the owner")]
    OwnerUnknown,
    /// Whoever asks lacks `event_types:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The store failed.
    #[error("the workspace store failed")]
    Store(#[from] StoreError),
}

impl WorkspaceError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "workspace_not_found",
            Self::RoleTooLow | Self::NotOwner => "role_too_low",
            Self::NameTaken => "workspace_name_taken",
            Self::TooMany => "workspaces_too_many",
            Self::OwnerUnknown => "email_unknown",
            Self::Forbidden(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// The use cases of workspaces.
#[derive(Clone)]
pub struct Workspaces {
    pub(super) store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspaces").finish_non_exhaustive()
    }
}

/// What shall change of a workspace; `None` leaves as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceChanges {
    /// What people call it.
    pub name: Option<WorkspaceName>,
    /// In which its people read instants.
    pub time_zone: Option<TimeZone>,
}

impl Workspaces {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The workspace with this id.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        read(&*self.store, |tx| tx.find_workspace(id))
    }

    /// All workspaces, oldest first. For whoever has access to the machine: nobody else works in all of them.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self) -> Result<Vec<Workspace>, StoreError> {
        read(&*self.store, |tx| tx.list_workspaces())
    }

    /// Changes what a workspace is called and in which time zone its people read. Owners and admins may.
    ///
    /// *Repeat:* changes that change nothing are not logged.
    ///
    /// # Errors
    /// [`WorkspaceError::NotFound`], [`WorkspaceError::RoleTooLow`], [`WorkspaceError::NameTaken`], and the store's own.
    pub fn update(
        &self,
        asker: Asker,
        id: WorkspaceId,
        wanted: WorkspaceChanges,
    ) -> Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = Workspace, Error = WorkspaceError> + use<>> {
        let at = self.clock.now();
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            // Keeps a second change from writing its own old value over what this one writes.
            tx.audit_head(id)?;
            let before = tx.find_workspace(id)?.ok_or(WorkspaceError::NotFound(id))?;
            if !manages(tx, &asker, id, Role::Admin)? {
                return Err(WorkspaceError::RoleTooLow);
            }
            let WorkspaceChanges { name, time_zone } = wanted.clone();
            let after = Workspace {
                name: name.unwrap_or_else(|| before.name.clone()),
                time_zone: time_zone.unwrap_or_else(|| before.time_zone.clone()),
                ..before.clone()
            };
            if after == before {
                return Ok(before);
            }
            // People tell workspaces apart by their names. Two that are renamed at once do not see each other here: the store refuses one.
            if after.name != before.name && tx.list_workspaces()?.iter().any(|other| other.name == after.name) {
                return Err(WorkspaceError::NameTaken);
            }
            write_down(tx, &asker, at, &before, after)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Changes whether what is published in a workspace is held against its event types. Who may change those may do this: it decides
    /// over the same.
    ///
    /// *Repeat:* a change that changes nothing is not logged.
    ///
    /// # Errors
    /// [`WorkspaceError::Forbidden`], [`WorkspaceError::NotFound`], and the store's own.
    pub fn set_event_checks(
        &self,
        asker: Asker,
        id: WorkspaceId,
        event_checks: EventChecks,
    ) -> Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = Workspace, Error = WorkspaceError> + use<>> {
        let at = self.clock.now();
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            asker.require(Scope::EventTypesWrite)?;
            tx.audit_head(id)?;
            let before = tx.find_workspace(id)?.ok_or(WorkspaceError::NotFound(id))?;
            if before.event_checks == event_checks {
                return Ok(before);
            }
            let after = Workspace { event_checks, ..before.clone() };
            write_down(tx, &asker, at, &before, after)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }
}

/// Writes a changed workspace, and a line in its log.
fn write_down(
    tx: &mut (dyn OperatorTx + 'static),
    asker: &Asker,
    at: Timestamp,
    before: &Workspace,
    after: Workspace,
) -> Result<Workspace, WorkspaceError> {
    tx.update_workspace(&after).map_err(name_taken)?;
    let detail = json!({ "before": detail_of(before), "after": detail_of(&after) });
    let (workspace_id, actor, subject) = (after.id, asker.actor(), after.id.to_string());
    let draft = AuditDraft { workspace_id, at, actor, action: "workspace.updated", subject, detail };
    append(tx, &draft.from_address(asker.address()))?;
    Ok(after)
}

fn detail_of(workspace: &Workspace) -> Value {
    json!({
        "name": workspace.name.as_str(),
        "time_zone": workspace.time_zone.as_str(),
        "event_checks": workspace.event_checks.as_str(),
    })
}
