//! Which endpoints want an event.

use devhub_domain::events::EventType;
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::webhooks::{Endpoint, EndpointError, EndpointOrigin, Endpoints};

/// Pages of endpoints that are read: all that a workspace can have.
const PAGES_MAX: usize = 5;

/// The endpoints of a workspace that choose their events. Those that payments name get the events of their payments alone.
pub(super) struct Wanting(Vec<Endpoint>);

impl Wanting {
    /// Reads them. Blocks.
    pub(super) fn read(endpoints: &Endpoints, workspace_id: WorkspaceId) -> Result<Self, EndpointError> {
        let (mut found, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let page = endpoints.list(workspace_id, PageRequest { size: PageSize::MAX, after })?;
            found.extend(page.items.into_iter().filter(|endpoint| endpoint.origin != EndpointOrigin::Callback));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(Self(found))
    }

    /// Those that want an event of this type, newest first.
    pub(super) fn of(&self, name: &EventType) -> impl Iterator<Item = &Endpoint> {
        self.0.iter().filter(|endpoint| endpoint.event_types.iter().any(|pattern| pattern.matches(name)))
    }
}
