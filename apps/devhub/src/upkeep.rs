//! Work that nobody waits for: deliveries are brought in line with their endpoints, old answers and ended sessions are removed.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::idempotency::Idempotency;
use devhub_domain::operators::OperatorSessions;
use devhub_domain::webhooks::Upkeep;

/// How often there is a look, which costs microseconds when there is nothing to do. Somebody may wait for the rest of his change.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two steps while there is more to do, so that requests come first.
const STEP_PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again.
pub(crate) async fn keep_up_regularly(upkeep: Upkeep, idempotency: Idempotency, sessions: OperatorSessions) {
    let upkeep = Arc::new(upkeep);
    let mut interval = tokio::time::interval(LOOK_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let deliveries = upkeep.clone();
        until_done(move || deliveries.step()).await;
        let answers = idempotency.clone();
        until_done(move || answers.purge()).await;
        let sessions = sessions.clone();
        until_done(move || sessions.purge()).await;
    }
}

/// Takes steps until one says that there is no more to do, or fails: the next look tries again.
async fn until_done<E: Error + Send + 'static>(step: impl Fn() -> Result<bool, E> + Clone + Send + 'static) {
    loop {
        let more = match tokio::task::spawn_blocking(step.clone()).await {
            Ok(Ok(more)) => more,
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "upkeep has to wait: the store failed; trying again");
                false
            }
            Err(panicked) => {
                tracing::error!(error = %panicked, "upkeep broke down; trying again");
                false
            }
        };
        if !more {
            return;
        }
        tokio::time::sleep(STEP_PAUSE).await;
    }
}
