//! What has expired in a pass, for those who should know.

use std::collections::BTreeMap;

use super::KeptDelivery;
use crate::id::{EndpointId, WorkspaceId};
use crate::notices::Notice;

/// Endpoints that are told of after one pass. Nobody reads more mails than that; the audit log counts everything.
pub const EXPIRED_NOTICES_MAX: usize = 100;

/// How many deliveries have expired, by endpoint.
#[derive(Debug, Default)]
pub(super) struct Expired {
    by_endpoint: BTreeMap<(WorkspaceId, EndpointId), u64>,
}

impl Expired {
    /// Counts what has expired; endpoints beyond [`EXPIRED_NOTICES_MAX`] are not told of.
    pub(super) fn add(&mut self, expired: &[KeptDelivery]) {
        for delivery in expired {
            let key = (delivery.workspace_id, delivery.endpoint_id);
            if self.by_endpoint.len() < EXPIRED_NOTICES_MAX || self.by_endpoint.contains_key(&key) {
                *self.by_endpoint.entry(key).or_default() += 1;
            }
        }
    }

    /// One notice for each endpoint; afterwards nothing has expired.
    pub(super) fn take(&mut self) -> Vec<Notice> {
        let counts = std::mem::take(&mut self.by_endpoint).into_iter();
        let notice = |((workspace_id, endpoint_id), deliveries)| Notice::DeliveriesExpired {
            workspace_id,
            endpoint_id,
            deliveries,
        };
        counts.map(notice).collect()
    }
}
