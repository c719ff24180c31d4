//! Every line of the audit log that a filter wants, as CSV or JSON.
//!
//! *Threat:* for what grows with the workspace see [`crate::paged_body`]; texts that a spreadsheet would carry out, see [`crate::csv`].
//! *Defence:* the same; nothing is written that a list does not show. *Not defended:* what happens to the file.

use std::cell::Cell;

use actix_web::HttpResponse;
use devhub_domain::audit::{AuditEntry, AuditFilter, AuditLog};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::store::StoreError;

use super::ExportFormat;
use super::audit::AuditBody;
use crate::paged_body::{Pages, Reading};
use crate::problem_body::Problem;
use crate::{blocking, csv};

/// The first line of a CSV.
const COLUMNS: [&str; 8] = ["sequence", "at", "actor", "action", "subject", "detail", "previous_hash", "hash"];

/// Which lines are exported, and as what.
#[derive(Clone)]
pub(crate) struct AuditExport {
    pub(crate) audit: AuditLog,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) filter: AuditFilter,
    pub(crate) format: ExportFormat,
}

impl AuditExport {
    /// Begins to answer with the export: a store that cannot be read is still told as a problem.
    pub(crate) async fn answer(self) -> Result<HttpResponse, Problem> {
        let Self { audit, workspace_id, filter, format } = self;
        let read = move |after| -> Reading<AuditEntry, i64, StoreError> {
            let (audit, filter) = (audit.clone(), filter.clone());
            let page = PageRequest { size: PageSize::MAX, after };
            Box::pin(blocking::run(move || audit.list(workspace_id, &filter, page)))
        };
        // A page may be empty and others follow it.
        let is_begun = Cell::new(false);
        let write = move |page: &Page<AuditEntry, i64>, is_first| match format {
            ExportFormat::Csv => csv_of(page, is_first),
            ExportFormat::Json => json_of(page, is_first, &is_begun),
        };
        let pages = Pages { what: "audit log", read: Box::new(read), write: Box::new(write) };
        let file = match format {
            ExportFormat::Csv => (csv::CONTENT, "audit-log.csv"),
            ExportFormat::Json => ("application/json", "audit-log.json"),
        };
        Ok(pages.answer(None, file).await?)
    }
}

fn csv_of(page: &Page<AuditEntry, i64>, is_first: bool) -> Vec<u8> {
    let rows: Vec<_> = page.items.iter().map(row).collect();
    let mut lines = if is_first { csv::lines([COLUMNS]) } else { Vec::new() };
    lines.extend(csv::lines(rows.iter().map(|row| row.iter().map(String::as_str))));
    lines
}

fn row(entry: &AuditEntry) -> [String; COLUMNS.len()] {
    [
        entry.sequence.to_string(),
        entry.at.to_string(),
        entry.actor.to_string(),
        entry.action.clone(),
        entry.subject.clone(),
        entry.detail.clone(),
        format!("{:?}", entry.previous_hash),
        format!("{:?}", entry.hash),
    ]
}

/// A part of an array, each line of the log in a line of its own.
fn json_of(page: &Page<AuditEntry, i64>, is_first: bool, is_begun: &Cell<bool>) -> Vec<u8> {
    let mut text = if is_first { b"[".to_vec() } else { Vec::new() };
    for entry in &page.items {
        text.extend(if is_begun.replace(true) { &b",\n"[..] } else { &b"\n"[..] });
        // A detail that somebody has damaged is told as no object, and the rest of the log is still there.
        match AuditBody::try_from(entry) {
            Ok(body) => serde_json::to_writer(&mut text, &body).expect("texts and numbers are JSON"),
            Err(_damaged) => text.extend(format!("{{\"sequence\":{},\"damaged\":true}}", entry.sequence).bytes()),
        }
    }
    if page.next.is_none() {
        text.extend(b"\n]\n");
    }
    text
}
