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
const UNSETTLED: &str = "deliveries.state NOT IN ('leased', 'delivered')";

/// What is being sent is a handful, and `deliveries_leased` knows it; to look for it among all would take the whole history.
const LEASED: &str = "deliveries.id IN (SELECT id FROM deliveries WHERE lease_session_id IS NOT NULL)";

/// The way to list deliveries.
pub(crate) trait DeliveryPages {
    /// Deliveries of a workspace, newest first.
    fn deliveries_page(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<Delivery, DeliveryId>, StoreError>;
}

both! {
    impl DeliveryPages {
        /// Served by `deliveries_by_workspace`, or by `deliveries_by_endpoint`, each between the ids of the period and the event.
        ///
        /// By state: `deliveries_unsettled_by_workspace` or `…_by_endpoint`, and `deliveries_leased` for what is being sent. What has
        /// been delivered is found by the first two: nearly all has.
        fn deliveries_page(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            page: PageRequest<DeliveryId>,
        ) -> Result<Page<Delivery, DeliveryId>, StoreError> {
            let mut query = deliveries::table
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .order(deliveries::id.desc())
                .limit(limit(page.size.get() + 1))
                .select(DeliveryRow::as_select())
                .into_boxed();
            let mut bounds = IdBounds::below(page.after.map(|id| *id.as_bytes())).within(&filter.created);
            if let Some(id) = filter.event_id {
                bounds = bounds.of_event(id);
                query = query.filter(deliveries::event_id.eq(*id.as_bytes()));
            }
            if let Some(from) = bounds.from {
                query = query.filter(deliveries::id.ge(from));
            }
            if let Some(before) = bounds.before {
                query = query.filter(deliveries::id.lt(before));
            }
            if let Some(id) = filter.endpoint_id {
                query = query.filter(deliveries::endpoint_id.eq(*id.as_bytes()));
            }
            if let Some(state) = filter.state {
                query = query.filter(deliveries::state.eq(state.as_str()));
                query = match state {
                    DeliveryState::Delivered => query,
                    DeliveryState::Leased => query.filter(sql::<Bool>(LEASED)),
                    DeliveryState::Waiting
                    | DeliveryState::Held
                    | DeliveryState::Exhausted
                    | DeliveryState::Closed(_)
                    | DeliveryState::Parked => query.filter(sql::<Bool>(UNSETTLED)),
                };
            }
            let rows: Vec<DeliveryRow> = self.state.note(query.load(&mut *self.conn))?;
            let listed: Result<Vec<_>, _> = rows.into_iter().map(DeliveryRow::into_delivery).collect();
            Ok(Page::from_rows(listed?, page.size, |delivery| delivery.id))
        }
    }
}
