//! The log: what endpoints were, and what became of events at them.

use devhub_domain::id::{DeliveryId, EndpointId, EventId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{Delivery, Endpoint, EndpointRevision, EndpointStatus, EndpointUrl, LogTx};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::delivery_row::DeliveryRow;
use crate::endpoints::{EndpointRow, page_of_endpoints};
use crate::row::Row;
use crate::schema::{deliveries, endpoint_revisions, endpoints, events};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = endpoint_revisions, treat_none_as_default_value = false)]
struct RevisionRow {
    endpoint_id: Vec<u8>,
    revision: i64,
    last_event_id: Option<Vec<u8>>,
    url: String,
    event_types: String,
    status: String,
    disabled_reason: Option<String>,
}

impl RevisionRow {
    fn into_revision(self) -> Result<EndpointRevision, StoreError> {
        let named = format!("{:02x?}/{}", self.endpoint_id, self.revision);
        let row = Row { table: "endpoint_revisions", id: &named };
        let status = EndpointStatus::parse(&self.status, self.disabled_reason.as_deref());
        Ok(EndpointRevision {
            endpoint_id: EndpointId::from_bytes(row.bytes("endpoint_id", &self.endpoint_id)?),
            revision: self.revision,
            url: row.value("url", EndpointUrl::from_stored(&self.url).ok())?,
            event_types: row.texts("event_types", ' ', &self.event_types)?,
            status: row.value("status", status)?,
        })
    }
}

/// The way to keep what an endpoint is before it changes.
pub(crate) trait KeptRevisions {
    /// Keeps this revision of an endpoint, if it is the one that is stored.
    fn keep_revision(&mut self, id: EndpointId, revision: i64) -> Result<(), StoreError>;
}

both! {
    impl KeptRevisions {
        /// Served by the primary keys, and by the end of `events_by_workspace`.
        fn keep_revision(&mut self, id: EndpointId, revision: i64) -> Result<(), StoreError> {
            let stored = endpoints::id.eq(id.as_bytes()).and(endpoints::revision.eq(revision));
            let newest = events::table
                .filter(events::workspace_id.eq(endpoints::workspace_id))
                .order(events::id.desc())
                .select(events::id);
            let row = endpoints::table.filter(stored).select((
                endpoints::id,
                endpoints::revision,
                newest.single_value(),
                endpoints::url,
                endpoints::event_types,
                endpoints::status,
                endpoints::disabled_reason,
            ));
            let insert = diesel::insert_into(endpoint_revisions::table).values(row).into_columns((
                endpoint_revisions::endpoint_id,
                endpoint_revisions::revision,
                endpoint_revisions::last_event_id,
                endpoint_revisions::url,
                endpoint_revisions::event_types,
                endpoint_revisions::status,
                endpoint_revisions::disabled_reason,
            ));
            // One that is there already was kept by a change that was undone by hand: it stays.
            self.state.note(insert.on_conflict_do_nothing().execute(&mut *self.conn)).map(drop)
        }
    }

    impl LogTx {
        /// Served by `endpoints_by_workspace`; deleted ones are looked up one by one on the way, and there are few.
        fn list_endpoints_met(
            &mut self,
            workspace_id: WorkspaceId,
            event_id: EventId,
            page: PageRequest<EndpointId>,
        ) -> Result<Page<Endpoint, EndpointId>, StoreError> {
            let met_earlier = endpoint_revisions::table
                .filter(endpoint_revisions::endpoint_id.eq(endpoints::id))
                .filter(endpoint_revisions::last_event_id.ge(&event_id.as_bytes()[..]));
            let was_there = endpoints::status.ne(EndpointStatus::Deleted.as_str()).or(exists(met_earlier));
            let met = endpoints::workspace_id.eq(workspace_id.as_bytes()).and(was_there);
            page_of_endpoints!(self, met, page)
        }

        /// Served by the primary key.
        fn list_revisions_met(
            &mut self,
            event_id: EventId,
            endpoint_ids: &[EndpointId],
        ) -> Result<Vec<EndpointRevision>, StoreError> {
            let earlier = diesel::alias!(endpoint_revisions as earlier_revisions);
            let ids: Vec<&[u8]> = endpoint_ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let event = &event_id.as_bytes()[..];
            let ends_earlier = earlier
                .filter(earlier.field(endpoint_revisions::endpoint_id).eq(endpoint_revisions::endpoint_id))
                .filter(earlier.field(endpoint_revisions::last_event_id).ge(event))
                .filter(earlier.field(endpoint_revisions::revision).lt(endpoint_revisions::revision));
            let query = endpoint_revisions::table
                .filter(endpoint_revisions::endpoint_id.eq_any(ids))
                .filter(endpoint_revisions::last_event_id.ge(event))
                .filter(not(exists(ends_earlier)))
                .select(RevisionRow::as_select());
            let rows: Vec<RevisionRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(RevisionRow::into_revision).collect()
        }

        /// Served by the primary key.
        fn find_revision(&mut self, id: EndpointId, revision: i64) -> Result<Option<EndpointRevision>, StoreError> {
            let query = endpoint_revisions::table
                .filter(endpoint_revisions::endpoint_id.eq(&id.as_bytes()[..]))
                .filter(endpoint_revisions::revision.eq(revision))
                .select(RevisionRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(RevisionRow::into_revision).transpose()
        }

        /// Served by the primary key.
        fn find_deliveries(
            &mut self,
            workspace_id: WorkspaceId,
            ids: &[DeliveryId],
        ) -> Result<Vec<Delivery>, StoreError> {
            let ids: Vec<&[u8]> = ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let query = deliveries::table
                .filter(deliveries::id.eq_any(ids))
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .select(DeliveryRow::as_select());
            let rows: Vec<DeliveryRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(DeliveryRow::into_delivery).collect()
        }
    }
}
