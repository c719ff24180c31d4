//! The use cases of the document that a workspace has uploaded: upload, remove, read.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cache::ReferenceCache;
use super::{
    DocumentSummary, Fault, Format, KeptReference, ReadReference, ReferenceDocument, ReferenceDocumentTx, read_text,
};
use crate::access::Asker;
use crate::audit::{AuditDraft, append};
use crate::id::WorkspaceId;
use crate::operators::{Role, manages};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// What a use case of documents can fail with.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The workspace has no document.
    #[error("the workspace has no document")]
    NotFound,
    /// Something is wrong with the document.
    #[error(transparent)]
    Refused(#[from] Fault),
    /// Whoever asks may not do this.
    #[error("this needs the role {}", Role::Admin.as_str())]
    RoleTooLow,
    /// Somebody else has uploaded or removed a document after the caller had looked.
    #[error("the document was changed meanwhile and has revision {current} now: look at it, then repeat the change")]
    RevisionStale {
        /// The revision that it has; 0 when there is none.
        current: i64,
    },
    /// The store failed.
    #[error("the store of documents failed")]
    Store(#[from] StoreError),
}

impl DocumentError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "reference_document_not_found",
            Self::Refused(_) => "reference_document_refused",
            Self::RoleTooLow => "role_too_low",
            Self::RevisionStale { .. } => "revision_stale",
            Self::Store(error) => error.code(),
        }
    }
}

/// The use cases of the document of a workspace. Clones share what they have read.
#[derive(Clone)]
pub struct ReferenceDocuments {
    store: Arc<dyn UnitOfWork<dyn ReferenceDocumentTx>>,
    clock: Arc<dyn Clock>,
    cache: Arc<ReferenceCache>,
}

impl std::fmt::Debug for ReferenceDocuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReferenceDocuments").finish_non_exhaustive()
    }
}

/// A prepared change of a document.
macro_rules! document_change {
    () => {
        Prepared<dyn ReferenceDocumentTx, impl Change<dyn ReferenceDocumentTx, Output = DocumentSummary, Error = DocumentError> + use<>>
    };
}

impl ReferenceDocuments {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn ReferenceDocumentTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, cache: Arc::default() }
    }

    /// What is known of the document of a workspace; `None` when it has none.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, workspace_id: WorkspaceId) -> Result<Option<DocumentSummary>, StoreError> {
        read(&*self.store, |tx| tx.find_document_summary(workspace_id))
    }

    /// The document of a workspace as it was uploaded; `None` when it has none.
    ///
    /// # Errors
    /// The store's own.
    pub fn find_text(&self, workspace_id: WorkspaceId) -> Result<Option<ReferenceDocument>, StoreError> {
        read(&*self.store, |tx| tx.find_document(workspace_id))
    }

    /// The reference that the document of a workspace holds, or what is wrong with it, where a release has become stricter than the one
    /// that took it; `None` when it has none.
    ///
    /// A few references are kept in memory, by the hash of their text: one that was replaced is never taken for the new one.
    ///
    /// # Errors
    /// The store's own.
    pub fn reference(&self, workspace_id: WorkspaceId) -> Result<Option<(DocumentSummary, ReadReference)>, StoreError> {
        let Some(summary) = self.find(workspace_id)? else { return Ok(None) };
        if let Some(reference) = self.cache.find(&summary.text_hash) {
            return Ok(Some((summary, reference)));
        }
        let Some(document) = self.find_text(workspace_id)? else { return Ok(None) };
        let reference = read_text(&document.text).map(|reference| Arc::new(KeptReference::new(reference)));
        self.cache.keep(&document.summary.text_hash, reference.clone());
        Ok(Some((document.summary, reference)))
    }

    /// Puts a document in the place of the one before. Owners and admins may.
    ///
    /// `expected_revision` is the one that the caller has seen, 0 when there was none; `None` replaces whatever is there.
    ///
    /// *Shape:* no two texts of a workspace have had the same revision, also when the document was removed in between: a form that was
    /// opened before writes over nothing unseen, and a cache that goes by the revision is never wrong.
    ///
    /// *Repeat:* the same text again changes nothing, and is not logged.
    ///
    /// # Errors
    /// [`DocumentError::RoleTooLow`], before the text is looked at; [`DocumentError::Refused`], [`DocumentError::RevisionStale`], and the
    /// store's own.
    pub fn upload(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        text: &str,
        expected_revision: Option<i64>,
    ) -> Result<document_change!(), DocumentError> {
        // Reading a text of some megabytes takes time: nobody has the hub do so who may not upload it. The change checks again.
        read(&*self.store, |tx| require_admin(tx, &asker, workspace_id))?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let reference = Arc::new(KeptReference::new(read_text(&text)?));
        let text_hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let title = reference.title.clone();
        let (cache, kept_hash) = (Arc::clone(&self.cache), text_hash.clone());
        let (now, format) = (self.clock.now(), Format::of(&text));
        let text_bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let (uploaded_at, uploaded_by, revision) = (now, asker.actor(), 1);
        let summary =
            DocumentSummary { workspace_id, format, title, text_hash, text_bytes, uploaded_at, uploaded_by, revision };
        let document = ReferenceDocument { summary, text };
        let change = move |tx: &mut (dyn ReferenceDocumentTx + 'static)| {
            let before = expected(tx, &asker, workspace_id, expected_revision)?;
            let Some(before) = before else {
                let summary =
                    DocumentSummary { revision: first_revision(tx, workspace_id)?, ..document.summary.clone() };
                tx.insert_document(&ReferenceDocument { summary: summary.clone(), text: document.text.clone() })?;
                append(tx, &draft(workspace_id, now, &asker, "reference.uploaded", detail_of(&summary)))?;
                return Ok(summary);
            };
            if before.text_hash == document.summary.text_hash {
                return Ok(before);
            }
            let summary = DocumentSummary { revision: before.revision + 1, ..document.summary.clone() };
            let after = ReferenceDocument { summary, text: document.text.clone() };
            tx.update_document(&after)?;
            let detail = json!({ "before": detail_of(&before), "after": detail_of(&after.summary) });
            append(tx, &draft(workspace_id, now, &asker, "reference.uploaded", detail))?;
            Ok(after.summary)
        };
        // Not before: one that is refused must push nothing of others out.
        let keep = move |_: &mut DocumentSummary| cache.keep(&kept_hash, Ok(Arc::clone(&reference)));
        Ok(prepare(&self.store, Lane::Interactive, change, keep))
    }

    /// Removes the document of a workspace. Owners and admins may.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`], [`DocumentError::RoleTooLow`], [`DocumentError::RevisionStale`], and the store's own.
    pub fn remove(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        expected_revision: Option<i64>,
    ) -> document_change!() {
        let now = self.clock.now();
        let change = move |tx: &mut (dyn ReferenceDocumentTx + 'static)| {
            let found = expected(tx, &asker, workspace_id, expected_revision)?.ok_or(DocumentError::NotFound)?;
            tx.delete_document(&found)?;
            append(tx, &draft(workspace_id, now, &asker, "reference.removed", detail_of(&found)))?;
            Ok(found)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }
}

/// What is there, when the asker may change it and has seen it.
fn expected(
    tx: &mut (dyn ReferenceDocumentTx + 'static),
    asker: &Asker,
    workspace_id: WorkspaceId,
    revision: Option<i64>,
) -> Result<Option<DocumentSummary>, DocumentError> {
    // Makes whoever changes the document take turns: two that find none would else both add one.
    tx.audit_head(workspace_id)?;
    require_admin(tx, asker, workspace_id)?;
    let found = tx.find_document_summary(workspace_id)?;
    let current = found.as_ref().map_or(0, |found| found.revision);
    if revision.is_some_and(|revision| revision != current) {
        return Err(DocumentError::RevisionStale { current });
    }
    Ok(found)
}

fn require_admin(
    tx: &mut (dyn ReferenceDocumentTx + 'static),
    asker: &Asker,
    workspace_id: WorkspaceId,
) -> Result<(), DocumentError> {
    if manages(tx, asker, workspace_id, Role::Admin)? { Ok(()) } else { Err(DocumentError::RoleTooLow) }
}

/// One that no text of the workspace has had: the place in the audit log of the entry that tells of it.
///
/// Each text has an entry of its own, so that the revisions of a document, which go up by one, never overtake the log; and the log
/// forgets nothing when the document is removed.
fn first_revision(tx: &mut (dyn ReferenceDocumentTx + 'static), workspace_id: WorkspaceId) -> Result<i64, StoreError> {
    Ok(tx.audit_head(workspace_id)?.map_or(0, |head| head.sequence) + 1)
}

fn draft(workspace_id: WorkspaceId, at: Timestamp, asker: &Asker, action: &'static str, detail: Value) -> AuditDraft {
    let (actor, subject) = (asker.actor(), workspace_id.to_string());
    AuditDraft { workspace_id, at, actor, action, subject, detail }.from_address(asker.address())
}

/// The text stands in the log as what tells whether it was changed.
fn detail_of(summary: &DocumentSummary) -> Value {
    let DocumentSummary { title, format, text_hash, text_bytes, revision, .. } = summary;
    json!({
        "title": title,
        "format": format.as_str(),
        "text_hash": text_hash,
        "bytes": text_bytes,
        "revision": revision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::KeyId;
    use crate::testing::{ManualClock, MemoryStore};

    const TEXT: &str = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n";

    fn documents() -> (ReferenceDocuments, WorkspaceId) {
        let store = Arc::new(MemoryStore::default());
        (ReferenceDocuments::new(store, Arc::new(ManualClock::default())), WorkspaceId::from_bytes([1; 16]))
    }

    fn upload(
        documents: &ReferenceDocuments,
        text: &str,
        revision: Option<i64>,
    ) -> Result<DocumentSummary, DocumentError> {
        documents.upload(Asker::COMMAND_LINE, WorkspaceId::from_bytes([1; 16]), text, revision)?.commit()
    }

    #[test]
    fn what_was_uploaded_is_read_until_it_is_removed() {
        let (documents, workspace) = documents();
        assert!(documents.reference(workspace).unwrap().is_none());
        upload(&documents, TEXT, Some(0)).unwrap();
        let (summary, reference) = documents.reference(workspace).unwrap().unwrap();
        assert_eq!((summary.revision, summary.format, reference.unwrap().title.as_str()), (1, Format::Yaml, "Shop"));
        upload(&documents, &TEXT.replace("Shop", "Store"), Some(1)).unwrap();
        let (summary, reference) = documents.reference(workspace).unwrap().unwrap();
        assert_eq!((summary.revision, reference.unwrap().title.as_str()), (2, "Store"));
        documents.remove(Asker::COMMAND_LINE, workspace, Some(2)).commit().unwrap();
        assert!(documents.reference(workspace).unwrap().is_none());
        let gone = documents.remove(Asker::COMMAND_LINE, workspace, None).commit();
        assert!(matches!(gone, Err(DocumentError::NotFound)));
    }

    #[test]
    fn the_markdown_of_a_document_is_written_once_for_all_who_ask() {
        let (documents, workspace) = documents();
        upload(&documents, TEXT, None).unwrap();
        let reference = || documents.reference(workspace).unwrap().unwrap().1.unwrap();
        assert!(reference().written_markdown().is_none());
        let first = reference().markdown();
        assert!(first.text.starts_with(b"# Shop\n"));
        assert!(Arc::ptr_eq(&first.text, &reference().written_markdown().unwrap().text));
    }

    #[test]
    fn a_revision_never_comes_again_when_the_document_was_removed() {
        let (documents, workspace) = documents();
        let mut seen = Vec::new();
        for title in ["One", "Two", "Three"] {
            seen.push(upload(&documents, &TEXT.replace("Shop", title), None).unwrap().revision);
            seen.push(upload(&documents, &TEXT.replace("Shop", &format!("{title} again")), None).unwrap().revision);
            documents.remove(Asker::COMMAND_LINE, workspace, None).commit().unwrap();
        }
        assert_eq!(seen, [1, 2, 4, 5, 7, 8]);
        upload(&documents, TEXT, Some(0)).unwrap();
        let stale = upload(&documents, &TEXT.replace("Shop", "Mine"), Some(1)).unwrap_err();
        assert!(matches!(stale, DocumentError::RevisionStale { current: 10 }), "{stale}");
    }

    #[test]
    fn the_same_text_again_changes_nothing() {
        let (documents, _) = documents();
        let first = upload(&documents, TEXT, None).unwrap();
        assert_eq!(upload(&documents, TEXT, None).unwrap(), first);
    }

    #[test]
    fn who_has_seen_another_state_or_may_not_is_refused() {
        let (documents, workspace) = documents();
        upload(&documents, TEXT, None).unwrap();
        let stale = upload(&documents, &TEXT.replace("Shop", "S"), Some(0)).unwrap_err();
        assert!(matches!(stale, DocumentError::RevisionStale { current: 1 }), "{stale}");
        let key = Asker::key(KeyId::from_bytes([1; 16]), crate::api_keys::ScopeSet::DEFAULT);
        for text in [TEXT, "openapi: 2"] {
            let low = documents.upload(key, workspace, text, None).unwrap_err();
            assert!(matches!(low, DocumentError::RoleTooLow), "{text}: {low}");
        }
        let refused = upload(&documents, "openapi: 2", None).unwrap_err();
        assert_eq!(refused.code(), "reference_document_refused");
    }
}
