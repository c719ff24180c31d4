//! Events, endpoints and deliveries in memory.

use std::collections::HashMap;
use std::sync::Arc;

use super::memory::{Content, insert, page};
use crate::events::{Event, EventFilter, EventHead, EventTx, EventType, ExternalId};
use crate::id::{DeliveryId, EndpointId, EventId, SessionId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::{
    Attempt, Backlog, Claimed, Delivery, DeliveryFilter, DeliveryState, DeliveryTx, Endpoint, EndpointName,
    EndpointSecret, EndpointStatus, EndpointTx, Room, Session, Target, Work,
};
use crate::workspaces::EventChecks;

impl Content {
    fn target(&self, endpoint: &Endpoint) -> Arc<Target> {
        let own = self.secrets.values().filter(|secret| secret.endpoint_id == endpoint.id);
        let mut secrets: Vec<_> = own.cloned().collect();
        secrets.sort_unstable_by_key(|secret| secret.number);
        Arc::new(Target::new(endpoint.clone(), secrets))
    }

    pub(super) fn is_active(&self, id: EndpointId) -> bool {
        self.endpoints.get(&id).is_some_and(|endpoint| endpoint.status == EndpointStatus::Active)
    }

    fn work(&self, delivery: &Delivery, due_at: Timestamp) -> Option<Work> {
        let endpoint = self.endpoints.get(&delivery.endpoint_id)?;
        let payload = self.events.get(&delivery.event_id)?.payload.clone();
        let event_type = delivery.event_type.clone();
        Some(Work { delivery: delivery.clone(), due_at, event_type, payload, target: self.target(endpoint) })
    }
}

impl Content {
    /// Leases the first of these.
    fn lease(&mut self, session_id: SessionId, mut due: Vec<Delivery>, limit: usize) -> Claimed {
        due.truncate(limit);
        let served = due.last().map(|delivery| delivery.endpoint_id);
        let mut outcome = Claimed { served, ..Claimed::default() };
        for delivery in due {
            let due_at = delivery.due_at.unwrap_or(delivery.created_at);
            let delivery = delivery.claimed(session_id);
            self.deliveries.insert(delivery.id, delivery.clone());
            match self.work(&delivery, due_at) {
                Some(work) => outcome.work.push(work),
                None => outcome.without_content.push(delivery),
            }
        }
        outcome
    }
}

impl EventTx for Content {
    fn insert_event(&mut self, event: &Event) -> Result<bool, StoreError> {
        if let Some(external_id) = &event.external_id
            && self.find_event_by_external_id(event.workspace_id, external_id)?.is_some()
        {
            return Ok(false);
        }
        insert(&mut self.events, event.id, event.clone(), "events.id").map(|()| true)
    }

    fn find_event(&mut self, workspace_id: WorkspaceId, id: EventId) -> Result<Option<Event>, StoreError> {
        Ok(self.events.get(&id).filter(|event| event.workspace_id == workspace_id).cloned())
    }

    fn find_event_by_external_id(
        &mut self,
        workspace_id: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Event>, StoreError> {
        let same =
            |event: &&Event| event.workspace_id == workspace_id && event.external_id.as_ref() == Some(external_id);
        Ok(self.events.values().find(same).cloned())
    }

    fn list_events(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &EventFilter,
        request: PageRequest<EventId>,
    ) -> Result<Page<EventHead, EventId>, StoreError> {
        let fits = |event: &Event| {
            event.workspace_id == workspace_id
                && filter.event_type.as_ref().is_none_or(|event_type| event.event_type == *event_type)
                && filter.external_id.as_ref().is_none_or(|id| event.external_id.as_ref() == Some(id))
                && filter.accepted.contains(event.accepted_at)
        };
        let Page { items, next } = page(&self.events, request, |event| event.id, fits);
        let head = |event: Event| EventHead {
            id: event.id,
            event_type: event.event_type,
            external_id: event.external_id,
            payload_bytes: u64::try_from(event.payload.as_bytes().len()).unwrap_or(u64::MAX),
            accepted_at: event.accepted_at,
        };
        Ok(Page { items: items.into_iter().map(head).collect(), next })
    }

    fn list_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
        let is_listed =
            |endpoint: &&Endpoint| endpoint.workspace_id == workspace_id && endpoint.status != EndpointStatus::Deleted;
        let endpoints = self.endpoints.values().filter(is_listed);
        Ok(endpoints.map(|endpoint| self.target(endpoint)).collect())
    }

    fn event_checks(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError> {
        Ok(self.workspaces.get(&workspace_id).map(|workspace| workspace.event_checks).unwrap_or_default())
    }

    fn find_type_schema(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<String>, StoreError> {
        let own = self.own_types.get(&(workspace_id, name.clone())).filter(|own| !own.is_archived);
        Ok(own.map(|own| own.schema.clone()))
    }

    fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        for delivery in deliveries {
            insert(&mut self.deliveries, delivery.id, delivery.clone(), "deliveries.id")?;
        }
        Ok(())
    }
}

impl EndpointTx for Content {
    fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        insert(&mut self.endpoints, endpoint.id, endpoint.clone(), "endpoints.id")
    }

    fn insert_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError> {
        let same = |stored: &EndpointSecret| stored.endpoint_id == secret.endpoint_id && stored.number == secret.number;
        if self.secrets.values().any(same) {
            return Err(StoreError::Conflict("endpoint_secrets.number"));
        }
        insert(&mut self.secrets, secret.id, secret.clone(), "endpoint_secrets.id")
    }

    fn update_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError> {
        let stored = self.secrets.get_mut(&secret.id).ok_or(StoreError::Conflict("endpoint_secrets.id"))?;
        stored.expires_at = secret.expires_at;
        Ok(())
    }

    fn delete_ended_endpoint_secrets(&mut self, id: EndpointId, now: Timestamp) -> Result<(), StoreError> {
        self.secrets.retain(|_, secret| secret.endpoint_id != id || secret.signs_at(now));
        Ok(())
    }

    fn find_target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError> {
        let endpoint = self.endpoints.get(&id).filter(|endpoint| endpoint.workspace_id == workspace_id);
        Ok(endpoint.map(|endpoint| self.target(endpoint)))
    }

    fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        match self.endpoints.get_mut(&endpoint.id) {
            Some(stored) if stored.revision == endpoint.revision - 1 => {
                let before = std::mem::replace(stored, endpoint.clone());
                self.keep_revision(before);
                Ok(())
            }
            _ => Err(StoreError::Conflict("endpoints.revision")),
        }
    }

    fn delete_endpoint_secrets(&mut self, id: EndpointId) -> Result<(), StoreError> {
        self.secrets.retain(|_, secret| secret.endpoint_id != id);
        Ok(())
    }

    fn release_held(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let endpoints = &self.endpoints;
        let active = |id| endpoints.get(&id).is_some_and(|endpoint| endpoint.status == EndpointStatus::Active);
        let held = |delivery: &&mut Delivery| delivery.state == DeliveryState::Held && active(delivery.endpoint_id);
        let held = self.deliveries.values_mut().filter(held).take(limit);
        Ok(held.map(|delivery| *delivery = delivery.clone().released(now)).count())
    }

    fn close_deleted(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let endpoints = &self.endpoints;
        let deleted = |id| endpoints.get(&id).is_some_and(|endpoint| endpoint.status == EndpointStatus::Deleted);
        let open = |delivery: &&mut Delivery| {
            let is_open =
                matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld);
            is_open && deleted(delivery.endpoint_id)
        };
        let open = self.deliveries.values_mut().filter(open).take(limit);
        Ok(open.map(|delivery| *delivery = delivery.clone().closed_with_endpoint(now)).count())
    }

    fn count_endpoints(&mut self, workspace_id: WorkspaceId) -> Result<u64, StoreError> {
        let listed = self.list_targets(workspace_id)?.len();
        Ok(u64::try_from(listed).unwrap_or(u64::MAX))
    }

    fn list_endpoints(
        &mut self,
        workspace_id: WorkspaceId,
        request: PageRequest<EndpointId>,
    ) -> Result<Page<Endpoint, EndpointId>, StoreError> {
        let fits =
            |endpoint: &Endpoint| endpoint.workspace_id == workspace_id && endpoint.status != EndpointStatus::Deleted;
        Ok(page(&self.endpoints, request, |endpoint| endpoint.id, fits))
    }

    fn list_stored_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
        self.list_targets(workspace_id)
    }

    fn list_endpoint_names(
        &mut self,
        workspace_id: WorkspaceId,
        limit: usize,
    ) -> Result<Vec<EndpointName>, StoreError> {
        let fits =
            |endpoint: &&Endpoint| endpoint.workspace_id == workspace_id && endpoint.status != EndpointStatus::Deleted;
        let name = |endpoint: &Endpoint| EndpointName { id: endpoint.id, url: endpoint.url.clone() };
        Ok(self.endpoints.values().rev().filter(fits).take(limit).map(name).collect())
    }
}

impl DeliveryTx for Content {
    fn claim_due(&mut self, session_id: SessionId, now: Timestamp, room: &Room) -> Result<Claimed, StoreError> {
        let is_wanted = |delivery: &&Delivery| delivery.is_due(now) && self.is_active(delivery.endpoint_id);
        let mut due: Vec<Delivery> = self.deliveries.values().filter(is_wanted).cloned().collect();
        let is_before = |id: EndpointId| room.after.is_some_and(|after| id <= after);
        let place = |delivery: &Delivery| (is_before(delivery.endpoint_id), delivery.endpoint_id);
        due.sort_by_key(|delivery| (place(delivery), delivery.due_at, delivery.id));
        let mut of_endpoints: HashMap<EndpointId, usize> = HashMap::new();
        let mut of_workspaces: HashMap<WorkspaceId, usize> = HashMap::new();
        due.retain(|delivery| {
            let of_endpoint = of_endpoints.entry(delivery.endpoint_id).or_default();
            let of_workspace = of_workspaces.entry(delivery.workspace_id).or_default();
            let fits = *of_endpoint < room.of_endpoint(delivery.endpoint_id)
                && *of_workspace < room.of_workspace(delivery.workspace_id);
            *of_endpoint += usize::from(fits);
            *of_workspace += usize::from(fits);
            fits
        });
        Ok(self.lease(session_id, due, room.limit))
    }

    fn claim_probe(
        &mut self,
        session_id: SessionId,
        now: Timestamp,
        endpoint_id: EndpointId,
    ) -> Result<Claimed, StoreError> {
        let is_wanted = |delivery: &&Delivery| {
            delivery.is_due(now) && delivery.endpoint_id == endpoint_id && self.is_active(endpoint_id)
        };
        let mut due: Vec<Delivery> = self.deliveries.values().filter(is_wanted).cloned().collect();
        due.sort_by_key(|delivery| (delivery.due_at, delivery.id));
        Ok(self.lease(session_id, due, 1))
    }

    fn record_delivery(&mut self, session_id: SessionId, delivery: &Delivery) -> Result<bool, StoreError> {
        let Some(stored) = self.deliveries.get_mut(&delivery.id) else {
            return Ok(false);
        };
        let is_leased = stored.lease.is_some_and(|lease| lease.session_id == session_id);
        let is_current = stored.attempts == delivery.attempts || stored.attempts + 1 == delivery.attempts;
        if is_leased && is_current {
            *stored = delivery.clone();
        }
        Ok(is_leased && is_current)
    }

    fn update_resent(&mut self, delivery: &Delivery) -> Result<bool, StoreError> {
        let stored = self.deliveries.get_mut(&delivery.id);
        let open = stored.filter(|stored| !matches!(stored.state, DeliveryState::Leased | DeliveryState::Held));
        Ok(open.map(|stored| *stored = delivery.clone()).is_some())
    }

    fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        insert(&mut self.attempts, (attempt.delivery_id, attempt.number), attempt.clone(), "attempts")
    }

    fn find_delivery(&mut self, workspace_id: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(self.deliveries.get(&id).filter(|delivery| delivery.workspace_id == workspace_id).cloned())
    }

    fn list_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        request: PageRequest<DeliveryId>,
    ) -> Result<Page<Delivery, DeliveryId>, StoreError> {
        let fits = |delivery: &Delivery| delivery.workspace_id == workspace_id && filter.wants(delivery);
        Ok(page(&self.deliveries, request, |delivery| delivery.id, fits))
    }

    fn list_attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        Ok(self.attempts.range((id, 0)..=(id, u32::MAX)).map(|(_, attempt)| attempt.clone()).collect())
    }

    fn next_due_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let waiting = self
            .deliveries
            .values()
            .filter(|delivery| delivery.state == DeliveryState::Waiting && self.is_active(delivery.endpoint_id));
        Ok(waiting.filter_map(|delivery| delivery.due_at).min())
    }

    fn has_several_workspaces(&mut self) -> Result<bool, StoreError> {
        let mut workspaces = self.endpoints.values().map(|endpoint| endpoint.workspace_id);
        let first = workspaces.next();
        Ok(workspaces.any(|workspace_id| Some(workspace_id) != first))
    }

    fn backlog(&mut self, now: Timestamp, limit: usize) -> Result<Backlog, StoreError> {
        let waiting = self.deliveries.values().filter(|delivery| delivery.state == DeliveryState::Waiting);
        let waiting = waiting.take(limit).count();
        Ok(Backlog { waiting, oldest_due_at: self.next_due_at()?.filter(|due_at| *due_at <= now) })
    }

    fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        insert(&mut self.sessions, session.id, session.clone(), "sessions.id")
    }

    fn beat_session(&mut self, id: SessionId) -> Result<bool, StoreError> {
        let session = self.sessions.get_mut(&id);
        Ok(session.map(|session| session.beats += 1).is_some())
    }

    fn list_sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        Ok(self.sessions.values().cloned().collect())
    }

    fn release_session(&mut self, id: SessionId, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(self.interrupt(now, limit, |lease, _| lease.session_id == id))
    }

    fn list_leased(&mut self, id: SessionId, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let leased =
            self.deliveries.values().filter(|delivery| delivery.lease.is_some_and(|lease| lease.session_id == id));
        Ok(leased.take(limit).cloned().collect())
    }

    fn release_orphans(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(self.interrupt(now, limit, |lease, sessions| !sessions.contains_key(&lease.session_id)))
    }

    fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError> {
        self.sessions.remove(&id);
        Ok(())
    }
}
