//! Deliveries that wait for a decision after a restore.

use devhub_domain::id::WorkspaceId;
use devhub_domain::restores::RestoreTx;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Close, DeliveryState};
use diesel::prelude::*;

use crate::close::CloseRows;
use crate::row::limit;
use crate::schema::deliveries;
use crate::tx::both;

/// Withholds these deliveries, as far as they are among `$rows`; returns how many those were.
///
/// What had come to its end before somebody asked for it again keeps that end: its former state has no instant behind it.
macro_rules! withhold {
    ($self:ident, $rows:expr, $now:expr) => {{
        let was_over = deliveries::resend.is_not_null().and(deliveries::resend.not_like("%@%"));
        let over = diesel::update($rows.filter(was_over)).set((
            deliveries::state.eq(DeliveryState::Withheld.as_str()),
            deliveries::due_at_us.eq(None::<i64>),
            deliveries::lease_session_id.eq(None::<Vec<u8>>),
        ));
        let count = $self.state.note(over.execute(&mut *$self.conn))?;
        let not_over = deliveries::resend.is_null().or(deliveries::resend.like("%@%"));
        let others = diesel::update($rows.filter(not_over)).set((
            deliveries::state.eq(DeliveryState::Withheld.as_str()),
            deliveries::due_at_us.eq(None::<i64>),
            deliveries::lease_session_id.eq(None::<Vec<u8>>),
            deliveries::finished_at_us.eq(Some($now.as_micros())),
        ));
        Ok(count + $self.state.note(others.execute(&mut *$self.conn))?)
    }};
}

both! {
    impl RestoreTx {
        /// Served by `deliveries_due`.
        fn withhold_waiting(&mut self, due_before: Timestamp, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let overdue = || deliveries::table.filter(deliveries::due_at_us.lt(due_before.as_micros()));
            let ids = overdue().order(deliveries::due_at_us.asc()).limit(limit(count)).select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            // Asked again: on PostgreSQL another node may have claimed some of them since.
            withhold!(self, overdue().filter(deliveries::id.eq_any(&ids)), now)
        }

        /// Served by `deliveries_leased`.
        fn withhold_leased(&mut self, tried_before: Timestamp, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let before = tried_before.as_micros();
            let untried = deliveries::last_started_at_us.is_null().and(deliveries::created_at_us.lt(before));
            let ids = deliveries::table
                .filter(deliveries::lease_session_id.is_not_null())
                .filter(deliveries::last_started_at_us.lt(before).assume_not_null().or(untried.assume_not_null()))
                .limit(limit(count))
                .select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            withhold!(self, deliveries::table.filter(deliveries::id.eq_any(&ids)), now)
        }

        /// Served by `deliveries_unsettled_by_workspace`.
        fn close_withheld(
            &mut self,
            workspace_id: WorkspaceId,
            now: Timestamp,
            count: usize,
        ) -> Result<usize, StoreError> {
            let ids = deliveries::table
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .filter(deliveries::state.eq(DeliveryState::Withheld.as_str()))
                .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(crate::delivery_list::UNSETTLED))
                .limit(limit(count))
                .select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            self.close(&ids, Close::Superseded, now)
        }
    }
}
