//! The document that a workspace has uploaded.

use super::Format;
use crate::audit::Actor;
use crate::id::WorkspaceId;
use crate::operators::OperatorTx;
use crate::store::StoreError;
use crate::time::Timestamp;

/// A document, and who brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceDocument {
    /// What is known of it without its text.
    pub summary: DocumentSummary,
    /// As it was uploaded, without a byte order mark.
    pub text: String,
}

/// What is known of a document without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// How it is written.
    pub format: Format,
    /// What the API is called in it.
    pub title: String,
    /// The BLAKE3 hash of its text, in hexadecimal: the same for the same text, whoever uploads it and when.
    pub text_hash: String,
    /// The length of its text. Bytes.
    pub text_bytes: i64,
    /// When.
    pub uploaded_at: Timestamp,
    /// Who.
    pub uploaded_by: Actor,
    /// Counted up with each upload, from 1 after a removal.
    pub revision: i64,
}

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
