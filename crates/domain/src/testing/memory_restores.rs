//! Deliveries that wait for a decision, in memory.

use super::memory::Content;
use crate::id::WorkspaceId;
use crate::restores::RestoreTx;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::{Delivery, DeliveryState};

impl Content {
    fn withhold(&mut self, is_overdue: impl Fn(&Delivery) -> bool, now: Timestamp, limit: usize) -> usize {
        let overdue = self.deliveries.values_mut().filter(|delivery| is_overdue(delivery));
        overdue.take(limit).map(|delivery| *delivery = delivery.clone().withheld(now)).count()
    }
}

impl RestoreTx for Content {
    fn withhold_waiting(&mut self, due_before: Timestamp, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(self.withhold(|delivery| delivery.due_at.is_some_and(|due_at| due_at < due_before), now, limit))
    }

    fn withhold_leased(&mut self, tried_before: Timestamp, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let tried_at = |delivery: &Delivery| delivery.last.as_ref().map_or(delivery.created_at, |last| last.started_at);
        let is_overdue = |delivery: &Delivery| delivery.lease.is_some() && tried_at(delivery) < tried_before;
        Ok(self.withhold(is_overdue, now, limit))
    }

    fn close_withheld(&mut self, workspace_id: WorkspaceId, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let withheld = self
            .deliveries
            .values_mut()
            .filter(|delivery| delivery.workspace_id == workspace_id && delivery.state == DeliveryState::Withheld);
        Ok(withheld.take(limit).map(|delivery| *delivery = delivery.clone().superseded(now)).count())
    }
}
