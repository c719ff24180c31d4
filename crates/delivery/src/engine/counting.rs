//! Writes down every few seconds what was counted of the answers of endpoints.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;

use super::courier::{Courier, Phase};

/// Time between two writes: what a crash may lose, with room for the write itself. *Source:* design §3, at most 5 s.
const WRITE_EVERY: Duration = Duration::from_secs(3);

/// Writes until the engine is over, and once more then.
pub(super) async fn count(courier: Arc<Courier>) {
    let is_over = || *courier.phase.borrow() == Phase::Over;
    loop {
        let ends = tokio::select! {
            () = tokio::time::sleep(WRITE_EVERY) => is_over(),
            () = courier.reached(Phase::Over) => true,
        };
        let deliveries = courier.deliveries.clone();
        match courier.runtime.spawn_blocking(move || deliveries.write_tallies()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(
                error.code = error.code(),
                error = chain(&error),
                "cannot write down how endpoints have answered: the store failed; trying again",
            ),
            Err(error) => tracing::error!(error = %error, "counting the answers of endpoints broke down"),
        }
        if ends {
            return;
        }
    }
}
