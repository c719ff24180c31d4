//! What keys are used for and what rate policies decide is written now and then, and removed when it is kept no longer.

use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::rate::RateUsage;
use devhub_domain::store::StoreError;
use devhub_domain::usage::{KeyUsage, USAGE_REMOVED_MAX};
use tokio::time::MissedTickBehavior;

/// How often what was counted is written: with the writing itself, a crash costs five seconds of it at most.
const FLUSH_EVERY: Duration = Duration::from_secs(3);
/// Between two steps of a removal: one takes some ten milliseconds of the writer's time.
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// What is counted in memory, by hours.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// What keys are used for.
    pub(crate) keys: KeyUsage,
    /// What rate policies decide.
    pub(crate) rates: RateUsage,
}

impl Usage {
    /// Writes what was counted, and says what could not be. Blocks.
    pub(crate) fn write(&self) {
        if let Err(error) = self.keys.flush() {
            tracing::warn!(error = chain(&error), "what keys are used for is not written yet: the store failed");
        }
        let calls = self.keys.take_uncounted();
        if calls > 0 {
            tracing::warn!(calls, "calls were not counted: too many keys called within a few seconds");
        }
        if let Err(error) = self.rates.flush() {
            tracing::warn!(error = chain(&error), "what rate policies decide is not written yet: the store failed");
        }
        let decisions = self.rates.take_uncounted();
        if decisions > 0 {
            tracing::warn!(decisions, "decisions of rate policies were not counted: the store failed for too long");
        }
    }

    /// Removes some of what is kept no longer; says how much, and whether that was all. Blocks.
    fn remove_some(&self) -> Result<(usize, bool), StoreError> {
        let (keys, policies) = (self.keys.remove_old()?, self.rates.remove_old()?);
        Ok((keys + policies, keys.max(policies) < USAGE_REMOVED_MAX))
    }
}

/// Writes what was counted, again and again.
pub(crate) async fn count_regularly(usage: Usage) {
    let mut interval = tokio::time::interval(FLUSH_EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let usage = usage.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || usage.write()).await {
            tracing::error!(%error, "the writing of what is counted broke down; trying again");
        }
    }
}

/// Removes what is kept no longer, a few rows at a time.
///
/// # Errors
/// The store's own: what is left goes the next time.
pub(crate) async fn remove_old_usage(usage: &Usage) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let usage = usage.clone();
        let step = tokio::task::spawn_blocking(move || usage.remove_some()).await;
        let (rows, is_last) = step.map_err(StoreError::unavailable)??;
        removed += rows;
        if is_last {
            return Ok(removed);
        }
        tokio::time::sleep(STEP_PAUSE).await;
    }
}
