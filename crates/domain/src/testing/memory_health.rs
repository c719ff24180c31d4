//! The health of endpoints in memory.

use super::memory::Content;
use crate::id::EndpointId;
use crate::store::StoreError;
use crate::webhooks::{Delivery, DeliveryState, EndpointBacklog, Health, HealthTx, HourTally};

impl HealthTx for Content {
    fn find_health(&mut self, endpoint_id: EndpointId) -> Result<Option<Health>, StoreError> {
        Ok(self.health.get(&endpoint_id).cloned())
    }

    fn try_hold_health(&mut self, _endpoint_id: EndpointId) -> Result<bool, StoreError> {
        // There is one transaction at a time.
        Ok(true)
    }

    fn put_health(&mut self, health: &Health) -> Result<(), StoreError> {
        self.health.insert(health.endpoint_id, health.clone());
        Ok(())
    }

    fn delete_health(&mut self, endpoint_id: EndpointId) -> Result<(), StoreError> {
        self.health.remove(&endpoint_id);
        Ok(())
    }

    fn list_health(&mut self, limit: usize) -> Result<Vec<Health>, StoreError> {
        Ok(self.health.values().take(limit).cloned().collect())
    }

    fn list_health_of(&mut self, endpoint_ids: &[EndpointId]) -> Result<Vec<Health>, StoreError> {
        Ok(endpoint_ids.iter().filter_map(|id| self.health.get(id)).cloned().collect())
    }

    fn backlog_of(&mut self, endpoint_id: EndpointId, limit: usize) -> Result<EndpointBacklog, StoreError> {
        let waits = |delivery: &&Delivery| {
            delivery.endpoint_id == endpoint_id
                && matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld)
        };
        let oldest = self.deliveries.values().find(waits);
        let oldest_at = oldest.map(|delivery| delivery.created_at);
        Ok(EndpointBacklog { deliveries: self.deliveries.values().filter(waits).take(limit).count(), oldest_at })
    }

    fn add_tally(&mut self, tally: &HourTally) -> Result<(), StoreError> {
        let key = (tally.endpoint_id, tally.hour);
        self.tallies.entry(key).and_modify(|stored| stored.add(tally)).or_insert_with(|| tally.clone());
        Ok(())
    }

    fn list_tallies(&mut self, endpoint_id: EndpointId, after_hour: i64) -> Result<Vec<HourTally>, StoreError> {
        let from = (endpoint_id, after_hour.saturating_add(1));
        Ok(self.tallies.range(from..=(endpoint_id, i64::MAX)).map(|(_, tally)| tally.clone()).collect())
    }

    fn delete_tallies(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<_> = self.tallies.keys().copied().filter(|(_, hour)| *hour < before_hour).collect();
        old.sort_unstable_by_key(|(_, hour)| *hour);
        old.truncate(limit);
        Ok(old.iter().filter(|key| self.tallies.remove(key).is_some()).count())
    }
}
