//! Deliveries, read with the names of their endpoints and drawn as a table.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use devhub_domain::id::{DeliveryId, EndpointId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::webhooks::{Delivery, DeliveryFilter, EndpointError};
use devhub_domain::workspaces::TimeZone;

use super::query::PATH;
use super::state;
use crate::admin::components::{Cell, Column, Row, Table};
use crate::admin::moments;
use crate::admin::webhooks::{result_badge, short_address};
use crate::problem_body::Problem;
use crate::services::Services;

/// Deliveries that the page of an endpoint shows.
pub(in crate::admin) const RECENT: u64 = 5;

/// Deliveries, and what their endpoints are called.
pub(in crate::admin) struct Found {
    pub(super) page: Page<Delivery, DeliveryId>,
    urls: BTreeMap<EndpointId, String>,
}

impl Found {
    /// The newest of them.
    pub(super) fn newest(&self) -> Option<DeliveryId> {
        self.page.items.first().map(|delivery| delivery.id)
    }
}

/// Reads deliveries. Blocks.
pub(in crate::admin) fn find(
    services: &Services,
    workspace_id: WorkspaceId,
    filter: &DeliveryFilter,
    page: PageRequest<DeliveryId>,
) -> Result<Found, Problem> {
    named(services, workspace_id, services.deliveries.list(workspace_id, filter, page)?)
}

/// Reads what the endpoints of deliveries are called. Blocks.
pub(super) fn named(
    services: &Services,
    workspace_id: WorkspaceId,
    page: Page<Delivery, DeliveryId>,
) -> Result<Found, Problem> {
    let mut urls = BTreeMap::new();
    for id in page.items.iter().map(|delivery| delivery.endpoint_id) {
        if let Entry::Vacant(vacant) = urls.entry(id) {
            vacant.insert(endpoint_url(services, workspace_id, id)?);
        }
    }
    Ok(Found { page, urls })
}

/// What people call an endpoint: its address; its id once it is deleted.
fn endpoint_url(services: &Services, workspace_id: WorkspaceId, id: EndpointId) -> Result<String, Problem> {
    match services.endpoints.find(workspace_id, id) {
        Ok(target) => Ok(target.endpoint.url.as_str().to_owned()),
        Err(EndpointError::NotFound(id)) => Ok(id.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// The deliveries as a table; `None` when there are none.
pub(in crate::admin) fn table(found: &Found, zone: &TimeZone) -> Option<Table> {
    let columns = ["Event", "Endpoint", "Status", "Last answer", "Attempts", "Created", "Next attempt"];
    let rows: Vec<_> = found.page.items.iter().map(|delivery| row(delivery, found, zone)).collect();
    let table =
        Table { caption: "Deliveries, newest first".to_owned(), columns: columns.map(Column::new).into(), rows };
    (!table.rows.is_empty()).then_some(table)
}

fn row(delivery: &Delivery, found: &Found, zone: &TimeZone) -> Row {
    let last = delivery.last.as_ref();
    let answer = last.map_or(Cell::Empty, |last| Cell::Badges(vec![result_badge(last.status, last.error_kind())]));
    Row {
        is_dimmed: false,
        id: delivery.id.to_string(),
        cells: vec![
            Cell::Linked {
                href: format!("{PATH}/{}", delivery.id),
                first: delivery.event_type.as_str().to_owned(),
                second: delivery.event_id.to_string(),
            },
            Cell::Text(found.urls.get(&delivery.endpoint_id).map(|url| short_address(url)).unwrap_or_default()),
            Cell::Badges(vec![state::badge(delivery.state)]),
            answer,
            Cell::Text(delivery.attempts.to_string()),
            Cell::Moment(moments::moment(delivery.created_at, zone)),
            moments::cell(delivery.due_at, zone),
        ],
    }
}
