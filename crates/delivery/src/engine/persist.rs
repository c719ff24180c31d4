//! Writes that must reach the store, however long it is away.

use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::DeliveryError;
use tokio::sync::oneshot;

use super::courier::{Courier, Phase};

/// Pauses between two tries to reach the store: short at first, because a full queue drains at once; then long, because a database
/// that is away is not brought back by asking.
const STORE_PAUSE_MIN: Duration = Duration::from_millis(20);
const STORE_PAUSE_MAX: Duration = Duration::from_secs(5);

/// Tries after a conflict. One that comes back is a row in the way, which waiting does not move.
const CONFLICTS_MAX: u32 = 5;

/// Why something is not in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// The store will never take it.
    Refused,
    /// The engine ended first.
    Over,
}

impl Courier {
    /// Tries until the store has it.
    ///
    /// # Errors
    /// [`Unwritten`] when it never will, or when the engine ends first.
    pub(super) async fn persist<T>(
        &self,
        what: &str,
        mut enqueue: impl FnMut() -> oneshot::Receiver<Result<T, DeliveryError>>,
    ) -> Result<T, Unwritten> {
        let mut pause = STORE_PAUSE_MIN;
        let mut conflicts = 0;
        loop {
            // A store that drops the callback has not answered: the same as one that is away.
            let result = enqueue().await.unwrap_or_else(|gone| Err(StoreError::unavailable(gone).into()));
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            conflicts += u32::from(matches!(error, DeliveryError::Store(StoreError::Conflict(_))));
            let is_passing = matches!(
                error,
                DeliveryError::Store(StoreError::Unavailable(_) | StoreError::Conflict(_)) if conflicts <= CONFLICTS_MAX
            );
            let ends = !is_passing || *self.phase.borrow() == Phase::Over;
            // Once for each delivery, not once for each try: an outage is told by many of them already.
            if ends || pause == STORE_PAUSE_MIN {
                tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    is_retried = !ends,
                    "cannot {what}: the store failed",
                );
            }
            if ends {
                return Err(if is_passing { Unwritten::Over } else { Unwritten::Refused });
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.reached(Phase::Over) => {}
            }
            pause = pause.saturating_mul(2).min(STORE_PAUSE_MAX);
        }
    }
}
