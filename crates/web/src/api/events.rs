//! `/api/hub/v1/events`: publish.

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::events::{ExternalId, NewEvent, Payload, Published};
use devhub_domain::id::EventId;
use devhub_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::auth::{Caller, EventsWrite};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Text, created, ok, parse, post, resource};
use crate::services::Services;
use crate::writes;

/// Room for everything of a body that is not the payload: type and id have at most 192 bytes, names and white space the rest.
const AROUND_PAYLOAD_BYTES_MAX: usize = 4 * 1024;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/hub/v1/events", "POST").route(post().to(publish)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishEvent<'a> {
    event_type: String,
    /// Raw, so that every byte is kept: receivers verify a signature over it.
    #[serde(borrow)]
    payload: &'a RawValue,
    external_id: Option<String>,
}

impl PublishEvent<'_> {
    fn check(self, payload_bytes_max: usize) -> Result<NewEvent, Problem> {
        let mut invalid = Invalid::default();
        let event_type = invalid.check("event_type", self.event_type.parse());
        let external_id = invalid.check("external_id", self.external_id.map(|text| text.parse()).transpose());
        let (Some(event_type), Some(external_id)) = (event_type, external_id) else {
            return Err(invalid.into());
        };
        let payload = Payload::new(self.payload.get().as_bytes(), payload_bytes_max)?;
        Ok(NewEvent { event_type, payload, external_id })
    }
}

#[derive(Serialize)]
struct PublishedBody<'a> {
    id: Text<EventId>,
    event_type: &'a str,
    external_id: Option<&'a str>,
    accepted_at: Text<Timestamp>,
    /// How many endpoints it goes to. `None` for a duplicate: its deliveries are those of the first request, which are not counted.
    deliveries: Option<usize>,
    duplicate: bool,
}

impl<'a> From<&'a Published> for PublishedBody<'a> {
    fn from(published: &'a Published) -> Self {
        let event = &published.event;
        Self {
            id: Text(event.id),
            event_type: event.event_type.as_str(),
            external_id: event.external_id.as_ref().map(ExternalId::as_str),
            accepted_at: Text(event.accepted_at),
            deliveries: (!published.is_duplicate).then_some(published.deliveries),
            duplicate: published.is_duplicate,
        }
    }
}

async fn publish(
    caller: Caller<EventsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let payload_bytes_max = services.limits.payload_bytes_max;
    let bytes_max = payload_bytes_max.saturating_add(AROUND_PAYLOAD_BYTES_MAX);
    let bytes = incoming.json_bytes(bytes_max, services.limits.body_timeout).await?;
    let new = parse::<PublishEvent<'_>>(&bytes)?.check(payload_bytes_max)?;
    let published = writes::run(services.events.publish(caller.workspace_id, new)).await?;
    services.metrics.event_published(published.is_duplicate);
    let body = PublishedBody::from(&published);
    if published.is_duplicate { ok(&body) } else { created(&body) }
}
