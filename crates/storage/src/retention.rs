//! The removal of what is old.

use devhub_domain::id::{DeliveryId, EndpointId, EventId};
use devhub_domain::retention::{KeptDelivery, RETIRED_REVISIONS_MAX, RetentionTx};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Close, DeliveryState, EndpointStatus};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::close::CloseRows;
use crate::dialect::{Dialect, OfEvent};
use crate::id_bounds::IdBounds;
use crate::row::{Row, instant, limit, own_id};
use crate::schema::{
    attempts, deliveries, endpoint_health, endpoint_hours, endpoint_revisions, endpoint_secrets, endpoints, events,
};
use crate::targets::TargetRows;
use crate::tx::both;

/// The words of endpoints that somebody or something has stopped.
const STOPPED: [&str; 2] = ["paused", "disabled"];

/// Deleted endpoints that no delivery names: a look-up in `deliveries_by_endpoint` for each endpoint, and there are few.
macro_rules! unreferenced {
    () => {
        endpoints::table
            .filter(endpoints::status.eq(EndpointStatus::Deleted.as_str()))
            .filter(not(exists(deliveries::table.filter(deliveries::endpoint_id.eq(endpoints::id)))))
    };
}

/// The ways to what endpoints were.
trait OldRevisions {
    /// Keys of up to so many revisions that no event has met which is there; see [`RetentionTx::delete_revisions`].
    fn unmet_revisions(&mut self, before: EventId, count: usize) -> Result<Vec<(Vec<u8>, i64)>, StoreError>;

    /// Removes up to so many revisions of an endpoint, oldest first; returns how many those were.
    fn delete_own_revisions(&mut self, id: EndpointId, count: usize) -> Result<usize, StoreError>;
}

both! {
    impl OldRevisions {
        /// Served by `endpoint_revisions_by_last_event`, and by the primary key of events.
        fn unmet_revisions(&mut self, before: EventId, count: usize) -> Result<Vec<(Vec<u8>, i64)>, StoreError> {
            let oldest = events::table.order(events::id.asc()).select(events::id);
            let oldest: Option<Vec<u8>> = self.state.note(oldest.first(&mut *self.conn).optional())?;
            let before = oldest.unwrap_or_else(|| vec![0xff; 16]).min(before.as_bytes().to_vec());
            let key = (endpoint_revisions::endpoint_id, endpoint_revisions::revision);
            let unmet = endpoint_revisions::table
                .filter(endpoint_revisions::last_event_id.is_null())
                .limit(limit(count))
                .select(key);
            let mut old: Vec<(Vec<u8>, i64)> = self.state.note(unmet.load(&mut *self.conn))?;
            let ended = endpoint_revisions::table
                .filter(endpoint_revisions::last_event_id.lt(&before))
                .order(endpoint_revisions::last_event_id.asc())
                .limit(limit(count - old.len()))
                .select(key);
            old.extend(self.state.note(ended.load::<(Vec<u8>, i64)>(&mut *self.conn))?);
            Ok(old)
        }

        /// Served by the primary key.
        fn delete_own_revisions(&mut self, id: EndpointId, count: usize) -> Result<usize, StoreError> {
            let own = || endpoint_revisions::table.filter(endpoint_revisions::endpoint_id.eq(&id.as_bytes()[..]));
            let found = own()
                .order(endpoint_revisions::revision.asc())
                .limit(limit(count))
                .select(endpoint_revisions::revision);
            let found: Vec<i64> = self.state.note(found.load(&mut *self.conn))?;
            let Some(last) = found.last() else {
                return Ok(0);
            };
            let old = own().filter(endpoint_revisions::revision.le(*last));
            self.state.note(diesel::delete(old).execute(&mut *self.conn))
        }
    }

    impl RetentionTx {
        /// Served by the primary key.
        fn list_old_events(
            &mut self,
            after: Option<EventId>,
            before: EventId,
            count: usize,
        ) -> Result<Vec<EventId>, StoreError> {
            let from = IdBounds::between(after.map(|id| *id.as_bytes()), *before.as_bytes()).from.unwrap_or_default();
            let query = events::table
                .filter(events::id.ge(&from[..]))
                .filter(events::id.lt(&before.as_bytes()[..]))
                .order(events::id.asc())
                .limit(limit(count))
                .select(events::id);
            let ids: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            ids.iter().map(|id| own_id("events", id).map(EventId::from_bytes)).collect()
        }

        fn list_deliveries_of(&mut self, of: &[EventId], count: usize) -> Result<Vec<KeptDelivery>, StoreError> {
            let (Some(first), Some(last)) = (of.first(), of.last()) else {
                return Ok(Vec::new());
            };
            let from = IdBounds::default().of_event(*first).from.unwrap_or_default();
            let before = IdBounds::default().of_event(*last).before.unwrap_or([0xff; 16]);
            let ids: Vec<&[u8]> = of.iter().map(|id| &id.as_bytes()[..]).collect();
            let found = if self.state.is_read_only {
                self.conn.find_of_events((&from, &before), &ids, limit(count))
            } else {
                self.conn.lock_of_events((&from, &before), &ids, limit(count))
            };
            self.state.note(found)?.iter().map(kept).collect()
        }

        /// Served by the primary key.
        fn list_stopped_endpoints(&mut self, ids: &[EndpointId]) -> Result<Vec<EndpointId>, StoreError> {
            let ids: Vec<&[u8]> = ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let query = endpoints::table
                .filter(endpoints::id.eq_any(ids))
                .filter(endpoints::status.eq_any(STOPPED))
                .select(endpoints::id);
            let found: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            found.iter().map(|id| own_id("endpoints", id).map(EndpointId::from_bytes)).collect()
        }

        /// Served by the primary key.
        fn close_expired(&mut self, ids: &[DeliveryId], now: Timestamp) -> Result<usize, StoreError> {
            let ids: Vec<Vec<u8>> = ids.iter().map(|id| id.as_bytes().to_vec()).collect();
            self.close(&ids, Close::Expired, now)
        }

        /// Served by the primary key.
        fn delete_attempts(&mut self, of: &[DeliveryId], count: usize) -> Result<usize, StoreError> {
            let ids: Vec<&[u8]> = of.iter().map(|id| &id.as_bytes()[..]).collect();
            let query = attempts::table
                .filter(attempts::delivery_id.eq_any(&ids))
                .order((attempts::delivery_id.asc(), attempts::number.asc()))
                .limit(limit(count))
                .select((attempts::delivery_id, attempts::number));
            let found: Vec<(Vec<u8>, i64)> = self.state.note(query.load(&mut *self.conn))?;
            let Some((last, number)) = found.last() else {
                return Ok(0);
            };
            // All of the deliveries before the last one that was found, and the first of that one's.
            let whole: Vec<&[u8]> = ids.into_iter().filter(|id| *id < &last[..]).collect();
            let whole = attempts::table.filter(attempts::delivery_id.eq_any(whole));
            let part = attempts::table.filter(attempts::delivery_id.eq(last)).filter(attempts::number.le(number));
            let removed = self.state.note(diesel::delete(whole).execute(&mut *self.conn))?;
            Ok(removed + self.state.note(diesel::delete(part).execute(&mut *self.conn))?)
        }

        /// Served by the primary key.
        fn delete_deliveries(&mut self, ids: &[DeliveryId]) -> Result<usize, StoreError> {
            let ids: Vec<&[u8]> = ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let these = deliveries::table.filter(deliveries::id.eq_any(ids));
            self.state.note(diesel::delete(these).execute(&mut *self.conn))
        }

        /// Served by the primary key.
        fn delete_events(&mut self, ids: &[EventId]) -> Result<usize, StoreError> {
            let ids: Vec<&[u8]> = ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let these = events::table.filter(events::id.eq_any(ids));
            self.state.note(diesel::delete(these).execute(&mut *self.conn))
        }

        fn has_unmet_revisions(&mut self, before: EventId) -> Result<bool, StoreError> {
            Ok(!self.unmet_revisions(before, 1)?.is_empty())
        }

        fn delete_revisions(&mut self, before: EventId, count: usize) -> Result<usize, StoreError> {
            let mut removed = 0;
            for key in self.unmet_revisions(before, count)? {
                let row = endpoint_revisions::table.find(key);
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }

        fn list_unreferenced_endpoints(&mut self, count: usize) -> Result<Vec<EndpointId>, StoreError> {
            let query = unreferenced!().order(endpoints::id.asc()).limit(limit(count)).select(endpoints::id);
            let ids: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            ids.iter().map(|id| own_id("endpoints", id).map(EndpointId::from_bytes)).collect()
        }

        fn delete_unreferenced_endpoint(&mut self, id: EndpointId) -> Result<bool, StoreError> {
            self.forget_targets();
            self.state.note(self.conn.lock_endpoint(id.as_bytes()))?;
            let query = unreferenced!().filter(endpoints::id.eq(&id.as_bytes()[..])).select(endpoints::id);
            let found: Option<Vec<u8>> = self.state.note(query.first(&mut *self.conn).optional())?;
            if found.is_none() {
                return Ok(false);
            }
            if self.delete_own_revisions(id, RETIRED_REVISIONS_MAX)? == RETIRED_REVISIONS_MAX {
                return Ok(false);
            }
            let own = &id.as_bytes()[..];
            let secrets = endpoint_secrets::table.filter(endpoint_secrets::endpoint_id.eq(own));
            self.state.note(diesel::delete(secrets).execute(&mut *self.conn))?;
            let health = endpoint_health::table.filter(endpoint_health::endpoint_id.eq(own));
            self.state.note(diesel::delete(health).execute(&mut *self.conn))?;
            let hours = endpoint_hours::table.filter(endpoint_hours::endpoint_id.eq(own));
            self.state.note(diesel::delete(hours).execute(&mut *self.conn))?;
            let endpoint = endpoints::table.filter(endpoints::id.eq(&id.as_bytes()[..]));
            Ok(self.state.note(diesel::delete(endpoint).execute(&mut *self.conn))? == 1)
        }
    }
}

/// One whose state another release has written is kept.
fn kept(row: &OfEvent) -> Result<KeptDelivery, StoreError> {
    let id = DeliveryId::from_bytes(own_id("deliveries", &row.id)?);
    let own = Row { table: "deliveries", id: &id };
    Ok(KeptDelivery {
        id,
        workspace_id: own.workspace_id(&row.workspace_id)?,
        event_id: EventId::from_bytes(own.bytes("event_id", &row.event_id)?),
        endpoint_id: EndpointId::from_bytes(own.bytes("endpoint_id", &row.endpoint_id)?),
        state: DeliveryState::parse(&row.state),
        due_at: instant(row.due_at_us),
        tried_at: instant(row.last_started_at_us),
        created_at: Timestamp::from_micros(row.created_at_us),
        finished_at: instant(row.finished_at_us),
        // A former state that is over has no instant behind it.
        was_over: row.resend.as_ref().is_some_and(|resend| !resend.contains('@')),
    })
}
