//! Takes deliveries over from nodes that went silent.

use std::sync::{Arc, Mutex, PoisonError};

use devhub_domain::causes::chain;
use devhub_domain::webhooks::{DeliveryError, Dispatcher, Recovery};

use super::courier::{Courier, Phase};
use super::dispatch::DispatchHandle;

/// Takes deliveries over from nodes that went silent.
///
/// Apart from the heartbeat, and with a [`Recovery`] of its own: a node that left much behind takes many transactions, and whoever
/// takes them over must not fall silent meanwhile.
#[derive(Clone)]
pub(super) struct Takeover {
    pub(super) recovery: Arc<Mutex<Recovery>>,
    pub(super) dispatch: DispatchHandle,
}

impl Takeover {
    /// Looks at every beat until the engine drains: a node that stops leaves the silent ones to others.
    pub(super) async fn run(self, courier: Arc<Courier>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.dispatch.options().beat) => {}
                () = courier.reached(Phase::Draining) => return,
            }
            let takeover = self.clone();
            let looking = courier.runtime.spawn_blocking(move || takeover.look());
            let looked = tokio::select! {
                looked = looking => looked,
                () = courier.reached(Phase::Draining) => return,
            };
            match looked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    "cannot take over from silent nodes: the store failed; trying again",
                ),
                Err(error) => tracing::error!(error = %error, "taking over from silent nodes broke down"),
            }
        }
    }

    /// One look. Blocks.
    ///
    /// # Errors
    /// The store's own; the next look tries again.
    pub(super) fn look(&self) -> Result<(), DeliveryError> {
        let Some(own) = self.dispatch.session() else {
            return Ok(());
        };
        let mut recovery = self.recovery.lock().unwrap_or_else(PoisonError::into_inner);
        let released = recovery.take_over_silent(own)?;
        if released > 0 {
            tracing::info!(deliveries = released, "took over what a silent node had left");
            self.dispatch.wake();
        }
        Ok(())
    }
}
