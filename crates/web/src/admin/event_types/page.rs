//! One type of the catalogue: when it happens, what it looks like, and who wants it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::events::KnownType;
use devhub_domain::webhooks::Endpoint;

use super::list::origin;
use super::wanting::Wanting;
use super::{PATH, below, type_name};
use crate::admin::components::{Action, Badge, Cell, Column, EmptyState, Link, Row, Shell, Table, Tabs};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::reference::EventView;
use crate::admin::signed::Signed;
use crate::admin::webhooks;
use crate::blocking;
use crate::problem_body::Problem;

/// Endpoints that are listed; more are counted.
const ENDPOINTS_SHOWN: usize = 20;

/// The page.
#[derive(Template)]
#[template(path = "admin/event_types/page.html")]
pub(in crate::admin) struct EventTypePage {
    shell: Shell,
    tabs: Tabs,
    back: Link,
    name: String,
    badges: Vec<Badge>,
    /// What can be done with it; empty where nothing can.
    actions: Vec<Action>,
    /// Why nothing can.
    fixed: Option<&'static str>,
    event: EventView,
    /// Who wants it; `None` where nobody does.
    wanted: Option<Table>,
    nobody: Option<EmptyState>,
    /// Endpoints that want it besides.
    more: usize,
}

/// Shows a type.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let name = type_name(&req)?;
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let known = services.event_types.find(workspace_id, &name)?;
        Ok::<_, Problem>((known, Wanting::read(&services.endpoints, workspace_id)?))
    };
    let (known, wanting) = blocking::run(read).await?;
    let name = known.name();
    let may_write = signed.may(Scope::EventTypesWrite);
    let rows: Vec<_> = wanting.of(&name).take(ENDPOINTS_SHOWN).map(row).collect();
    let page = EventTypePage {
        shell: signed.shell(name.as_str(), Place::DeveloperHub),
        tabs: tabs(HubTab::Webhooks),
        back: back(),
        badges: origin(&known),
        actions: if fixed(&known, may_write).is_none() { actions(name.as_str()) } else { Vec::new() },
        fixed: fixed(&known, may_write),
        event: EventView::alone(&known),
        nobody: rows.is_empty().then(|| nobody(name.as_str(), signed.may(Scope::EndpointsWrite))),
        more: wanting.of(&name).count().saturating_sub(rows.len()),
        wanted: (!rows.is_empty()).then(|| table(rows)),
        name: name.to_string(),
    };
    signed.visit.page(StatusCode::OK, &page)
}

fn back() -> Link {
    Link { href: PATH.to_owned(), text: "Event Catalogue".to_owned() }
}

/// Why somebody cannot change it.
fn fixed(known: &KnownType, may_write: bool) -> Option<&'static str> {
    match known {
        KnownType::BuiltIn(_) => {
            Some("It comes with the hub and is the same in every workspace: nobody can change it.")
        }
        KnownType::Own(_) if !may_write => Some("Owners, admins and developers can change it."),
        KnownType::Own(_) => None,
    }
}

fn actions(name: &str) -> Vec<Action> {
    let action = |label: &str, word: &str, is_question| Action {
        label: label.to_owned(),
        href: below(name, word),
        is_danger: is_question,
        is_question,
        accessible_label: format!("{label} {name}"),
    };
    vec![action("Edit", "edit", false), action("Remove", "remove", true)]
}

fn table(rows: Vec<Row>) -> Table {
    let columns = ["Endpoint", "Status"].map(Column::new).into();
    Table { caption: "Endpoints that want it, newest first".to_owned(), columns, rows }
}

fn row(endpoint: &Endpoint) -> Row {
    let first = webhooks::short_address(endpoint.url.as_str());
    let href = webhooks::page_of(endpoint.id);
    let cell = Cell::Linked { href, first, second: endpoint.description.clone() };
    let (badge, note) = (webhooks::status_badge(endpoint.status), webhooks::disabled_note(endpoint.status));
    Row { is_dimmed: false, id: endpoint.id.to_string(), cells: vec![cell, Cell::Noted { badge, note }] }
}

/// The name is letters, digits, full stops, hyphens and underscores: it stands in the address as it is.
fn nobody(name: &str, may_write: bool) -> EmptyState {
    let href = format!("{}/new?event={name}", webhooks::PATH);
    EmptyState {
        title: "Nobody wants it".to_owned(),
        text: vec!["It is accepted and kept, and sent to no endpoint until one subscribes to it.".to_owned()],
        steps: Vec::new(),
        action: may_write.then(|| Link { href, text: "Add Endpoint".to_owned() }),
    }
}

#[cfg(test)]
impl crate::admin::components::Sample for EventTypePage {
    const TEMPLATE: &'static str = "admin/event_types/page.html";

    fn samples() -> Vec<Self> {
        use crate::admin::components::{Tone, shell_sample};
        use crate::admin::reference::event_samples;
        let page = |event, fixed: Option<&'static str>, wanted: Option<Table>, more| Self {
            shell: shell_sample("order.placed"),
            tabs: tabs(HubTab::Webhooks),
            back: back(),
            name: "order.placed".to_owned(),
            badges: vec![Badge { tone: Tone::Info, text: "Own".to_owned() }],
            actions: if fixed.is_none() { actions("order.placed") } else { Vec::new() },
            fixed,
            event,
            nobody: wanted.is_none().then(|| nobody("order.placed", true)),
            wanted,
            more,
        };
        let wanted = Some(Table::samples().remove(0));
        vec![
            page(event_samples::built_in(), Some("It comes with the hub."), wanted, 3),
            page(event_samples::own(), None, None, 0),
        ]
    }
}
