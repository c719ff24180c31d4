//! Changes that tell: what a use case changes and the events of it are one transaction.

use std::sync::Arc;

use devhub_domain::entropy::Entropy;
use devhub_domain::events::{
    EventType, NewEvent, PAYLOAD_BYTES_DEFAULT_MAX, Payload, PreparedEvent, Published, SchemaCache, hand_over,
    publish_to,
};
use devhub_domain::id::{EndpointId, EventId, WorkspaceId};
use devhub_domain::sealing::Sealer;
use devhub_domain::store::{Change, Lane, Prepared};
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
    drawn: Vec<Drawn>,
    dispatcher: Arc<dyn Dispatcher>,
    sealer: Arc<Sealer>,
    schemas: Arc<SchemaCache>,
    published: Vec<Published>,
    /// Whether nothing is told at all.
    is_silent: bool,
}

/// What an event needs that is drawn before its transaction, which may run again.
struct Drawn {
    event_id: EventId,
    /// What the endpoint of its `callback_url` is made of, should there be none.
    callback: DrawnCallback,
}

impl Teller {
    /// Tells at most `events_max` events, one at least.
    pub(crate) fn new(parts: &Shared, now: Timestamp, events_max: usize) -> Self {
        let entropy: &dyn Entropy = &*parts.entropy;
        let draw = |_| Drawn { event_id: EventId::generate(now, entropy), callback: DrawnCallback::draw(now, entropy) };
        let mut drawn: Vec<_> = (0..events_max).map(draw).collect();
        // The lowest id is told first, so that a list by id shows them in their order.
        drawn.sort_unstable_by_key(|drawn| drawn.event_id);
        let (dispatcher, sealer, schemas) =
            (Arc::clone(&parts.dispatcher), Arc::clone(&parts.sealer), Arc::clone(&parts.schemas));
        Self { now, drawn, dispatcher, sealer, schemas, published: Vec::new(), is_silent: false }
    }

    /// The same, which tells nothing.
    pub(crate) fn silent(self) -> Self {
        Self { is_silent: true, ..self }
    }

    /// When whatever happens happens.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes the endpoint of a payment's `callback_url` with the payment, so that it is there, and its secret with it, before the first
    /// event. [`Teller::tell`] makes it anew where it was deleted since.
    pub(crate) fn meet(
        &self,
        tx: &mut (dyn SandboxTx + 'static),
        workspace_id: WorkspaceId,
        callback: Option<&WebUrl>,
    ) -> Result<(), SandboxError> {
        let drawn = self.drawn.first().expect("a change draws for one event at least");
        self.endpoint_of(tx, workspace_id, callback, drawn)?;
        Ok(())
    }

    /// Publishes an event to the endpoints of a workspace that want it.
    ///
    /// `callback` is the address that its payment carries, which is to be told as well. *Source:* contract §4.1.
    pub(crate) fn tell(
        &mut self,
        tx: &mut (dyn SandboxTx + 'static),
        workspace_id: WorkspaceId,
        told: &Told<'_>,
        callback: Option<&WebUrl>,
    ) -> Result<(), SandboxError> {
        if self.is_silent {
            return Ok(());
        }
        let drawn = self.drawn.get(self.published.len()).expect("a change draws for as many events as it tells");
        let id = drawn.event_id;
        let event_type: EventType = told.event_type().parse().expect("the catalogue's names are event types");
        let payload = told.to_json(id, self.now);
        let payload = Payload::new(payload.as_bytes(), PAYLOAD_BYTES_DEFAULT_MAX).expect("every field has a bound");
        let new = NewEvent { event_type, payload, external_id: None };
        let prepared = PreparedEvent::with_id(id, workspace_id, new, self.now).with_schemas(Arc::clone(&self.schemas));
        let also = self.endpoint_of(tx, workspace_id, callback, drawn)?;
        self.published.push(publish_to(tx.hub(), &prepared, also, Some(&*self.dispatcher))?);
        Ok(())
    }

    /// The endpoint of a payment's `callback_url`; `None` where none can have it, for which no payment ever fails.
    fn endpoint_of(
        &self,
        tx: &mut (dyn SandboxTx + 'static),
        workspace_id: WorkspaceId,
        callback: Option<&WebUrl>,
        drawn: &Drawn,
    ) -> Result<Option<EndpointId>, SandboxError> {
        let Some(url) = callback.and_then(|callback| callback_url(callback.as_str()).ok()) else {
            return Ok(None);
        };
        Ok(callback_endpoint(tx.hub(), workspace_id, &url, &drawn.callback, &self.sealer)?)
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
