//! The log of deliveries.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;

use super::filter_form::{EndpointField, FilterForm};
use super::query::{LogQuery, PATH};
use super::rows::{Found, find, table};
use super::tail;
use crate::admin::components::{EmptyState, Link, Pagination, Shell, Table, Tabs};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::resends::ResendQuery;
use crate::admin::signed::Signed;
use crate::admin::webhooks;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/deliveries/list.html")]
pub(in crate::admin) struct LogPage {
    shell: Shell,
    tabs: Tabs,
    filter: FilterForm,
    table: Option<Table>,
    empty: Option<EmptyState>,
    pagination: Option<Pagination>,
    /// Where all that is listed is sent again; `None` for whoever only looks, and where nothing is chosen.
    resend: Option<Link>,
    /// Where what is new is told; `None` where nothing new would stand: further back in the log, and in a period with an end.
    tail: Option<String>,
}

/// Shows the log.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let query = LogQuery::parse(req.query_string());
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let (asked, zone) = (query.clone(), signed.workspace.time_zone.clone());
    let read = move || {
        let known = services.endpoints.list_names(workspace_id)?;
        let found = asked.filter(&known, &zone).map(|filter| find(&services, workspace_id, &filter, asked.page()));
        Ok::<_, Problem>((known, found))
    };
    let (known, found) = blocking::run(read).await?;
    let mut form = FilterForm::new(&query, &known, &signed.workspace.time_zone);
    let found = match found {
        Ok(found) => Some(found?),
        Err(wrong) => {
            form.refused(&wrong);
            None
        }
    };
    let page = LogPage::of(&signed, &query, form, found.as_ref());
    signed.visit.page(StatusCode::OK, &page)
}

impl LogPage {
    fn of(signed: &Signed, query: &LogQuery, filter: FilterForm, found: Option<&Found>) -> Self {
        let table = found.and_then(|found| table(found, &signed.workspace.time_zone));
        let is_all = !query.is_filtered() && query.after.is_none();
        Self {
            shell: signed.shell("Deliveries", Place::DeveloperHub),
            tabs: tabs(HubTab::Deliveries),
            filter,
            resend: resend(signed, query),
            tail: found
                .filter(|_| query.after.is_none() && query.created_before.is_empty())
                .map(|found| tail::of_workspace(&query.tail(found.newest()), signed.workspace_id())),
            empty: table.is_none().then(|| if is_all { no_deliveries() } else { no_match() }),
            pagination: found.filter(|_| table.is_some()).map(|found| pagination(signed, query, found)),
            table,
        }
    }
}

fn resend(signed: &Signed, query: &LogQuery) -> Option<Link> {
    let LogQuery { endpoint, event_type, status, event, created_from: from, created_before: before, after: _ } =
        query.clone();
    let all = ResendQuery { endpoint, event_type, status, event, from, before };
    let text = if query.is_filtered() { "Send All of These Again" } else { "Send Many Again" };
    signed.may(Scope::DeliveriesWrite).then(|| Link { href: all.href(), text: text.to_owned() })
}

fn pagination(signed: &Signed, query: &LogQuery, found: &Found) -> Pagination {
    let at = |after| LogQuery { after, ..query.clone() }.href();
    let shown = found.page.items.len();
    let noun = if shown == 1 { "delivery" } else { "deliveries" };
    Pagination {
        label: "Pages of deliveries".to_owned(),
        newest: query.after.map(|_| at(None)),
        older: found.page.next.map(|next| at(Some(next))),
        summary: format!("{shown} {noun} on this page, newest first. Times in {}.", signed.workspace.time_zone),
    }
}

fn no_deliveries() -> EmptyState {
    let text = "Each event is delivered to every endpoint that wants it. What was sent and answered stands here, attempt by attempt.";
    EmptyState {
        title: "No deliveries yet".to_owned(),
        text: vec![text.to_owned()],
        steps: Vec::new(),
        action: Some(Link { href: webhooks::PATH.to_owned(), text: "Webhook endpoints".to_owned() }),
    }
}

fn no_match() -> EmptyState {
    EmptyState {
        title: "No delivery matches".to_owned(),
        text: vec!["An event that an endpoint does not want has no delivery to it.".to_owned()],
        steps: Vec::new(),
        action: Some(Link { href: PATH.to_owned(), text: "Clear filters".to_owned() }),
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::id::EndpointId;
    use devhub_domain::webhooks::{EndpointName, EndpointUrl};
    use devhub_domain::workspaces::TimeZone;

    use super::super::choices::OFFERED_MAX;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    /// More endpoints than are offered to be chosen from.
    fn many() -> Vec<EndpointName> {
        let url = EndpointUrl::from_stored("https://shop.example/").unwrap();
        vec![EndpointName { id: EndpointId::from_bytes([1; 16]), url }; OFFERED_MAX + 1]
    }

    impl Sample for LogPage {
        const TEMPLATE: &'static str = "admin/deliveries/list.html";

        fn samples() -> Vec<Self> {
            let page = |query: &str, table: Option<Table>, empty| {
                let known = if query.is_empty() { many() } else { Vec::new() };
                let query = LogQuery::parse(query);
                let mut filter = FilterForm::new(&query, &known, &TimeZone::utc());
                filter.refused(&query.filter(&[], &TimeZone::utc()).err().unwrap_or_default());
                let pagination = table.is_some().then(|| Pagination::samples().remove(0));
                let (shell, tabs) = (shell_sample("Deliveries"), tabs(HubTab::Deliveries));
                let tail = table.is_some().then(|| query.tail(None));
                let resend = Some(Link { href: ResendQuery::default().href(), text: "Send Many Again".to_owned() });
                Self { shell, tabs, filter, table, empty, pagination, resend, tail }
            };
            vec![
                page("", None, Some(no_deliveries())),
                page(
                    "type=<b>&event=1&endpoint=<i>&created_from=<i>&created_before=2026-11-29",
                    None,
                    Some(no_match()),
                ),
                page("status=waiting", Table::samples().into_iter().last(), None),
            ]
        }
    }
}
