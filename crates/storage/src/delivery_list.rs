//! The list of deliveries: quick among a million, whatever its filter.

use devhub_domain::id::{DeliveryId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryState};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::delivery_row::DeliveryRow;
use crate::id_bounds::IdBounds;
use crate::row::limit;
use crate::schema::deliveries;
use crate::tx::both;

/// The condition of the two partial indexes, word for word: from a bound state SQLite does not conclude that it holds.
pub(crate) const UNSETTLED: &str = "deliveries.state NOT IN ('leased', 'delivered')";

/// What is being sent is a handful, and `deliveries_leased` knows it; to look for it among all would take the whole history.
const LEASED: &str = "deliveries.id IN (SELECT id FROM deliveries WHERE lease_session_id IS NOT NULL)";

/// In which order of their ids rows are wanted.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

/// The ways to list deliveries.
pub(crate) trait DeliveryPages {
    /// Deliveries of a workspace, newest first.
    fn deliveries_page(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<Delivery, DeliveryId>, StoreError>;

    /// The first rows of a workspace, in an order, that a filter wants, with ids within bounds.
    fn delivery_rows(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        bounds: IdBounds,
        first: (Order, usize),
    ) -> Result<Vec<DeliveryRow>, StoreError>;

    /// How many those are, counted up to `count`.
    fn delivery_count(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        bounds: IdBounds,
        count: usize,
    ) -> Result<usize, StoreError>;
}

/// Deliveries of a workspace that a filter wants, with ids within bounds.
///
/// Served by `deliveries_by_workspace`, `deliveries_by_endpoint` or `deliveries_by_type`, each between the ids of the period and the
/// event.
///
/// By state: `deliveries_unsettled_by_workspace` or `…_by_endpoint`, and `deliveries_leased` for what is being sent. What has been
/// delivered is found by the first three: nearly all has.
macro_rules! wanted {
    ($workspace_id:expr, $filter:expr, $bounds:expr) => {{
        let (filter, bounds) = ($filter, $bounds.within(&$filter.created));
        let mut query = deliveries::table.filter(deliveries::workspace_id.eq(*$workspace_id.as_bytes())).into_boxed();
        let bounds = match filter.event_id {
            Some(id) => {
                query = query.filter(deliveries::event_id.eq(*id.as_bytes()));
                bounds.of_event(id)
            }
            None => bounds,
        };
        if let Some(from) = bounds.from {
            query = query.filter(deliveries::id.ge(from));
        }
        if let Some(before) = bounds.before {
            query = query.filter(deliveries::id.lt(before));
        }
        if let Some(id) = filter.endpoint_id {
            query = query.filter(deliveries::endpoint_id.eq(*id.as_bytes()));
        }
        if let Some(event_type) = &filter.event_type {
            query = query.filter(deliveries::event_type.eq(event_type.as_str().to_owned()));
        }
        if let Some(state) = filter.state {
            query = query.filter(deliveries::state.eq(state.as_str()));
            query = match state {
                DeliveryState::Delivered => query,
                DeliveryState::Leased => query.filter(sql::<Bool>(LEASED)),
                DeliveryState::Waiting
                | DeliveryState::Held
                | DeliveryState::Withheld
                | DeliveryState::Exhausted
                | DeliveryState::Closed(_)
                | DeliveryState::Parked => query.filter(sql::<Bool>(UNSETTLED)),
            };
        }
        query
    }};
}

both! {
    impl DeliveryPages {
        fn deliveries_page(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            page: PageRequest<DeliveryId>,
        ) -> Result<Page<Delivery, DeliveryId>, StoreError> {
            let bounds = IdBounds::below(page.after.map(|id| *id.as_bytes()));
            let wanted = (Order::NewestFirst, page.size.get() + 1);
            let rows = self.delivery_rows(workspace_id, filter, bounds, wanted)?;
            let listed: Result<Vec<_>, _> = rows.into_iter().map(DeliveryRow::into_delivery).collect();
            Ok(Page::from_rows(listed?, page.size, |delivery| delivery.id))
        }

        fn delivery_rows(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            bounds: IdBounds,
            (order, count): (Order, usize),
        ) -> Result<Vec<DeliveryRow>, StoreError> {
            let query = wanted!(workspace_id, filter, bounds).limit(limit(count)).select(DeliveryRow::as_select());
            let query = match order {
                Order::OldestFirst => query.order(deliveries::id.asc()),
                Order::NewestFirst => query.order(deliveries::id.desc()),
            };
            self.state.note(query.load(&mut *self.conn))
        }

        fn delivery_count(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            bounds: IdBounds,
            count: usize,
        ) -> Result<usize, StoreError> {
            // The ids, and not their number: Diesel counts no more than a whole table's.
            let query = wanted!(workspace_id, filter, bounds).limit(limit(count)).select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            Ok(ids.len())
        }
    }
}
