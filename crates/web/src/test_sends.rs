//! Test sends: awaited without parking a thread.

use devhub_domain::webhooks::{EndpointTests, ReadyTest, ShownAttempt, TestError};
use tokio::sync::oneshot;

/// Sends a test and waits for what came of it.
///
/// # Errors
/// What keeps it from being sent, or [`TestError::Ended`] when this node ends first.
pub(crate) async fn run(tests: &EndpointTests, ready: ReadyTest) -> Result<ShownAttempt, TestError> {
    let (done, outcome) = oneshot::channel();
    // Nobody listens when the client has hung up, and nothing is left to do then.
    tests.send(ready, move |result| drop(done.send(result)));
    outcome.await.unwrap_or(Err(TestError::Ended))
}
