//! The document that a workspace has uploaded.

use super::Format;
use crate::audit::Actor;
use crate::id::WorkspaceId;
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
