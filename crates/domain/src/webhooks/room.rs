//! How much a claim may bring, and of whom.

use crate::id::EndpointId;

/// How much a claim may bring, and of whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Endpoints that are passed over: they hold as much as they may, or are left alone for a while.
    pub full: Vec<EndpointId>,
    /// Deliveries in all.
    pub limit: usize,
    /// Deliveries to one endpoint.
    pub per_endpoint: usize,
    /// The endpoint that was served last: the one after it is served first, so that each has its turn. `None` begins with the first.
    pub after: Option<EndpointId>,
}

impl Room {
    /// Room for so many deliveries, to whatever endpoint.
    pub const fn of(limit: usize) -> Self {
        Self { full: Vec::new(), limit, per_endpoint: limit, after: None }
    }
}
