//! A step of a job, within its transactions: what it has come by, and what becomes of each delivery.

use std::collections::HashSet;

use super::{ResendJob, ResendState, ResendTx, Scanned, Skip};
use crate::id::{DeliveryId, EndpointId};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::{DeliveryError, DeliveryState, resend_within};

/// What a step has come by.
pub(super) struct Found {
    /// Deliveries that the filter wants.
    pub(super) scanned: Scanned,
    /// Endpoints among its deliveries' whose circuit is open: what is resent to them waits for a probe, and the whole job behind it.
    pub(super) failing: HashSet<EndpointId>,
}

/// Asked outside the transaction that resends, which would keep others from the health of many endpoints until it ends.
pub(super) fn failing(tx: &mut (dyn ResendTx + 'static), scanned: &Scanned) -> Result<HashSet<EndpointId>, StoreError> {
    let endpoints: HashSet<_> = scanned.deliveries.iter().map(|delivery| delivery.endpoint_id).collect();
    let endpoints: Vec<_> = endpoints.into_iter().collect();
    let health = tx.list_health_of(&endpoints)?;
    Ok(health.iter().filter(|health| health.circuit.is_some()).map(|health| health.endpoint_id).collect())
}

/// Resends what was found and moves the job on; `None` when somebody else has changed the job meanwhile.
pub(super) fn advance(
    tx: &mut (dyn ResendTx + 'static),
    seen: &ResendJob,
    Found { scanned, failing }: &Found,
    now: Timestamp,
) -> Result<Option<ResendJob>, StoreError> {
    let stored = tx.find_resend_job(seen.workspace_id, seen.id)?;
    let is_as_seen = |job: &ResendJob| job.state == ResendState::Running && job.cursor == seen.cursor;
    let Some(mut job) = stored.filter(is_as_seen) else {
        return Ok(None);
    };
    job.progress.skipped.unreadable = job.progress.skipped.unreadable.saturating_add(scanned.unreadable);
    for delivery in &scanned.deliveries {
        let is_failing = failing.contains(&delivery.endpoint_id);
        let outcome =
            if is_failing { pass_over(tx, &job, delivery.id) } else { resend_one(tx, &job, delivery.id, now) };
        match outcome {
            Ok(Some(Ok(()))) => job.progress.resent = job.progress.resent.saturating_add(1),
            Ok(Some(Err(skip))) => job.progress.skipped.add(skip),
            Ok(None) => {}
            Err(StoreError::Corrupt { .. }) => job.progress.skipped.add(Skip::Unreadable),
            Err(error) => return Err(error),
        }
    }
    let job = match scanned.last {
        Some(last) => ResendJob { cursor: Some(last), ..job },
        None => job.done(now),
    };
    tx.update_resend_job(&job)?;
    Ok(Some(job))
}

/// Resends a delivery, or says why not; `None` when it is gone or no longer what the filter wants.
fn resend_one(
    tx: &mut (dyn ResendTx + 'static),
    job: &ResendJob,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Option<Result<(), Skip>>, StoreError> {
    let Some(delivery) = tx.find_delivery(job.workspace_id, id)?.filter(|delivery| job.filter.wants(delivery)) else {
        return Ok(None);
    };
    let is_held = delivery.state == DeliveryState::Held;
    match resend_within(tx, &delivery, now) {
        Ok(_) => Ok(Some(Ok(()))),
        Err(DeliveryError::InFlight(_)) => Ok(Some(Err(if is_held { Skip::Held } else { Skip::InFlight }))),
        Err(DeliveryError::EndpointInactive(_)) => Ok(Some(Err(Skip::EndpointInactive))),
        Err(DeliveryError::TooManyResends(_)) => Ok(Some(Err(Skip::TooManyResends))),
        Err(DeliveryError::Store(error)) => Err(error),
        Err(
            DeliveryError::NotFound(_)
            | DeliveryError::Forbidden(_)
            | DeliveryError::Open(_)
            | DeliveryError::OpenHeader(_)
            | DeliveryError::Unsigned(_),
        ) => Ok(None),
    }
}

/// Says that a delivery has to wait for its endpoint; `None` when it is gone or no longer what the filter wants.
fn pass_over(
    tx: &mut (dyn ResendTx + 'static),
    job: &ResendJob,
    id: DeliveryId,
) -> Result<Option<Result<(), Skip>>, StoreError> {
    let delivery = tx.find_delivery(job.workspace_id, id)?.filter(|delivery| job.filter.wants(delivery));
    Ok(delivery.map(|_| Err(Skip::EndpointFailing)))
}
