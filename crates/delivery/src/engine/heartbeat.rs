//! Shows that this node lives.

use std::sync::{Arc, Mutex, PoisonError};

use devhub_domain::causes::chain;
use devhub_domain::entropy::Entropy;
use devhub_domain::id::SessionId;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{DeliveryError, Recovery};

use super::courier::{Courier, Phase};
use super::dispatch::DispatchHandle;

/// Keeps this node's session alive.
#[derive(Clone)]
pub(super) struct Heartbeat {
    pub(super) recovery: Arc<Mutex<Recovery>>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) dispatch: DispatchHandle,
    /// This node's session; the one that `Leasing` names until the engine drains.
    pub(super) session: Arc<Mutex<SessionId>>,
}

impl Heartbeat {
    /// Beats until the engine is over: while it drains, what has left is still this node's.
    pub(super) async fn run(self, courier: Arc<Courier>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.dispatch.options().beat) => {}
                () = courier.reached(Phase::Over) => return,
            }
            let heartbeat = self.clone();
            match courier.runtime.spawn_blocking(move || heartbeat.beat()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    "cannot show that this node lives: the store failed; trying again",
                ),
                Err(error) => tracing::error!(error = %error, "a heartbeat broke down"),
            }
        }
    }

    /// One beat. Blocks.
    ///
    /// # Errors
    /// The store's own; the next beat tries again.
    pub(super) fn beat(&self) -> Result<(), DeliveryError> {
        let recovery = self.recovery.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the beat: others may see it as soon as it is stored, which may be long before this node knows.
        let mut begun_at = self.clock.elapsed();
        if !recovery.beat(*session)? {
            // From here on nothing may be leased to a session that nobody will ever take over from.
            self.dispatch.leasing().lease_to(None);
            begun_at = self.clock.elapsed();
            let lost = std::mem::replace(&mut *session, recovery.open(&*self.entropy)?);
            self.dispatch.leasing().lease_to(Some(*session));
            tracing::warn!(
                session.id = %*session,
                session.lost = %lost,
                "this node was silent for so long that others took its deliveries over: it goes on with a new session",
            );
        }
        self.dispatch.leasing().beaten(begun_at);
        Ok(())
    }

    /// Ends the session: what it still holds waits for the next one. Blocks.
    ///
    /// # Errors
    /// The store's own; then the next start takes it over.
    pub(super) fn close(&self) -> Result<usize, DeliveryError> {
        let mut recovery = self.recovery.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        recovery.close(*session)
    }
}
