//! Which use case answers what became of an event.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::{EndpointId, EventId};

use super::body::OutcomeBody;
use crate::auth::{Caller, DeliveriesRead};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, get, ok, page_request};
use crate::services::Services;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/events/{id}/outcomes", "GET, HEAD").route(get().to(list))]
}

async fn list(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["endpoint_id", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let endpoint_id = params.find("endpoint_id").map(|text| text.parse::<EndpointId>());
    let endpoint_id = endpoint_id.and_then(|id| invalid.check("endpoint_id", id));
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let id: EventId = incoming.path_id().ok_or_else(|| Problem::no_such("event_not_found", "event"))?;
    let (log, workspace_id) = (services.log.clone(), caller.workspace_id);
    let page = blocking::run(move || match endpoint_id {
        Some(endpoint_id) => log.reach(workspace_id, id, endpoint_id),
        None => log.reaches(workspace_id, id, request),
    });
    Ok(ok(&PageBody::new(&page.await?, OutcomeBody::from)))
}
