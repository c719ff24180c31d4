//! Documents of workspaces in memory.

use super::memory::{Content, insert};
use crate::id::WorkspaceId;
use crate::reference::{DocumentSummary, ReferenceDocument, ReferenceDocumentTx};
use crate::store::StoreError;

impl ReferenceDocumentTx for Content {
    fn find_document_summary(&mut self, workspace_id: WorkspaceId) -> Result<Option<DocumentSummary>, StoreError> {
        Ok(self.documents.get(&workspace_id).map(|document| document.summary.clone()))
    }

    fn find_document(&mut self, workspace_id: WorkspaceId) -> Result<Option<ReferenceDocument>, StoreError> {
        Ok(self.documents.get(&workspace_id).cloned())
    }

    fn insert_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError> {
        let key = document.summary.workspace_id;
        insert(&mut self.documents, key, document.clone(), "reference_documents.workspace_id")
    }

    fn update_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError> {
        match self.documents.get_mut(&document.summary.workspace_id) {
            Some(stored) if stored.summary.revision == document.summary.revision - 1 => {
                *stored = document.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict("reference_documents.revision")),
        }
    }

    fn delete_document(&mut self, document: &DocumentSummary) -> Result<(), StoreError> {
        match self.documents.get(&document.workspace_id) {
            Some(stored) if stored.summary.revision == document.revision => {
                self.documents.remove(&document.workspace_id);
                Ok(())
            }
            _ => Err(StoreError::Conflict("reference_documents.revision")),
        }
    }
}
