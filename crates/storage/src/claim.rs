//! A claim: what is due becomes leased, with all that its requests need.
//!
//! One row that is damaged must never stop the others. It may have been damaged by hand, or written by a newer release that runs
//! beside this one; and it may be the delivery, its event, its endpoint or a secret.

use std::collections::HashMap;
use std::sync::Arc;

use devhub_domain::events::Payload;
use devhub_domain::id::{EndpointId, SessionId};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Claimed, Delivery, DeliveryState, SETBACKS_MAX, Target, Work, setback_pause};
use diesel::prelude::*;

use crate::delivery_row::{Unreadable, readable};
use crate::dialect::Dialect;
use crate::row::limit;
use crate::schema::{deliveries, events};
use crate::targets::TargetRows;
use crate::tx::both;

/// Deliveries that one claim leases at most, whatever is asked for: bounds the transaction and the memory.
const CLAIM_MAX: usize = 1_000;

/// The steps of a claim.
pub(crate) trait ClaimRows {
    /// Leases what is due.
    fn claim(
        &mut self,
        session_id: SessionId,
        now: Timestamp,
        full: &[EndpointId],
        count: usize,
    ) -> Result<Claimed, StoreError>;

    /// Leases these to a session.
    fn lease(&mut self, session_id: SessionId, claimed: &[Delivery]) -> Result<(), StoreError>;

    /// Looks up what the requests of these need.
    fn with_content(&mut self, claimed: Vec<Delivery>) -> Result<Claimed, StoreError>;

    /// Does to a row that cannot be read what [`Delivery::set_back`] does to one that can.
    ///
    /// Its other columns stay as they are until it is parked, so that whoever looks at it is told what is wrong.
    fn set_row_back(&mut self, row: &Unreadable, now: Timestamp) -> Result<(), StoreError>;
}

both! {
    impl ClaimRows {
        fn claim(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            full: &[EndpointId],
            count: usize,
        ) -> Result<Claimed, StoreError> {
            let full: Vec<&[u8]> = full.iter().map(|id| &id.as_bytes()[..]).collect();
            let due = self.conn.find_due(now.as_micros(), &full, limit(count.min(CLAIM_MAX)));
            let (readable, unreadable) = readable(self.state.note(due)?);
            for row in &unreadable {
                self.set_row_back(row, now)?;
            }
            let claimed: Vec<_> = readable.into_iter().map(|delivery| delivery.claimed(session_id)).collect();
            if claimed.is_empty() {
                return Ok(Claimed::default());
            }
            self.lease(session_id, &claimed)?;
            self.with_content(claimed)
        }

        fn lease(&mut self, session_id: SessionId, claimed: &[Delivery]) -> Result<(), StoreError> {
            let ids: Vec<&[u8]> = claimed.iter().map(|delivery| &delivery.id.as_bytes()[..]).collect();
            let update = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids))).set((
                deliveries::state.eq(DeliveryState::Leased.as_str()),
                deliveries::due_at_us.eq(None::<i64>),
                deliveries::lease_session_id.eq(&session_id.as_bytes()[..]),
            ));
            self.state.note(update.execute(&mut *self.conn)).map(drop)
        }

        fn with_content(&mut self, claimed: Vec<Delivery>) -> Result<Claimed, StoreError> {
            let event_ids: Vec<&[u8]> = claimed.iter().map(|delivery| &delivery.event_id.as_bytes()[..]).collect();
            let query = events::table.filter(events::id.eq_any(event_ids)).select((events::id, events::payload));
            let payloads = self.state.note(query.load(&mut *self.conn))?;
            let mut endpoint_ids: Vec<&[u8]> =
                claimed.iter().map(|delivery| &delivery.endpoint_id.as_bytes()[..]).collect();
            endpoint_ids.sort_unstable();
            endpoint_ids.dedup();
            let targets = self.readable_targets(&endpoint_ids)?;
            Ok(joined(claimed, payloads, targets))
        }

        fn set_row_back(&mut self, row: &Unreadable, now: Timestamp) -> Result<(), StoreError> {
            let setbacks = setbacks_after(row.setbacks);
            let stored = deliveries::table.filter(deliveries::id.eq(&row.id[..]));
            let written = match setback_pause(setbacks) {
                Some(pause) => diesel::update(stored)
                    .set((
                        deliveries::setbacks.eq(i64::from(setbacks)),
                        deliveries::due_at_us.eq(now.plus(pause).as_micros()),
                    ))
                    .execute(&mut *self.conn),
                None => diesel::update(stored)
                    .set((
                        deliveries::setbacks.eq(i64::from(setbacks)),
                        deliveries::state.eq(DeliveryState::Parked.as_str()),
                        deliveries::due_at_us.eq(None::<i64>),
                        deliveries::resend.eq(None::<String>),
                        deliveries::finished_at_us.eq(now.as_micros()),
                    ))
                    .execute(&mut *self.conn),
            };
            self.state.note(written).map(drop)
        }
    }
}

/// One setback more; the column itself may be what is damaged.
fn setbacks_after(setbacks: i64) -> u32 {
    u32::try_from(setbacks.max(0)).unwrap_or(SETBACKS_MAX).min(SETBACKS_MAX - 1) + 1
}

/// Puts together what belongs together; a delivery whose event or endpoint is missing has nothing to send.
fn joined(claimed: Vec<Delivery>, payloads: Vec<(Vec<u8>, Vec<u8>)>, targets: Vec<Arc<Target>>) -> Claimed {
    let payloads: HashMap<Vec<u8>, Payload> =
        payloads.into_iter().map(|(id, payload)| (id, Payload::from_stored(payload))).collect();
    let targets: HashMap<EndpointId, Arc<Target>> =
        targets.into_iter().map(|target| (target.endpoint.id, target)).collect();
    let mut joined = Claimed::default();
    for delivery in claimed {
        match (payloads.get(&delivery.event_id.as_bytes()[..]), targets.get(&delivery.endpoint_id)) {
            (Some(payload), Some(target)) => joined.work.push(Work {
                event_type: delivery.event_type.clone(),
                delivery,
                payload: payload.clone(),
                target: Arc::clone(target),
            }),
            _ => joined.without_content.push(delivery),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_count_of_setbacks_is_no_reason_to_stop() {
        let cases = [(i64::MIN, 1), (-1, 1), (0, 1), (3, 4), (4, 5), (5, 5), (i64::MAX, 5)];
        assert_eq!(cases.map(|(before, _)| setbacks_after(before)), cases.map(|(_, after)| after));
    }
}
