//! The page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;

use super::checklist::{Step, checklist};
use super::figures::{Figure, figures};
use super::read::Read;
use super::strangers::Strangers;
use super::{attention, plots};
use crate::admin::components::{Link, Plot, Shell, Table, Tabs};
use crate::admin::menu::Place;
use crate::admin::next::HOME;
use crate::admin::signed::Signed;
use crate::admin::span::Span;
use crate::admin::{audit, routes};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Path, get};

/// The address of the page.
const PATH: &str = HOME;

/// The page.
#[derive(Template)]
#[template(path = "admin/overview/page.html")]
pub(in crate::admin) struct OverviewPage {
    shell: Shell,
    workspace: String,
    spans: Tabs,
    steps: Vec<Step>,
    figures: Vec<Figure>,
    plots: Vec<Plot>,
    endpoints: Option<Table>,
    keys: Option<Table>,
    key_lists: Vec<Link>,
    /// `None` for another workspace than that of the hub itself.
    strangers: Option<Strangers>,
    latest: Option<Table>,
    zone: String,
}

/// Its routes.
pub(in crate::admin) fn paths() -> Vec<Path> {
    vec![routes::page(PATH, "GET, HEAD").route(get().to(show))]
}

/// Shows how the hub has done.
async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::AuditRead)?;
    let span = Span::read(req.query_string());
    let (services, workspace) = (signed.visit.services.clone(), signed.workspace.clone());
    let read = move || {
        let read = Read::of(&services, workspace.id, span)?;
        let latest = audit::table_of(&services, &workspace, &read.latest)?;
        Ok::<_, Problem>((read, latest))
    };
    let (read, latest) = blocking::run(read).await?;
    let page = OverviewPage::of(&signed, span, &read, latest);
    signed.visit.page(StatusCode::OK, &page)
}

impl OverviewPage {
    fn of(signed: &Signed, span: Span, read: &Read, latest: Table) -> Self {
        let zone = &signed.workspace.time_zone;
        let plots = [
            // In two columns, what callers did stands on the left, and what receivers did on the right.
            plots::calls(&read.usage, span, zone),
            plots::attempts(&read.deliveries, span, zone),
            plots::call_latency(&read.usage, span, zone),
            plots::attempt_latency(&read.deliveries, span, zone),
            plots::refusals(&read.usage, span, zone),
        ];
        Self {
            shell: signed.shell("Overview", Place::Overview),
            workspace: signed.workspace.name.to_string(),
            spans: spans(span),
            steps: if signed.may(Scope::KeysWrite) { checklist(read) } else { Vec::new() },
            figures: figures(read, span),
            plots: plots.into(),
            endpoints: attention::endpoints(read),
            keys: attention::keys(read, zone),
            key_lists: attention::key_lists(read),
            strangers: read.unknown.as_ref().map(|totals| Strangers::of(totals, span)),
            latest: (!read.latest.is_empty()).then_some(latest),
            zone: zone.to_string(),
        }
    }
}

fn spans(current: Span) -> Tabs {
    current.tabs(|span| format!("{PATH}?period={}", span.word()))
}

#[cfg(test)]
mod samples {
    use devhub_domain::usage::UnknownTotals;

    use super::super::strangers::samples::many;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for OverviewPage {
        const TEMPLATE: &'static str = "admin/overview/page.html";

        fn samples() -> Vec<Self> {
            let step = |is_done| Step {
                is_done,
                title: "Create an API key",
                text: "It is shown once.",
                href: PATH.to_owned(),
            };
            let figure = || Figure {
                label: "API calls",
                value: "12 345".to_owned(),
                note: "in <the> last 24 hours".to_owned(),
                href: PATH.to_owned(),
            };
            let page = |steps, table: fn() -> Option<Table>, strangers| Self {
                shell: shell_sample("Overview"),
                workspace: "Default <b>".to_owned(),
                spans: spans(Span::Week),
                steps,
                figures: vec![figure(), figure()],
                plots: Plot::samples(),
                endpoints: table(),
                keys: table(),
                key_lists: vec![Link { href: PATH.to_owned(), text: "All keys that expire soon".to_owned() }],
                strangers,
                latest: table(),
                zone: "Asia/Dhaka".to_owned(),
            };
            let nobody = Strangers::of(&UnknownTotals::default(), Span::Day);
            vec![
                page(vec![step(true), step(false)], || None, Some(nobody)),
                page(Vec::new(), || Table::samples().into_iter().next(), Some(many())),
                page(Vec::new(), || None, None),
            ]
        }
    }
}
