//! Which use case answers what is asked about event types.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::events::{EventType, KnownType, OwnType, OwnTypeError, SAMPLE_BYTES_MAX, SCHEMA_BYTES_MAX};
use devhub_domain::id::WorkspaceId;

use super::body::{CreateEventType, EventTypeBody, UpdateEventType};
use crate::auth::{Caller, EventTypesWrite, EventsRead};
use crate::once::Showing;
use crate::problem_body::Problem;
use crate::request::{IfMatch, Incoming, PageBody, Path, Reply, delete, get, no_content, ok, parse, patch, post};
use crate::services::Services;
use crate::{blocking, once, writes};

/// Largest body: schema and sample, and room for description, names and white space.
const BODY_BYTES_MAX: usize = SCHEMA_BYTES_MAX + SAMPLE_BYTES_MAX + 8 * 1024;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/event-types", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        Path::new("/api/hub/v1/event-types/{name}", "GET, HEAD, PATCH, DELETE")
            .route(get().to(find))
            .route(patch().to(update))
            .route(delete().to(remove)),
    ]
}

async fn list(
    caller: Caller<EventsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let request = incoming.page()?;
    let event_types = services.event_types.clone();
    let page = blocking::run(move || event_types.list(caller.workspace_id, request)).await?;
    let bodies: Result<Vec<_>, _> = page.items.iter().map(EventTypeBody::try_from).collect();
    Ok(ok(&PageBody::of(bodies?, page.next)))
}

async fn create(
    caller: Caller<EventTypesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(BODY_BYTES_MAX, services.limits).await?;
    let new = parse::<CreateEventType<'_>>(&demand.body)?.check()?;
    let (event_types, asker, workspace_id) = (services.event_types.clone(), caller.asker(), caller.workspace_id);
    // Compiling a schema takes longer than a worker may be kept from others.
    let prepared = blocking::run(move || event_types.create(asker, workspace_id, new)).await?;
    Ok(once::run(&services, caller.key_id, demand, prepared, created).await?.answer)
}

fn created(own: &OwnType, _showing: Showing) -> Reply {
    Reply::created(&EventTypeBody::try_from(own).expect("the use case accepts JSON only"))
}

async fn find(
    caller: Caller<EventsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let name = type_name(&incoming)?;
    let event_types = services.event_types.clone();
    match blocking::run(move || event_types.find(caller.workspace_id, &name)).await? {
        KnownType::BuiltIn(entry) => Ok(ok(&EventTypeBody::from(entry))),
        KnownType::Own(own) => with_revision(&own),
    }
}

async fn update(
    caller: Caller<EventTypesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let name = type_name(&incoming)?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(BODY_BYTES_MAX, services.limits).await?;
    let expected = expected(if_match, &services, caller.workspace_id, name.clone()).await?;
    let changes = parse::<UpdateEventType<'_>>(&body)?.check(expected)?;
    let prepared = services.event_types.update(caller.asker(), caller.workspace_id, name, changes)?;
    with_revision(&writes::run(prepared).await?)
}

async fn remove(
    caller: Caller<EventTypesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let name = type_name(&incoming)?;
    let if_match = incoming.if_match()?.unwrap_or(IfMatch::Anything);
    let expected = expected(if_match, &services, caller.workspace_id, name.clone()).await?;
    writes::run(services.event_types.delete(caller.asker(), caller.workspace_id, name, expected)?).await?;
    Ok(no_content())
}

async fn expected(
    if_match: IfMatch,
    services: &Services,
    workspace_id: WorkspaceId,
    name: EventType,
) -> Result<Option<i64>, OwnTypeError> {
    let event_types = services.event_types.clone();
    let current = move || match event_types.find(workspace_id, &name)? {
        KnownType::Own(own) => Ok(own.revision),
        KnownType::BuiltIn(_) => Err(OwnTypeError::BuiltIn(name)),
    };
    if_match.expected(current).await
}

fn with_revision(own: &OwnType) -> Result<HttpResponse, Problem> {
    Ok(Reply::ok(&EventTypeBody::try_from(own)?).into_response_of_revision(own.revision))
}

/// The name in the path; one that cannot be one belongs to nothing.
fn type_name(incoming: &Incoming) -> Result<EventType, Problem> {
    incoming.path_name().and_then(|name| name.parse().ok()).ok_or_else(Problem::no_event_type)
}
