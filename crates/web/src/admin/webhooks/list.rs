//! The list of endpoints, with how each does.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::events::EventPattern;
use devhub_domain::id::EndpointId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::webhooks::{Endpoint, EndpointReport, HourAnswered};
use devhub_domain::workspaces::{TimeZone, local};

use super::paths::{PATH, below, page_of};
use super::status::Change;
use super::words;
use crate::admin::components::{
    Action, Badge, Cell, Column, EmptyState, Link, Pagination, Row, Shell, Spark, SparkBars, Table, Tabs, Tone,
};
use crate::admin::event_types;
use crate::admin::fields::Fields;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// Endpoints on one page: how each does is told by some reads of an index, all in one transaction.
const PAGE_SIZE: u64 = 20;

/// Event types that are named in a row; more are counted.
const TYPES_SHOWN: usize = 3;

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/list.html")]
pub(in crate::admin) struct ListPage {
    shell: Shell,
    tabs: Tabs,
    /// Where an endpoint is added; `None` for whoever only looks.
    add: Option<Link>,
    /// What endpoints can be told of.
    catalog: Link,
    table: Option<Table>,
    empty: Option<EmptyState>,
    pagination: Option<Pagination>,
}

/// An endpoint, and how it does.
type Listed = (Endpoint, EndpointReport);

/// Shows the endpoints.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let after = Fields::parse(req.query_string().as_bytes()).text("after").parse().ok();
    let found = read(&signed, after).await?;
    let page = ListPage::of(&signed, after, &found);
    signed.visit.page(StatusCode::OK, &page)
}

async fn read(signed: &Signed, after: Option<EndpointId>) -> Result<Page<Listed, EndpointId>, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let request = PageRequest { size: PageSize::new(PAGE_SIZE).unwrap_or_default(), after };
    Ok(blocking::run(move || services.deliveries.list_reports(workspace_id, request)).await?)
}

impl ListPage {
    fn of(signed: &Signed, after: Option<EndpointId>, found: &Page<Listed, EndpointId>) -> Self {
        let may_write = signed.may(Scope::EndpointsWrite);
        let is_empty = found.items.is_empty();
        Self {
            shell: signed.shell("Webhooks", Place::DeveloperHub),
            tabs: tabs(HubTab::Webhooks),
            add: may_write.then(add),
            catalog: catalog(),
            table: (!is_empty).then(|| table(&found.items, may_write, &signed.workspace.time_zone)),
            empty: is_empty.then(|| no_endpoints(may_write)),
            pagination: (!is_empty).then(|| pagination(after, found)),
        }
    }
}

fn add() -> Link {
    Link { href: format!("{PATH}/new"), text: "Add Endpoint".to_owned() }
}

fn catalog() -> Link {
    Link { href: event_types::PATH.to_owned(), text: "Event Catalogue".to_owned() }
}

fn pagination(after: Option<EndpointId>, found: &Page<Listed, EndpointId>) -> Pagination {
    let shown = found.items.len();
    let noun = if shown == 1 { "endpoint" } else { "endpoints" };
    Pagination {
        label: "Pages of endpoints".to_owned(),
        newest: after.map(|_| PATH.to_owned()),
        older: found.next.map(|next| format!("{PATH}?after={next}")),
        summary: format!("{shown} {noun} on this page, newest first. Success counts the last 24 hours."),
    }
}

fn table(listed: &[Listed], may_write: bool, zone: &TimeZone) -> Table {
    let mut columns: Vec<_> =
        ["Endpoint", "Events", "Status", "Health", "Last 24 hours", "Success", "Waiting"].map(Column::new).into();
    if may_write {
        columns.push(Column::actions());
    }
    let rows = listed.iter().map(|listed| row(listed, may_write, zone)).collect();
    Table { caption: "Webhook endpoints, newest first".to_owned(), columns, rows }
}

/// How an endpoint answered hour by hour.
fn sparks(hours: &[HourAnswered], zone: &TimeZone) -> SparkBars {
    let sum = |count: fn(&HourAnswered) -> u64| hours.iter().map(count).sum::<u64>();
    let (good, bad) = (sum(|hour| hour.answered.successes), sum(|hour| hour.answered.failures));
    let label = format!("{} attempts in 24 hours, {bad} of them failed", good.saturating_add(bad));
    let spark = |hour: &HourAnswered| {
        let (from, good, bad) = (local(hour.from, zone), hour.answered.successes, hour.answered.failures);
        Spark { good, bad, title: format!("{from}: {good} succeeded, {bad} failed") }
    };
    SparkBars::new(label, hours.iter().map(spark).collect())
}

fn row((endpoint, report): &Listed, may_write: bool, zone: &TimeZone) -> Row {
    let (status, health) = (endpoint.status, report.health.as_ref());
    let health_cell = words::health_badge(status, health)
        .map_or(Cell::Empty, |badge| Cell::Noted { badge, note: words::health_note(health) });
    let mut cells = vec![
        Cell::Linked {
            href: page_of(endpoint.id),
            first: words::short_address(endpoint.url.as_str()),
            second: endpoint.description.clone(),
        },
        Cell::Badges(event_badges(endpoint)),
        Cell::Noted { badge: words::status_badge(status), note: words::disabled_note(status) },
        health_cell,
        Cell::Sparks(sparks(&report.hours, zone)),
        Cell::Text(words::success(&report.day)),
        Cell::Text(words::backlog(report.backlog.deliveries)),
    ];
    if may_write {
        cells.push(Cell::Actions(actions(endpoint, health.is_some())));
    }
    Row { is_dimmed: false, id: endpoint.id.to_string(), cells }
}

fn event_badges(endpoint: &Endpoint) -> Vec<Badge> {
    words::origin_badge(endpoint.origin).map_or_else(|| type_badges(&endpoint.event_types), |badge| vec![badge])
}

fn type_badges(patterns: &[EventPattern]) -> Vec<Badge> {
    let badge = |text: &str| Badge { tone: Tone::Neutral, text: text.to_owned() };
    let more = patterns.len().saturating_sub(TYPES_SHOWN);
    let named = patterns.iter().take(TYPES_SHOWN).map(|pattern| badge(pattern.as_str()));
    named.chain((more > 0).then(|| badge(&format!("+ {more} more")))).collect()
}

fn actions(endpoint: &Endpoint, is_failing: bool) -> Vec<Action> {
    let name = endpoint.url.as_str();
    let edit = Action {
        label: "Edit".to_owned(),
        href: below(endpoint.id, "edit"),
        is_danger: false,
        is_question: false,
        accessible_label: format!("Edit {name}"),
    };
    let changes = Change::offered(endpoint.status, is_failing).map(|change| change.action(endpoint));
    [edit].into_iter().chain(changes).collect()
}

/// What teaches somebody who has no endpoint yet.
fn no_endpoints(may_write: bool) -> EmptyState {
    let lines = "A webhook tells your shop or program what has happened, the moment that it happens: the hub signs the event and \
        sends it to an address of yours, again and again until it is taken.";
    let steps = [
        "Add the address that is to receive events, and choose which.",
        "Give its signing secret to whatever answers there, so that it can tell the hub from others.",
        "Send a test: you see the whole request and what was answered.",
    ];
    let who = "Owners, admins and developers can add one.";
    EmptyState {
        title: "No webhook endpoints yet".to_owned(),
        text: [lines].into_iter().chain((!may_write).then_some(who)).map(str::to_owned).collect(),
        steps: if may_write { steps.map(str::to_owned).to_vec() } else { Vec::new() },
        action: may_write.then(add),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for ListPage {
        const TEMPLATE: &'static str = "admin/webhooks/list.html";

        fn samples() -> Vec<Self> {
            let page = |may_write: bool, table, empty, pagination| Self {
                shell: shell_sample("Webhooks"),
                tabs: tabs(HubTab::Webhooks),
                add: may_write.then(add),
                catalog: catalog(),
                table,
                empty,
                pagination,
            };
            let filled = Table::samples().into_iter().last();
            vec![
                page(true, None, Some(no_endpoints(true)), None),
                page(false, None, Some(no_endpoints(false)), None),
                page(true, filled, None, Pagination::samples().into_iter().next()),
            ]
        }
    }
}
