//! Jobs that resend deliveries go on by themselves, a step at a time.

use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::resends::{Pace, Resends};

/// How often there is a look for a job, which costs microseconds when there is none.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long what was resent is given to leave: short against what a receiver takes to answer.
const WAIT: Duration = Duration::from_millis(50);
/// Between two steps, so that requests come first.
const STEP_PAUSE: Duration = Duration::from_millis(10);

/// Takes step after step. Apart from other upkeep: a job takes minutes, and somebody may wait for the rest of his change.
pub(crate) async fn resend_regularly(resends: Resends) {
    loop {
        let resends = resends.clone();
        let pause = match tokio::task::spawn_blocking(move || resends.step()).await {
            Ok(Ok(Pace::More)) => STEP_PAUSE,
            Ok(Ok(Pace::Waiting)) => WAIT,
            Ok(Ok(Pace::Idle)) => LOOK_EVERY,
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "jobs have to wait: the store failed; trying again");
                LOOK_EVERY
            }
            Err(panicked) => {
                tracing::error!(error = %panicked, "a job broke down; trying again");
                LOOK_EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}
