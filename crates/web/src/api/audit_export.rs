//! Every line of the audit log that a filter wants, as CSV or JSON.
//!
//! *Threat:* for what grows with the workspace see [`crate::paged_body`]; texts that a spreadsheet would carry out, see [`crate::csv`].
//! *Defence:* the same; nothing is written that a list does not show. Where no index leads to the lines, each page is read in a turn of
//! its own, as searches are: only so many walk at once, and whoever takes a file slowly holds no turn meanwhile. *Not defended:* what
//! happens to the file.

use std::cell::Cell;

use actix_web::HttpResponse;
use devhub_domain::audit::{AuditEntry, AuditFilter, AuditLog};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::store::StoreError;

use super::ExportFormat;
use super::audit::AuditBody;
use crate::admin::Turns;
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
    /// Where each page waits for its turn; `None` where an index leads to the lines.
    pub(crate) turns: Option<Turns>,
}

impl AuditExport {
    /// Begins to answer with the export: a store that cannot be read is still told as a problem.
    pub(crate) async fn answer(self) -> Result<HttpResponse, Problem> {
        let Self { audit, workspace_id, filter, format, turns } = self;
        let read = move |after| -> Reading<AuditEntry, i64, StoreError> {
            let (audit, filter, turns) = (audit.clone(), filter.clone(), turns.clone());
            let page = PageRequest { size: PageSize::MAX, after };
            Box::pin(async move {
                let turn = match (turns, after) {
                    (None, _) => None,
                    (Some(turns), None) => Some(turns.take().await?),
                    (Some(turns), Some(_)) => Some(turns.take_next().await?),
                };
                let list = move || {
                    let found = audit.list(workspace_id, &filter, page);
                    // Here and not by whoever waits: a browser that hangs up ends the wait, and not the walk.
                    drop(turn);
                    found
                };
                blocking::run(list).await
            })
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::body::to_bytes;
    use devhub_domain::audit::{Actor, AuditDraft, AuditTx, append};
    use devhub_domain::store::{Lane, UnitOfWork, write};
    use devhub_domain::testing::MemoryStore;
    use devhub_domain::time::Timestamp;

    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

    /// An export of what the hub did itself, over a log of so many entries, in the turns that there are.
    fn export(entries: u32, turns: &Turns) -> AuditExport {
        let store = MemoryStore::default();
        let draft = AuditDraft {
            workspace_id: WORKSPACE,
            at: Timestamp::from_seconds(1),
            actor: Actor::System,
            action: "key.issued",
            subject: "key_1".to_owned(),
            detail: serde_json::json!({}),
        };
        let unit: &dyn UnitOfWork<dyn AuditTx> = &store;
        write(unit, Lane::Background, |tx| (0..entries).try_for_each(|_| append(tx, &draft))).unwrap();
        let filter = AuditFilter { actor: Some(Actor::System), ..AuditFilter::default() };
        let (audit, format, turns) = (AuditLog::new(Arc::new(store)), ExportFormat::Csv, Some(turns.clone()));
        AuditExport { audit, workspace_id: WORKSPACE, filter, format, turns }
    }

    #[actix_web::test]
    async fn a_walk_does_not_begin_while_others_walk() {
        tokio::time::pause();
        let turns = Turns::new(1);
        let taken = turns.take().await.unwrap();
        assert_eq!(export(1, &turns).answer().await.unwrap_err().status().as_u16(), 503);
        drop(taken);
        assert_eq!(export(1, &turns).answer().await.unwrap().status().as_u16(), 200);
    }

    #[actix_web::test]
    async fn a_walk_that_has_begun_holds_no_turn_between_its_pages_and_waits_for_the_next() {
        tokio::time::pause();
        let turns = Turns::new(1);
        let answer = export(450, &turns).answer().await.unwrap();
        let taken = turns.take().await.expect("its first page was read");
        let (body, ()) = tokio::join!(to_bytes(answer.into_body()), async {
            tokio::time::sleep(std::time::Duration::from_mins(1)).await;
            drop(taken);
        });
        let text = String::from_utf8(body.unwrap().to_vec()).unwrap();
        assert_eq!(text.lines().count(), 451);
    }
}
