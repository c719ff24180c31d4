//! The document that a workspace has uploaded.

use devhub_domain::id::WorkspaceId;
use devhub_domain::reference::{DocumentSummary, Format, ReferenceDocument, ReferenceDocumentTx};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, written};
use crate::schema::reference_documents::{self, dsl};
use crate::tx::both;

/// All of a document but its text.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reference_documents)]
struct SummaryRow {
    workspace_id: Vec<u8>,
    format: String,
    title: String,
    text_hash: String,
    text_bytes: i64,
    uploaded_at_us: i64,
    uploaded_by: String,
    revision: i64,
}

impl From<&DocumentSummary> for SummaryRow {
    fn from(summary: &DocumentSummary) -> Self {
        Self {
            workspace_id: summary.workspace_id.as_bytes().to_vec(),
            format: summary.format.as_str().to_owned(),
            title: summary.title.clone(),
            text_hash: summary.text_hash.clone(),
            text_bytes: summary.text_bytes,
            uploaded_at_us: summary.uploaded_at.as_micros(),
            uploaded_by: summary.uploaded_by.to_string(),
            revision: summary.revision,
        }
    }
}

impl SummaryRow {
    fn into_summary(self) -> Result<DocumentSummary, StoreError> {
        let row = Row { table: "reference_documents", id: &self.text_hash };
        Ok(DocumentSummary {
            workspace_id: row.workspace_id(&self.workspace_id)?,
            format: row.value("format", Format::parse(&self.format))?,
            uploaded_by: row.text("uploaded_by", &self.uploaded_by)?,
            title: self.title,
            text_hash: self.text_hash,
            text_bytes: self.text_bytes,
            uploaded_at: Timestamp::from_micros(self.uploaded_at_us),
            revision: self.revision,
        })
    }
}

/// The document of a workspace in this revision.
macro_rules! in_revision {
    ($workspace_id:expr, $revision:expr) => {
        dsl::reference_documents
            .filter(dsl::workspace_id.eq($workspace_id.as_bytes()))
            .filter(dsl::revision.eq($revision))
    };
}

both! {
    impl ReferenceDocumentTx {
        /// Served by the primary key.
        fn find_document_summary(&mut self, workspace_id: WorkspaceId) -> Result<Option<DocumentSummary>, StoreError> {
            let query = dsl::reference_documents
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .select(SummaryRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(SummaryRow::into_summary).transpose()
        }

        /// Served by the primary key.
        fn find_document(&mut self, workspace_id: WorkspaceId) -> Result<Option<ReferenceDocument>, StoreError> {
            let query = dsl::reference_documents
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .select((SummaryRow::as_select(), dsl::text));
            let found: Option<(SummaryRow, String)> = self.state.note(query.first(&mut *self.conn).optional())?;
            found.map(|(row, text)| Ok(ReferenceDocument { summary: row.into_summary()?, text })).transpose()
        }

        fn insert_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError> {
            let row = (SummaryRow::from(&document.summary), dsl::text.eq(&document.text));
            let insert = diesel::insert_into(dsl::reference_documents).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "reference_documents.workspace_id")
        }

        fn update_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError> {
            let summary = &document.summary;
            let update = diesel::update(in_revision!(summary.workspace_id, summary.revision - 1))
                .set((SummaryRow::from(summary), dsl::text.eq(&document.text)));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "reference_documents.revision")
        }

        fn delete_document(&mut self, document: &DocumentSummary) -> Result<(), StoreError> {
            let delete = diesel::delete(in_revision!(document.workspace_id, document.revision));
            written(self.state.note(delete.execute(&mut *self.conn))?, 1, "reference_documents.revision")
        }
    }
}
