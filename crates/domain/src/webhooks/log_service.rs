//! The use cases of the log: the attempts of a delivery as they were sent, and why an event did not reach an endpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::delivery::derived_id;
use super::report::with_first_success;
use super::{
    Attempt, Deliveries, Delivery, Endpoint, EndpointRevision, FailureKind, LogTx, Reach, Reached, ShownAttempt,
    ShownRequest, Target, WhyNot, Work,
};
use crate::events::{Event, Payload};
use crate::id::{DeliveryId, EndpointId, EventId, WorkspaceId};
use crate::page::{Page, PageRequest, PageSize};
use crate::store::{StoreError, UnitOfWork, read};

/// What a question to the log can fail with.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The workspace has no such delivery.
    #[error("no delivery {0} in this workspace")]
    DeliveryNotFound(DeliveryId),
    /// The delivery has no such attempt.
    #[error("no attempt {0} of this delivery")]
    AttemptNotFound(u32),
    /// The workspace has no such event.
    #[error("no event {0} in this workspace")]
    EventNotFound(EventId),
    /// The workspace has no such endpoint, and never had.
    #[error("no endpoint {0} in this workspace")]
    EndpointNotFound(EndpointId),
    /// The store failed.
    #[error("the delivery store failed")]
    Store(#[from] StoreError),
}

impl LogError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DeliveryNotFound(_) => "delivery_not_found",
            Self::AttemptNotFound(_) => "attempt_not_found",
            Self::EventNotFound(_) => "event_not_found",
            Self::EndpointNotFound(_) => "endpoint_not_found",
            Self::Store(error) => error.code(),
        }
    }
}

/// The use cases of the log.
#[derive(Clone)]
pub struct DeliveryLog {
    store: Arc<dyn UnitOfWork<dyn LogTx>>,
    /// Makes the requests again.
    deliveries: Deliveries,
}

impl std::fmt::Debug for DeliveryLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveryLog").finish_non_exhaustive()
    }
}

/// Whether requests are signed again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signatures {
    Made,
    /// Each hashes the whole payload, and a page has a hundred.
    LeftOut,
}

/// What the requests of one delivery are made of.
struct Sent {
    delivery: Delivery,
    attempts: Vec<Attempt>,
    /// `None` when its event is kept no longer.
    payload: Option<Payload>,
    target: Option<Arc<Target>>,
    /// Earlier revisions of the endpoint, as far as attempts name them and they are kept.
    revisions: BTreeMap<i64, EndpointRevision>,
}

impl DeliveryLog {
    /// The use cases over a store, with what makes requests.
    pub fn new(store: Arc<dyn UnitOfWork<dyn LogTx>>, deliveries: Deliveries) -> Self {
        Self { store, deliveries }
    }

    /// The attempts of a delivery with their requests, first to last, with numbers above [`PageRequest::after`]. Signatures are left
    /// out of the requests: [`DeliveryLog::attempt`] has them.
    ///
    /// # Errors
    /// [`LogError::DeliveryNotFound`] also for a delivery of another workspace, and the store's own.
    pub fn attempts(
        &self,
        workspace_id: WorkspaceId,
        id: DeliveryId,
        page: PageRequest<u32>,
    ) -> Result<Page<ShownAttempt, u32>, LogError> {
        let is_wanted = |attempt: &Attempt| page.after.is_none_or(|after| attempt.number > after);
        let sent = self.sent(workspace_id, id, page.size.get() + 1, &is_wanted)?;
        Ok(Page::from_rows(self.shown(&sent, Signatures::LeftOut), page.size, |shown| shown.attempt.number))
    }

    /// One attempt of a delivery with its request.
    ///
    /// # Errors
    /// [`LogError::DeliveryNotFound`], [`LogError::AttemptNotFound`], and the store's own.
    pub fn attempt(&self, workspace_id: WorkspaceId, id: DeliveryId, number: u32) -> Result<ShownAttempt, LogError> {
        let sent = self.sent(workspace_id, id, 1, &|attempt| attempt.number == number)?;
        self.shown(&sent, Signatures::Made).pop().ok_or(LogError::AttemptNotFound(number))
    }

    fn sent(
        &self,
        workspace_id: WorkspaceId,
        id: DeliveryId,
        count_max: usize,
        is_wanted: &dyn Fn(&Attempt) -> bool,
    ) -> Result<Sent, LogError> {
        read(&*self.store, |tx| {
            let delivery = tx.find_delivery(workspace_id, id)?.ok_or(LogError::DeliveryNotFound(id))?;
            let attempts = with_first_success(&delivery, tx.list_attempts(id)?);
            let attempts: Vec<_> = attempts.into_iter().filter(|attempt| is_wanted(attempt)).take(count_max).collect();
            let payload = tx.find_event(workspace_id, delivery.event_id)?.map(|event| event.payload);
            let target = tx.find_target(workspace_id, delivery.endpoint_id)?;
            let mut revisions = BTreeMap::new();
            for revision in attempts.iter().filter_map(|attempt| attempt.report.endpoint_revision) {
                if !revisions.contains_key(&revision)
                    && let Some(found) = tx.find_revision(delivery.endpoint_id, revision)?
                {
                    revisions.insert(revision, found);
                }
            }
            Ok::<_, LogError>(Sent { delivery, attempts, payload, target, revisions })
        })
    }

    /// Signed again outside the transaction: nobody waits for it.
    fn shown(&self, sent: &Sent, signatures: Signatures) -> Vec<ShownAttempt> {
        let request = |attempt: &Attempt| self.request_of(sent, attempt, signatures);
        let shown = |attempt: &Attempt| ShownAttempt { attempt: attempt.clone(), request: request(attempt) };
        sent.attempts.iter().map(shown).collect()
    }

    /// `None` for an interrupted attempt, and where the endpoint itself is gone.
    fn request_of(&self, sent: &Sent, attempt: &Attempt, signatures: Signatures) -> Option<ShownRequest> {
        let target = sent.target.as_ref().filter(|_| attempt.failure != Some(FailureKind::Interrupted))?;
        let met = attempt.report.endpoint_revision.and_then(|revision| sent.revisions.get(&revision));
        let url = met.map_or_else(|| target.endpoint.url.clone(), |met| met.url.clone());
        let endpoint = Endpoint { url, ..target.endpoint.clone() };
        // What is left out is made over nothing, so that all else is as it was sent.
        let signed = sent.payload.clone().filter(|_| signatures == Signatures::Made);
        let signed = signed.unwrap_or_else(|| Payload::from_stored(Vec::new()));
        let work = Work {
            due_at: attempt.started_at,
            delivery: sent.delivery.clone(),
            event_type: sent.delivery.event_type.clone(),
            payload: signed,
            target: Arc::new(Target::new(endpoint, target.secrets().to_vec())),
        };
        // Without the bytes that were signed there is no signature.
        let ids = if sent.payload.is_some() { &attempt.secret_ids[..] } else { &[] };
        let mut request = self.deliveries.request_again(&work, attempt.started_at, ids);
        if signatures == Signatures::LeftOut {
            request.headers.retain(|(name, _)| !name.to_ascii_lowercase().ends_with("signature"));
        }
        Some(ShownRequest {
            is_endpoint_changed: attempt.report.endpoint_revision != Some(target.endpoint.revision),
            is_signature_whole: !attempt.secret_ids.is_empty() && request.secret_ids.len() == attempt.secret_ids.len(),
            body: sent.payload.clone(),
            ..ShownRequest::of(&request, &work.target.endpoint)
        })
    }

    /// What became of an event at each endpoint that it could have met, newest first: its delivery, or why there is none.
    ///
    /// # Errors
    /// [`LogError::EventNotFound`] also for an event of another workspace, and the store's own.
    pub fn reaches(
        &self,
        workspace_id: WorkspaceId,
        event_id: EventId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<Reach, EndpointId>, LogError> {
        read(&*self.store, |tx| {
            let event = tx.find_event(workspace_id, event_id)?.ok_or(LogError::EventNotFound(event_id))?;
            let Page { items, next } = tx.list_endpoints_met(workspace_id, event_id, page)?;
            Ok(Page { items: reaches(tx, &event, items)?, next })
        })
    }

    /// What became of an event at one endpoint, also at one that is deleted.
    ///
    /// # Errors
    /// [`LogError::EventNotFound`], [`LogError::EndpointNotFound`], and the store's own.
    pub fn reach(
        &self,
        workspace_id: WorkspaceId,
        event_id: EventId,
        endpoint_id: EndpointId,
    ) -> Result<Page<Reach, EndpointId>, LogError> {
        read(&*self.store, |tx| {
            let event = tx.find_event(workspace_id, event_id)?.ok_or(LogError::EventNotFound(event_id))?;
            let target = tx.find_target(workspace_id, endpoint_id)?;
            let target = target.ok_or(LogError::EndpointNotFound(endpoint_id))?;
            let reaches = reaches(tx, &event, vec![target.endpoint.clone()])?;
            Ok(Page::from_rows(reaches, PageSize::default(), |reach| reach.endpoint.id))
        })
    }
}

fn reaches(tx: &mut (dyn LogTx + '_), event: &Event, endpoints: Vec<Endpoint>) -> Result<Vec<Reach>, StoreError> {
    let endpoint_ids: Vec<_> = endpoints.iter().map(|endpoint| endpoint.id).collect();
    let ids: Vec<_> = endpoint_ids.iter().map(|id| derived_id(event.id, *id)).collect();
    let deliveries = tx.find_deliveries(event.workspace_id, &ids)?.into_iter();
    let mut deliveries: BTreeMap<_, _> = deliveries.map(|delivery| (delivery.endpoint_id, delivery)).collect();
    let met = tx.list_revisions_met(event.id, &endpoint_ids)?.into_iter();
    let met: BTreeMap<_, _> = met.map(|revision| (revision.endpoint_id, revision)).collect();
    let reach = |endpoint: Endpoint| {
        let reached = match deliveries.remove(&endpoint.id) {
            Some(delivery) => Reached::Delivery(Box::new(delivery)),
            None => Reached::Not(WhyNot::of(event, &endpoint, met.get(&endpoint.id))),
        };
        Reach { endpoint, reached }
    };
    Ok(endpoints.into_iter().map(reach).collect())
}
