//! What a delivery needs of a node to be sent.

use std::num::NonZeroUsize;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::rate::Quota;
use devhub_domain::webhooks::EndpointSettings;

/// What a delivery needs room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Whose it is.
    pub(super) workspace_id: WorkspaceId,
    /// Where it goes.
    pub(super) endpoint_id: EndpointId,
    /// The revision of the endpoint that it was read with.
    pub(super) revision: i64,
    /// Of its payload.
    pub(super) bytes: usize,
    /// What the endpoint's owner allows.
    pub(super) limits: Limits,
}

/// What the owner of an endpoint allows to be sent to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Requests in flight.
    pub(super) in_flight_max: Option<NonZeroUsize>,
    /// Requests in a time.
    pub(super) quota: Option<Quota>,
}

impl From<&EndpointSettings> for Limits {
    fn from(settings: &EndpointSettings) -> Self {
        let in_flight_max = settings.in_flight_max.map(|max| max.size());
        Self { in_flight_max, quota: settings.rate.map(|rate| rate.quota()) }
    }
}
