//! Which use case answers what is asked about events.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::events::{EventFilter, Published};
use devhub_domain::id::EventId;

use super::body::{EventBody, EventHeadBody, PublishEvent, PublishEvents, PublishedBatchBody, PublishedBody};
use crate::auth::{Caller, EventsRead, EventsWrite};
use crate::blocking;
use crate::once::{self, Carried, Showing};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Params, Path, Reply, get, ok, page_request, parse, period, post};
use crate::services::Services;

/// Room for everything of a body that is not the payload: type and id have at most 192 bytes, names and white space the rest.
const AROUND_PAYLOAD_BYTES_MAX: usize = 4 * 1024;
/// The same for a batch: 100 events with names, types and ids of some 300 bytes each, and as much white space.
const AROUND_BATCH_BYTES_MAX: usize = 64 * 1024;
/// Payloads of the largest size that a batch may hold: many events are small, and all stand in memory at once.
const BATCH_PAYLOADS: usize = 4;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/events", "GET, HEAD, POST").route(post().to(publish)).route(get().to(list)),
        Path::new("/api/hub/v1/events/batch", "POST").route(post().to(publish_all)),
        Path::new("/api/hub/v1/events/{id}", "GET, HEAD").route(get().to(find)),
    ]
}

async fn publish(
    caller: Caller<EventsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let payload_bytes_max = services.limits.payload_bytes_max;
    let bytes_max = payload_bytes_max.saturating_add(AROUND_PAYLOAD_BYTES_MAX);
    let demand = incoming.demand(bytes_max, services.limits).await?;
    let new = parse::<PublishEvent<'_>>(&demand.body)?.check(payload_bytes_max)?;
    let prepared = services.events.publish(caller.workspace_id, new);
    let Carried { answer, output } = once::run(&services, caller.key_id, demand, prepared, published).await?;
    services.metrics.events_published(output.as_slice());
    Ok(answer)
}

fn published(published: &Published, _showing: Showing) -> Reply {
    let body = PublishedBody::from(published);
    if published.is_duplicate { Reply::ok(&body) } else { Reply::created(&body) }
}

async fn publish_all(
    caller: Caller<EventsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let payload_bytes_max = services.limits.payload_bytes_max;
    let bytes_max = payload_bytes_max.saturating_mul(BATCH_PAYLOADS).saturating_add(AROUND_BATCH_BYTES_MAX);
    let demand = incoming.demand(bytes_max, services.limits).await?;
    let new = parse::<PublishEvents<'_>>(&demand.body)?.check(payload_bytes_max)?;
    let prepared = services.events.publish_all(caller.workspace_id, new);
    let Carried { answer, output } = once::run(&services, caller.key_id, demand, prepared, all_published).await?;
    services.metrics.events_published(&output.unwrap_or_default());
    Ok(answer)
}

#[expect(clippy::ptr_arg, reason = "a function that renders an output takes it as it is")]
fn all_published(published: &Vec<Published>, _showing: Showing) -> Reply {
    Reply::ok(&PublishedBatchBody { items: published.iter().map(PublishedBody::from).collect() })
}

async fn list(
    caller: Caller<EventsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params =
        incoming.params(&["event_type", "external_id", "accepted_from", "accepted_before", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let filter = filter(&params, &mut invalid);
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let events = services.events.clone();
    let page = blocking::run(move || events.list(caller.workspace_id, &filter, request)).await?;
    Ok(ok(&PageBody::new(&page, EventHeadBody::from)))
}

fn filter(params: &Params<'_>, invalid: &mut Invalid) -> EventFilter {
    let event_type = params.find("event_type").map(|text| text.parse());
    let external_id = params.find("external_id").map(|text| text.parse());
    EventFilter {
        event_type: event_type.and_then(|event_type| invalid.check("event_type", event_type)),
        external_id: external_id.and_then(|external_id| invalid.check("external_id", external_id)),
        accepted: period(params, invalid, "accepted_from", "accepted_before"),
    }
}

async fn find(
    caller: Caller<EventsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id: EventId = incoming.path_id().ok_or_else(|| Problem::no_such("event_not_found", "event"))?;
    let events = services.events.clone();
    let event = blocking::run(move || events.find(caller.workspace_id, id)).await?;
    Ok(ok(&EventBody::try_from(&event)?))
}
