//! How notices leave the hub.

use super::Notice;

/// A notice could not be handed over.
#[derive(Debug, thiserror::Error)]
#[error("the notice could not be sent")]
pub struct NotifyError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl NotifyError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        "notice_not_sent"
    }
}

/// A way to tell operators: mail, a log line.
pub trait Notifier: Send + Sync {
    /// Hands a notice over. May block: call it where that is allowed.
    ///
    /// # Errors
    /// [`NotifyError`] when it was not handed over; it may be tried again.
    fn notify(&self, notice: &Notice) -> Result<(), NotifyError>;
}
