//! The use case of test sends.
//!
//! Nothing is stored of one but that it was asked for: what came of it is the answer. It goes the way of every request, through the
//! same signing and the same guard, so that an endpoint that passes its test gets its deliveries.

use std::sync::Arc;

use serde_json::json;

use super::endpoint_service::{draft, existing};
use super::endpoint_test::{Turn, Turns};
use super::report::attempt_of;
use super::{
    Deliveries, Delivery, DeliveryError, EndpointError, EndpointTx, EndpointUrl, Failure, NewTest, Report,
    ShownAttempt, ShownRequest, Target, TestError, TestSender, Work,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::append;
use crate::entropy::Entropy;
use crate::events::Event;
use crate::id::{EndpointId, EventId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare};
use crate::time::Clock;

/// A test that is in the audit log and can be sent.
#[derive(Clone, Debug)]
pub struct ReadyTest {
    target: Arc<Target>,
    event: Event,
    _turn: Arc<Turn>,
}

/// The use case of test sends.
#[derive(Clone)]
pub struct EndpointTests {
    store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
    deliveries: Deliveries,
    sender: Arc<dyn TestSender>,
    turns: Arc<Turns>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for EndpointTests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointTests").field("turns", &self.turns).finish_non_exhaustive()
    }
}

impl EndpointTests {
    /// The use case over a store, with what makes requests and what sends them.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
        deliveries: Deliveries,
        sender: Arc<dyn TestSender>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, deliveries, sender, turns: Arc::default(), clock, entropy }
    }

    /// Looks up whether requests to `url` could leave, and tells `done` why not. Sends nothing. How many look-ups there are at once is
    /// bounded by who asks for them.
    pub fn look_up(&self, url: EndpointUrl, done: impl FnOnce(Result<(), Failure>) + Send + 'static) {
        self.sender.look_up(url, Box::new(done));
    }

    /// Gets a test ready, for an endpoint in whatever status but deleted, and writes into the audit log that it was asked for. While it
    /// is not dropped, its endpoint is tested by nobody else.
    ///
    /// # Errors
    /// [`TestError::Forbidden`], [`TestError::UnderWay`], [`TestError::TooManyOfWorkspace`], [`TestError::TooMany`], [`TestError::NotFound`], and the store's own.
    pub fn get_ready(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: EndpointId,
        new: NewTest,
    ) -> Result<
        Prepared<dyn EndpointTx, impl Change<dyn EndpointTx, Output = ReadyTest, Error = TestError> + use<>>,
        TestError,
    > {
        asker.require(Scope::EndpointsWrite)?;
        let turn = Arc::new(self.turns.take(workspace_id, id)?);
        let now = self.clock.now();
        let event = Event {
            id: EventId::generate(now, &*self.entropy),
            workspace_id,
            event_type: new.event_type,
            external_id: None,
            payload: new.payload,
            accepted_at: now,
        };
        let detail = json!({
            "event_type": event.event_type.as_str(),
            "payload_bytes": event.payload.as_bytes().len(),
        });
        let get_ready = move |tx: &mut (dyn EndpointTx + 'static)| {
            let target = existing(tx, workspace_id, id)?;
            append(tx, &draft(&target.endpoint, now, &asker, "endpoint.tested", detail.clone()))?;
            Ok(ReadyTest { target, event: event.clone(), _turn: Arc::clone(&turn) })
        };
        Ok(prepare(&self.store, Lane::Interactive, get_ready, |_| {}))
    }

    /// Sends a test and hands out the attempt with its request, whatever the receiver said. Does not block.
    ///
    /// `done` is called once, or dropped uncalled when this node ends first.
    ///
    /// # Errors
    /// `done` gets [`TestError::Open`] when a secret of the endpoint does not open, [`TestError::OpenHeader`] when a header does not;
    /// nothing is sent then.
    pub fn send(&self, ready: ReadyTest, done: impl FnOnce(Result<ShownAttempt, TestError>) + Send + 'static) {
        let work = Work {
            delivery: Delivery::born(&ready.event, &ready.target.endpoint, None),
            due_at: ready.event.accepted_at,
            event_type: ready.event.event_type.clone(),
            payload: ready.event.payload.clone(),
            target: Arc::clone(&ready.target),
        };
        let request = match self.deliveries.request(&work) {
            Ok(request) => request,
            Err(DeliveryError::Open(error)) => return done(Err(error.into())),
            Err(DeliveryError::OpenHeader(error)) => return done(Err(error.into())),
            Err(error) => return done(Err(StoreError::unavailable(error).into())),
        };
        let shown = ShownRequest::of(&request, &ready.target.endpoint);
        let (secret_ids, revision) = (request.secret_ids.clone(), request.endpoint_revision);
        let answered = move |exchange| {
            let attempt = attempt_of(&work.delivery, 1, &exchange, &secret_ids);
            let report = Report { endpoint_revision: Some(revision), ..attempt.report.clone() };
            // The turn goes on until here.
            drop(ready);
            let attempt = super::Attempt { report, ..attempt };
            done(Ok(ShownAttempt { attempt, request: Some(shown) }));
        };
        self.sender.send(request, Box::new(answered));
    }
}

impl From<EndpointError> for TestError {
    /// What looking for the endpoint fails with.
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::NotFound(id) => Self::NotFound(id),
            EndpointError::Store(error) => Self::Store(error),
            error => Self::Store(StoreError::unavailable(error)),
        }
    }
}
