//! Deliveries, their attempts, and the sessions that they are leased to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::events::Payload;
use devhub_domain::id::{DeliveryId, EndpointId, EventId, SessionId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    Attempt, Backlog, Delivery, DeliveryFilter, DeliveryState, DeliveryTx, FailureKind, Lease, Session, Summary,
    Target, Work,
};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::attempts::AttemptRow;
use crate::dialect::Dialect;
use crate::record::RecordDelivery;
use crate::row::{Row, instant, limit, micros, own_id, written};
use crate::schema::{attempts, deliveries, endpoints, events, sessions};
use crate::sessions::SessionRow;
use crate::targets::TargetRows;
use crate::tx::both;

/// Deliveries that one claim leases at most, whatever is asked for: bounds the transaction and the memory.
const CLAIM_MAX: usize = 1_000;

/// How long a row that cannot be read is left alone, so that it does not stop all others: damaged by hand, or written by a newer release
/// that runs beside this one. It is not touched otherwise: whoever looks at it is told what is wrong.
const UNREADABLE_AFTER: Duration = Duration::from_hours(1);

/// A delivery that waits, due at an instant.
macro_rules! waiting {
    ($now:expr) => {
        (
            deliveries::state.eq(DeliveryState::Waiting.as_str()),
            deliveries::due_at_us.eq(Some($now.as_micros())),
            deliveries::lease_session_id.eq(None::<Vec<u8>>),
        )
    };
}

/// Deliveries that are leased to a session which does not exist. Served by `deliveries_leased`, which holds the leased ones only.
macro_rules! orphans {
    () => {
        deliveries::table.filter(deliveries::lease_session_id.is_not_null()).filter(diesel::dsl::not(
            diesel::dsl::exists(sessions::table.filter(sessions::id.nullable().eq(deliveries::lease_session_id))),
        ))
    };
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub(crate) struct DeliveryRow {
    pub(crate) id: Vec<u8>,
    workspace_id: Vec<u8>,
    event_id: Vec<u8>,
    event_type: String,
    endpoint_id: Vec<u8>,
    pub(crate) state: String,
    pub(crate) due_at_us: Option<i64>,
    pub(crate) lease_session_id: Option<Vec<u8>>,
    pub(crate) attempts: i64,
    created_at_us: i64,
    pub(crate) finished_at_us: Option<i64>,
    pub(crate) last_started_at_us: Option<i64>,
    pub(crate) last_duration_ms: Option<i64>,
    pub(crate) last_status: Option<i64>,
    pub(crate) last_failure: Option<String>,
    pub(crate) last_detail: Option<String>,
}

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        let last = delivery.last.as_ref();
        Self {
            id: delivery.id.as_bytes().to_vec(),
            workspace_id: delivery.workspace_id.as_bytes().to_vec(),
            event_id: delivery.event_id.as_bytes().to_vec(),
            event_type: delivery.event_type.as_str().to_owned(),
            endpoint_id: delivery.endpoint_id.as_bytes().to_vec(),
            state: delivery.state.as_str().to_owned(),
            due_at_us: micros(delivery.due_at),
            lease_session_id: delivery.lease.map(|lease| lease.session_id.as_bytes().to_vec()),
            attempts: i64::from(delivery.attempts),
            created_at_us: delivery.created_at.as_micros(),
            finished_at_us: micros(delivery.finished_at),
            last_started_at_us: last.map(|last| last.started_at.as_micros()),
            last_duration_ms: last.map(|last| i64::from(last.duration_ms)),
            last_status: last.and_then(|last| last.status.map(i64::from)),
            last_failure: last.and_then(|last| last.failure.map(|kind| kind.as_str().to_owned())),
            // PostgreSQL keeps no NUL.
            last_detail: last.and_then(|last| last.detail.as_ref().map(|detail| detail.replace('\0', "\u{fffd}"))),
        }
    }
}

impl DeliveryRow {
    fn into_delivery(self) -> Result<Delivery, StoreError> {
        let id = DeliveryId::from_bytes(own_id("deliveries", &self.id)?);
        let row = Row { table: "deliveries", id: &id };
        let lease = |bytes: &Vec<u8>| {
            row.bytes("lease_session_id", bytes).map(|id| Lease { session_id: SessionId::from_bytes(id) })
        };
        Ok(Delivery {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            event_id: EventId::from_bytes(row.bytes("event_id", &self.event_id)?),
            event_type: row.text("event_type", &self.event_type)?,
            endpoint_id: EndpointId::from_bytes(row.bytes("endpoint_id", &self.endpoint_id)?),
            state: row.value("state", DeliveryState::parse(&self.state))?,
            due_at: instant(self.due_at_us),
            lease: self.lease_session_id.as_ref().map(lease).transpose()?,
            attempts: row.number("attempts", self.attempts)?,
            created_at: Timestamp::from_micros(self.created_at_us),
            finished_at: instant(self.finished_at_us),
            last: self.last(&row)?,
        })
    }

    fn last(&self, row: &Row<'_>) -> Result<Option<Summary>, StoreError> {
        let Some(started_at) = instant(self.last_started_at_us) else {
            return Ok(None);
        };
        let kind = |word: &String| row.value("last_failure", FailureKind::parse(word));
        Ok(Some(Summary {
            started_at,
            duration_ms: row.number("last_duration_ms", row.value("last_duration_ms", self.last_duration_ms)?)?,
            status: self.last_status.map(|status| row.number("last_status", status)).transpose()?,
            failure: self.last_failure.as_ref().map(kind).transpose()?,
            detail: self.last_detail.clone(),
        }))
    }
}

/// Rows that can be read, and the ids of those that cannot.
fn readable(rows: Vec<DeliveryRow>) -> (Vec<Delivery>, Vec<Vec<u8>>) {
    let (mut readable, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let id = row.id.clone();
        match row.into_delivery() {
            Ok(delivery) => readable.push(delivery),
            Err(_) => unreadable.push(id),
        }
    }
    (readable, unreadable)
}

/// Claimed deliveries with what their requests need. One whose event or endpoint is gone has nothing to send and is passed over.
fn with_content(claimed: Vec<Delivery>, payloads: Vec<(Vec<u8>, Vec<u8>)>, targets: Vec<Arc<Target>>) -> Vec<Work> {
    let payloads: HashMap<Vec<u8>, Payload> =
        payloads.into_iter().map(|(id, payload)| (id, Payload::from_stored(payload))).collect();
    let targets: HashMap<EndpointId, Arc<Target>> =
        targets.into_iter().map(|target| (target.endpoint.id, target)).collect();
    let work = |delivery: Delivery| {
        let payload = payloads.get(&delivery.event_id.as_bytes()[..])?.clone();
        let target = Arc::clone(targets.get(&delivery.endpoint_id)?);
        Some(Work { event_type: delivery.event_type.clone(), delivery, payload, target })
    };
    claimed.into_iter().filter_map(work).collect()
}

both! {
    impl DeliveryTx {
        fn claim_due(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            full: &[EndpointId],
            count: usize,
        ) -> Result<Vec<Work>, StoreError> {
            let full: Vec<&[u8]> = full.iter().map(|id| &id.as_bytes()[..]).collect();
            let due = self.conn.find_due(now.as_micros(), &full, limit(count.min(CLAIM_MAX)));
            let (readable, unreadable) = readable(self.state.note(due)?);
            if !unreadable.is_empty() {
                let later = now.plus(UNREADABLE_AFTER);
                let rows = diesel::update(deliveries::table.filter(deliveries::id.eq_any(unreadable)));
                self.state.note(rows.set(deliveries::due_at_us.eq(later.as_micros())).execute(&mut *self.conn))?;
            }
            let claimed: Vec<_> = readable.into_iter().map(|delivery| delivery.claimed(session_id)).collect();
            if claimed.is_empty() {
                return Ok(Vec::new());
            }
            let ids: Vec<&[u8]> = claimed.iter().map(|delivery| &delivery.id.as_bytes()[..]).collect();
            let update = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids))).set((
                deliveries::state.eq(DeliveryState::Leased.as_str()),
                deliveries::due_at_us.eq(None::<i64>),
                deliveries::lease_session_id.eq(&session_id.as_bytes()[..]),
            ));
            self.state.note(update.execute(&mut *self.conn))?;
            let event_ids: Vec<&[u8]> = claimed.iter().map(|delivery| &delivery.event_id.as_bytes()[..]).collect();
            let query = events::table.filter(events::id.eq_any(event_ids)).select((events::id, events::payload));
            let payloads = self.state.note(query.load(&mut *self.conn))?;
            let mut endpoint_ids: Vec<&[u8]> =
                claimed.iter().map(|delivery| &delivery.endpoint_id.as_bytes()[..]).collect();
            endpoint_ids.sort_unstable();
            endpoint_ids.dedup();
            let targets = self.targets_with(&endpoint_ids)?;
            Ok(with_content(claimed, payloads, targets))
        }

        fn record_delivery(&mut self, session_id: SessionId, delivery: &Delivery) -> Result<bool, StoreError> {
            let row = DeliveryRow::from(delivery);
            let record =
                RecordDelivery { session_id: session_id.as_bytes(), attempts_before: row.attempts - 1, row: &row };
            Ok(self.state.note(record.execute(&mut *self.conn))? == 1)
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
            let query = deliveries::table
                .filter(deliveries::id.eq(id.as_bytes()))
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .select(DeliveryRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(DeliveryRow::into_delivery).transpose()
        }

        /// Served by `deliveries_by_workspace`, or by `deliveries_by_endpoint`; other filters are applied on the way.
        fn list_deliveries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: DeliveryFilter,
            page: PageRequest<DeliveryId>,
        ) -> Result<Page<Delivery, DeliveryId>, StoreError> {
            let mut query = deliveries::table
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .order(deliveries::id.desc())
                .limit(limit(page.size.get() + 1))
                .select(DeliveryRow::as_select())
                .into_boxed();
            if let Some(after) = &page.after {
                query = query.filter(deliveries::id.lt(after.as_bytes()));
            }
            if let Some(id) = &filter.event_id {
                query = query.filter(deliveries::event_id.eq(id.as_bytes()));
            }
            if let Some(id) = &filter.endpoint_id {
                query = query.filter(deliveries::endpoint_id.eq(id.as_bytes()));
            }
            if let Some(state) = filter.state {
                query = query.filter(deliveries::state.eq(state.as_str()));
            }
            let rows: Vec<DeliveryRow> = self.state.note(query.load(&mut *self.conn))?;
            let listed: Result<Vec<_>, _> = rows.into_iter().map(DeliveryRow::into_delivery).collect();
            Ok(Page::from_rows(listed?, page.size, |delivery| delivery.id))
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

        /// Served by `deliveries_due`: stops at the first whose endpoint is active.
        fn next_due_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
            let active = endpoints::table
                .filter(endpoints::id.eq(deliveries::endpoint_id))
                .filter(endpoints::status.eq("active"));
            let query = deliveries::table
                .filter(deliveries::due_at_us.is_not_null().and(exists(active)))
                .order(deliveries::due_at_us.asc())
                .select(deliveries::due_at_us);
            let earliest: Option<Option<i64>> = self.state.note(query.first(&mut *self.conn).optional())?;
            Ok(instant(earliest.flatten()))
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
            let ids = self.state.note(self.conn.find_leased(id.as_bytes(), limit(count.min(CLAIM_MAX))))?;
            let leased = deliveries::table.filter(deliveries::id.eq_any(ids));
            self.state.note(diesel::update(leased).set(waiting!(now)).execute(&mut *self.conn))
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
            let ids = orphans!().limit(limit(count.min(CLAIM_MAX))).select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(ids.load(&mut *self.conn))?;
            // Asked again: on PostgreSQL another node may have released some of them since.
            let orphans = orphans!().filter(deliveries::id.eq_any(ids));
            self.state.note(diesel::update(orphans).set(waiting!(now)).execute(&mut *self.conn))
        }

        fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError> {
            let delete = diesel::delete(sessions::table.filter(sessions::id.eq(id.as_bytes())));
            self.state.note(delete.execute(&mut *self.conn)).map(drop)
        }
    }
}
