//! A claim: what is due becomes leased, with all that its requests need.
//!
//! One row that is damaged must never stop the others. It may have been damaged by hand, or written by a newer release that runs
//! beside this one; and it may be the delivery, its event, its endpoint or a secret.

use std::collections::HashMap;
use std::sync::Arc;

use devhub_domain::events::Payload;
use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    Claimed, Delivery, DeliveryState, EndpointStatus, Room, SETBACKS_MAX, Target, Work, setback_pause,
};
use diesel::prelude::*;

use crate::delivery_row::{DeliveryRow, Unreadable, readable};
use crate::dialect::Dialect;
use crate::due::{AFTER_ALL, BEFORE_ALL, DueEndpoints};
use crate::row;
use crate::schema::{deliveries, events};
use crate::targets::TargetRows;
use crate::tx::both;

/// Deliveries that one claim leases at most, whatever is asked for: bounds the transaction and the memory.
const CLAIM_MAX: usize = 1_000;

/// Endpoints that are looked for at once: as many as a claim of usual size can serve, and each costs two look-ups.
const ENDPOINTS_STEP: usize = 32;

/// Where deliveries go.
type Targets = HashMap<EndpointId, Arc<Target>>;

/// Endpoints with ids above one and up to another.
#[derive(Clone, Copy)]
pub(crate) struct Span<'a> {
    after: &'a [u8],
    until: &'a [u8],
}

/// The steps of a claim.
pub(crate) trait ClaimRows {
    /// Leases what is due.
    fn claim(&mut self, session_id: SessionId, now: Timestamp, room: &Room) -> Result<Claimed, StoreError>;

    /// What is due and has room, once round all endpoints.
    fn due_in_turn(&mut self, now: Timestamp, room: &Room) -> Result<Vec<DeliveryRow>, StoreError>;

    /// Adds what is due to the endpoints of a span and has room beside what was found before.
    fn due_in_span(
        &mut self,
        now: Timestamp,
        room: &Room,
        span: Span<'_>,
        rows: &mut Vec<DeliveryRow>,
    ) -> Result<(), StoreError>;

    /// Leases the longest due delivery of an endpoint.
    fn claim_one(
        &mut self,
        session_id: SessionId,
        now: Timestamp,
        endpoint_id: EndpointId,
    ) -> Result<Claimed, StoreError>;

    /// Leases what was found, and sets back what of it cannot be read.
    fn lease_rows(
        &mut self,
        session_id: SessionId,
        now: Timestamp,
        due: Vec<DeliveryRow>,
    ) -> Result<Claimed, StoreError>;

    /// Leases these to a session.
    fn lease(&mut self, session_id: SessionId, claimed: &[(Timestamp, Delivery)]) -> Result<(), StoreError>;

    /// The targets of these, as they are now.
    fn targets_to(&mut self, due: &[Delivery]) -> Result<Targets, StoreError>;

    /// Looks up what else the requests of these need.
    fn with_content(&mut self, claimed: Vec<(Timestamp, Delivery)>, targets: &Targets) -> Result<Claimed, StoreError>;

    /// Does to a row that cannot be read what [`Delivery::set_back`] does to one that can.
    ///
    /// Its other columns stay as they are until it is parked, so that whoever looks at it is told what is wrong.
    fn set_row_back(&mut self, row: &Unreadable, now: Timestamp) -> Result<(), StoreError>;
}

both! {
    impl ClaimRows {
        fn claim(&mut self, session_id: SessionId, now: Timestamp, room: &Room) -> Result<Claimed, StoreError> {
            let due = self.due_in_turn(now, room)?;
            self.lease_rows(session_id, now, due)
        }

        fn claim_one(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            endpoint_id: EndpointId,
        ) -> Result<Claimed, StoreError> {
            let due = self.conn.find_longest_due(now.as_micros(), endpoint_id.as_bytes());
            let due = self.state.note(due)?;
            self.lease_rows(session_id, now, due)
        }

        fn lease_rows(
            &mut self,
            session_id: SessionId,
            now: Timestamp,
            due: Vec<DeliveryRow>,
        ) -> Result<Claimed, StoreError> {
            let (readable, unreadable) = readable(due);
            for row in &unreadable {
                self.set_row_back(row, now)?;
            }
            if readable.is_empty() {
                return Ok(Claimed::default());
            }
            let targets = self.targets_to(&readable)?;
            let receiving = readable.into_iter().filter(|delivery| may_leave(delivery, &targets));
            let claimed: Vec<_> = receiving
                .map(|delivery| (delivery.due_at.unwrap_or(now), delivery.claimed(session_id)))
                .collect();
            if claimed.is_empty() {
                return Ok(Claimed::default());
            }
            self.lease(session_id, &claimed)?;
            self.with_content(claimed, &targets)
        }

        fn due_in_turn(&mut self, now: Timestamp, room: &Room) -> Result<Vec<DeliveryRow>, StoreError> {
            let mut rows = Vec::new();
            let after = room.after.as_ref().map_or(BEFORE_ALL, |after| after.as_bytes());
            self.due_in_span(now, room, Span { after, until: AFTER_ALL }, &mut rows)?;
            if room.after.is_some() {
                self.due_in_span(now, room, Span { after: BEFORE_ALL, until: after }, &mut rows)?;
            }
            Ok(rows)
        }

        fn due_in_span(
            &mut self,
            now: Timestamp,
            room: &Room,
            span: Span<'_>,
            rows: &mut Vec<DeliveryRow>,
        ) -> Result<(), StoreError> {
            let (limit, mut after) = (room.limit.min(CLAIM_MAX), span.after.to_vec());
            while rows.len() < limit {
                let step = row::limit(ENDPOINTS_STEP);
                let due = DueEndpoints { now_us: now.as_micros(), after: &after, until: span.until, limit: step };
                let endpoints: Vec<(Vec<u8>, Vec<u8>)> = self.state.note(due.load(&mut *self.conn))?;
                let served = served(room, rows, &endpoints);
                let due = self.conn.find_due(now.as_micros(), &served, limit - rows.len());
                rows.extend(self.state.note(due)?);
                match endpoints.last() {
                    Some((last, _)) if endpoints.len() == ENDPOINTS_STEP => after.clone_from(last),
                    _ => break,
                }
            }
            Ok(())
        }

        fn lease(&mut self, session_id: SessionId, claimed: &[(Timestamp, Delivery)]) -> Result<(), StoreError> {
            let ids: Vec<&[u8]> = claimed.iter().map(|(_, delivery)| &delivery.id.as_bytes()[..]).collect();
            let update = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids))).set((
                deliveries::state.eq(DeliveryState::Leased.as_str()),
                deliveries::due_at_us.eq(None::<i64>),
                deliveries::lease_session_id.eq(&session_id.as_bytes()[..]),
            ));
            self.state.note(update.execute(&mut *self.conn)).map(drop)
        }

        fn targets_to(&mut self, due: &[Delivery]) -> Result<Targets, StoreError> {
            let mut ids: Vec<&[u8]> = due.iter().map(|delivery| &delivery.endpoint_id.as_bytes()[..]).collect();
            ids.sort_unstable();
            ids.dedup();
            let targets = self.readable_targets(&ids)?;
            Ok(targets.into_iter().map(|target| (target.endpoint.id, target)).collect())
        }

        fn with_content(&mut self, claimed: Vec<(Timestamp, Delivery)>, targets: &Targets) -> Result<Claimed, StoreError> {
            let event_ids: Vec<&[u8]> = claimed.iter().map(|(_, delivery)| &delivery.event_id.as_bytes()[..]).collect();
            let query = events::table.filter(events::id.eq_any(event_ids)).select((events::id, events::payload));
            let payloads = self.state.note(query.load(&mut *self.conn))?;
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

/// Those of these endpoints, each with its workspace, that a claim may bring something of, and how much, beside what it has found before.
///
/// What an endpoint may bring counts for its workspace, whether it comes or not: who gets nothing for that reason has its turn in
/// another claim.
fn served<'a>(room: &Room, found: &[DeliveryRow], endpoints: &'a [(Vec<u8>, Vec<u8>)]) -> Vec<(&'a [u8], usize)> {
    let mut of_workspaces: HashMap<&[u8], usize> = HashMap::new();
    for row in found {
        *of_workspaces.entry(&row.workspace_id).or_default() += 1;
    }
    let mut served = Vec::new();
    for (endpoint_id, workspace_id) in endpoints {
        let (of_endpoint, of_workspace) = rooms_of(room, endpoint_id, workspace_id);
        let before = of_workspaces.entry(workspace_id).or_default();
        // No claim brings more than its limit of anybody.
        let is_bounded = of_workspace < room.limit;
        let rows = if is_bounded { of_endpoint.min(of_workspace.saturating_sub(*before)) } else { of_endpoint };
        *before += rows;
        if rows > 0 {
            served.push((&endpoint_id[..], rows));
        }
    }
    served
}

/// Rows that a claim may bring of an endpoint and of its workspace; none where an id is damaged.
fn rooms_of(room: &Room, endpoint_id: &[u8], workspace_id: &[u8]) -> (usize, usize) {
    match (endpoint_id.try_into(), workspace_id.try_into()) {
        (Ok(endpoint_id), Ok(workspace_id)) => (
            room.of_endpoint(EndpointId::from_bytes(endpoint_id)),
            room.of_workspace(WorkspaceId::from_bytes(workspace_id)),
        ),
        _ => (0, 0),
    }
}

/// Whether a delivery may be leased with what was read of its endpoint.
///
/// On PostgreSQL each statement of a claim sees what has been committed before it: an endpoint that was active when it was found may
/// be paused when its target is read, and what is read then has a revision that no recall takes back. A deleted one has no secret left
/// to sign with.
fn may_leave(delivery: &Delivery, targets: &Targets) -> bool {
    // Without a target there is nothing to send, which the delivery must be told.
    targets.get(&delivery.endpoint_id).is_none_or(|target| target.endpoint.status == EndpointStatus::Active)
}

/// Puts together what belongs together; a delivery whose event or endpoint is missing has nothing to send.
fn joined(claimed: Vec<(Timestamp, Delivery)>, payloads: Vec<(Vec<u8>, Vec<u8>)>, targets: &Targets) -> Claimed {
    let payloads: HashMap<Vec<u8>, Payload> =
        payloads.into_iter().map(|(id, payload)| (id, Payload::from_stored(payload))).collect();
    let served = claimed.last().map(|(_, delivery)| delivery.endpoint_id);
    let mut joined = Claimed { served, ..Claimed::default() };
    for (due_at, delivery) in claimed {
        match (payloads.get(&delivery.event_id.as_bytes()[..]), targets.get(&delivery.endpoint_id)) {
            (Some(payload), Some(target)) => joined.work.push(Work {
                event_type: delivery.event_type.clone(),
                delivery,
                due_at,
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
    use devhub_domain::testing::{endpoint, event};
    use devhub_domain::webhooks::{Disabled, Endpoint};

    use super::*;

    #[test]
    fn nothing_is_leased_to_an_endpoint_that_ceased_to_be_active_after_it_was_found() {
        let delivery = Delivery::born(&event(1), &endpoint(1), None);
        let may_leave_to = |status| {
            let target = Arc::new(Target::new(Endpoint { status, ..endpoint(1) }, Vec::new()));
            may_leave(&delivery, &Targets::from([(target.endpoint.id, target)]))
        };
        assert!(may_leave_to(EndpointStatus::Active));
        assert!(!may_leave_to(EndpointStatus::Paused));
        assert!(!may_leave_to(EndpointStatus::Disabled(Disabled::Gone)));
        assert!(!may_leave_to(EndpointStatus::Deleted));
    }

    #[test]
    fn a_delivery_without_an_endpoint_is_leased_to_be_set_back() {
        assert!(may_leave(&Delivery::born(&event(1), &endpoint(1), None), &Targets::new()));
    }

    #[test]
    fn a_damaged_count_of_setbacks_is_no_reason_to_stop() {
        let cases = [(i64::MIN, 1), (-1, 1), (0, 1), (3, 4), (4, 5), (5, 5), (i64::MAX, 5)];
        assert_eq!(cases.map(|(before, _)| setbacks_after(before)), cases.map(|(_, after)| after));
    }
}
