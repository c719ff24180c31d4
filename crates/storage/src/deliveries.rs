//! Deliveries, their attempts, and the sessions that they are leased to.

use std::collections::HashSet;

use devhub_domain::id::{DeliveryId, EndpointId, SessionId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    Attempt, Backlog, Claimed, Delivery, DeliveryFilter, DeliveryState, DeliveryTx, Room, Session,
};
use diesel::prelude::*;

use crate::attempts::AttemptRow;
use crate::claim::ClaimRows;
use crate::delivery_list::DeliveryPages;
use crate::delivery_row::{DeliveryRow, readable};
use crate::dialect::Dialect;
use crate::due::FirstDue;
use crate::interrupted::interrupted;
use crate::record::RecordDelivery;
use crate::row::{instant, limit, written};
use crate::schema::{attempts, deliveries, endpoints, sessions};
use crate::sessions::SessionRow;
use crate::tx::both;

/// Leases that one transaction gives back at most, whatever is asked for: bounds the transaction and the memory.
const RELEASE_MAX: usize = 1_000;

/// Deliveries that are leased to a session which does not exist. Served by `deliveries_leased`, which holds the leased ones only.
macro_rules! orphans {
    () => {
        deliveries::table.filter(deliveries::lease_session_id.is_not_null()).filter(diesel::dsl::not(
            diesel::dsl::exists(sessions::table.filter(sessions::id.nullable().eq(deliveries::lease_session_id))),
        ))
    };
}

both! {
    impl DeliveryTx {
        fn claim_due(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            room: &Room,
        ) -> Result<Claimed, StoreError> {
            self.claim(session_id, now, room)
        }

        fn claim_probe(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            endpoint_id: EndpointId,
        ) -> Result<Claimed, StoreError> {
            self.claim_one(session_id, now, endpoint_id)
        }

        fn record_delivery(&mut self, session_id: SessionId, delivery: &Delivery) -> Result<bool, StoreError> {
            let row = DeliveryRow::from(delivery);
            let record =
                RecordDelivery { session_id: session_id.as_bytes(), attempts_before: row.attempts - 1, row: &row };
            Ok(self.state.note(record.execute(&mut *self.conn))? == 1)
        }

        fn record_deliveries(
            &mut self,
            session_id: SessionId,
            deliveries: &[Delivery],
        ) -> Result<Vec<bool>, StoreError> {
            // One alone needs no arrays, and its statement is prepared already.
            if let [delivery] = deliveries {
                return Ok(vec![self.record_delivery(session_id, delivery)?]);
            }
            let rows = deliveries.iter().map(DeliveryRow::from).collect();
            let recorded: HashSet<Vec<u8>> =
                self.state.note(self.conn.record_rows(session_id.as_bytes(), rows))?.into_iter().collect();
            Ok(deliveries.iter().map(|delivery| recorded.contains(&delivery.id.as_bytes()[..])).collect())
        }

        fn update_resent(&mut self, delivery: &Delivery) -> Result<bool, StoreError> {
            let row = DeliveryRow::from(delivery);
            let open = deliveries::table
                .filter(deliveries::id.eq(&row.id[..]))
                .filter(deliveries::state.ne_all([DeliveryState::Leased.as_str(), DeliveryState::Held.as_str()]));
            let update = diesel::update(open).set((
                deliveries::state.eq(&row.state),
                deliveries::due_at_us.eq(row.due_at_us),
                deliveries::setbacks.eq(row.setbacks),
                deliveries::resend.eq(&row.resend),
                deliveries::finished_at_us.eq(row.finished_at_us),
            ));
            Ok(self.state.note(update.execute(&mut *self.conn))? == 1)
        }

        fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
            let insert =
                diesel::insert_into(attempts::table).values(AttemptRow::from(attempt)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "attempts.number")
        }

        fn find_delivery(
            &mut self,
            workspace_id: WorkspaceId,
            id: DeliveryId,
        ) -> Result<Option<Delivery>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_delivery(id.as_bytes()))?;
            }
            let query = deliveries::table
                .filter(deliveries::id.eq(id.as_bytes()))
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .select(DeliveryRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(DeliveryRow::into_delivery).transpose()
        }

        fn list_deliveries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            page: PageRequest<DeliveryId>,
        ) -> Result<Page<Delivery, DeliveryId>, StoreError> {
            self.deliveries_page(workspace_id, filter, page)
        }

        /// Served by the primary key.
        fn list_attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
            let query = attempts::table
                .filter(attempts::delivery_id.eq(id.as_bytes()))
                .order(attempts::number.asc())
                .select(AttemptRow::as_select());
            let rows: Vec<AttemptRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(AttemptRow::into_attempt).collect()
        }

        /// Served by `deliveries_due_by_endpoint`: one step for each endpoint that something waits for.
        fn next_due_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
            let earliest: Option<i64> = self.state.note(FirstDue.get_result(&mut *self.conn))?;
            Ok(instant(earliest))
        }

        /// Served by `endpoints_by_workspace`: its first and its last entry.
        fn has_several_workspaces(&mut self) -> Result<bool, StoreError> {
            let workspaces = || endpoints::table.select(endpoints::workspace_id);
            let lowest = workspaces().order(endpoints::workspace_id.asc()).first::<Vec<u8>>(&mut *self.conn);
            let lowest = self.state.note(lowest.optional())?;
            let highest = workspaces().order(endpoints::workspace_id.desc()).first::<Vec<u8>>(&mut *self.conn);
            Ok(lowest != self.state.note(highest.optional())?)
        }

        /// Served by `deliveries_due`: the count reads nothing else.
        fn backlog(&mut self, now: Timestamp, count: usize) -> Result<Backlog, StoreError> {
            let counted = deliveries::table
                .filter(deliveries::due_at_us.is_not_null())
                .order(deliveries::due_at_us.asc())
                .limit(limit(count))
                .select(deliveries::due_at_us);
            let counted: Vec<Option<i64>> = self.state.note(counted.load(&mut *self.conn))?;
            let oldest_due_at = self.next_due_at()?.filter(|due_at| *due_at <= now);
            Ok(Backlog { waiting: counted.len(), oldest_due_at })
        }

        fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
            let insert =
                diesel::insert_into(sessions::table).values(SessionRow::from(session)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "sessions.id")
        }

        fn beat_session(&mut self, id: SessionId) -> Result<bool, StoreError> {
            let session = sessions::table.filter(sessions::id.eq(id.as_bytes()));
            let update = diesel::update(session).set(sessions::beats.eq(sessions::beats + 1));
            Ok(self.state.note(update.execute(&mut *self.conn))? == 1)
        }

        /// Served by the primary key.
        fn list_sessions(&mut self) -> Result<Vec<Session>, StoreError> {
            let query = sessions::table.order(sessions::id.asc()).select(SessionRow::as_select());
            let rows: Vec<SessionRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(SessionRow::into_session).collect()
        }

        fn release_session(&mut self, id: SessionId, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let ids = self.state.note(self.conn.find_leased(id.as_bytes(), limit(count.min(RELEASE_MAX))))?;
            let leased = || deliveries::table.filter(deliveries::id.eq_any(&ids));
            interrupted!(self, leased, now)
        }

        fn list_leased(&mut self, id: SessionId, count: usize) -> Result<Vec<Delivery>, StoreError> {
            let query = deliveries::table
                .filter(deliveries::lease_session_id.eq(&id.as_bytes()[..]))
                .order(deliveries::id.asc())
                .limit(limit(count))
                .select(DeliveryRow::as_select());
            // One that cannot be read stays leased until its session ends; it must not keep the others from being found.
            Ok(readable(self.state.note(query.load(&mut *self.conn))?).0)
        }

        fn release_orphans(&mut self, now: Timestamp, count: usize) -> Result<usize, StoreError> {
            let ids = orphans!().limit(limit(count.min(RELEASE_MAX))).select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            // Asked again: on PostgreSQL another node may have released some of them since.
            let orphans = || orphans!().filter(deliveries::id.eq_any(&ids));
            interrupted!(self, orphans, now)
        }

        fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError> {
            let delete = diesel::delete(sessions::table.filter(sessions::id.eq(id.as_bytes())));
            self.state.note(delete.execute(&mut *self.conn)).map(drop)
        }
    }
}
