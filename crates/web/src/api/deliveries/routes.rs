//! Which use case answers what is asked about deliveries.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::DeliveryId;
use devhub_domain::webhooks::{Delivery, DeliveryFilter};

use super::attempt_body::{AttemptBody, Sight};
use super::body::DeliveryBody;
use super::filter::FilterTexts;
use crate::auth::{Caller, DeliveriesRead, DeliveriesWrite};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Params, Path, Reply, get, ok, page_request, post};
use crate::services::Services;
use crate::{blocking, once};

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/deliveries", "GET, HEAD").route(get().to(list)),
        Path::new("/api/hub/v1/deliveries/{id}", "GET, HEAD").route(get().to(find)),
        Path::new("/api/hub/v1/deliveries/{id}/attempts", "GET, HEAD").route(get().to(attempts)),
        Path::new("/api/hub/v1/deliveries/{id}/attempts/{number}", "GET, HEAD").route(get().to(attempt)),
        Path::new("/api/hub/v1/deliveries/{id}/resend", "POST").route(post().to(resend)),
    ]
}

async fn list(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let known = ["event_id", "event_type", "endpoint_id", "state", "created_from", "created_before", "limit", "cursor"];
    let params = incoming.params(&known)?;
    let mut invalid = Invalid::default();
    let filter = filter(&params, &mut invalid);
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let deliveries = services.deliveries.clone();
    let page = blocking::run(move || deliveries.list(caller.workspace_id, &filter, request)).await?;
    Ok(ok(&PageBody::new(&page, DeliveryBody::from)))
}

fn filter(params: &Params<'_>, invalid: &mut Invalid) -> DeliveryFilter {
    let texts = FilterTexts {
        event_id: params.find("event_id"),
        event_type: params.find("event_type"),
        endpoint_id: params.find("endpoint_id"),
        state: params.find("state"),
        created_from: params.find("created_from"),
        created_before: params.find("created_before"),
    };
    texts.check("", invalid)
}

async fn find(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = delivery_id(&incoming)?;
    let deliveries = services.deliveries.clone();
    let (delivery, _) = blocking::run(move || deliveries.find(caller.workspace_id, id)).await?;
    Ok(ok(&DeliveryBody::from(&delivery)))
}

async fn attempts(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let request = incoming.page::<u32>()?;
    let id = delivery_id(&incoming)?;
    let log = services.log.clone();
    let page = blocking::run(move || log.attempts(caller.workspace_id, id, request)).await?;
    let sight = Sight::of(caller.scopes);
    Ok(ok(&PageBody::new(&page, |shown| AttemptBody::listed(shown, sight))))
}

async fn attempt(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = delivery_id(&incoming)?;
    let number = incoming.path_number();
    let number = number.ok_or_else(|| Problem::no_such_part("attempt_not_found", "attempt", "delivery"))?;
    let log = services.log.clone();
    let shown = blocking::run(move || log.attempt(caller.workspace_id, id, number)).await?;
    Ok(ok(&AttemptBody::alone(&shown, Sight::of(caller.scopes))))
}

async fn resend(
    caller: Caller<DeliveriesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = delivery_id(&incoming)?;
    let demand = incoming.bare_demand(services.limits).await?;
    let prepared = services.deliveries.resend(caller.asker(), caller.workspace_id, id);
    let accepted = |delivery: &Delivery, _| Reply::accepted(&DeliveryBody::from(delivery));
    Ok(once::run(&services, caller.key_id, demand, prepared, accepted).await?.answer)
}

fn delivery_id(incoming: &Incoming) -> Result<DeliveryId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("delivery_not_found", "delivery"))
}
