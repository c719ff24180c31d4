//! Which use case answers what is asked of refunds.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_sandbox::{Refund, RefundQuery, RefundStatus};

use super::body::{CreateRefund, RefundBody};
use crate::blocking;
use crate::once::Showing;
use crate::request::{Incoming, Path, get, post};
use crate::services::Services;
use crate::v1::days::days;
use crate::v1::input::{Query, demand, fields, last_segment};
use crate::v1::routes::path;
use crate::v1::sandbox::{meta, page, sandbox};
use crate::v1::{Answer, Complaints, Failure, Merchant, Reads, Writes, once};

pub(in crate::v1) fn paths() -> Vec<Path> {
    vec![
        path("/api/v1/refunds", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        path("/api/v1/refunds/{id}", "GET, HEAD").route(get().to(find)),
    ]
}

async fn create(
    merchant: Merchant<Writes>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let refunds = &sandbox(&services)?.refunds;
    let demand = demand(incoming, services.limits).await?;
    let new = fields::<CreateRefund<'_>>(&demand.body)?.check()?;
    let prepared = refunds.create(merchant.workspace_id, new);
    let created = |refund: &Refund, _: Showing| Answer::created(&RefundBody::from(refund));
    once::run_in(&services, merchant.workspace_id, demand, prepared, created).await
}

async fn list(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let refunds = sandbox(&services)?.refunds.clone();
    let (query, mut complaints) = (Query::of(&incoming), Complaints::default());
    let (from, before) = days(&query, &mut complaints);
    let known = RefundStatus::ALL.iter().map(|status| (status.as_str(), *status));
    let status = query.word("status", known, &mut complaints);
    let page = page(&query, &mut complaints);
    complaints.finish()?;
    let transaction = query.find("trx_id").or(query.find("transaction_id")).map(str::to_owned);
    let wanted = RefundQuery { status, transaction, from, before };
    let listed = blocking::run(move || refunds.list(merchant.workspace_id, &wanted, page)).await?;
    let items: Vec<_> = listed.items.iter().map(RefundBody::from).collect();
    Ok(Answer::page(&items, meta(&listed)).into_response())
}

async fn find(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let refunds = sandbox(&services)?.refunds.clone();
    let id = last_segment(&incoming);
    let refund = blocking::run(move || refunds.find_newest(merchant.workspace_id, &id)).await?;
    Ok(Answer::ok(&RefundBody::from(&refund)).into_response())
}
