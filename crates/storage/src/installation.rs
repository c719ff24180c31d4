//! The installation and its workspaces.

use devhub_domain::id::WorkspaceId;
use devhub_domain::installation::{Installation, InstallationTx};
use devhub_domain::sealing::Sealed;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{Workspace, WorkspaceName, WorkspaceStatus, WorkspaceTx};
use diesel::prelude::*;

use crate::row::{Row, own_id, written};
use crate::schema::{installation, workspaces};
use crate::targets::TargetRows;
use crate::tx::both;

/// The key of the only row.
const THE_ONE: i64 = 1;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = installation)]
struct InstallationRow {
    id: i64,
    sealed_pepper: Vec<u8>,
    default_workspace_id: Vec<u8>,
    created_at_us: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = workspaces)]
struct WorkspaceRow {
    id: Vec<u8>,
    name: String,
    status: String,
    created_at_us: i64,
    time_zone: String,
    event_checks: String,
}

impl WorkspaceRow {
    fn into_workspace(self) -> Result<Workspace, StoreError> {
        let id = WorkspaceId::from_bytes(own_id("workspaces", &self.id)?);
        let row = Row { table: "workspaces", id: &id };
        Ok(Workspace {
            id,
            name: row.value("name", WorkspaceName::new(&self.name).ok())?,
            status: row.value("status", WorkspaceStatus::parse(&self.status))?,
            time_zone: row.text("time_zone", &self.time_zone)?,
            event_checks: row.text("event_checks", &self.event_checks)?,
            created_at: Timestamp::from_micros(self.created_at_us),
        })
    }
}

both! {
    impl WorkspaceTx {
        fn insert_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError> {
            let row = WorkspaceRow {
                id: workspace.id.as_bytes().to_vec(),
                name: workspace.name.to_string(),
                status: workspace.status.as_str().to_owned(),
                created_at_us: workspace.created_at.as_micros(),
                time_zone: workspace.time_zone.to_string(),
                event_checks: workspace.event_checks.as_str().to_owned(),
            };
            let insert = diesel::insert_into(workspaces::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "workspaces.id or workspaces.name")
        }

        fn find_workspace(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
            let query = workspaces::table.filter(workspaces::id.eq(id.as_bytes())).select(WorkspaceRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(WorkspaceRow::into_workspace).transpose()
        }

        /// Served by the primary key; `workspaces_by_name` refuses a name that another has.
        fn update_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError> {
            // What is kept of a workspace for publishing stands with its targets.
            self.forget_targets();
            let update = diesel::update(workspaces::table.find(workspace.id.as_bytes())).set((
                workspaces::name.eq(workspace.name.as_str()),
                workspaces::status.eq(workspace.status.as_str()),
                workspaces::time_zone.eq(workspace.time_zone.as_str()),
                workspaces::event_checks.eq(workspace.event_checks.as_str()),
            ));
            self.state.note(update.execute(&mut *self.conn)).map(drop)
        }

        fn list_workspaces(&mut self) -> Result<Vec<Workspace>, StoreError> {
            let query = workspaces::table.order(workspaces::id.asc()).select(WorkspaceRow::as_select());
            let rows: Vec<WorkspaceRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(WorkspaceRow::into_workspace).collect()
        }
    }

    impl InstallationTx {
        fn find_installation(&mut self) -> Result<Option<Installation>, StoreError> {
            let query = installation::table.select(InstallationRow::as_select());
            let row: Option<InstallationRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            let convert = |found: InstallationRow| {
                let row = Row { table: "installation", id: &found.id };
                let default = row.bytes("default_workspace_id", &found.default_workspace_id)?;
                Ok(Installation {
                    sealed_pepper: Sealed::from_bytes(found.sealed_pepper),
                    default_workspace_id: WorkspaceId::from_bytes(default),
                    created_at: Timestamp::from_micros(found.created_at_us),
                })
            };
            row.map(convert).transpose()
        }

        fn insert_installation(&mut self, installation: &Installation) -> Result<(), StoreError> {
            let row = InstallationRow {
                id: THE_ONE,
                sealed_pepper: installation.sealed_pepper.as_bytes().to_vec(),
                default_workspace_id: installation.default_workspace_id.as_bytes().to_vec(),
                created_at_us: installation.created_at.as_micros(),
            };
            let insert = diesel::insert_into(installation::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "installation")
        }
    }
}
