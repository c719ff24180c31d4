//! Changes that tell: what a use case changes and the events of it are one transaction.

use std::sync::Arc;

use devhub_domain::entropy::Entropy;
use devhub_domain::events::{
    EventType, NewEvent, PAYLOAD_BYTES_DEFAULT_MAX, Payload, PreparedEvent, Published, SchemaCache, hand_over,
    publish_to,
};
use devhub_domain::id::{EndpointId, EventId, WorkspaceId};
use devhub_domain::sealing::Sealer;
use devhub_domain::store::{Change, Lane, Prepared, StoreError};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Dispatcher, DrawnCallback, callback_endpoint, callback_url};

use crate::error::SandboxError;
use crate::payload::Told;
use crate::ports::SandboxTx;
use crate::service::Shared;
use crate::web_url::WebUrl;

/// What a use case returns that changes something.
macro_rules! change {
    ($output:ty) => {
        devhub_domain::store::Prepared<
            dyn crate::ports::SandboxTx,
            impl devhub_domain::store::Change<
                dyn crate::ports::SandboxTx,
                Output = $output,
                Error = crate::error::SandboxError,
            > + use<>,
        >
    };
}

pub(crate) use change;

/// Tells events within a transaction, each once in a run of it.
pub(crate) struct Teller {
    now: Timestamp,
    /// Ids of the events that this change may tell, drawn before its transaction, which may run again; the lowest is told first, so that a
    /// list by id shows them in their order.
    ids: Vec<EventId>,
    /// What the endpoint of a `callback_url` is made of that is not there yet: one for each event, drawn as the ids are.
    callbacks: Vec<DrawnCallback>,
    sealer: Arc<Sealer>,
    dispatcher: Arc<dyn Dispatcher>,
    schemas: Arc<SchemaCache>,
    published: Vec<Published>,
}

impl Teller {
    /// Tells at most `events_max` events.
    pub(crate) fn new(parts: &Shared, now: Timestamp, events_max: usize) -> Self {
        let entropy: &dyn Entropy = &*parts.entropy;
        let mut ids: Vec<_> = (0..events_max).map(|_| EventId::generate(now, entropy)).collect();
        ids.sort_unstable();
        let callbacks = (0..events_max).map(|_| DrawnCallback::draw(now, entropy)).collect();
        let (sealer, dispatcher) = (Arc::clone(&parts.sealer), Arc::clone(&parts.dispatcher));
        let schemas = Arc::clone(&parts.schemas);
        Self { now, ids, callbacks, sealer, dispatcher, schemas, published: Vec::new() }
    }

    /// When whatever happens happens.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Publishes an event to the endpoints of a workspace that want it, and to the address that its payment carries.
    pub(crate) fn tell(
        &mut self,
        tx: &mut (dyn SandboxTx + 'static),
        workspace_id: WorkspaceId,
        told: &Told<'_>,
        callback: Option<&WebUrl>,
    ) -> Result<(), SandboxError> {
        let id = *self.ids.get(self.published.len()).expect("a change draws as many ids as it tells events");
        let event_type: EventType = told.event_type().parse().expect("the catalogue's names are event types");
        let payload = told.to_json(id, self.now);
        let payload = Payload::new(payload.as_bytes(), PAYLOAD_BYTES_DEFAULT_MAX).expect("every field has a bound");
        let new = NewEvent { event_type, payload, external_id: None };
        let prepared = PreparedEvent::with_id(id, workspace_id, new, self.now).with_schemas(Arc::clone(&self.schemas));
        let also = callback.map(|url| self.callback(tx, workspace_id, url)).transpose()?.flatten();
        self.published.push(publish_to(tx.hub(), &prepared, also, Some(&*self.dispatcher))?);
        Ok(())
    }

    /// The endpoint of a `callback_url`. There is none for an address that no endpoint can have: its payment goes on without.
    fn callback(
        &self,
        tx: &mut (dyn SandboxTx + 'static),
        workspace_id: WorkspaceId,
        url: &WebUrl,
    ) -> Result<Option<EndpointId>, StoreError> {
        let drawn = self.callbacks.get(self.published.len()).expect("as many are drawn as there are ids");
        match callback_url(url.as_str()) {
            Ok(url) => callback_endpoint(tx.hub(), workspace_id, &url, drawn, &self.sealer),
            Err(_shape) => Ok(None),
        }
    }
}

/// A change whose events are handed to the sender after the commit.
pub(crate) struct Telling<F> {
    body: F,
    teller: Teller,
}

impl<F, T> Change<dyn SandboxTx> for Telling<F>
where
    F: FnMut(&mut (dyn SandboxTx + 'static), &mut Teller) -> Result<T, SandboxError> + Send,
    T: Send,
{
    type Output = T;
    type Error = SandboxError;

    fn apply(&mut self, tx: &mut (dyn SandboxTx + 'static)) -> Result<T, SandboxError> {
        // What an earlier run has published was undone with it.
        self.teller.published.clear();
        (self.body)(tx, &mut self.teller)
    }

    fn committed(&mut self, _output: &mut T) {
        hand_over(&*self.teller.dispatcher, &mut self.teller.published);
    }

    fn unsettled(&mut self, _output: &mut T) {}
}

/// Makes a change of a body that tells.
pub(crate) fn telling<F, T>(parts: &Shared, lane: Lane, teller: Teller, body: F) -> Prepared<dyn SandboxTx, Telling<F>>
where
    F: FnMut(&mut (dyn SandboxTx + 'static), &mut Teller) -> Result<T, SandboxError> + Send,
    T: Send,
{
    Prepared::new(Arc::clone(&parts.store), lane, Telling { body, teller })
}
