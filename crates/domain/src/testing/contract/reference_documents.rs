//! The document that a workspace has uploaded.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::audit::Actor;
use crate::reference::{DocumentSummary, Format, ReferenceDocument};
use crate::time::Timestamp;

fn document(workspace: u8) -> ReferenceDocument {
    let text = "{\"title\": \"Kaffee für 2 '€' \u{1f600}\"}\n".to_owned();
    let summary = DocumentSummary {
        workspace_id: workspace_id(workspace),
        format: Format::Json,
        title: "Kaffee für 2 '€'".to_owned(),
        text_hash: "0a".repeat(32),
        text_bytes: i64::try_from(text.len()).unwrap(),
        uploaded_at: Timestamp::from_micros(1_000_001),
        uploaded_by: Actor::CommandLine,
        revision: 1,
    };
    ReferenceDocument { summary, text }
}

fn next(document: &ReferenceDocument) -> ReferenceDocument {
    let revision = document.summary.revision + 1;
    let summary =
        DocumentSummary { format: Format::Yaml, uploaded_by: Actor::System, revision, ..document.summary.clone() };
    ReferenceDocument { summary, text: "openapi: 3.1.0\n".to_owned() }
}

/// A document comes back as it went in, whole and without its text, in its own workspace.
pub fn a_document_reads_back_as_it_was_written(store: &Store) {
    let first = document(1);
    put(store, |tx| tx.insert_document(&first));
    assert_eq!(look(store, |tx| tx.find_document(workspace_id(1))), Some(first.clone()));
    assert_eq!(look(store, |tx| tx.find_document_summary(workspace_id(1))), Some(first.summary.clone()));
    assert_eq!(look(store, |tx| tx.find_document(workspace_id(2))), None);
    let second = next(&first);
    put(store, |tx| tx.update_document(&second));
    assert_eq!(look(store, |tx| tx.find_document(workspace_id(1))), Some(second));
}

/// A workspace has one document, whatever the others have.
pub fn a_workspace_has_one_document(store: &Store) {
    put(store, |tx| tx.insert_document(&document(1)));
    expect_conflict(try_put(store, |tx| tx.insert_document(&document(1))));
    put(store, |tx| tx.insert_document(&document(2)));
}

/// A change of a revision that is not there any more is refused.
pub fn a_document_of_an_old_revision_is_a_conflict(store: &Store) {
    let first = document(1);
    expect_conflict(try_put(store, |tx| tx.update_document(&next(&first))));
    put(store, |tx| tx.insert_document(&first));
    put(store, |tx| tx.update_document(&next(&first)));
    expect_conflict(try_put(store, |tx| tx.update_document(&next(&first))));
    expect_conflict(try_put(store, |tx| tx.delete_document(&first.summary)));
    put(store, |tx| tx.delete_document(&next(&first).summary));
    assert_eq!(look(store, |tx| tx.find_document_summary(workspace_id(1))), None);
    expect_conflict(try_put(store, |tx| tx.delete_document(&next(&first).summary)));
}
