//! Turns of what walks through much of the store before it can answer: only so many at a time, so that nobody else waits for them.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::services::Services;

/// How long one waits for its turn.
const TURN_MAX: Duration = Duration::from_secs(2);

/// Waits for a turn. It must end where the walk ends and not where somebody waits for it: a browser that hangs up ends the wait, and not
/// the walk.
///
/// # Errors
/// [`StoreError::Unavailable`] when others take too long.
pub(super) async fn take_turn(services: &Services) -> Result<OwnedSemaphorePermit, StoreError> {
    Turns::of(services).take().await
}

/// Turns that are taken one after the other, for a walk that goes on page by page. Clones share the turns.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    /// So many at a time.
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Those of all walks of the pages.
    pub(super) fn of(services: &Services) -> Self {
        Self(services.pages.searches.clone())
    }

    /// Those of documents that are uploaded.
    pub(super) fn of_uploads(services: &Services) -> Self {
        Self(services.pages.uploads.clone())
    }

    /// Waits for the first one, as [`take_turn`] does.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when others take too long.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = tokio::time::timeout(TURN_MAX, self.0.clone().acquire_owned()).await;
        turn.map_err(StoreError::unavailable)?.map_err(StoreError::unavailable)
    }

    /// Waits for another one, however long: what is half answered must not be cut off for others. They are served in their order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there are no turns any more.
    pub(crate) async fn take_next(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.0.clone().acquire_owned().await.map_err(StoreError::unavailable)
    }
}
