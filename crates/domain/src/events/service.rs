//! The use cases of events: publish, find, list.

use std::sync::Arc;

use super::check_service::check;
use super::{
    Event, EventFilter, EventHead, EventTx, EventType, ExternalId, Fault, Payload, SchemaCache, is_operational,
};
use crate::entropy::Entropy;
use crate::id::{EndpointId, EventId, SessionId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};
use crate::webhooks::{Delivery, DeliveryState, Dispatcher, Target, Work};

/// Most events of one [`Events::publish_all`].
pub const BATCH_EVENTS_MAX: usize = 100;

/// Most deliveries of one [`Events::publish_all`]: they are written in one transaction, for which everybody else waits.
pub const BATCH_DELIVERIES_MAX: usize = 5_000;

/// What publishing can fail with.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The workspace has no such event.
    #[error("no event {0} in this workspace")]
    NotFound(EventId),
    /// Events of this type come from the hub itself.
    #[error("events of type {0} come from the hub itself and cannot be published: use another type")]
    Reserved(EventType),
    /// The publisher's identifier is taken by an event with another type or payload.
    #[error("external_id {external_id} was already used for event {event_id} with another type or payload")]
    ExternalIdReused {
        /// The publisher's identifier.
        external_id: ExternalId,
        /// The event that has it.
        event_id: EventId,
    },
    /// The workspace accepts known types only, and this is none.
    #[error(
        "event type {0} is not in the catalogue of this workspace, which accepts no others: create it, or mend the name"
    )]
    TypeUnknown(EventType),
    /// The workspace holds payloads against the schemas of their types, and this one does not satisfy its own.
    #[error("payload does not satisfy the schema of event type {event_type}: see errors")]
    PayloadRefused {
        /// Whose schema.
        event_type: EventType,
        /// What is wrong, and where: the first few.
        faults: Vec<Fault>,
    },
    /// The store failed.
    #[error("the event store failed")]
    Store(#[from] StoreError),
}

impl EventError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "event_not_found",
            Self::Reserved(_) => "event_type_reserved",
            Self::ExternalIdReused { .. } => "external_id_reused",
            Self::TypeUnknown(_) => "event_type_unknown",
            Self::PayloadRefused { .. } => "payload_refused",
            Self::Store(error) => error.code(),
        }
    }
}

/// What publishing several events can fail with: none of them is stored then.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// One of them is refused.
    #[error("the event at position {position} is refused")]
    Event {
        /// Which one, counted from 0.
        position: usize,
        /// Why.
        #[source]
        cause: EventError,
    },
    /// Together they go to too many endpoints.
    #[error(
        "the events of one call may have {BATCH_DELIVERIES_MAX} deliveries together: publish fewer of them at once"
    )]
    TooManyDeliveries,
    /// The store failed.
    #[error("the event store failed")]
    Store(#[from] StoreError),
}

impl BatchError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Event { cause, .. } => cause.code(),
            Self::TooManyDeliveries => "too_many_deliveries",
            Self::Store(error) => error.code(),
        }
    }
}

/// An event to publish.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// What receivers get.
    pub payload: Payload,
    /// The publisher's own identifier; publishing it again changes nothing.
    pub external_id: Option<ExternalId>,
}

/// An event with its id and instant, ready for a transaction that may run again.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    event: Event,
    schemas: Option<Arc<SchemaCache>>,
}

impl PreparedEvent {
    /// Draws id and instant for an event.
    pub fn new(workspace_id: WorkspaceId, new: NewEvent, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self::with_id(EventId::generate(now, entropy), workspace_id, new, now)
    }

    /// The same for an event whose id was drawn before, because it stands in its payload.
    pub fn with_id(id: EventId, workspace_id: WorkspaceId, new: NewEvent, now: Timestamp) -> Self {
        let event = Event {
            id,
            workspace_id,
            event_type: new.event_type,
            external_id: new.external_id,
            payload: new.payload,
            accepted_at: now,
        };
        Self { event, schemas: None }
    }

    /// The same, with compiled schemas at hand: without them, a strict workspace has one compiled for each event.
    #[must_use]
    pub fn with_schemas(self, schemas: Arc<SchemaCache>) -> Self {
        Self { schemas: Some(schemas), ..self }
    }
}

/// What became of an event.
#[derive(Debug)]
pub struct Published {
    /// The event as it is stored: the earlier one when this was a repetition.
    pub event: Event,
    /// Whether the event was there already.
    pub is_duplicate: bool,
    /// How many endpoints it goes to; 0 for a repetition, whose deliveries were made before.
    pub deliveries: usize,
    /// Whether any of them waits in the store for whoever claims it.
    pub waits: bool,
    /// Deliveries that were born leased to this node, to be handed to its dispatcher after the commit.
    pub work: Vec<Work>,
}

/// Publishes within a transaction that is already open, so that an event is stored if and only if what caused it is.
///
/// Deliveries that `lease` finds room for are born leased to that session; the caller hands [`Published::work`] to its dispatcher
/// after the commit. With `None` all wait for whoever claims them; call `wake()` on the dispatcher after the commit.
///
/// A strict workspace is obeyed; see [`check`].
///
/// *Repeat:* an external id that is there already, with the same type and payload, stores nothing and returns the first event, even
/// if its type has become stricter since.
///
/// # Errors
/// [`EventError::Reserved`], [`EventError::ExternalIdReused`], [`EventError::TypeUnknown`], [`EventError::PayloadRefused`], and the store's own.
pub fn publish(
    tx: &mut (dyn EventTx + '_),
    prepared: &PreparedEvent,
    lease: Option<&dyn Dispatcher>,
) -> Result<Published, EventError> {
    publish_to(tx, prepared, None, lease)
}

/// Publishes as [`publish`] does, and to one endpoint more, whatever that wants: the one that
/// [`callback_endpoint`](crate::webhooks::callback_endpoint) has found, as a rule. Once to each; not to one that is deleted.
///
/// # Errors
/// As for [`publish`].
pub fn publish_to(
    tx: &mut (dyn EventTx + '_),
    prepared: &PreparedEvent,
    also: Option<EndpointId>,
    lease: Option<&dyn Dispatcher>,
) -> Result<Published, EventError> {
    let event = &prepared.event;
    if is_operational(&event.event_type) {
        return Err(EventError::Reserved(event.event_type.clone()));
    }
    if let Err(refusal) = check(tx, event, prepared.schemas.as_deref()) {
        // A repetition of what was accepted before its type became stricter.
        return match refusal {
            EventError::Store(error) => Err(error.into()),
            refusal => duplicate(tx, event)?.ok_or(refusal),
        };
    }
    let session = lease.and_then(|dispatcher| dispatcher.session().map(|session| (dispatcher, session)));
    let targets = tx.list_targets(event.workspace_id)?;
    let is_meant = |target: &Arc<Target>| also == Some(target.endpoint.id) || target.endpoint.wants(&event.event_type);
    let wanted = targets.into_iter().filter(is_meant);
    let (deliveries, targets): (Vec<_>, Vec<_>) = wanted.map(|target| (born(event, &target, session), target)).unzip();
    if !tx.insert_event_with(event, &deliveries)? {
        return duplicate(tx, event)?.ok_or(EventError::Store(StoreError::Conflict("events.external_id")));
    }
    let count = deliveries.len();
    let waits = deliveries.iter().any(|delivery| delivery.state == DeliveryState::Waiting);
    let leased = deliveries.into_iter().zip(targets).filter(|(delivery, _)| delivery.lease.is_some());
    let work = leased.map(|(delivery, target)| Work {
        delivery,
        due_at: event.accepted_at,
        event_type: event.event_type.clone(),
        payload: event.payload.clone(),
        target,
    });
    Ok(Published { event: event.clone(), is_duplicate: false, deliveries: count, waits, work: work.collect() })
}

fn born(event: &Event, target: &Target, session: Option<(&dyn Dispatcher, SessionId)>) -> Delivery {
    let room = session.filter(|(dispatcher, _)| dispatcher.has_room(event.workspace_id, target.endpoint.id));
    Delivery::born(event, &target.endpoint, room.map(|(_, session)| session))
}

/// What an event repeats, if it repeats one.
fn duplicate(tx: &mut (dyn EventTx + '_), event: &Event) -> Result<Option<Published>, EventError> {
    let Some(external_id) = &event.external_id else {
        return Ok(None);
    };
    let Some(first) = tx.find_event_by_external_id(event.workspace_id, external_id)? else {
        return Ok(None);
    };
    if first.event_type != event.event_type || first.payload != event.payload {
        return Err(EventError::ExternalIdReused { external_id: external_id.clone(), event_id: first.id });
    }
    Ok(Some(Published { event: first, is_duplicate: true, deliveries: 0, waits: false, work: Vec::new() }))
}

/// Gives what was born leased to this node's sender, and calls for what waits: after the commit of whoever has published.
pub fn hand_over(dispatcher: &dyn Dispatcher, published: &mut [Published]) {
    let work: Vec<_> = published.iter_mut().flat_map(|published| std::mem::take(&mut published.work)).collect();
    if !work.is_empty() {
        dispatcher.dispatch(work);
    }
    if published.iter().any(|published| published.waits) {
        dispatcher.wake();
    }
}

/// The use cases of events.
#[derive(Clone)]
pub struct Events {
    store: Arc<dyn UnitOfWork<dyn EventTx>>,
    dispatcher: Arc<dyn Dispatcher>,
    schemas: Arc<SchemaCache>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl Events {
    /// The use cases over a store and the dispatcher of this node.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn EventTx>>,
        dispatcher: Arc<dyn Dispatcher>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, dispatcher, schemas: Arc::default(), clock, entropy }
    }

    /// Publishes an event to every endpoint that wants it.
    ///
    /// *Repeat:* see [`publish`].
    ///
    /// # Errors
    /// [`EventError::Reserved`], [`EventError::ExternalIdReused`], [`EventError::TypeUnknown`], [`EventError::PayloadRefused`], and the store's own.
    pub fn publish(
        &self,
        workspace_id: WorkspaceId,
        new: NewEvent,
    ) -> Prepared<dyn EventTx, impl Change<dyn EventTx, Output = Published, Error = EventError> + use<>> {
        let prepared = self.prepared(workspace_id, new, self.clock.now());
        let lease = Arc::clone(&self.dispatcher);
        let dispatcher = Arc::clone(&self.dispatcher);
        prepare(
            &self.store,
            Lane::Interactive,
            move |tx| publish(tx, &prepared, Some(&*lease)),
            move |published: &mut Published| hand_over(&*dispatcher, std::slice::from_mut(published)),
        )
    }

    /// Publishes several events, all or none, each as [`Events::publish`] does.
    ///
    /// Results stand in the order of the events. At most [`BATCH_EVENTS_MAX`] belong into one transaction: the caller sees to that.
    ///
    /// # Errors
    /// [`BatchError::Event`] with the first that is refused, [`BatchError::TooManyDeliveries`], and the store's own.
    pub fn publish_all(
        &self,
        workspace_id: WorkspaceId,
        new: Vec<NewEvent>,
    ) -> Prepared<dyn EventTx, impl Change<dyn EventTx, Output = Vec<Published>, Error = BatchError> + use<>> {
        let now = self.clock.now();
        let prepare_one = |new| self.prepared(workspace_id, new, now);
        let prepared: Vec<_> = new.into_iter().map(prepare_one).collect();
        let lease = Arc::clone(&self.dispatcher);
        let dispatcher = Arc::clone(&self.dispatcher);
        let publish_each = move |tx: &mut (dyn EventTx + 'static)| {
            let mut publish_one = |(position, event)| match publish(tx, event, Some(&*lease)) {
                Err(EventError::Store(error)) => Err(BatchError::Store(error)),
                outcome => outcome.map_err(|cause| BatchError::Event { position, cause }),
            };
            let mut published = Vec::with_capacity(prepared.len());
            let mut deliveries = 0_usize;
            for one in prepared.iter().enumerate() {
                let one = publish_one(one)?;
                deliveries += one.deliveries;
                if deliveries > BATCH_DELIVERIES_MAX {
                    return Err(BatchError::TooManyDeliveries);
                }
                published.push(one);
            }
            Ok(published)
        };
        prepare(&self.store, Lane::Interactive, publish_each, move |published: &mut Vec<Published>| {
            hand_over(&*dispatcher, published);
        })
    }

    fn prepared(&self, workspace_id: WorkspaceId, new: NewEvent, now: Timestamp) -> PreparedEvent {
        PreparedEvent::new(workspace_id, new, now, &*self.entropy).with_schemas(Arc::clone(&self.schemas))
    }

    /// Events of a workspace without their payloads, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        filter: &EventFilter,
        page: PageRequest<EventId>,
    ) -> Result<Page<EventHead, EventId>, EventError> {
        read(&*self.store, |tx| Ok(tx.list_events(workspace_id, filter, page)?))
    }

    /// The event with this id.
    ///
    /// # Errors
    /// [`EventError::NotFound`] also for an event of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: EventId) -> Result<Event, EventError> {
        read(&*self.store, |tx| tx.find_event(workspace_id, id)?.ok_or(EventError::NotFound(id)))
    }
}
