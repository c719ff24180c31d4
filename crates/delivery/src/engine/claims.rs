//! Brings deliveries from the store that are due.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::id::EndpointId;
use devhub_domain::notices::Notice;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, DeliveryError, Leased, Room};
use tokio::sync::oneshot;

use super::courier::{Courier, Phase};
use super::dispatch::DispatchHandle;

/// Shortest time between two claims when the first brought nothing: what waits belongs to endpoints that are full, and each event
/// published for them wakes us. A claim is a write.
const VAIN_PAUSE: Duration = Duration::from_millis(20);

/// Brings deliveries from the store that are due.
pub(super) struct Claims {
    pub(super) courier: Arc<Courier>,
    pub(super) dispatch: DispatchHandle,
    /// The endpoint that was served last: the next claim goes on with the one after it.
    pub(super) served: Option<EndpointId>,
}

/// What one look into the store leads to.
enum Look {
    /// It brought something: there may be more.
    Again,
    /// Nothing is due before this time has passed.
    Idle(Duration),
    /// What is due has no room here.
    Vain,
}

impl Claims {
    /// Claims until the engine drains. A claim that has begun is brought to its end: what it leased must not be forgotten.
    pub(super) async fn run(mut self) {
        while *self.courier.phase.borrow() == Phase::Running {
            let look = self.look().await.unwrap_or_else(|error| {
                tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    "cannot claim deliveries: the store failed; trying again",
                );
                Look::Idle(self.poll())
            });
            tokio::select! {
                () = self.pause(&look) => {}
                () = self.courier.reached(Phase::Draining) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<Look, DeliveryError> {
        let limit = self.courier.slots.claim_limit();
        if limit == 0 {
            return Ok(Look::Vain);
        }
        let now = self.courier.clock.now();
        let Some(due_at) = self.next_due_at().await? else {
            return Ok(Look::Idle(self.poll()));
        };
        if due_at > now {
            return Ok(Look::Idle(due_at.since(now).min(self.poll())));
        }
        // Asked last: nothing is claimed for a session that was closed meanwhile, or that may be lost.
        let Some(session_id) = self.courier.leasing.certain(self.courier.clock.elapsed()) else {
            return Ok(Look::Idle(self.poll()));
        };
        let (fewer_of_workspace, per_workspace) = self.courier.slots.room_of_workspaces();
        let room = Room {
            fewer: self.courier.slots.fewer(self.courier.clock.elapsed()),
            fewer_of_workspace,
            per_workspace,
            limit,
            per_endpoint: self.dispatch.options().per_endpoint_max.get(),
            after: self.served,
        };
        let (done, claimed) = oneshot::channel::<Result<Leased, DeliveryError>>();
        self.courier.deliveries.claim_into(session_id, room).enqueue(|result| drop(done.send(result)));
        let Leased { work, parked, served } = claimed.await.map_err(StoreError::unavailable)??;
        for Delivery { id: delivery_id, workspace_id, endpoint_id, .. } in parked {
            self.courier.notices.leave(Notice::DeliveryParked { workspace_id, endpoint_id, delivery_id });
        }
        self.served = served.or(self.served);
        // What was brought and had no room is not looked for again at once: it is on its way back.
        let taken = self.courier.accept(work);
        Ok(if taken == 0 { Look::Vain } else { Look::Again })
    }

    async fn pause(&self, look: &Look) {
        match look {
            Look::Again => {}
            // Room says nothing here, and is made with every delivery.
            Look::Idle(pause) => tokio::select! {
                () = tokio::time::sleep(*pause) => {}
                () = self.dispatch.woken() => {}
                () = self.courier.slots.returned() => {}
            },
            Look::Vain => tokio::select! {
                () = tokio::time::sleep(self.poll()) => {}
                () = self.courier.slots.freed() => {}
                () = async {
                    tokio::time::sleep(VAIN_PAUSE).await;
                    self.dispatch.woken().await;
                } => {}
            },
        }
    }

    async fn next_due_at(&self) -> Result<Option<Timestamp>, DeliveryError> {
        let deliveries = self.courier.deliveries.clone();
        let read = self.courier.runtime.spawn_blocking(move || deliveries.next_due_at()).await;
        read.map_err(StoreError::unavailable)?
    }

    fn poll(&self) -> Duration {
        self.dispatch.options().poll
    }
}
