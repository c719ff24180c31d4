//! Where else operators work than at home, as rows.

use devhub_domain::id::{OperatorId, WorkspaceId};
use devhub_domain::operators::{Membership, Operator, Role};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::WorkspaceName;
use diesel::prelude::*;

use crate::operators::OperatorRow;
use crate::row::Row;
use crate::schema::operator_memberships;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operator_memberships)]
pub(crate) struct MembershipRow {
    operator_id: Vec<u8>,
    workspace_id: Vec<u8>,
    pub(crate) role: String,
    pub(crate) since_us: i64,
}

impl From<&Operator> for MembershipRow {
    fn from(operator: &Operator) -> Self {
        Self {
            operator_id: operator.id.as_bytes().to_vec(),
            workspace_id: operator.workspace_id.as_bytes().to_vec(),
            role: operator.role.as_str().to_owned(),
            since_us: operator.created_at.as_micros(),
        }
    }
}

impl MembershipRow {
    /// The operator as this workspace knows it.
    pub(crate) fn into_operator(self, operator: OperatorRow) -> Result<Operator, StoreError> {
        let operator = operator.into_operator()?;
        let row = Row { table: "operator_memberships", id: &operator.id };
        Ok(Operator {
            workspace_id: row.workspace_id(&self.workspace_id)?,
            role: row.value("role", Role::parse(&self.role))?,
            created_at: Timestamp::from_micros(self.since_us),
            ..operator
        })
    }
}

/// The operator as a workspace knows it; `None` where it neither is at home nor works otherwise.
pub(crate) fn joined(
    (operator, membership): (OperatorRow, Option<MembershipRow>),
    workspace_id: WorkspaceId,
) -> Result<Option<Operator>, StoreError> {
    match membership {
        Some(membership) => membership.into_operator(operator).map(Some),
        None => Ok(Some(operator.into_operator()?).filter(|operator| operator.workspace_id == workspace_id)),
    }
}

/// Which workspace, what people call it, the role there, and since when.
pub(crate) type NamedRow = (Vec<u8>, String, String, i64);

/// A workspace in which an operator works.
pub(crate) fn named(id: OperatorId, (workspace_id, name, role, since_us): NamedRow) -> Result<Membership, StoreError> {
    let row = Row { table: "operator_memberships", id: &id };
    Ok(Membership {
        workspace_id: row.workspace_id(&workspace_id)?,
        name: row.value("workspace_id", WorkspaceName::new(&name).ok())?,
        role: row.value("role", Role::parse(&role))?,
        since: Timestamp::from_micros(since_us),
    })
}
