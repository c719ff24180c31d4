//! Events.

use std::sync::Arc;

use devhub_domain::events::{Event, EventFilter, EventHead, EventTx, EventType, ExternalId, Payload};
use devhub_domain::id::{EventId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, Target};
use devhub_domain::workspaces::EventChecks;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Binary;

use crate::delivery_row::DeliveryRow;
use crate::dialect::Dialect;
use crate::event_types::SchemaRows;
use crate::id_bounds::IdBounds;
use crate::row::{Row, limit, own_id, written};
use crate::schema::events::{self, dsl};
use crate::targets::TargetRows;
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct EventRow {
    pub(crate) id: Vec<u8>,
    pub(crate) workspace_id: Vec<u8>,
    pub(crate) event_type: String,
    pub(crate) external_id: Option<String>,
    pub(crate) payload: Vec<u8>,
    pub(crate) accepted_at_us: i64,
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

#[diesel::declare_sql_function]
extern "SQL" {
    /// How many bytes there are. Neither backend reads the bytes themselves for it.
    fn octet_length(bytes: Binary) -> Integer;
}

/// The columns of an event's head.
#[derive(Queryable)]
struct HeadRow {
    id: Vec<u8>,
    event_type: String,
    external_id: Option<String>,
    payload_bytes: i32,
    accepted_at_us: i64,
}

impl HeadRow {
    fn into_head(self) -> Result<EventHead, StoreError> {
        let id = EventId::from_bytes(own_id("events", &self.id)?);
        let row = Row { table: "events", id: &id };
        Ok(EventHead {
            id,
            event_type: row.text("event_type", &self.event_type)?,
            external_id: self.external_id.map(|text| row.text("external_id", &text)).transpose()?,
            payload_bytes: row.number("payload", self.payload_bytes.into())?,
            accepted_at: Timestamp::from_micros(self.accepted_at_us),
        })
    }
}

/// What is asked of an event that was not inserted.
trait PassedOver {
    /// `false` for one that is there by its external id, which is an answer; one that is there by its id is none.
    fn is_new(&mut self, event: &Event) -> Result<bool, StoreError>;
}

both! {
    impl PassedOver {
        fn is_new(&mut self, event: &Event) -> Result<bool, StoreError> {
            let external_id = event.external_id.as_ref().ok_or(StoreError::Conflict("events.id"))?;
            let same = dsl::workspace_id
                .eq(event.workspace_id.as_bytes())
                .and(dsl::external_id.eq(external_id.as_str()));
            let query = diesel::select(exists(dsl::events.filter(same)));
            let is_there: bool = self.state.note(query.get_result(&mut *self.conn))?;
            if is_there { Ok(false) } else { Err(StoreError::Conflict("events.id")) }
        }
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
            self.is_new(event)
        }

        fn insert_event_with(&mut self, event: &Event, deliveries: &[Delivery]) -> Result<bool, StoreError> {
            if deliveries.is_empty() {
                return self.insert_event(event);
            }
            let rows = deliveries.iter().map(DeliveryRow::from).collect();
            let (accepted, born) = self.state.note(self.conn.insert_event_rows(EventRow::from(event), rows))?;
            if accepted == 0 {
                return self.is_new(event);
            }
            written(born, deliveries.len(), "deliveries.id").map(|()| true)
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

        /// Served by `events_by_workspace`, `events_by_type`, or `events_by_external_id`, each between the ids of the period.
        fn list_events(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &EventFilter,
            page: PageRequest<EventId>,
        ) -> Result<Page<EventHead, EventId>, StoreError> {
            let mut query = dsl::events
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::id.desc())
                .limit(limit(page.size.get() + 1))
                .select((dsl::id, dsl::event_type, dsl::external_id, octet_length(dsl::payload), dsl::accepted_at_us))
                .into_boxed();
            let bounds = IdBounds::below(page.after.map(|id| *id.as_bytes())).within(&filter.accepted);
            if let Some(from) = bounds.from {
                query = query.filter(dsl::id.ge(from));
            }
            if let Some(before) = bounds.before {
                query = query.filter(dsl::id.lt(before));
            }
            if let Some(event_type) = &filter.event_type {
                query = query.filter(dsl::event_type.eq(event_type.as_str()));
            }
            if let Some(external_id) = &filter.external_id {
                query = query.filter(dsl::external_id.eq(external_id.as_str()));
            }
            let rows: Vec<HeadRow> = self.state.note(query.load(&mut *self.conn))?;
            let heads: Result<Vec<_>, _> = rows.into_iter().map(HeadRow::into_head).collect();
            Ok(Page::from_rows(heads?, page.size, |head| head.id))
        }

        fn list_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError> {
            self.targets_of(workspace_id)
        }

        fn event_checks(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError> {
            self.checks_of(workspace_id)
        }

        fn find_type_schema(
            &mut self,
            workspace_id: WorkspaceId,
            name: &EventType,
        ) -> Result<Option<String>, StoreError> {
            self.schema_of(workspace_id, name)
        }

        fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
            let rows: Vec<DeliveryRow> = deliveries.iter().map(DeliveryRow::from).collect();
            written(self.state.note(self.conn.insert_delivery_rows(rows))?, deliveries.len(), "deliveries.id")
        }
    }
}
