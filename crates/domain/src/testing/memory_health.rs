//! The health of endpoints in memory.

use super::memory::Content;
use crate::id::{EndpointId, WorkspaceId};
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

    fn list_backlogs(
        &mut self,
        endpoint_ids: &[EndpointId],
        limit: usize,
    ) -> Result<Vec<(EndpointId, EndpointBacklog)>, StoreError> {
        let backlog = |id: &EndpointId| (*id, self.backlog(|delivery| delivery.endpoint_id == *id, limit));
        Ok(endpoint_ids.iter().map(backlog).collect())
    }

    fn backlog_of_workspace(&mut self, workspace_id: WorkspaceId, limit: usize) -> Result<EndpointBacklog, StoreError> {
        Ok(self.backlog(|delivery| delivery.workspace_id == workspace_id, limit))
    }

    fn add_tally(&mut self, tally: &HourTally) -> Result<(), StoreError> {
        let key = (tally.endpoint_id, tally.hour);
        self.tallies.entry(key).and_modify(|stored| stored.add(tally)).or_insert_with(|| tally.clone());
        Ok(())
    }

    fn list_tallies(&mut self, endpoint_ids: &[EndpointId], after_hour: i64) -> Result<Vec<HourTally>, StoreError> {
        let is_wanted = |(id, hour): &(EndpointId, i64)| endpoint_ids.contains(id) && *hour > after_hour;
        Ok(self.tallies.iter().filter(|(key, _)| is_wanted(key)).map(|(_, tally)| tally.clone()).collect())
    }

    fn delete_tallies(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<_> = self.tallies.keys().copied().filter(|(_, hour)| *hour < before_hour).collect();
        old.sort_unstable_by_key(|(_, hour)| *hour);
        old.truncate(limit);
        Ok(old.iter().filter(|key| self.tallies.remove(key).is_some()).count())
    }
}

impl Content {
    /// What is not over and not on its way, of the deliveries that are meant.
    fn backlog(&self, is_meant: impl Fn(&Delivery) -> bool, limit: usize) -> EndpointBacklog {
        let waits = |delivery: &&Delivery| {
            is_meant(delivery)
                && matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld)
        };
        let oldest_at = self.deliveries.values().filter(waits).map(|delivery| delivery.created_at).min();
        EndpointBacklog { deliveries: self.deliveries.values().filter(waits).take(limit).count(), oldest_at }
    }
}
