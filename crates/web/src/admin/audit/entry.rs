//! One entry: what it tells, and how it hangs in the chain.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::audit::AuditEntry;
use devhub_domain::workspaces::TimeZone;
use serde_json::Value;

use super::difference::{Line, address, lines};
use super::names::Names;
use super::query::{AuditQuery, PATH};
use super::words;
use crate::admin::components::{Cell, Column, Fact, FactValue, Facts, Link, Row, Shell, Table};
use crate::admin::menu::Place;
use crate::admin::moments::moment_to_second;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;

/// The page.
#[derive(Template)]
#[template(path = "admin/audit/entry.html")]
pub(in crate::admin) struct EntryPage {
    shell: Shell,
    title: String,
    facts: Facts,
    /// What was and what is; `None` where nothing is told to have changed.
    changes: Option<Table>,
    /// What it tells besides.
    told: Option<Facts>,
    /// Whether there is more than is shown.
    is_cut: bool,
    chain: Facts,
    /// The detail as it is stored.
    stored: String,
    links: Vec<Link>,
    back: &'static str,
}

/// Shows an entry.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::AuditRead)?;
    let sequence: i64 =
        path_value(&req, "sequence").filter(|number| *number > 0).ok_or_else(Problem::route_not_found)?;
    let (services, workspace) = (signed.visit.services.clone(), signed.workspace.clone());
    let read = move || {
        let entry = services.audit.find(workspace.id, sequence)?.ok_or_else(Problem::route_not_found)?;
        let has_newer = services.audit.find(workspace.id, sequence.saturating_add(1))?.is_some();
        let place = (workspace.id, workspace.name.as_str());
        let names = Names::read(&services, place, std::slice::from_ref(&entry), None)?;
        Ok::<_, Problem>((entry, names, has_newer))
    };
    let (entry, names, has_newer) = blocking::run(read).await?;
    let shell = signed.shell(words::action(&entry.action), Place::Audit);
    let page = EntryPage::of(shell, &entry, &names, (&signed.workspace.time_zone, has_newer));
    signed.visit.page(StatusCode::OK, &page)
}

impl EntryPage {
    fn of(shell: Shell, entry: &AuditEntry, names: &Names, (zone, has_newer): (&TimeZone, bool)) -> Self {
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let (lines, is_cut) = lines(&detail);
        Self {
            shell,
            title: words::action(&entry.action),
            facts: facts(entry, &detail, names, zone),
            changes: changes(&lines),
            told: told(&lines),
            is_cut,
            chain: chain(entry),
            stored: serde_json::to_string_pretty(&detail).unwrap_or_default(),
            links: links(entry, has_newer),
            back: PATH,
        }
    }
}

fn facts(entry: &AuditEntry, detail: &Value, names: &Names, zone: &TimeZone) -> Facts {
    let link = |href: String, text: String| FactValue::Link { href, text };
    let called = names.subject(&entry.subject);
    let subject = match (names.page_of(&entry.subject), called) {
        (Some(href), Some(name)) => link(href, name.to_owned()),
        (_, Some(name)) => FactValue::Text(name.to_owned()),
        (_, None) => FactValue::Code(entry.subject.clone()),
    };
    let mut items = vec![
        Fact::new("When", FactValue::Moment(moment_to_second(entry.at, zone))),
        Fact::new("Who", link(AuditQuery::of_actor(entry.actor).href(), names.actor(entry.actor))),
        Fact::new("Who (id)", FactValue::Code(entry.actor.to_string())),
        Fact::new("From", address(detail).map_or_else(unknown, |address| FactValue::Code(address.to_owned()))),
        Fact::new("Done to", subject),
    ];
    items.extend(called.is_some().then(|| Fact::new("Done to (id)", FactValue::Code(entry.subject.clone()))));
    items.push(Fact::new("Action", FactValue::Code(entry.action.clone())));
    Facts { items }
}

fn unknown() -> FactValue {
    FactValue::Text("This machine, or not noted".to_owned())
}

fn changes(lines: &[Line]) -> Option<Table> {
    let cell = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let rows: Vec<_> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| match line {
            Line::Changed { name, before, after } => {
                let cells = vec![Cell::Strong(name.clone()), cell(before), cell(after)];
                Some(Row { is_dimmed: false, id: format!("change-{at}"), cells })
            }
            Line::Told { .. } => None,
        })
        .collect();
    let columns = ["What", "Before", "After"].map(Column::new).into();
    (!rows.is_empty()).then(|| Table { caption: "What was changed".to_owned(), columns, rows })
}

fn told(lines: &[Line]) -> Option<Facts> {
    let items: Vec<_> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Told { name, value } => Some(Fact::text(name, value.clone())),
            Line::Changed { .. } => None,
        })
        .collect();
    (!items.is_empty()).then_some(Facts { items })
}

fn chain(entry: &AuditEntry) -> Facts {
    let items = vec![
        Fact::text("Entry", entry.sequence.to_string()),
        Fact::new("Hash", FactValue::Code(format!("{:?}", entry.hash))),
        Fact::new("Hash of the entry before", FactValue::Code(format!("{:?}", entry.previous_hash))),
    ];
    Facts { items }
}

fn links(entry: &AuditEntry, has_newer: bool) -> Vec<Link> {
    let at = |sequence: i64, text: &str| Link { href: format!("{PATH}/{sequence}"), text: text.to_owned() };
    let same = Link { href: AuditQuery::of_subject(&entry.subject).href(), text: "All about the same".to_owned() };
    let newer = has_newer.then(|| at(entry.sequence + 1, "Newer"));
    let older = (entry.sequence > 1).then(|| at(entry.sequence - 1, "Older"));
    newer.into_iter().chain(older).chain([same]).collect()
}

#[cfg(test)]
pub(super) mod samples {
    //! An entry that somebody has filled with texts of theirs.

    use devhub_domain::audit::{Actor, AuditHash};
    use devhub_domain::id::WorkspaceId;
    use devhub_domain::time::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    pub(in crate::admin::audit) fn entry() -> AuditEntry {
        let detail = json!({
            "label": { "before": "<script>alert(1)</script>", "after": null },
            "owner": "\"><img src=x onerror=alert(1)>",
            "from": "203.0.113.7",
        });
        AuditEntry {
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            sequence: 7,
            at: Timestamp::from_seconds(1_795_514_400),
            actor: Actor::CommandLine,
            action: "key.updated".to_owned(),
            subject: "key_<b>".to_owned(),
            detail: detail.to_string(),
            previous_hash: AuditHash([1; 32]),
            hash: AuditHash([2; 32]),
        }
    }

    impl Sample for EntryPage {
        const TEMPLATE: &'static str = "admin/audit/entry.html";

        fn samples() -> Vec<Self> {
            let (names, zone) = (Names::default(), TimeZone::utc());
            let page = |entry: &AuditEntry, has_newer| {
                Self::of(shell_sample("Key updated"), entry, &names, (&zone, has_newer))
            };
            let bare = AuditEntry { sequence: 1, detail: "{}".to_owned(), ..entry() };
            vec![page(&entry(), true), page(&bare, false)]
        }
    }
}
