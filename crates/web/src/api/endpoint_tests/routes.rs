//! Which use case answers a test send.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::events::{EventType, KnownType, OwnTypeError, Payload};
use devhub_domain::id::WorkspaceId;

use super::body::TestEndpoint;
use crate::api::deliveries::{AttemptBody, Sight};
use crate::api::endpoints::endpoint_id;
use crate::auth::{Caller, EndpointsWrite};
use crate::problem_body::Problem;
use crate::request::{Incoming, Path, ok, parse, post};
use crate::services::{Services, WebLimits};
use crate::{blocking, test_sends, writes};

/// Room for everything of a body that is not the payload.
const AROUND_PAYLOAD_BYTES_MAX: usize = 4 * 1024;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/endpoints/{id}/test", "POST").route(post().to(test))]
}

/// Not carried out once under an `Idempotency-Key`: whoever tests again wants to know how it is now.
async fn test(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&incoming)?;
    let payload_bytes_max = services.limits.payload_bytes_max;
    let body_bytes_max = payload_bytes_max.saturating_add(AROUND_PAYLOAD_BYTES_MAX);
    let demand = incoming.optional_demand(WebLimits { body_bytes_max, ..services.limits }).await?;
    let asked = parse::<TestEndpoint<'_>>(&demand.body)?;
    let own_sample = own_sample(&services, caller.workspace_id, asked.own_type()).await?;
    let new = asked.check(payload_bytes_max, own_sample)?;
    let tests = &services.endpoint_tests;
    let ready = writes::run(tests.get_ready(caller.asker(), caller.workspace_id, id, new)?).await?;
    let shown = test_sends::run(tests, ready).await?;
    Ok(ok(&AttemptBody::alone(&shown, Sight::WHOLE)))
}

/// The sample of an event type that the workspace has added, if it has.
async fn own_sample(
    services: &Services,
    workspace_id: WorkspaceId,
    name: Option<EventType>,
) -> Result<Option<Payload>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let event_types = services.event_types.clone();
    match blocking::run(move || event_types.find(workspace_id, &name)).await {
        Ok(KnownType::Own(own)) => Ok(Some(own.sample)),
        Ok(KnownType::BuiltIn(_)) | Err(OwnTypeError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
