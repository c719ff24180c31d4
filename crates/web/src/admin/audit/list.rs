//! The list of entries.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::audit::AuditEntry;
use devhub_domain::page::Page;
use devhub_domain::workspaces::{TimeZone, Workspace};
use serde_json::Value;

use super::difference::{Line, address, lines};
use super::filter_form::FilterForm;
use super::names::Names;
use super::query::{AuditQuery, PATH};
use super::words;
use crate::admin::components::{Cell, Column, EmptyState, Link, Pagination, Row, Shell, Table};
use crate::admin::menu::Place;
use crate::admin::moments::moment_to_second;
use crate::admin::signed::Signed;
use crate::admin::turns::take_turn;
use crate::blocking;
use crate::problem_body::Problem;
use crate::services::Services;

/// Lines of an entry that its row tells; its page has all of them.
const LINES_SHOWN: usize = 2;

/// Characters of that.
const SUMMARY_CHARS_MAX: usize = 120;

/// The page.
#[derive(Template)]
#[template(path = "admin/audit/list.html")]
pub(in crate::admin) struct AuditPage {
    shell: Shell,
    filter: FilterForm,
    table: Option<Table>,
    empty: Option<EmptyState>,
    pagination: Option<Pagination>,
    exports: Vec<Link>,
}

/// Shows the log.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::AuditRead)?;
    let query = AuditQuery::parse(req.query_string());
    let filter = query.filter(&signed.workspace.time_zone);
    let (services, workspace) = (signed.visit.services.clone(), signed.workspace.clone());
    let (asked, wanted) = (filter.clone().ok(), query.page());
    let turn = match &asked {
        Some(filter) if !filter.is_indexed() => Some(take_turn(&services).await?),
        _ => None,
    };
    let read = move || {
        let found = asked.as_ref().map(|filter| services.audit.list(workspace.id, filter, wanted)).transpose()?;
        let entries = found.as_ref().map(|page| page.items.as_slice()).unwrap_or_default();
        let actor = asked.as_ref().and_then(|filter| filter.actor);
        drop(turn);
        let names = Names::read(&services, (workspace.id, workspace.name.as_str()), entries, actor)?;
        Ok::<_, Problem>((found, names))
    };
    let (found, names) = blocking::run(read).await?;
    let mut form = FilterForm::new(&query, &names);
    if let Err(wrong) = filter {
        form.refused(&wrong);
    }
    let page = AuditPage::of(&signed, &query, form, found.as_ref().map(|found| (found, &names)));
    signed.visit.page(StatusCode::OK, &page)
}

impl AuditPage {
    fn of(
        signed: &Signed,
        query: &AuditQuery,
        filter: FilterForm,
        found: Option<(&Page<AuditEntry, i64>, &Names)>,
    ) -> Self {
        let zone = &signed.workspace.time_zone;
        let rows = found.filter(|(found, _)| !found.items.is_empty());
        let table = rows.map(|(found, names)| table(&found.items, names, zone));
        let goes_on = found.is_some_and(|(found, _)| found.next.is_some());
        Self {
            shell: signed.shell("Audit log", Place::Audit),
            filter,
            empty: table.is_none().then(|| if goes_on { look_further() } else { no_match() }),
            pagination: found.filter(|_| table.is_some() || goes_on).map(|(found, _)| pagination(query, found, zone)),
            table,
            exports: if found.is_some() { exports(query) } else { Vec::new() },
        }
    }
}

fn exports(query: &AuditQuery) -> Vec<Link> {
    let whole = AuditQuery { after: None, ..query.clone() };
    let link =
        |format, text: &str| Link { href: whole.append_to(&format!("{PATH}/export"), format), text: text.to_owned() };
    vec![link("csv", "Export CSV"), link("json", "Export JSON")]
}

fn pagination(query: &AuditQuery, found: &Page<AuditEntry, i64>, zone: &TimeZone) -> Pagination {
    let at = |after| AuditQuery { after, ..query.clone() }.href();
    let shown = found.items.len();
    let noun = if shown == 1 { "entry" } else { "entries" };
    Pagination {
        label: "Pages of the audit log".to_owned(),
        newest: query.after.map(|_| at(None)),
        older: found.next.map(|next| at(Some(next))),
        summary: format!("{shown} {noun} on this page, newest first. Times in {zone}."),
    }
}

fn no_match() -> EmptyState {
    EmptyState {
        title: "No entry matches".to_owned(),
        text: vec!["Every change of keys, endpoints, limits, operators and settings has an entry here.".to_owned()],
        steps: Vec::new(),
        action: Some(Link { href: PATH.to_owned(), text: "Clear filters".to_owned() }),
    }
}

fn look_further() -> EmptyState {
    EmptyState {
        title: "No entry matches so far".to_owned(),
        text: vec!["There are older entries, which were not looked through yet: go on with “Older”.".to_owned()],
        steps: Vec::new(),
        action: None,
    }
}

/// Entries of a workspace as a table, with the names that they need. Blocks.
pub(in crate::admin) fn table_of(
    services: &Services,
    workspace: &Workspace,
    entries: &[AuditEntry],
) -> Result<Table, Problem> {
    let names = Names::read(services, (workspace.id, workspace.name.as_str()), entries, None)?;
    Ok(table(entries, &names, &workspace.time_zone))
}

fn table(entries: &[AuditEntry], names: &Names, zone: &TimeZone) -> Table {
    let columns = ["What", "Who", "Done to", "From", "When"].map(Column::new).into();
    let rows = entries.iter().map(|entry| row(entry, names, zone)).collect();
    Table { caption: "Entries, newest first".to_owned(), columns, rows }
}

fn row(entry: &AuditEntry, names: &Names, zone: &TimeZone) -> Row {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let subject = match names.subject(&entry.subject) {
        Some(name) => Cell::Text(name.to_owned()),
        None => Cell::Code(entry.subject.clone()),
    };
    let cells = vec![
        Cell::Linked {
            href: format!("{PATH}/{}", entry.sequence),
            first: words::action(&entry.action),
            second: summary(&detail),
        },
        Cell::Text(names.actor(entry.actor)),
        subject,
        address(&detail).map_or(Cell::Empty, |address| Cell::Code(address.to_owned())),
        Cell::Moment(moment_to_second(entry.at, zone)),
    ];
    Row { is_dimmed: false, id: format!("entry-{}", entry.sequence), cells }
}

/// What an entry tells, in a few words: changes first.
pub(super) fn summary(detail: &Value) -> String {
    let (lines, _) = lines(detail);
    let (changes, mut facts): (Vec<_>, Vec<_>) = lines.iter().partition(|line| matches!(line, Line::Changed { .. }));
    facts.sort_by_key(|line| !names_it(line));
    let shown = changes.into_iter().chain(facts).take(LINES_SHOWN).map(|line| match line {
        Line::Changed { name, before, after } => {
            let or_nothing = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
            format!("{name}: {} → {}", or_nothing(before), or_nothing(after))
        }
        Line::Told { name, value } => format!("{name}: {value}"),
    });
    let text = shown.collect::<Vec<_>>().join(" · ");
    let cut: String = text.chars().take(SUMMARY_CHARS_MAX).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// Whether a line says what people call the thing.
fn names_it(line: &Line) -> bool {
    matches!(line, Line::Told { name, .. } if ["Label", "Name", "Url"].contains(&name.as_str()))
}

#[cfg(test)]
mod samples {
    use super::super::entry::samples::entry;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for AuditPage {
        const TEMPLATE: &'static str = "admin/audit/list.html";

        fn samples() -> Vec<Self> {
            let names = Names::default();
            let page = |query: &str, table: Option<Table>, empty| {
                let query = AuditQuery::parse(query);
                let mut filter = FilterForm::new(&query, &names);
                filter.refused(&query.filter(&TimeZone::utc()).err().unwrap_or_default());
                let pagination = table.is_some().then(|| Pagination::samples().remove(0));
                Self { shell: shell_sample("Audit log"), filter, table, empty, pagination, exports: exports(&query) }
            };
            let filled = table(&[entry()], &names, &TimeZone::utc());
            vec![
                page("", Some(filled), None),
                page("actor=<b>&from=x&action=<i>", None, Some(no_match())),
                page("actor=system", None, Some(look_further())),
            ]
        }
    }
}
