//! What endpoints were, and what nodes left behind, in memory.

use std::collections::BTreeMap;

use super::memory::{Content, page};
use crate::id::{DeliveryId, EndpointId, EventId, SessionId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::{Delivery, Endpoint, EndpointRevision, EndpointStatus, Lease, LogTx, Session};

impl Content {
    /// Keeps what an endpoint was.
    pub(super) fn keep_revision(&mut self, before: Endpoint) {
        let of_workspace = self.events.iter().rev().find(|(_, event)| event.workspace_id == before.workspace_id);
        let newest = of_workspace.map(|(id, _)| *id);
        let Endpoint { id: endpoint_id, revision, url, event_types, status, .. } = before;
        let revision = EndpointRevision { endpoint_id, revision, url, event_types, status };
        self.revisions.insert((endpoint_id, revision.revision), (newest, revision));
    }

    /// Cuts off up to `limit` deliveries whose leases fit; says how many those were.
    pub(super) fn interrupt(
        &mut self,
        now: Timestamp,
        limit: usize,
        fits: impl Fn(Lease, &BTreeMap<SessionId, Session>) -> bool,
    ) -> usize {
        let sessions = &self.sessions;
        let held = |delivery: &&Delivery| delivery.lease.is_some_and(|lease| fits(lease, sessions));
        let held: Vec<_> = self.deliveries.values().filter(held).take(limit).cloned().collect();
        let count = held.len();
        for delivery in held {
            let (delivery, attempt) = delivery.interrupted(now);
            if let Some(attempt) = attempt {
                self.attempts.entry((attempt.delivery_id, attempt.number)).or_insert(attempt);
            }
            self.deliveries.insert(delivery.id, delivery);
        }
        count
    }
}

impl LogTx for Content {
    fn list_endpoints_met(
        &mut self,
        workspace_id: WorkspaceId,
        event_id: EventId,
        request: PageRequest<EndpointId>,
    ) -> Result<Page<Endpoint, EndpointId>, StoreError> {
        let met_earlier = |id: EndpointId| {
            let mut own = self.revisions.range((id, i64::MIN)..=(id, i64::MAX));
            own.any(|(_, (newest, _))| newest.is_some_and(|newest| newest >= event_id))
        };
        let fits = |endpoint: &Endpoint| {
            endpoint.workspace_id == workspace_id
                && (endpoint.status != EndpointStatus::Deleted || met_earlier(endpoint.id))
        };
        Ok(page(&self.endpoints, request, |endpoint| endpoint.id, fits))
    }

    fn list_revisions_met(
        &mut self,
        event_id: EventId,
        endpoint_ids: &[EndpointId],
    ) -> Result<Vec<EndpointRevision>, StoreError> {
        let met = |id: &EndpointId| {
            let mut own = self.revisions.range((*id, i64::MIN)..=(*id, i64::MAX));
            let first = own.find(|(_, (newest, _))| newest.is_some_and(|newest| newest >= event_id));
            first.map(|(_, (_, revision))| revision.clone())
        };
        Ok(endpoint_ids.iter().filter_map(met).collect())
    }

    fn find_revision(&mut self, id: EndpointId, revision: i64) -> Result<Option<EndpointRevision>, StoreError> {
        Ok(self.revisions.get(&(id, revision)).map(|(_, revision)| revision.clone()))
    }

    fn find_deliveries(&mut self, workspace_id: WorkspaceId, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        let found = ids.iter().filter_map(|id| self.deliveries.get(id));
        Ok(found.filter(|delivery| delivery.workspace_id == workspace_id).cloned().collect())
    }
}
