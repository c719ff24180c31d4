//! What a node has room for when it claims.

use std::collections::HashMap;

use crate::id::{EndpointId, WorkspaceId};

/// How much a claim may bring, and of whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Deliveries to endpoints that have room for fewer than the others; 0 to those that are passed over, because they hold as much as
    /// they may, or are left alone for a while.
    pub fewer: HashMap<EndpointId, usize>,
    /// Deliveries of workspaces that have room for fewer than the others; 0 of those that are passed over, because they hold their share.
    pub fewer_of_workspace: HashMap<WorkspaceId, usize>,
    /// Deliveries in all.
    pub limit: usize,
    /// Deliveries to one endpoint.
    pub per_endpoint: usize,
    /// Deliveries of one workspace.
    pub per_workspace: usize,
    /// The endpoint that was served last: the one after it is served first, so that each has its turn. `None` begins with the first.
    pub after: Option<EndpointId>,
}

impl Room {
    /// Room for so many deliveries, to whatever endpoint.
    pub fn of(limit: usize) -> Self {
        Self { limit, per_endpoint: limit, per_workspace: limit, ..Self::default() }
    }

    /// Deliveries to this endpoint.
    pub fn of_endpoint(&self, endpoint_id: EndpointId) -> usize {
        self.fewer.get(&endpoint_id).map_or(self.per_endpoint, |fewer| self.per_endpoint.min(*fewer))
    }

    /// Deliveries of this workspace, whatever its endpoints have room for.
    pub fn of_workspace(&self, workspace_id: WorkspaceId) -> usize {
        self.fewer_of_workspace.get(&workspace_id).map_or(self.per_workspace, |fewer| self.per_workspace.min(*fewer))
    }
}
