//! Buckets of which something is spent, and how one is filled.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::rate::{Owner, PolicyRef, ShownBucket, Subject};
use url::form_urlencoded;

use super::overrides::Context;
use super::page::Query;
use super::paths::PATH;
use crate::admin::components::{Action, Cell, Column, Confirm, Pagination, Row, Table};
use crate::admin::confirm::ConfirmPage;
use crate::admin::fields::Fields;
use crate::admin::grouped::grouped;
use crate::admin::key_names::KeyNames;
use crate::admin::menu::Place;
use crate::admin::moments::moment_to_second;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Buckets, the one that is full again last in front.
pub(super) fn table(buckets: &[ShownBucket], context: Context<'_>) -> Table {
    let mut columns: Vec<_> = ["Whose", "Limit by", "Spent", "Left", "Full again"].map(Column::new).into();
    if context.may_write {
        columns.push(Column::actions());
    }
    let rows = buckets.iter().enumerate().map(|(at, bucket)| row(at, bucket, context)).collect();
    Table { caption: "Buckets in use, the one that is full again last in front".to_owned(), columns, rows }
}

fn row(at: usize, bucket: &ShownBucket, context: Context<'_>) -> Row {
    let name = owner(&bucket.owner, context.names);
    let policy = context.policy(bucket.policy_ref);
    let mut cells = vec![
        Cell::Strong(name.clone()),
        Cell::Text(policy.clone()),
        Cell::Text(format!(
            "{} of {}",
            grouped(bucket.used.into()),
            grouped(bucket.policy.quota().burst().get().into())
        )),
        Cell::Text(grouped(bucket.remaining.into())),
        Cell::Moment(moment_to_second(bucket.full_at, context.zone)),
    ];
    if context.may_write {
        cells.push(Cell::Actions(vec![Action {
            label: "Reset".to_owned(),
            href: reset_path(bucket.policy_ref, &bucket.owner.to_string()),
            is_question: true,
            is_danger: false,
            accessible_label: format!("Reset {name}, {policy}"),
        }]));
    }
    Row { is_dimmed: false, id: format!("bucket-{at}"), cells }
}

fn owner(owner: &Owner, names: &KeyNames) -> String {
    match owner {
        Owner::Key(id) => names.of(*id),
        Owner::Workspace(_) => "The whole workspace".to_owned(),
        Owner::Network(network) if network.prefix_len() == network.max_prefix_len() => network.addr().to_string(),
        Owner::Network(network) => network.to_string(),
    }
}

fn reset_path(policy: PolicyRef, subject: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("policy", &policy.to_string()).append_pair("subject", subject);
    format!("{PATH}/buckets/reset?{}", query.finish())
}

/// The way through them.
pub(super) fn pagination(query: Query, shown: usize, next: Option<usize>) -> Pagination {
    let noun = if shown == 1 { "bucket" } else { "buckets" };
    Pagination {
        label: "Pages of buckets".to_owned(),
        newest: (query.buckets_skip > 0).then(|| format!("{}#buckets-title", query.path())),
        older: next.map(|next| format!("{}&buckets={next}#buckets-title", query.path())),
        summary: format!("{shown} {noun} on this page, as they were when it was drawn."),
    }
}

/// Asks whether a bucket shall be filled.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    signed.asker().require(Scope::LimitsWrite).map_err(Problem::from)?;
    let (policy, subject) = wanted(&req)?;
    let name = name_of(&signed, subject).await?;
    let confirm = Confirm {
        title: format!("Reset the bucket of {name}?"),
        lines: vec![
            "What it has spent is forgotten: it may ask as after a long pause, from the next request on.".to_owned(),
        ],
        action: reset_path(policy, &subject_text(subject)),
        token: signed.form_token(),
        button: "Reset bucket".to_owned(),
        is_danger: false,
        cancel: PATH.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Fills it.
pub(in crate::admin) async fn reset(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let signed = form.signed;
    let (policy, subject) = wanted(&req)?;
    let buckets = &signed.visit.services.rate_buckets;
    writes::run(buckets.reset(signed.asker(), signed.workspace_id(), policy, subject)?).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::BucketReset))
}

/// Which bucket an address names. What names none is no page.
fn wanted(req: &HttpRequest) -> Result<(PolicyRef, Subject), Problem> {
    let fields = Fields::parse(req.query_string().as_bytes());
    let read = fields.text("policy").parse().ok().zip(fields.text("subject").parse().ok());
    read.ok_or_else(Problem::route_not_found)
}

async fn name_of(signed: &Signed, subject: Subject) -> Result<String, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    match subject {
        Subject::Key(id) => Ok(blocking::run(move || services.keys.find(workspace_id, id)).await?.label.to_string()),
        Subject::Workspace(_) => Ok("the whole workspace".to_owned()),
        Subject::Address(address) => Ok(address.to_string()),
    }
}

fn subject_text(subject: Subject) -> String {
    match subject {
        Subject::Key(id) => id.to_string(),
        Subject::Workspace(id) => id.to_string(),
        Subject::Address(address) => address.to_string(),
    }
}
