//! How much waits to be delivered.

use crate::time::Timestamp;

/// How far waiting deliveries are counted for an operator, so that asking costs the same however many there are: whoever has this many
/// needs no exact number.
pub const BACKLOG_COUNT_MAX: usize = 10_000;

/// What waits in a store, of all workspaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that wait for an attempt, whether it is due or not. The limit of the count means: that many or more.
    pub waiting: usize,
    /// When the longest due delivery of an active endpoint was due; `None` when nothing is due.
    pub oldest_due_at: Option<Timestamp>,
}

/// What waits for one endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointBacklog {
    /// Deliveries that wait, are held, or are withheld. The limit of the count means: that many or more.
    pub deliveries: usize,
    /// When the oldest of them was made; `None` when there is none.
    pub oldest_at: Option<Timestamp>,
}
