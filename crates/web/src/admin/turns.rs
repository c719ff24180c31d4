//! Turns of what walks through much of the store before it can answer: only so many at a time, so that nobody else waits for them.

use std::time::Duration;

use devhub_domain::store::StoreError;
use tokio::sync::OwnedSemaphorePermit;

use crate::services::Services;

/// How long one waits for its turn.
const TURN_MAX: Duration = Duration::from_secs(2);

/// Waits for a turn. It must end where the walk ends and not where somebody waits for it: a browser that hangs up ends the wait, and not
/// the walk.
///
/// # Errors
/// [`StoreError::Unavailable`] when others take too long.
pub(super) async fn take_turn(services: &Services) -> Result<OwnedSemaphorePermit, StoreError> {
    let turn = tokio::time::timeout(TURN_MAX, services.pages.searches.clone().acquire_owned()).await;
    turn.map_err(StoreError::unavailable)?.map_err(StoreError::unavailable)
}
