//! The use case of plain successes: attempts that change nothing but their delivery, recorded together.

use std::time::Duration;

use super::circuit::verdict;
use super::{Deliveries, Delivery, DeliveryError, DeliveryState, DeliveryTx, Exchange, OutboundRequest, Recorded};
use crate::id::SessionId;
use crate::store::{Change, Lane, Prepared, prepare};

/// A first attempt that succeeded, at an endpoint of which this node knows no failure: nothing is to be written but the delivery.
#[derive(Clone, Debug)]
pub struct PlainSuccess {
    recorded: Recorded,
    took: Duration,
}

impl Deliveries {
    /// What an attempt is, if it is a plain success; [`Deliveries::record`] takes this and every other.
    pub fn plain_success(
        &self,
        delivery: &Delivery,
        request: &OutboundRequest,
        exchange: &Exchange,
    ) -> Option<PlainSuccess> {
        let is_plain =
            matches!(verdict(&exchange.outcome), Some(Ok(()))) && !self.troubled.may_fail(delivery.endpoint_id);
        let schedule = request.retry_schedule.as_ref().unwrap_or(&self.schedule);
        // Nothing is retried after a success, so that no jitter is drawn.
        let record = || delivery.clone().recorded(exchange, &request.secret_ids, schedule, 0);
        let recorded = is_plain.then(record)?.of_revision(request.endpoint_revision);
        let is_alone = recorded.delivery.state == DeliveryState::Delivered
            && recorded.attempt.is_none()
            && recorded.disables.is_none();
        is_alone.then_some(PlainSuccess { recorded, took: exchange.duration })
    }

    /// Records plain successes of one session, each as [`Deliveries::record`] does: one write for all. Answers in their order.
    ///
    /// # Errors
    /// The store's own; each may be recorded again.
    pub fn record_successes(
        &self,
        session_id: SessionId,
        successes: Vec<PlainSuccess>,
    ) -> Prepared<
        dyn DeliveryTx,
        impl Change<dyn DeliveryTx, Output = Vec<Option<Recorded>>, Error = DeliveryError> + use<>,
    > {
        let count =
            |success: &PlainSuccess| self.counter(success.recorded.delivery.endpoint_id, Some(true), success.took);
        let mut counts: Vec<_> = successes.iter().map(count).collect();
        let recorded: Vec<_> = successes.into_iter().map(|success| success.recorded).collect();
        let deliveries: Vec<_> = recorded.iter().map(|recorded| recorded.delivery.clone()).collect();
        prepare(
            &self.store,
            Lane::Delivery,
            move |tx: &mut (dyn DeliveryTx + 'static)| {
                let written = tx.record_deliveries(session_id, &deliveries)?;
                let answers = recorded.iter().zip(written);
                Ok(answers.map(|(recorded, is_written)| is_written.then(|| recorded.clone())).collect())
            },
            move |answers: &mut Vec<Option<Recorded>>| {
                let written = answers.iter().zip(&mut counts).filter(|(answer, _)| answer.is_some());
                written.for_each(|(_, count)| count());
            },
        )
    }
}
