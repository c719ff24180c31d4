//! Events.

use std::sync::Arc;

use devhub_domain::events::{Event, EventTx, ExternalId, Payload};
use devhub_domain::id::{EventId, WorkspaceId};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, Target};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::deliveries::DeliveryRow;
use crate::dialect::Dialect;
use crate::row::{Row, own_id, written};
use crate::schema::events::{self, dsl};
use crate::targets::TargetRows;
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct EventRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    event_type: String,
    external_id: Option<String>,
    payload: Vec<u8>,
    accepted_at_us: i64,
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.as_bytes().to_vec(),
            workspace_id: event.workspace_id.as_bytes().to_vec(),
            event_type: event.event_type.as_str().to_owned(),
            external_id: event.external_id.as_ref().map(ToString::to_string),
            payload: event.payload.as_bytes().to_vec(),
            accepted_at_us: event.accepted_at.as_micros(),
        }
    }
}

impl EventRow {
    fn into_event(self) -> Result<Event, StoreError> {
        let id = EventId::from_bytes(own_id("events", &self.id)?);
        let row = Row { table: "events", id: &id };
        Ok(Event {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            event_type: row.text("event_type", &self.event_type)?,
            external_id: self.external_id.map(|text| row.text("external_id", &text)).transpose()?,
            payload: Payload::from_stored(self.payload),
            accepted_at: Timestamp::from_micros(self.accepted_at_us),
        })
    }
}

both! {
    impl EventTx {
        fn insert_event(&mut self, event: &Event) -> Result<bool, StoreError> {
            // PostgreSQL waits here for another transaction with the same external id to end.
            let insert = diesel::insert_into(dsl::events).values(EventRow::from(event)).on_conflict_do_nothing();
            if self.state.note(insert.execute(&mut *self.conn))? == 1 {
                return Ok(true);
            }
            // Passed over: by its external id, which is an answer, or by its id, which is none.
            let external_id = event.external_id.as_ref().ok_or(StoreError::Conflict("events.id"))?;
            let same = dsl::workspace_id
                .eq(event.workspace_id.as_bytes())
                .and(dsl::external_id.eq(external_id.as_str()));
            let query = diesel::select(exists(dsl::events.filter(same)));
            let is_there: bool = self.state.note(query.get_result(&mut *self.conn))?;
            if is_there { Ok(false) } else { Err(StoreError::Conflict("events.id")) }
        }

        fn find_event(&mut self, workspace_id: WorkspaceId, id: EventId) -> Result<Option<Event>, StoreError> {
            let query = dsl::events
                .filter(dsl::id.eq(id.as_bytes()).and(dsl::workspace_id.eq(workspace_id.as_bytes())))
                .select(EventRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(EventRow::into_event).transpose()
        }

        /// Served by `events_by_external_id`.
        fn find_event_by_external_id(
            &mut self,
            workspace_id: WorkspaceId,
            external_id: &ExternalId,
        ) -> Result<Option<Event>, StoreError> {
            let same = dsl::workspace_id.eq(workspace_id.as_bytes()).and(dsl::external_id.eq(external_id.as_str()));
            let query = dsl::events.filter(same).select(EventRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(EventRow::into_event).transpose()
        }

        fn list_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            self.targets_of(workspace_id)
        }

        fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
            let rows: Vec<DeliveryRow> = deliveries.iter().map(DeliveryRow::from).collect();
            written(self.state.note(self.conn.insert_delivery_rows(rows))?, deliveries.len(), "deliveries.id")
        }
    }
}
