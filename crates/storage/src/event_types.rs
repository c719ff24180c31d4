//! The event types that workspaces add to the catalogue.

use devhub_domain::events::{EventType, OwnType, OwnTypeTx, Payload, TypeDescription};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, limit, written};
use crate::schema::event_types::{self, dsl};
use crate::tx::both;

/// The status of an event type that a strict workspace accepts.
const ACTIVE: &str = "active";
/// The status of one that is over.
const ARCHIVED: &str = "archived";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = event_types, treat_none_as_default_value = false)]
struct OwnTypeRow {
    workspace_id: Vec<u8>,
    name: String,
    description: String,
    schema: String,
    sample: Vec<u8>,
    status: String,
    created_at_us: i64,
    updated_at_us: i64,
    revision: i64,
}

const fn status(is_archived: bool) -> &'static str {
    if is_archived { ARCHIVED } else { ACTIVE }
}

impl From<&OwnType> for OwnTypeRow {
    fn from(own: &OwnType) -> Self {
        Self {
            workspace_id: own.workspace_id.as_bytes().to_vec(),
            name: own.name.to_string(),
            description: own.description.to_string(),
            schema: own.schema.clone(),
            sample: own.sample.as_bytes().to_vec(),
            status: status(own.is_archived).to_owned(),
            created_at_us: own.created_at.as_micros(),
            updated_at_us: own.updated_at.as_micros(),
            revision: own.revision,
        }
    }
}

impl OwnTypeRow {
    fn into_own_type(self) -> Result<OwnType, StoreError> {
        let row = Row { table: "event_types", id: &self.name };
        Ok(OwnType {
            workspace_id: row.workspace_id(&self.workspace_id)?,
            name: row.text("name", &self.name)?,
            description: row.value("description", TypeDescription::new(&self.description).ok())?,
            schema: self.schema,
            sample: Payload::from_stored(self.sample),
            is_archived: match self.status.as_str() {
                ACTIVE => false,
                ARCHIVED => true,
                _ => return Err(row.corrupt("status")),
            },
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            revision: self.revision,
        })
    }
}

/// The event type of a workspace with this name, in this revision.
macro_rules! in_revision {
    ($own:expr, $revision:expr) => {
        dsl::event_types
            .filter(dsl::workspace_id.eq($own.workspace_id.as_bytes()))
            .filter(dsl::name.eq($own.name.as_str()))
            .filter(dsl::revision.eq($revision))
    };
}

/// The way from the name of an event to what it is held against.
pub(crate) trait SchemaRows {
    /// The schema of an event type that is not archived.
    fn schema_of(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<String>, StoreError>;
}

both! {
    impl SchemaRows {
        /// Served by the primary key.
        fn schema_of(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<String>, StoreError> {
            let query = dsl::event_types
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .filter(dsl::name.eq(name.as_str()))
                .filter(dsl::status.eq(ACTIVE))
                .select(dsl::schema);
            self.state.note(query.first(&mut *self.conn).optional())
        }
    }

    impl OwnTypeTx {
        fn insert_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
            let row = OwnTypeRow::from(own);
            let insert = diesel::insert_into(dsl::event_types).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "event_types.name")
        }

        fn find_own_type(
            &mut self,
            workspace_id: WorkspaceId,
            name: &EventType,
        ) -> Result<Option<OwnType>, StoreError> {
            let query = dsl::event_types
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()).and(dsl::name.eq(name.as_str())))
                .select(OwnTypeRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(OwnTypeRow::into_own_type).transpose()
        }

        fn update_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
            let update = diesel::update(in_revision!(own, own.revision - 1)).set((
                dsl::description.eq(own.description.as_str()),
                dsl::schema.eq(&own.schema),
                dsl::sample.eq(own.sample.as_bytes()),
                dsl::status.eq(status(own.is_archived)),
                dsl::updated_at_us.eq(own.updated_at.as_micros()),
                dsl::revision.eq(own.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "event_types.revision")
        }

        fn delete_own_type(&mut self, own: &OwnType) -> Result<(), StoreError> {
            let delete = diesel::delete(in_revision!(own, own.revision));
            written(self.state.note(delete.execute(&mut *self.conn))?, 1, "event_types.revision")
        }

        /// Served by the primary key.
        fn count_own_types(&mut self, workspace_id: WorkspaceId) -> Result<usize, StoreError> {
            let query = dsl::event_types.filter(dsl::workspace_id.eq(workspace_id.as_bytes())).count();
            let count: i64 = self.state.note(query.get_result(&mut *self.conn))?;
            Ok(usize::try_from(count).unwrap_or(0))
        }

        /// Served by the primary key, which sorts names byte by byte on both databases.
        fn list_own_types(
            &mut self,
            workspace_id: WorkspaceId,
            page: PageRequest<EventType>,
        ) -> Result<Page<OwnType, EventType>, StoreError> {
            let mut query = dsl::event_types
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::name.asc())
                .limit(limit(page.size.get() + 1))
                .select(OwnTypeRow::as_select())
                .into_boxed();
            if let Some(after) = &page.after {
                query = query.filter(dsl::name.gt(after.as_str()));
            }
            let rows: Vec<OwnTypeRow> = self.state.note(query.load(&mut *self.conn))?;
            let own: Result<Vec<_>, _> = rows.into_iter().map(OwnTypeRow::into_own_type).collect();
            Ok(Page::from_rows(own?, page.size, |own| own.name.clone()))
        }
    }
}
