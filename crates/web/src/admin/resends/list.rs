//! The jobs that have sent deliveries again, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::JobId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::resends::Standing;
use devhub_domain::workspaces::TimeZone;

use super::query::{NEW, PATH};
use super::words;
use crate::admin::components::{Cell, Column, EmptyState, Link, Pagination, Row, Shell, Table, Tabs};
use crate::admin::fields::Fields;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// Jobs on one page.
const PAGE_SIZE: u64 = 20;

/// The page.
#[derive(Template)]
#[template(path = "admin/resends/list.html")]
pub(in crate::admin) struct JobsPage {
    shell: Shell,
    tabs: Tabs,
    /// Where another is begun; `None` for whoever only looks.
    add: Option<Link>,
    table: Option<Table>,
    empty: Option<EmptyState>,
    pagination: Option<Pagination>,
}

/// Shows the jobs.
pub(super) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let after: Option<JobId> = Fields::parse(req.query_string().as_bytes()).text("after").parse().ok();
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let request = PageRequest { size: PageSize::new(PAGE_SIZE).unwrap_or_default(), after };
    let found = blocking::run(move || services.resends.list(workspace_id, request)).await?;
    let shell = signed.shell("Resends", Place::DeveloperHub);
    let may_write = signed.may(Scope::DeliveriesWrite);
    let page = JobsPage::of(shell, (after, &found), may_write, &signed.workspace.time_zone);
    signed.visit.page(StatusCode::OK, &page)
}

impl JobsPage {
    fn of(
        shell: Shell,
        (after, found): (Option<JobId>, &Page<Standing, JobId>),
        may_write: bool,
        zone: &TimeZone,
    ) -> Self {
        let rows: Vec<_> = found.items.iter().map(|standing| row(standing, zone)).collect();
        let is_empty = rows.is_empty();
        let columns = ["Begun", "State", "Sent again", "Passed over", "Which"].map(Column::new).into();
        let pagination = || Pagination {
            label: "Pages of resends".to_owned(),
            newest: after.map(|_| PATH.to_owned()),
            older: found.next.map(|next| format!("{PATH}?after={next}")),
            summary: format!("{} on this page, newest first. Times in {zone}.", found.items.len()),
        };
        Self {
            shell,
            tabs: tabs(HubTab::Deliveries),
            add: may_write.then(add),
            table: (!is_empty).then(|| Table { caption: "Resends, newest first".to_owned(), columns, rows }),
            empty: is_empty.then(|| none_yet(may_write)),
            pagination: (!is_empty).then(pagination),
        }
    }
}

fn add() -> Link {
    Link { href: NEW.to_owned(), text: "Send Deliveries Again".to_owned() }
}

fn row(standing: &Standing, zone: &TimeZone) -> Row {
    let job = &standing.job;
    let begun = moment(job.created_at, zone);
    let which = words::clauses(&job.filter, None, zone);
    let which: Vec<_> = which.into_iter().map(|(name, text)| format!("{name}: {text}")).collect();
    Row {
        is_dimmed: false,
        id: job.id.to_string(),
        cells: vec![
            Cell::Linked { href: format!("{PATH}/{}", job.id), first: begun.shown, second: String::new() },
            Cell::Badges(vec![words::badge(job.state)]),
            Cell::Text(job.progress.resent.to_string()),
            Cell::Text(job.progress.skipped.total().to_string()),
            Cell::Text(which.join(", ")),
        ],
    }
}

fn none_yet(may_write: bool) -> EmptyState {
    let text = "When a receiver was away for longer than the hub retries, what it missed can be sent again at one go: choose which \
        deliveries, see how many those are, and watch how they are sent.";
    EmptyState {
        title: "Nothing was sent again in bulk yet".to_owned(),
        text: vec![text.to_owned()],
        steps: Vec::new(),
        action: may_write.then(add),
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::testing::resend_job;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for JobsPage {
        const TEMPLATE: &'static str = "admin/resends/list.html";

        fn samples() -> Vec<Self> {
            let page = |items: Vec<Standing>, may_write| {
                let found = Page { items, next: None };
                Self::of(shell_sample("Resends"), (None, &found), may_write, &TimeZone::utc())
            };
            let standing = Standing { job: resend_job(1), waiting_for: None };
            vec![page(vec![standing], true), page(Vec::new(), true), page(Vec::new(), false)]
        }
    }
}
