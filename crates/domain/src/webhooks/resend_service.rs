//! Resends within a transaction that is already open: the one way to do it, for one delivery and for a job over many.

use super::report::first_success;
use super::{Delivery, DeliveryError, DeliveryTx, EndpointStatus, RESENDS_MAX};
use crate::time::Timestamp;

/// Makes a delivery due at once, within a transaction that has just found it; see [`Deliveries::resend`].
///
/// # Errors
/// [`DeliveryError::EndpointInactive`], [`DeliveryError::TooManyResends`], [`DeliveryError::InFlight`], and the store's own.
pub(crate) fn resend_within(
    tx: &mut (dyn DeliveryTx + '_),
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Delivery, DeliveryError> {
    let id = delivery.id;
    let target = tx.find_target(delivery.workspace_id, delivery.endpoint_id)?;
    if target.is_none_or(|target| target.endpoint.status != EndpointStatus::Active) {
        return Err(DeliveryError::EndpointInactive(id));
    }
    if delivery.resends >= RESENDS_MAX {
        return Err(DeliveryError::TooManyResends(id));
    }
    let is_first_demand = delivery.resend.is_none();
    let resent = delivery.clone().resent(now).ok_or(DeliveryError::InFlight(id))?;
    if !tx.update_resent(&resent)? {
        return Err(DeliveryError::InFlight(id));
    }
    // Until now the delivery's own row told it.
    if is_first_demand
        && let Some(first) = first_success(delivery)
        && tx.list_attempts(id)?.is_empty()
    {
        tx.insert_attempt(&first)?;
    }
    Ok(resent)
}
