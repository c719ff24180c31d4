//! What keys are used for is written now and then, and removed when it is kept no longer.

use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::store::StoreError;
use devhub_domain::usage::{KeyUsage, USAGE_REMOVED_MAX};
use tokio::time::MissedTickBehavior;

/// How often what was counted is written: with the writing itself, a crash costs five seconds of it at most.
const FLUSH_EVERY: Duration = Duration::from_secs(3);
/// Between two steps of a removal: one takes some ten milliseconds of the writer's time.
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// Writes what was counted, again and again.
pub(crate) async fn count_regularly(usage: KeyUsage) {
    let mut interval = tokio::time::interval(FLUSH_EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let usage = usage.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || write_counted(&usage)).await {
            tracing::error!(%error, "the writing of what keys are used for broke down; trying again");
        }
    }
}

/// Writes what was counted, and says what could not be.
pub(crate) fn write_counted(usage: &KeyUsage) {
    if let Err(error) = usage.flush() {
        tracing::warn!(error = chain(&error), "what keys are used for is not written yet: the store failed");
    }
    let calls = usage.take_uncounted();
    if calls > 0 {
        tracing::warn!(calls, "calls were not counted: too many keys called within a few seconds");
    }
}

/// Removes what is kept no longer, a few rows at a time.
///
/// # Errors
/// The store's own: what is left goes the next time.
pub(crate) async fn remove_old_usage(usage: &KeyUsage) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let usage = usage.clone();
        let step = tokio::task::spawn_blocking(move || usage.remove_old()).await.map_err(StoreError::unavailable)??;
        removed += step;
        if step < USAGE_REMOVED_MAX {
            return Ok(removed);
        }
        tokio::time::sleep(STEP_PAUSE).await;
    }
}
