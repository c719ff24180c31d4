//! Sessions: one run of one node, to which deliveries are leased.

use crate::id::SessionId;
use crate::time::Timestamp;

/// One run of one node.
///
/// Whether it is alive is seen by its beats, which others compare on their own monotonic clocks: no instant is compared, so a
/// clock that jumps takes nothing away from anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// When it began, for people.
    pub started_at: Timestamp,
    /// Counts up while the node lives.
    pub beats: i64,
}
