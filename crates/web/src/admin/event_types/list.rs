//! The catalogue: every type by its group, and whether anybody wants it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::events::{EventType, KnownType};
use devhub_domain::page::{Page, PageRequest, PageSize};

use super::wanting::Wanting;
use super::{NEW, PATH, page_of};
use crate::admin::components::{Badge, Cell, Column, Link, Pagination, Row, Shell, Table, Tabs, Tone};
use crate::admin::fields::Fields;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::Signed;
use crate::admin::webhooks;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/event_types/list.html")]
pub(in crate::admin) struct CatalogPage {
    shell: Shell,
    tabs: Tabs,
    back: Link,
    /// Where a type is added; `None` for whoever only looks.
    add: Option<Link>,
    groups: Vec<Group>,
    pagination: Option<Pagination>,
}

/// Types whose names begin with the same word.
struct Group {
    /// The word: `payment`.
    word: String,
    table: Table,
}

/// Shows the catalogue.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let after: Option<EventType> = Fields::parse(req.query_string().as_bytes()).text("after").parse().ok();
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let request = PageRequest { size: PageSize::MAX, after: after.clone() };
    let read = move || {
        let page = services.event_types.list(workspace_id, request)?;
        Ok::<_, Problem>((page, Wanting::read(&services.endpoints, workspace_id)?))
    };
    let (found, wanting) = blocking::run(read).await?;
    let rows = found.items.iter().map(|known| (known.name(), row(known, &wanting)));
    let page = CatalogPage {
        shell: signed.shell("Event catalogue", Place::DeveloperHub),
        tabs: tabs(HubTab::Webhooks),
        back: back(),
        add: signed.may(Scope::EventTypesWrite).then(add),
        groups: grouped(rows),
        pagination: pagination(after.as_ref(), &found),
    };
    signed.visit.page(StatusCode::OK, &page)
}

/// Where endpoints are.
pub(super) fn back() -> Link {
    Link { href: webhooks::PATH.to_owned(), text: "Webhook Endpoints".to_owned() }
}

fn add() -> Link {
    Link { href: NEW.to_owned(), text: "Add Event Type".to_owned() }
}

/// Rows by the first word of their names, in the order in which these words come first.
fn grouped(rows: impl Iterator<Item = (EventType, Row)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (name, row) in rows {
        let word = webhooks::group_of(name.as_str());
        if let Some(group) = groups.iter_mut().find(|group| group.word == word) {
            group.table.rows.push(row);
            continue;
        }
        let columns = ["Event", "Origin", "Wanted by"].map(Column::new).into();
        let table = Table { caption: format!("Events of {word}"), columns, rows: vec![row] };
        groups.push(Group { word: word.to_owned(), table });
    }
    groups
}

fn row(known: &KnownType, wanting: &Wanting) -> Row {
    let name = known.name();
    let (about, is_dimmed) = match known {
        KnownType::BuiltIn(entry) => (entry.description, false),
        KnownType::Own(own) => (own.description.as_str(), own.is_archived),
    };
    drawn(name.as_str(), about, (origin(known), is_dimmed), wanting.of(&name).count())
}

fn drawn(name: &str, about: &str, (origin, is_dimmed): (Vec<Badge>, bool), wanted: usize) -> Row {
    let wanted = match wanted {
        0 => Cell::Badges(vec![Badge { tone: Tone::Warn, text: "Nobody".to_owned() }]),
        1 => Cell::Text("1 endpoint".to_owned()),
        count => Cell::Text(format!("{count} endpoints")),
    };
    let cell = Cell::Linked { href: page_of(name), first: name.to_owned(), second: about.to_owned() };
    Row { is_dimmed, id: name.to_owned(), cells: vec![cell, Cell::Badges(origin), wanted] }
}

/// Where a type comes from, and whether it is over.
pub(super) fn origin(known: &KnownType) -> Vec<Badge> {
    let badge = |tone, text: &str| Badge { tone, text: text.to_owned() };
    match known {
        KnownType::BuiltIn(_) => vec![badge(Tone::Neutral, "Built in")],
        KnownType::Own(own) if own.is_archived => vec![badge(Tone::Info, "Own"), badge(Tone::Neutral, "Archived")],
        KnownType::Own(_) => vec![badge(Tone::Info, "Own")],
    }
}

fn pagination(after: Option<&EventType>, found: &Page<KnownType, EventType>) -> Option<Pagination> {
    (after.is_some() || found.next.is_some()).then(|| Pagination {
        label: "Pages of event types".to_owned(),
        newest: after.map(|_| PATH.to_owned()),
        older: found.next.as_ref().map(|next| format!("{PATH}?after={next}")),
        summary: format!(
            "{} event types on this page: those that come with the hub, then your own.",
            found.items.len()
        ),
    })
}

#[cfg(test)]
impl crate::admin::components::Sample for CatalogPage {
    const TEMPLATE: &'static str = "admin/event_types/list.html";

    fn samples() -> Vec<Self> {
        const ROWS: [(&str, usize); 3] = [("payment.completed", 2), ("order.placed", 0), ("payment.failed", 1)];
        let badges = |text: &str| (vec![Badge { tone: Tone::Info, text: text.to_owned() }], false);
        let rows = move || {
            ROWS.map(|(name, wanted)| {
                (name.parse().unwrap(), drawn(name, "Says <b>what</b> happened.", badges("Own"), wanted))
            })
        };
        let page = |may_write: bool| Self {
            shell: crate::admin::components::shell_sample("Event catalogue"),
            tabs: tabs(HubTab::Webhooks),
            back: back(),
            add: may_write.then(add),
            groups: grouped(rows().into_iter()),
            pagination: Some(Pagination::samples().remove(0)),
        };
        vec![page(true), page(false)]
    }
}
