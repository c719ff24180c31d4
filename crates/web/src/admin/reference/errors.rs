//! Every code of a problem: what it means, and what to do.

use askama::Template;

use crate::admin::components::{Cell, Column, Row, Table};
use crate::problem_catalog::catalog;
use crate::problem_entry::CatalogEntry;

/// The page.
#[derive(Template)]
#[template(path = "admin/reference/errors.html")]
pub(in crate::admin) struct ErrorsView {
    hub: Table,
    payments: Table,
}

impl ErrorsView {
    pub(super) fn new() -> Self {
        Self {
            hub: table("Codes of the Hub API", &catalog()),
            payments: table("Codes of the Payments API", crate::v1::CODES),
        }
    }
}

fn table(caption: &str, entries: &[CatalogEntry]) -> Table {
    let mut rows: Vec<Row> = Vec::new();
    for entry in entries {
        // A code may come with more than one status: the first is where links lead.
        let is_taken = rows.iter().any(|row| row.id == entry.code);
        let id = if is_taken { format!("{}-{}", entry.code, entry.status) } else { entry.code.to_owned() };
        let cells = vec![
            Cell::Strong(entry.code.to_owned()),
            Cell::Text(entry.status.to_string()),
            Cell::Text(entry.meaning.to_owned()),
            Cell::Text(entry.remedy.to_owned()),
        ];
        rows.push(Row { is_dimmed: false, id, cells });
    }
    let columns = ["Code", "Status", "What it means", "What to do"].map(Column::new).into();
    Table { caption: caption.to_owned(), columns, rows }
}

#[cfg(test)]
impl crate::admin::components::Sample for ErrorsView {
    const TEMPLATE: &'static str = "admin/reference/errors.html";

    fn samples() -> Vec<Self> {
        vec![Self { hub: table("Codes", &catalog()[..2]), payments: table("Codes", &crate::v1::CODES[..1]) }]
    }
}
