//! The rate policies that every request is held against: loaded before the first one, and again where a commit left them in doubt;
//! and what the limiter that decides by them failed with.

use std::time::Duration;

use anyhow::Context as _;
use devhub_domain::causes::chain;
use devhub_domain::rate::{RateLimits, RatePolicies, RulebookLoader};

/// How often the store is asked about what is in doubt: next to never anything is.
const SETTLE_EVERY: Duration = Duration::from_secs(2);

/// How often it is told that the limiter fails: often enough to be seen, and seldom enough to leave the log readable.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Loads the rules: before the first request, because one that passes before they are here was not held against them. Gives what loads
/// them again.
///
/// # Errors
/// When the store does not answer, or a row is damaged.
pub(crate) async fn load_rules(policies: &RatePolicies) -> anyhow::Result<RulebookLoader> {
    let loader = policies.loader();
    let loading = loader.clone();
    tokio::task::spawn_blocking(move || loading.load()).await?.context("rate policies cannot be read")?;
    Ok(loader)
}

/// Asks the store again where the rules are in doubt, and logs what the limiter failed with; for as long as the hub serves.
pub(crate) async fn keep_rules_regularly(loader: RulebookLoader, rates: RateLimits) {
    tokio::join!(settle_rules_regularly(loader), tell_of_limiter_regularly(rates));
}

/// Asks the store again where a commit left the rules in doubt.
async fn settle_rules_regularly(loader: RulebookLoader) {
    let mut interval = tokio::time::interval(SETTLE_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let loader = loader.clone();
        match tokio::task::spawn_blocking(move || loader.settle()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "rate policies cannot be read again"),
            Err(error) => tracing::error!(%error, "rate policies were not read again"),
        }
    }
}

/// Logs what the limiter failed with: once for all requests since the last time.
async fn tell_of_limiter_regularly(rates: RateLimits) {
    let mut interval = tokio::time::interval(TELL_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Some(faults) = rates.take_faults() {
            tracing::warn!(count = faults.count, error = chain(&faults.last), "the rate limiter fails");
        }
    }
}
