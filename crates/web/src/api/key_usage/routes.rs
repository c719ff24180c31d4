//! Which use case answers what is asked about the usage of keys.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::KeyId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::usage::{AnswerKind, CallCounts, Hours, KeyUsage, RefusalKind, Step, UsageReport};

use super::body::{KeyTotalBody, UnknownAttemptsBody, UsageBody, start_of};
use crate::auth::{AuditRead, Caller, KeysRead};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Csv, Incoming, Invalid, PageBody, Params, Path, get, ok, page_request, period};
use crate::services::Services;

/// Lines of a table that has no pages: what a person still opens, and a few seconds of the database at most.
const LINES_MAX: usize = 10_000;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/keys/usage", "GET, HEAD").route(get().to(list)),
        Path::new("/api/hub/v1/keys/unknown-attempts", "GET, HEAD").route(get().to(unknown_attempts)),
        Path::new("/api/hub/v1/keys/{id}/usage", "GET, HEAD").route(get().to(find)),
    ]
}

async fn find(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let id: KeyId = incoming.path_id().ok_or_else(|| Problem::no_such("key_not_found", "key"))?;
    let params = incoming.params(&["from", "to", "step", "format"])?;
    let mut invalid = Invalid::default();
    let hours = hours(&services.usage, &params, &mut invalid);
    let is_csv = wants_csv(&incoming, &params, &mut invalid);
    let hours = invalid.require(hours)?;
    let (usage, workspace_id) = (services.usage.clone(), caller.workspace_id);
    let report = blocking::run(move || usage.report(workspace_id, id, &hours)).await?;
    if is_csv { Ok(table_of_key(&report)) } else { Ok(ok(&UsageBody::from(&report))) }
}

async fn list(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["from", "to", "format", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let hours = hours(&services.usage, &params, &mut invalid);
    let is_csv = wants_csv(&incoming, &params, &mut invalid);
    let request = page_request(&params, &mut invalid);
    let hours = invalid.require(hours)?;
    let (usage, workspace_id) = (services.usage.clone(), caller.workspace_id);
    if !is_csv {
        let page = blocking::run(move || usage.totals(workspace_id, &hours, request)).await?;
        return Ok(ok(&PageBody::new(&page, KeyTotalBody::from)));
    }
    let columns = ["key_id", "label", "prefix", "environment"].into_iter().chain(count_columns());
    let mut table = Csv::new(columns);
    let totals = blocking::run(move || all(request, |page| usage.totals(workspace_id, &hours, page))).await?;
    for total in totals {
        let key = &total.key;
        let named = [key.id.to_string(), key.label.to_string(), key.prefix.clone(), key.environment.to_string()];
        table.line(named.into_iter().chain(count_cells(&total.counts)));
    }
    Ok(table.into_response("key-usage.csv"))
}

/// Of the whole installation: whose a token was to be that no key has, nobody knows. So the keys of its own workspace alone see it.
async fn unknown_attempts(
    caller: Caller<AuditRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    if caller.workspace_id != services.pages.workspace_id() {
        return Err(Problem::installation_only());
    }
    let params = incoming.params(&["from", "to", "format", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let hours = hours(&services.usage, &params, &mut invalid);
    let is_csv = wants_csv(&incoming, &params, &mut invalid);
    let request = page_request(&params, &mut invalid);
    let hours = invalid.require(hours)?;
    let usage = services.usage.clone();
    if !is_csv {
        let page = blocking::run(move || usage.unknown_attempts(&hours, request)).await?;
        return Ok(ok(&PageBody::new(&page, UnknownAttemptsBody::from)));
    }
    let mut table = Csv::new(["from", "network", "unknown", "malformed"]);
    for row in blocking::run(move || all(request, |page| usage.unknown_attempts(&hours, page))).await? {
        let network = row.network.map(|network| network.to_string()).unwrap_or_default();
        table.line([start_of(&row).to_string(), network, row.unknown.to_string(), row.malformed.to_string()]);
    }
    Ok(table.into_response("unknown-attempts.csv"))
}

/// Everything from a page on, up to [`LINES_MAX`].
fn all<T, Id, E>(
    first: PageRequest<Id>,
    mut read: impl FnMut(PageRequest<Id>) -> Result<Page<T, Id>, E>,
) -> Result<Vec<T>, E> {
    let mut lines = Vec::new();
    let mut after = first.after;
    while lines.len() < LINES_MAX {
        let page = read(PageRequest { size: PageSize::MAX, after })?;
        lines.extend(page.items);
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    Ok(lines)
}

fn hours(usage: &KeyUsage, params: &Params<'_>, invalid: &mut Invalid) -> Option<Hours> {
    let step = params.find("step").map(|word| Step::parse(word).ok_or("must be hour or day"));
    let step = step.map_or(Some(Step::default()), |step| invalid.check("step", step));
    let period = period(params, invalid, "from", "to");
    invalid.check("from", usage.hours(period, step?))
}

/// What the parameter says, else what the header says.
fn wants_csv(incoming: &Incoming, params: &Params<'_>, invalid: &mut Invalid) -> bool {
    match params.find("format") {
        None => incoming.prefers_csv(),
        Some("csv") => true,
        Some("json") => false,
        Some(_) => {
            invalid.refuse("format", "must be json or csv".to_owned());
            false
        }
    }
}

fn table_of_key(report: &UsageReport) -> HttpResponse {
    let mut table = Csv::new(["from"].into_iter().chain(count_columns()).chain(["last_addresses"]));
    for point in &report.points {
        let addresses = point.addresses.iter().map(|seen| seen.address.to_string()).collect::<Vec<_>>().join(" ");
        table.line([point.from.to_string()].into_iter().chain(count_cells(&point.counts)).chain([addresses]));
    }
    table.into_response(&format!("{}.csv", report.key.id))
}

fn count_columns() -> impl Iterator<Item = &'static str> {
    let answers = AnswerKind::ALL.into_iter().map(AnswerKind::as_str);
    ["calls"].into_iter().chain(answers).chain(["refused"]).chain(RefusalKind::ALL.into_iter().map(RefusalKind::as_str))
}

fn count_cells(counts: &CallCounts) -> impl Iterator<Item = String> {
    let answers = AnswerKind::ALL.map(|kind| counts.answered(kind));
    let refusals = RefusalKind::ALL.map(|kind| counts.refused_for(kind));
    let all = [counts.calls()].into_iter().chain(answers).chain([counts.refused()]).chain(refusals);
    all.map(|count| count.to_string())
}
