//! Operators and their sessions.

use devhub_domain::id::{OperatorId, OperatorSessionId, WorkspaceId};
use devhub_domain::operators::{
    EmailAddress, Operator, OperatorSession, OperatorTx, Role, SecondFactor, SessionDigest,
};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::operator_second_factors::SecondFactorRow;
use crate::operator_sessions::OperatorSessionRow;
use crate::row::{Row, limit, own_id, written};
use crate::schema::operator_second_factors::dsl as factors;
use crate::schema::operator_sessions::{self, dsl as sessions};
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
    password_hash: Option<String>,
    revision: i64,
}

impl From<&Operator> for OperatorRow {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.as_bytes().to_vec(),
            workspace_id: operator.workspace_id.as_bytes().to_vec(),
            email: operator.email.as_str().to_owned(),
            role: operator.role.as_str().to_owned(),
            created_at_us: operator.created_at.as_micros(),
            password_hash: operator.password.as_ref().map(|hash| hash.as_str().to_owned()),
            revision: operator.revision,
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
            password: self.password_hash.map(|hash| row.text("password_hash", &hash)).transpose()?,
            created_at: Timestamp::from_micros(self.created_at_us),
            revision: self.revision,
        })
    }
}

both! {
    impl OperatorTx {
        fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
            let insert = diesel::insert_into(dsl::operators).values(OperatorRow::from(operator)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "operators.email")
        }

        fn update_operator(&mut self, operator: &Operator) -> Result<(), StoreError> {
            let before = dsl::operators.find(operator.id.as_bytes()).filter(dsl::revision.eq(operator.revision - 1));
            let update = diesel::update(before).set((
                dsl::role.eq(operator.role.as_str()),
                dsl::password_hash.eq(operator.password.as_ref().map(|hash| hash.as_str())),
                dsl::revision.eq(operator.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "operators.revision")
        }

        fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError> {
            self.delete_second_factor(id)?;
            let of_it = sessions::operator_sessions.filter(sessions::operator_id.eq(id.as_bytes()));
            self.state.note(diesel::delete(of_it).execute(&mut *self.conn))?;
            self.state.note(diesel::delete(dsl::operators.find(id.as_bytes())).execute(&mut *self.conn)).map(drop)
        }

        fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
            let query = dsl::operators
                .find(id.as_bytes())
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .select(OperatorRow::as_select());
            let row: Option<OperatorRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(OperatorRow::into_operator).transpose()
        }

        /// Served by `operators_by_email`.
        fn find_operator_by_email(
            &mut self,
            workspace_id: WorkspaceId,
            email: &EmailAddress,
        ) -> Result<Option<Operator>, StoreError> {
            let query = dsl::operators
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .filter(dsl::email.eq(email.as_str()))
                .select(OperatorRow::as_select());
            let row: Option<OperatorRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(OperatorRow::into_operator).transpose()
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

        fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError> {
            let query =
                factors::operator_second_factors.find(operator_id.as_bytes()).select(SecondFactorRow::as_select());
            let row: Option<SecondFactorRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(SecondFactorRow::into_factor).transpose()
        }

        fn put_second_factor(&mut self, factor: &SecondFactor) -> Result<(), StoreError> {
            let row = SecondFactorRow::from(factor);
            let known = factors::operator_second_factors.find(factor.operator_id.as_bytes());
            if self.state.note(diesel::update(known).set(&row).execute(&mut *self.conn))? > 0 {
                return Ok(());
            }
            let insert = diesel::insert_into(factors::operator_second_factors).values(row);
            self.state.note(insert.execute(&mut *self.conn)).map(drop)
        }

        fn delete_second_factor(&mut self, operator_id: OperatorId) -> Result<(), StoreError> {
            let known = factors::operator_second_factors.find(operator_id.as_bytes());
            self.state.note(diesel::delete(known).execute(&mut *self.conn)).map(drop)
        }

        fn insert_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError> {
            let row = OperatorSessionRow::from(session);
            let insert = diesel::insert_into(operator_sessions::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "operator_sessions.digest")
        }

        fn touch_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError> {
            let older = sessions::operator_sessions
                .find(session.id.as_bytes())
                .filter(sessions::last_seen_at_us.lt(session.last_seen_at.as_micros()));
            let update = diesel::update(older).set((
                sessions::last_seen_at_us.eq(session.last_seen_at.as_micros()),
                sessions::ends_at_us.eq(session.expires_at().as_micros()),
            ));
            self.state.note(update.execute(&mut *self.conn)).map(drop)
        }

        /// Served by `operator_sessions_by_digest`.
        fn find_operator_session(&mut self, digest: &SessionDigest) -> Result<Option<OperatorSession>, StoreError> {
            let query = sessions::operator_sessions
                .filter(sessions::digest.eq(digest.0.as_slice()))
                .select(OperatorSessionRow::as_select());
            let row: Option<OperatorSessionRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(OperatorSessionRow::into_session).transpose()
        }

        /// Served by `operator_sessions_by_operator`.
        fn list_operator_sessions(&mut self, operator_id: OperatorId) -> Result<Vec<OperatorSession>, StoreError> {
            let query = sessions::operator_sessions
                .filter(sessions::operator_id.eq(operator_id.as_bytes()))
                .order(sessions::id.desc())
                .select(OperatorSessionRow::as_select());
            let rows: Vec<OperatorSessionRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(OperatorSessionRow::into_session).collect()
        }

        fn delete_operator_sessions(&mut self, ids: &[OperatorSessionId]) -> Result<(), StoreError> {
            let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
            let named = sessions::operator_sessions.filter(sessions::id.eq_any(ids));
            self.state.note(diesel::delete(named).execute(&mut *self.conn)).map(drop)
        }

        /// Served by `operator_sessions_by_end`.
        fn delete_ended_operator_sessions(&mut self, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            // Under another name, since the statement removes from the same table.
            let others = diesel::alias!(operator_sessions as ended);
            let oldest = others
                .filter(others.field(sessions::ends_at_us).le(now.as_micros()))
                .order(others.field(sessions::ends_at_us).asc())
                .limit(limit(count))
                .select(others.field(sessions::id));
            let delete = diesel::delete(sessions::operator_sessions.filter(sessions::id.eq_any(oldest)));
            self.state.note(delete.execute(&mut *self.conn))
        }
    }
}
