//! What was done to one thing last, for its own page.

use devhub_domain::audit::{AuditEntry, AuditFilter};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::workspaces::{TimeZone, Workspace};
use serde_json::Value;

use super::difference::address;
use super::list::summary;
use super::names::Names;
use super::query::{AuditQuery, PATH};
use super::words;
use crate::admin::components::{Cell, Column, Row, Table};
use crate::admin::moments::moment_to_second;
use crate::problem_body::Problem;
use crate::services::Services;

/// Entries that the page of a thing shows; the log has all of them.
const ENTRIES_SHOWN: u64 = 5;

/// What is read of it.
pub(in crate::admin) struct Found {
    entries: Vec<AuditEntry>,
    names: Names,
}

/// The same as a page draws it.
pub(in crate::admin) struct Trail {
    /// `None` where nothing was done, as with what was made before there was a log.
    pub(in crate::admin) table: Option<Table>,
    /// The log with all that was done to it.
    pub(in crate::admin) log: String,
}

impl Found {
    /// Reads what was done to this, by the index of subjects. Blocks.
    pub(in crate::admin) fn read(services: &Services, workspace: &Workspace, subject: &str) -> Result<Self, Problem> {
        let filter = AuditFilter { subject: Some(subject.to_owned()), ..AuditFilter::default() };
        let page = PageRequest { size: PageSize::new(ENTRIES_SHOWN).unwrap_or_default(), after: None };
        let entries = services.audit.list(workspace.id, &filter, page)?.items;
        let names = Names::read(services, (workspace.id, workspace.name.as_str()), &entries, None)?;
        Ok(Self { entries, names })
    }
}

impl Trail {
    pub(in crate::admin) fn of(found: &Found, subject: &str, zone: &TimeZone) -> Self {
        let rows: Vec<_> = found.entries.iter().map(|entry| row(entry, &found.names, zone)).collect();
        let columns = ["What", "Who", "From", "When"].map(Column::new).into();
        let table = Table { caption: "Latest changes, newest first".to_owned(), columns, rows };
        Self { table: (!found.entries.is_empty()).then_some(table), log: AuditQuery::of_subject(subject).href() }
    }
}

fn row(entry: &AuditEntry, names: &Names, zone: &TimeZone) -> Row {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let cells = vec![
        Cell::Linked {
            href: format!("{PATH}/{}", entry.sequence),
            first: words::action(&entry.action),
            second: summary(&detail),
        },
        Cell::Text(names.actor(entry.actor)),
        address(&detail).map_or(Cell::Empty, |address| Cell::Code(address.to_owned())),
        Cell::Moment(moment_to_second(entry.at, zone)),
    ];
    Row { is_dimmed: false, id: format!("entry-{}", entry.sequence), cells }
}

#[cfg(test)]
pub(in crate::admin) fn sample() -> Trail {
    let found = Found { entries: vec![super::entry::samples::entry()], names: Names::default() };
    Trail::of(&found, "key_06b6rk0004s4g1s0d5ju9o6m0k", &TimeZone::utc())
}
