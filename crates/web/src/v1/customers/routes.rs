//! Which use case answers what is asked of customers.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_sandbox::Customer;

use super::body::{CreateCustomer, CreatedBody, CustomerBody, ListedBody};
use crate::blocking;
use crate::once::Showing;
use crate::request::{Incoming, Path, get, post};
use crate::services::Services;
use crate::v1::input::{Query, demand, fields, last_segment};
use crate::v1::routes::path;
use crate::v1::sandbox::{meta, page, sandbox};
use crate::v1::{Answer, Complaints, Failure, Merchant, Reads, Writes, once};

pub(in crate::v1) fn paths() -> Vec<Path> {
    vec![
        path("/api/v1/customers", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        path("/api/v1/customers/{id}", "GET, HEAD").route(get().to(find)),
    ]
}

async fn create(
    merchant: Merchant<Writes>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let customers = &sandbox(&services)?.customers;
    let demand = demand(incoming, services.limits).await?;
    let new = fields::<CreateCustomer<'_>>(&demand.body)?.check()?;
    let prepared = customers.create(merchant.workspace_id, new);
    let created = |customer: &Customer, _: Showing| Answer::created(&CreatedBody::from(customer));
    once::run_in(&services, merchant.workspace_id, demand, prepared, created).await
}

async fn list(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let customers = sandbox(&services)?.customers.clone();
    let mut complaints = Complaints::default();
    let page = page(&Query::of(&incoming), &mut complaints);
    complaints.finish()?;
    let listed = blocking::run(move || customers.list(merchant.workspace_id, page)).await?;
    let items: Vec<_> = listed.items.iter().map(ListedBody::from).collect();
    Ok(Answer::page(&items, meta(&listed)).into_response())
}

async fn find(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let customers = sandbox(&services)?.customers.clone();
    let identifier = last_segment(&incoming);
    let customer = blocking::run(move || customers.find(merchant.workspace_id, &identifier)).await?;
    Ok(Answer::ok(&CustomerBody::from(&customer)).into_response())
}
