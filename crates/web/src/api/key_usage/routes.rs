//! Which use case answers what is asked about the usage of keys.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use devhub_domain::api_keys::ApiKeyError;
use devhub_domain::id::KeyId;
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::store::StoreError;
use devhub_domain::usage::{
    AnswerKind, CallCounts, Hours, KeyTotal, KeyUsage, RefusalKind, Step, UnknownAttempts, UnknownAttemptsId,
    UsageReport,
};

use super::body::{KeyTotalBody, UnknownAttemptsBody, UsageBody, start_of};
use crate::auth::{AuditRead, Caller, KeysRead};
use crate::paged_body::{Pages, Reading};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Params, Path, get, ok, page_request, period};
use crate::services::Services;
use crate::{blocking, csv};

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
    let read = move |after| -> Reading<KeyTotal, KeyId, ApiKeyError> {
        let (usage, hours) = (usage.clone(), hours.clone());
        let page = PageRequest { size: PageSize::MAX, after };
        Box::pin(blocking::run(move || usage.totals(workspace_id, &hours, page)))
    };
    let write = |page: &Page<_, _>, is_first| table(page, is_first, total_columns, total_cells);
    let pages = Pages { what: "usage", read: Box::new(read), write: Box::new(write) };
    Ok(pages.answer(request.after, (csv::CONTENT, "key-usage.csv")).await?)
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
    let read = move |after| -> Reading<UnknownAttempts, UnknownAttemptsId, StoreError> {
        let (usage, hours) = (usage.clone(), hours.clone());
        let page = PageRequest { size: PageSize::MAX, after };
        Box::pin(blocking::run(move || usage.unknown_attempts(&hours, page)))
    };
    let columns = || ["from", "network", "unknown", "malformed"].map(str::to_owned).to_vec();
    let write = move |page: &Page<_, _>, is_first| table(page, is_first, columns, attempts_cells);
    let pages = Pages { what: "unknown attempts", read: Box::new(read), write: Box::new(write) };
    Ok(pages.answer(request.after, (csv::CONTENT, "unknown-attempts.csv")).await?)
}

/// The lines of a page, the first with the names of the columns before it.
fn table<T, Id>(
    page: &Page<T, Id>,
    is_first: bool,
    columns: impl Fn() -> Vec<String>,
    cells: impl Fn(&T) -> Vec<String>,
) -> Vec<u8> {
    let names = is_first.then(columns);
    let rows: Vec<_> = names.into_iter().chain(page.items.iter().map(cells)).collect();
    csv::lines(rows.iter().map(|row| row.iter().map(String::as_str)))
}

fn total_columns() -> Vec<String> {
    let named = ["key_id", "label", "prefix", "environment"].into_iter();
    named.chain(count_columns()).map(str::to_owned).collect()
}

fn total_cells(total: &KeyTotal) -> Vec<String> {
    let key = &total.key;
    let named = [key.id.to_string(), key.label.to_string(), key.prefix.clone(), key.environment.to_string()];
    named.into_iter().chain(count_cells(&total.counts)).collect()
}

fn attempts_cells(row: &UnknownAttempts) -> Vec<String> {
    let network = row.network.map(|network| network.to_string()).unwrap_or_default();
    vec![start_of(row).to_string(), network, row.unknown.to_string(), row.malformed.to_string()]
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
    let columns = ["from"].into_iter().chain(count_columns()).chain(["last_addresses"]);
    let mut rows = vec![columns.map(str::to_owned).collect::<Vec<_>>()];
    for point in &report.points {
        let addresses = point.addresses.iter().map(|seen| seen.address.to_string()).collect::<Vec<_>>().join(" ");
        rows.push([point.from.to_string()].into_iter().chain(count_cells(&point.counts)).chain([addresses]).collect());
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, csv::CONTENT))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", report.key.id)))
        .body(csv::lines(rows.iter().map(|row| row.iter().map(String::as_str))))
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
