//! Operators.

use devhub_domain::id::{OperatorId, WorkspaceId};
use devhub_domain::operators::{EmailAddress, Operator, OperatorTx, Role};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, own_id, written};
use crate::schema::operators::{self, dsl};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operators)]
struct OperatorRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    email: String,
    role: String,
    created_at_us: i64,
}

impl From<&Operator> for OperatorRow {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.as_bytes().to_vec(),
            workspace_id: operator.workspace_id.as_bytes().to_vec(),
            email: operator.email.as_str().to_owned(),
            role: operator.role.as_str().to_owned(),
            created_at_us: operator.created_at.as_micros(),
        }
    }
}

impl OperatorRow {
    fn into_operator(self) -> Result<Operator, StoreError> {
        let id = OperatorId::from_bytes(own_id("operators", &self.id)?);
        let row = Row { table: "operators", id: &id };
        Ok(Operator {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            email: row.value("email", EmailAddress::new(&self.email).ok())?,
            role: row.value("role", Role::parse(&self.role))?,
            created_at: Timestamp::from_micros(self.created_at_us),
        })
    }
}

both! {
    impl OperatorTx {
        fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
            let insert = diesel::insert_into(dsl::operators).values(OperatorRow::from(operator)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "operators.email")
        }

        /// Found by `operators_by_email`; there are few, and they are sorted after.
        fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError> {
            let query = dsl::operators
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::id.asc())
                .select(OperatorRow::as_select());
            let rows: Vec<OperatorRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(OperatorRow::into_operator).collect()
        }
    }
}
