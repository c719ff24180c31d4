//! What a store must do for uploaded documents.

use super::{DocumentSummary, ReferenceDocument};
use crate::id::WorkspaceId;
use crate::operators::OperatorTx;
use crate::store::StoreError;

/// The document of each workspace, with who may change it and the log of it.
pub trait ReferenceDocumentTx: OperatorTx {
    /// The document of a workspace without its text.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_document_summary(&mut self, workspace_id: WorkspaceId) -> Result<Option<DocumentSummary>, StoreError>;

    /// The document of a workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_document(&mut self, workspace_id: WorkspaceId) -> Result<Option<ReferenceDocument>, StoreError>;

    /// Adds the first document of a workspace.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it has one.
    fn insert_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError>;

    /// Writes a document over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_document(&mut self, document: &ReferenceDocument) -> Result<(), StoreError>;

    /// Removes the document in the revision that is given.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is stored in another revision, or not at all.
    fn delete_document(&mut self, document: &DocumentSummary) -> Result<(), StoreError>;
}
