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

/// The columns of a delivery that is withheld.
macro_rules! withheld {
    () => {
        (
            deliveries::state.eq(DeliveryState::Withheld.as_str()),
            deliveries::due_at_us.eq(None::<i64>),
            deliveries::lease_session_id.eq(None::<Vec<u8>>),
        )
    };
}

both! {
    impl RestoreTx {
        /// Served by `deliveries_due`.
        fn withhold_waiting(&mut self, due_before: Timestamp, count: usize) -> Result<usize, StoreError> {
            let overdue = || deliveries::table.filter(deliveries::due_at_us.lt(due_before.as_micros()));
            let ids = overdue().order(deliveries::due_at_us.asc()).limit(limit(count)).select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            // Asked again: on PostgreSQL another node may have claimed some of them since.
            let update = diesel::update(overdue().filter(deliveries::id.eq_any(ids))).set(withheld!());
            self.state.note(update.execute(&mut *self.conn))
        }

        /// Served by `deliveries_leased`.
        fn withhold_leased(&mut self, tried_before: Timestamp, count: usize) -> Result<usize, StoreError> {
            let before = tried_before.as_micros();
            let untried = deliveries::last_started_at_us.is_null().and(deliveries::created_at_us.lt(before));
            let ids = deliveries::table
                .filter(deliveries::lease_session_id.is_not_null())
                .filter(deliveries::last_started_at_us.lt(before).assume_not_null().or(untried.assume_not_null()))
                .limit(limit(count))
                .select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            let update = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids))).set(withheld!());
            self.state.note(update.execute(&mut *self.conn))
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
