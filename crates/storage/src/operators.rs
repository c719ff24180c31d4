//! Operators and their sessions.

use std::collections::BTreeSet;

use devhub_domain::id::{OperatorId, OperatorSessionId, WorkspaceId};
use devhub_domain::operators::{
    EmailAddress, Membership, Operator, OperatorSession, OperatorTx, Role, SecondFactor, SessionDigest,
};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::operator_dialect::OperatorDialect;
use crate::operator_memberships::{MembershipRow, NamedRow, joined, named};
use crate::operator_second_factors::SecondFactorRow;
use crate::operator_sessions::OperatorSessionRow;
use crate::row::{Row, limit, own_id, written};
use crate::schema::operator_second_factors::dsl as factors;
use crate::schema::operator_sessions::{self, dsl as sessions};
use crate::schema::operators::{self, dsl};
use crate::schema::{operator_memberships as memberships, workspaces};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operators)]
pub(crate) struct OperatorRow {
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
            workspace_id: operator.home_id.as_bytes().to_vec(),
            email: operator.email.as_str().to_owned(),
            role: operator.role.as_str().to_owned(),
            created_at_us: operator.created_at.as_micros(),
            password_hash: operator.password.as_ref().map(|hash| hash.as_str().to_owned()),
            revision: operator.revision,
        }
    }
}

impl OperatorRow {
    /// As the workspace knows it that it is at home in.
    pub(crate) fn into_operator(self) -> Result<Operator, StoreError> {
        let id = OperatorId::from_bytes(own_id("operators", &self.id)?);
        let row = Row { table: "operators", id: &id };
        let home_id = row.workspace_id(&self.workspace_id)?;
        Ok(Operator {
            id,
            workspace_id: home_id,
            home_id,
            email: row.value("email", EmailAddress::new(&self.email).ok())?,
            role: row.value("role", Role::parse(&self.role))?,
            password: self.password_hash.map(|hash| row.text("password_hash", &hash)).transpose()?,
            created_at: Timestamp::from_micros(self.created_at_us),
            revision: self.revision,
        })
    }
}

/// Operators, each with how it works in a workspace that it is not at home in, if it does. Served by the primary key of memberships.
macro_rules! in_workspace {
    ($workspace_id:expr) => {
        dsl::operators
            .left_join(
                memberships::table.on(memberships::operator_id
                    .eq(dsl::id)
                    .and(memberships::workspace_id.eq($workspace_id.as_bytes()))),
            )
            .select((OperatorRow::as_select(), Option::<MembershipRow>::as_select()))
    };
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
                dsl::password_hash.eq(operator.password.as_ref().map(|hash| hash.as_str())),
                dsl::revision.eq(operator.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "operators.revision")?;
            let (id, workspace_id) = (operator.id.as_bytes(), operator.workspace_id.as_bytes());
            let count = if operator.is_at_home() {
                let at_home = dsl::operators.find(id).filter(dsl::workspace_id.eq(workspace_id));
                diesel::update(at_home).set(dsl::role.eq(operator.role.as_str())).execute(&mut *self.conn)
            } else {
                let there = memberships::table.find((id, workspace_id));
                diesel::update(there).set(memberships::role.eq(operator.role.as_str())).execute(&mut *self.conn)
            };
            written(self.state.note(count)?, 1, "operators.revision")
        }

        fn insert_membership(&mut self, operator: &Operator) -> Result<(), StoreError> {
            if self.find_operator(operator.workspace_id, operator.id)?.is_some() {
                return Err(StoreError::Conflict("operator_memberships"));
            }
            let row = MembershipRow::from(operator);
            let insert = diesel::insert_into(memberships::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "operator_memberships")
        }

        fn delete_membership(&mut self, id: OperatorId, workspace_id: WorkspaceId) -> Result<(), StoreError> {
            let there = memberships::table.find((id.as_bytes(), workspace_id.as_bytes()));
            self.state.note(diesel::delete(there).execute(&mut *self.conn)).map(drop)
        }

        fn move_operator_home(&mut self, operator: &Operator) -> Result<(), StoreError> {
            let (id, workspace_id) = (operator.id.as_bytes(), operator.workspace_id.as_bytes());
            let there = memberships::table.find((id, workspace_id)).select(MembershipRow::as_select());
            let found: Option<MembershipRow> = self.state.note(there.first(&mut *self.conn).optional())?;
            let found = found.ok_or(StoreError::Conflict("operator_memberships"))?;
            let update = diesel::update(dsl::operators.find(id)).set((
                dsl::workspace_id.eq(workspace_id),
                dsl::role.eq(found.role),
                dsl::created_at_us.eq(found.since_us),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "operators.id")?;
            self.delete_membership(operator.id, operator.workspace_id)
        }

        fn hold_operator(&mut self, id: OperatorId) -> Result<(), StoreError> {
            self.state.note(self.conn.lock_operator(id.as_bytes()))
        }

        /// Each half is served by a primary key.
        fn list_memberships(&mut self, id: OperatorId) -> Result<Vec<Membership>, StoreError> {
            let at_home = dsl::operators
                .find(id.as_bytes())
                .inner_join(workspaces::table)
                .select((dsl::workspace_id, workspaces::name, dsl::role, dsl::created_at_us));
            let home: Option<NamedRow> = self.state.note(at_home.first(&mut *self.conn).optional())?;
            let elsewhere = memberships::table
                .inner_join(workspaces::table)
                .filter(memberships::operator_id.eq(id.as_bytes()))
                .order((memberships::since_us.asc(), memberships::workspace_id.asc()))
                .select((memberships::workspace_id, workspaces::name, memberships::role, memberships::since_us));
            let others: Vec<NamedRow> = self.state.note(elsewhere.load(&mut *self.conn))?;
            home.into_iter().chain(others).map(|row| named(id, row)).collect()
        }

        fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError> {
            self.delete_second_factor(id)?;
            let of_it = sessions::operator_sessions.filter(sessions::operator_id.eq(id.as_bytes()));
            self.state.note(diesel::delete(of_it).execute(&mut *self.conn))?;
            let works = memberships::table.filter(memberships::operator_id.eq(id.as_bytes()));
            self.state.note(diesel::delete(works).execute(&mut *self.conn))?;
            self.state.note(diesel::delete(dsl::operators.find(id.as_bytes())).execute(&mut *self.conn)).map(drop)
        }

        fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError> {
            let query = in_workspace!(workspace_id).filter(dsl::id.eq(id.as_bytes()));
            let found = self.state.note(query.first(&mut *self.conn).optional())?;
            found.map_or(Ok(None), |found| joined(found, workspace_id))
        }

        /// Served by `operators_by_address`.
        fn find_operator_by_email(
            &mut self,
            workspace_id: WorkspaceId,
            email: &EmailAddress,
        ) -> Result<Option<Operator>, StoreError> {
            let query = in_workspace!(workspace_id).filter(dsl::email.eq(email.as_str()));
            let found = self.state.note(query.first(&mut *self.conn).optional())?;
            found.map_or(Ok(None), |found| joined(found, workspace_id))
        }

        /// Served by `operators_by_address`.
        fn find_operator_at_home(&mut self, email: &EmailAddress) -> Result<Option<Operator>, StoreError> {
            let query = dsl::operators.filter(dsl::email.eq(email.as_str())).select(OperatorRow::as_select());
            let row: Option<OperatorRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(OperatorRow::into_operator).transpose()
        }

        /// Found by `operators_by_email` and `operator_memberships_by_workspace`; there are few, and they are sorted after.
        fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError> {
            let at_home = dsl::operators
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .select(OperatorRow::as_select());
            let rows: Vec<OperatorRow> = self.state.note(at_home.load(&mut *self.conn))?;
            let members = memberships::table
                .inner_join(dsl::operators)
                .filter(memberships::workspace_id.eq(workspace_id.as_bytes()))
                .select((OperatorRow::as_select(), MembershipRow::as_select()));
            let others: Vec<(OperatorRow, MembershipRow)> = self.state.note(members.load(&mut *self.conn))?;
            let at_home = rows.into_iter().map(OperatorRow::into_operator);
            let others = others.into_iter().map(|(operator, membership)| membership.into_operator(operator));
            let mut all = at_home.chain(others).collect::<Result<Vec<_>, _>>()?;
            all.sort_by_key(|operator| (operator.created_at, operator.id));
            Ok(all)
        }

        fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError> {
            let query =
                factors::operator_second_factors.find(operator_id.as_bytes()).select(SecondFactorRow::as_select());
            let row: Option<SecondFactorRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(SecondFactorRow::into_factor).transpose()
        }

        /// Found as operators are listed, and each by the primary key of second factors.
        fn list_second_factor_holders(&mut self, workspace_id: WorkspaceId) -> Result<BTreeSet<OperatorId>, StoreError> {
            let at_home = factors::operator_second_factors
                .inner_join(dsl::operators)
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .select(factors::operator_id);
            let mut ids: Vec<Vec<u8>> = self.state.note(at_home.load(&mut *self.conn))?;
            let is_of = memberships::operator_id.eq(factors::operator_id);
            let members = factors::operator_second_factors
                .inner_join(memberships::table.on(is_of))
                .filter(memberships::workspace_id.eq(workspace_id.as_bytes()))
                .select(factors::operator_id);
            let others: Vec<Vec<u8>> = self.state.note(members.load(&mut *self.conn))?;
            ids.extend(others);
            ids.iter().map(|id| Ok(OperatorId::from_bytes(own_id("operator_second_factors", id)?))).collect()
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

        fn move_operator_session(&mut self, id: OperatorSessionId, workspace_id: WorkspaceId) -> Result<bool, StoreError> {
            let update = diesel::update(sessions::operator_sessions.find(id.as_bytes()));
            let update = update.set(sessions::workspace_id.eq(workspace_id.as_bytes()));
            Ok(self.state.note(update.execute(&mut *self.conn))? == 1)
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
