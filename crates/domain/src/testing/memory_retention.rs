//! The removal of what is old, in memory.

use super::memory::Content;
use crate::id::{DeliveryId, EndpointId, EventId};
use crate::retention::{KeptDelivery, RETIRED_REVISIONS_MAX, RetentionTx};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::{DeliveryState, EndpointStatus};

impl Content {
    fn is_unreferenced(&self, id: EndpointId) -> bool {
        let endpoint = self.endpoints.get(&id);
        endpoint.is_some_and(|endpoint| endpoint.status == EndpointStatus::Deleted)
            && self.deliveries.values().all(|delivery| delivery.endpoint_id != id)
    }

    fn unmet_revisions(&self, before: EventId) -> impl Iterator<Item = (EndpointId, i64)> + '_ {
        let before = self.events.keys().next().map_or(before, |oldest| before.min(*oldest));
        let is_old = move |last: &Option<EventId>| last.is_none_or(|last| last < before);
        self.revisions.iter().filter(move |(_, (last, _))| is_old(last)).map(|(key, _)| *key)
    }
}

impl RetentionTx for Content {
    fn list_old_events(
        &mut self,
        after: Option<EventId>,
        before: EventId,
        limit: usize,
    ) -> Result<Vec<EventId>, StoreError> {
        let is_old = |id: &&EventId| after.is_none_or(|after| **id > after) && **id < before;
        Ok(self.events.keys().filter(is_old).take(limit).copied().collect())
    }

    fn list_deliveries_of(&mut self, events: &[EventId], limit: usize) -> Result<Vec<KeptDelivery>, StoreError> {
        let of_events = self.deliveries.values().filter(|delivery| events.contains(&delivery.event_id));
        let kept = of_events.map(|delivery| KeptDelivery {
            id: delivery.id,
            workspace_id: delivery.workspace_id,
            event_id: delivery.event_id,
            endpoint_id: delivery.endpoint_id,
            state: Some(delivery.state),
            due_at: delivery.due_at,
            tried_at: delivery.last.as_ref().map(|last| last.started_at),
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
            was_over: delivery.was_over(),
        });
        Ok(kept.take(limit).collect())
    }

    fn list_stopped_endpoints(&mut self, ids: &[EndpointId]) -> Result<Vec<EndpointId>, StoreError> {
        let is_stopped = |id: &&EndpointId| {
            self.endpoints
                .get(*id)
                .is_some_and(|endpoint| matches!(endpoint.status, EndpointStatus::Paused | EndpointStatus::Disabled(_)))
        };
        Ok(ids.iter().filter(is_stopped).copied().collect())
    }

    fn close_expired(&mut self, ids: &[DeliveryId], now: Timestamp) -> Result<usize, StoreError> {
        let waits = [DeliveryState::Waiting, DeliveryState::Held, DeliveryState::Withheld];
        let these = self
            .deliveries
            .values_mut()
            .filter(|delivery| ids.contains(&delivery.id) && waits.contains(&delivery.state));
        Ok(these.map(|delivery| *delivery = delivery.clone().expired(now)).count())
    }

    fn delete_attempts(&mut self, deliveries: &[DeliveryId], limit: usize) -> Result<usize, StoreError> {
        let of_these = self.attempts.keys().filter(|(id, _)| deliveries.contains(id));
        let keys: Vec<_> = of_these.take(limit).copied().collect();
        Ok(keys.iter().filter(|key| self.attempts.remove(key).is_some()).count())
    }

    fn delete_deliveries(&mut self, deliveries: &[DeliveryId]) -> Result<usize, StoreError> {
        Ok(deliveries.iter().filter(|id| self.deliveries.remove(id).is_some()).count())
    }

    fn delete_events(&mut self, events: &[EventId]) -> Result<usize, StoreError> {
        Ok(events.iter().filter(|id| self.events.remove(id).is_some()).count())
    }

    fn has_unmet_revisions(&mut self, before: EventId) -> Result<bool, StoreError> {
        Ok(self.unmet_revisions(before).next().is_some())
    }

    fn delete_revisions(&mut self, before: EventId, limit: usize) -> Result<usize, StoreError> {
        let old: Vec<_> = self.unmet_revisions(before).take(limit).collect();
        Ok(old.iter().filter(|key| self.revisions.remove(key).is_some()).count())
    }

    fn list_unreferenced_endpoints(&mut self, limit: usize) -> Result<Vec<EndpointId>, StoreError> {
        let unreferenced = self.endpoints.keys().filter(|id| self.is_unreferenced(**id));
        Ok(unreferenced.take(limit).copied().collect())
    }

    fn delete_unreferenced_endpoint(&mut self, id: EndpointId) -> Result<bool, StoreError> {
        if !self.is_unreferenced(id) {
            return Ok(false);
        }
        let own: Vec<_> =
            self.revisions.keys().filter(|(of, _)| *of == id).take(RETIRED_REVISIONS_MAX).copied().collect();
        self.revisions.retain(|key, _| !own.contains(key));
        if own.len() == RETIRED_REVISIONS_MAX {
            return Ok(false);
        }
        self.secrets.retain(|_, secret| secret.endpoint_id != id);
        self.health.remove(&id);
        self.tallies.retain(|(of, _), _| *of != id);
        Ok(self.endpoints.remove(&id).is_some())
    }
}
