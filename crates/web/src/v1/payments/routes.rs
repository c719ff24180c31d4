//! Which use case answers what is asked of payments.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_sandbox::{Payment, PaymentId};

use super::body::{CreatedBody, PaymentBody};
use super::input::CreatePayment;
use crate::admin::own_address;
use crate::blocking;
use crate::once::Showing;
use crate::request::{Incoming, Path, get, post};
use crate::services::Services;
use crate::v1::input::{demand, fields, last_segment};
use crate::v1::routes::path;
use crate::v1::sandbox::sandbox;
use crate::v1::{Answer, Code, Failure, Merchant, Reads, Writes, once};

pub(in crate::v1) fn paths() -> Vec<Path> {
    vec![
        path("/api/v1/payments", "POST").route(post().to(create)),
        path("/api/v1/payment-intents", "POST").route(post().to(create)),
        path("/api/v1/payments/{id}", "GET, HEAD").route(get().to(find)),
        path("/api/v1/payment-intents/{id}", "GET, HEAD").route(get().to(find)),
    ]
}

async fn create(
    merchant: Merchant<Writes>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let payments = &sandbox(&services)?.payments;
    let address = own_address(incoming.request(), &services);
    let demand = demand(incoming, services.limits).await?;
    let new = fields::<CreatePayment<'_>>(&demand.body)?.check()?;
    let prepared = payments.create(merchant.workspace_id, new);
    let created = move |payment: &Payment, _: Showing| Answer::created(&CreatedBody::new(payment, &address));
    once::run_in(&services, merchant.workspace_id, demand, prepared, created).await
}

async fn find(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let payments = sandbox(&services)?.payments.clone();
    let Ok(id) = last_segment(&incoming).parse::<PaymentId>() else {
        let message = "payment_id must be a UUID, such as a810b445-564a-4e20-80a5-f1261d7b328a";
        return Err(Failure::at(Code::InvalidPaymentId, "payment_id", message));
    };
    let view = blocking::run(move || payments.find(merchant.workspace_id, id)).await?;
    let address = own_address(incoming.request(), &services);
    Ok(Answer::ok(&PaymentBody::new(&view, &address)).into_response())
}
