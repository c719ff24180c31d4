//! One job: how far it is, what it passed over, and stopping it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::JobId;
use devhub_domain::resends::{ResendJob, ResendJobError, ResendState, Standing, WaitingFor};
use devhub_domain::webhooks::EndpointError;
use devhub_domain::workspaces::TimeZone;

use super::query::PATH;
use super::words;
use crate::admin::components::{Alert, Badge, Fact, FactValue, Facts, Shell, Tabs, Tone};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::moments::moment_to_second;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::{blocking, writes};

/// The page.
#[derive(Template)]
#[template(path = "admin/resends/job.html")]
pub(in crate::admin) struct JobPage {
    shell: Shell,
    tabs: Tabs,
    alert: Option<Alert>,
    badge: Badge,
    /// Whether the page is to be looked at again by itself.
    is_running: bool,
    progress: Progress,
    /// What it goes through.
    filter: Facts,
    changes: Vec<Change>,
    token: String,
    path: String,
}

/// How far it is.
struct Progress {
    /// In a sentence.
    text: String,
    /// The same for who only hears the page: another text with each tenth, and not with each delivery.
    said: String,
    done: u64,
    /// Of how many; as far as they were counted.
    of: u64,
    /// Why it does not go on at this moment, or why it ended; empty when there is nothing to say.
    note: String,
    skips: Vec<(&'static str, u64)>,
    facts: Facts,
}

/// What can be done to a job.
struct Change {
    word: &'static str,
    label: &'static str,
    is_danger: bool,
}

const PAUSE: Change = Change { word: "pause", label: "Pause", is_danger: false };
const RESUME: Change = Change { word: "resume", label: "Resume", is_danger: false };
const CANCEL: Change = Change { word: "cancel", label: "Cancel", is_danger: true };

/// The words of all that can be done.
pub(super) fn changes() -> [&'static str; 3] {
    [PAUSE, RESUME, CANCEL].map(|change| change.word)
}

/// Shows a job.
pub(super) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let page = read(&signed, job_id(&req)?).await?;
    signed.visit.page(StatusCode::OK, &page)
}

/// Stops it, has it go on, or ends it.
pub(super) async fn change(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let (id, signed) = (job_id(&req)?, form.signed);
    let (resends, asker, workspace_id) = (&signed.visit.services.resends, signed.asker(), signed.workspace_id());
    let done = match req.match_info().get("change").unwrap_or_default() {
        "pause" => writes::run(resends.pause(asker, workspace_id, id)).await,
        "resume" => writes::run(resends.resume(asker, workspace_id, id)).await,
        "cancel" => writes::run(resends.cancel(asker, workspace_id, id)).await,
        _ => return Err(Problem::route_not_found()),
    };
    match done {
        Ok(_) => Ok(signed.visit.see_other(&format!("{PATH}/{id}"))),
        Err(error @ ResendJobError::Over { .. }) => {
            let mut page = read(&signed, id).await?;
            page.shell.title = format!("Error: {}", page.shell.title);
            let text = sentence(&error.to_string());
            page.alert = Some(Alert { tone: Tone::Bad, title: "Nothing was changed".to_owned(), text });
            signed.visit.page(StatusCode::CONFLICT, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn job_id(req: &HttpRequest) -> Result<JobId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("resend_job_not_found", "resend job"))
}

async fn read(signed: &Signed, id: JobId) -> Result<JobPage, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let read = move || {
        let standing = services.resends.find(workspace_id, id)?;
        let endpoint = match standing.job.filter.endpoint_id.map(|id| services.endpoints.find(workspace_id, id)) {
            None | Some(Err(EndpointError::NotFound(_))) => None,
            Some(found) => Some(found?.endpoint.url.as_str().to_owned()),
        };
        Ok::<_, Problem>((standing, endpoint))
    };
    let (standing, endpoint) = blocking::run(read).await?;
    // The state first: whoever hears the page is told of the end, when the page loads itself anew.
    let title = format!("{}: deliveries sent again", words::badge(standing.job.state).text);
    let shell = signed.shell(title, Place::DeveloperHub);
    let may = signed.may(Scope::DeliveriesWrite);
    let page = JobPage::of(shell, &standing, endpoint.as_deref(), &signed.workspace.time_zone);
    let changes = if may { page.changes } else { Vec::new() };
    Ok(JobPage { token: signed.form_token(), changes, ..page })
}

impl JobPage {
    fn of(shell: Shell, standing: &Standing, endpoint: Option<&str>, zone: &TimeZone) -> Self {
        let job = &standing.job;
        let filter = words::clauses(&job.filter, endpoint, zone);
        Self {
            shell,
            tabs: tabs(HubTab::Deliveries),
            alert: None,
            badge: words::badge(job.state),
            is_running: job.state == ResendState::Running,
            progress: Progress::of(standing, zone),
            filter: Facts { items: filter.into_iter().map(|(name, text)| Fact::text(name, text)).collect() },
            changes: match job.state {
                ResendState::Running => vec![PAUSE, CANCEL],
                ResendState::Paused => vec![RESUME, CANCEL],
                ResendState::Cancelled | ResendState::Done | ResendState::Failed => Vec::new(),
            },
            token: String::new(),
            path: format!("{PATH}/{}", job.id),
        }
    }
}

impl Progress {
    fn of(Standing { job, waiting_for }: &Standing, zone: &TimeZone) -> Self {
        let matched = job.progress.matched();
        let at = |name: &str, at| Fact::new(name, FactValue::Moment(moment_to_second(at, zone)));
        let mut items = vec![
            Fact::text("Sent again", job.progress.resent.to_string()),
            Fact::text("Passed over", job.progress.skipped.total().to_string()),
            at("Begun", job.created_at),
        ];
        items.extend(job.finished_at.map(|finished| at("Ended", finished)));
        let of = job.estimate.max(1);
        let done = if job.state == ResendState::Done { of } else { matched.min(job.estimate) };
        Self {
            text: format!("{matched} of {} looked at.", words::estimate(job.estimate.max(matched))),
            said: format!("{} % of {} looked at.", tenths(done, of) * 10, words::estimate(job.estimate)),
            done,
            of,
            note: note(job, *waiting_for),
            skips: words::skips(&job.progress.skipped),
            facts: Facts { items },
        }
    }
}

/// How many tenths are done, rounded down.
fn tenths(done: u64, of: u64) -> u64 {
    done.saturating_mul(10) / of.max(1)
}

fn note(job: &ResendJob, waiting_for: Option<WaitingFor>) -> String {
    match (job.state, waiting_for) {
        (ResendState::Running, Some(WaitingFor::Room)) => {
            "It waits until what it has sent again has left: receivers are slow, or take no more at a time.".to_owned()
        }
        (ResendState::Running, None) => String::new(),
        (ResendState::Paused, _) => "It is paused, and goes on where it was.".to_owned(),
        (ResendState::Cancelled, _) => "It was cancelled. What it has sent again stays sent.".to_owned(),
        (ResendState::Done, _) => "It is done. What came of each stands in the log of deliveries.".to_owned(),
        (ResendState::Failed, _) => {
            let reason = job.failure.as_deref().unwrap_or("unknown");
            format!("The database refused a step ({reason}). Look at the hub's log, then begin another.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_tenth_is_said_and_not_each_delivery() {
        let steps: Vec<_> = [0, 1, 40, 42, 81, 411, 412].map(|done| tenths(done, 412)).into();
        assert_eq!(steps, [0, 0, 0, 1, 1, 9, 10]);
        assert_eq!((tenths(0, 0), tenths(u64::MAX, 1)), (0, u64::MAX));
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::resends::{Progress as Done, Skipped};
    use devhub_domain::testing::resend_job;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for JobPage {
        const TEMPLATE: &'static str = "admin/resends/job.html";

        fn samples() -> Vec<Self> {
            let skipped = Skipped { held: 2, endpoint_failing: 1, ..Skipped::default() };
            let running = ResendJob { progress: Done { resent: 40, skipped }, estimate: 412, ..resend_job(1) };
            let page = |job: ResendJob, waiting_for| {
                let standing = Standing { job, waiting_for };
                let endpoint = Some("https://shop.example/<b>");
                Self::of(shell_sample("Deliveries sent again"), &standing, endpoint, &TimeZone::utc())
            };
            let now = running.created_at;
            let failed = running.clone().failed("store_<b>", now);
            let alert =
                Alert { tone: Tone::Bad, title: "Nothing was changed".to_owned(), text: "It is over.".to_owned() };
            vec![
                page(running.clone(), Some(WaitingFor::Room)),
                page(ResendJob { state: ResendState::Paused, ..running }, None),
                Self { alert: Some(alert), ..page(failed, None) },
            ]
        }
    }
}
