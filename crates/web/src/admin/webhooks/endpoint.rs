//! The page of one endpoint: what it is, and how it does.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::EndpointId;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState, Endpoint, EndpointReport, EndpointSecret};
use devhub_domain::workspaces::{TimeZone, local_to_second};

use super::health::{Health, health};
use super::paths::{below, endpoint_id};
use super::secrets;
use super::settings::settings;
use super::snippets::Snippets;
use super::status::Change;
use super::words;
use crate::admin::components::{Action, Badge, Facts, Link, Shell, Table, Tabs};
use crate::admin::deliveries::{LogQuery, RECENT, deliveries_table, find_deliveries};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::resends::ResendQuery;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/webhooks/endpoint.html")]
pub(in crate::admin) struct EndpointPage {
    shell: Shell,
    tabs: Tabs,
    url: String,
    description: String,
    badges: Vec<Badge>,
    /// `None` for whoever only looks.
    actions: Option<Actions>,
    health: Health,
    /// Where what failed is sent again; `None` for whoever only looks.
    recover: Option<Link>,
    settings: Facts,
    secrets: Table,
    /// How whoever receives tells the hub from others.
    snippets: Snippets,
    /// The newest of its deliveries; `None` when there is none.
    deliveries: Option<Table>,
    /// All of them.
    log: Link,
}

/// What can be done with the endpoint.
struct Actions {
    links: Vec<Link>,
    changes: Vec<Action>,
    rotate: Link,
}

/// Shows an endpoint.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&req)?;
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let target = services.endpoints.find(workspace_id, id)?;
        let report = services.deliveries.report(workspace_id, id)?;
        let report = report.ok_or_else(|| Problem::no_such("endpoint_not_found", "endpoint"))?;
        let secrets = services.endpoints.list_secrets(workspace_id, id)?;
        let filter = DeliveryFilter { endpoint_id: Some(id), ..DeliveryFilter::default() };
        let newest = PageRequest { size: PageSize::new(RECENT).unwrap_or_default(), after: None };
        let deliveries = find_deliveries(&services, workspace_id, &filter, newest)?;
        Ok::<_, Problem>((target, report, secrets, deliveries))
    };
    let (target, report, secrets, deliveries) = blocking::run(read).await?;
    let mut page = EndpointPage::of(&signed, &target.endpoint, &report, &secrets);
    page.deliveries = deliveries_table(&deliveries, &signed.workspace.time_zone);
    signed.visit.page(StatusCode::OK, &page)
}

impl EndpointPage {
    fn of(signed: &Signed, endpoint: &Endpoint, report: &EndpointReport, secrets: &[EndpointSecret]) -> Self {
        let (services, zone) = (&signed.visit.services, &signed.workspace.time_zone);
        let may_write = signed.may(Scope::EndpointsWrite);
        let health_badge = words::health_badge(report.status, report.health.as_ref());
        Self {
            shell: signed.shell(endpoint.url.as_str(), Place::DeveloperHub),
            tabs: tabs(HubTab::Webhooks),
            url: endpoint.url.as_str().to_owned(),
            description: endpoint.description.clone(),
            badges: [words::status_badge(report.status)].into_iter().chain(health_badge).collect(),
            actions: may_write.then(|| Actions::of(endpoint, report)),
            recover: signed
                .may(Scope::DeliveriesWrite)
                .then(|| recover(endpoint.id, report, (services.clock.now(), zone))),
            health: health(report, services.deliveries.circuit(), services.pages.kept_for, zone),
            settings: settings(endpoint, zone),
            secrets: secrets::table(endpoint, secrets, zone, may_write),
            snippets: Snippets::of(&endpoint.url),
            deliveries: None,
            log: log(endpoint.id),
        }
    }
}

/// Where what has failed since the endpoint fails, or in the last day, is sent again.
fn recover(id: EndpointId, report: &EndpointReport, (now, zone): (Timestamp, &TimeZone)) -> Link {
    let since = report.health.as_ref().map_or_else(|| now.minus(RECOVER_BACK), |health| health.failing_since);
    let failed = ResendQuery {
        endpoint: id.to_string(),
        status: DeliveryState::Exhausted.as_str().to_owned(),
        from: local_to_second(since, zone),
        ..ResendQuery::default()
    };
    Link { href: failed.href(), text: "Recover Failed".to_owned() }
}

/// How far back failed deliveries are offered where nothing says since when an endpoint has failed.
const RECOVER_BACK: Duration = Duration::from_hours(24);

fn log(id: EndpointId) -> Link {
    Link { href: LogQuery::of_endpoint(id).href(), text: "All deliveries".to_owned() }
}

impl Actions {
    fn of(endpoint: &Endpoint, report: &EndpointReport) -> Self {
        let link = |word: &str, text: &str| Link { href: below(endpoint.id, word), text: text.to_owned() };
        let changes = Change::offered(report.status, report.health.is_some());
        Self {
            links: vec![link("test", "Send Test"), link("edit", "Edit")],
            changes: changes.map(|change| change.action(endpoint)).collect(),
            rotate: link("secrets/rotate", "Rotate Secret"),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, Tone, shell_sample};
    use crate::admin::webhooks::health::samples::{failing, well};

    impl Sample for EndpointPage {
        const TEMPLATE: &'static str = "admin/webhooks/endpoint.html";

        fn samples() -> Vec<Self> {
            let page = |actions, health| Self {
                shell: shell_sample("https://shop.example/hook"),
                tabs: tabs(HubTab::Webhooks),
                url: "https://shop.example/hook?<b>".to_owned(),
                description: "The <i>shop</i>".to_owned(),
                badges: vec![Badge { tone: Tone::Good, text: "Active".to_owned() }],
                actions,
                health,
                recover: Some(Link { href: ResendQuery::default().href(), text: "Recover Failed".to_owned() }),
                settings: Facts::samples().remove(0),
                secrets: Table::samples().remove(0),
                snippets: Snippets::none(),
                deliveries: None,
                log: log(EndpointId::from_bytes([1; 16])),
            };
            let action = |label: &str, is_danger| Action {
                label: label.to_owned(),
                href: format!("/admin/developer/webhooks/whe_1/{}", label.to_lowercase()),
                is_danger,
                is_question: true,
                accessible_label: format!("{label} https://shop.example/hook?<b>"),
            };
            let link =
                |text: &str| Link { href: "/admin/developer/webhooks/whe_1/edit".to_owned(), text: text.to_owned() };
            let actions = Actions {
                links: vec![link("Edit")],
                changes: vec![action("Pause", false), action("Delete", true)],
                rotate: link("Rotate Secret"),
            };
            vec![page(Some(actions), failing()), page(None, well())]
        }
    }
}
