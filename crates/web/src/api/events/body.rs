//! What is said about events, in both directions.

use devhub_domain::events::{BATCH_EVENTS_MAX, Event, EventHead, ExternalId, NewEvent, Payload, Published};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::openapi::{EventIdText, EventTypeText, TimeText};
use crate::problem_body::Problem;
use crate::request::{Invalid, Text};

/// An event to publish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvent)]
pub(super) struct PublishEvent<'a> {
    #[schema(value_type = EventTypeText)]
    event_type: String,
    /// What receivers get, byte for byte: any JSON value, nested at most 64 levels deep.
    // Raw, so that every byte is kept: receivers verify a signature over it.
    #[serde(borrow)]
    #[schema(value_type = serde_json::Value)]
    payload: &'a RawValue,
    /// The publisher's own identifier, unique in the workspace: publishing it again changes nothing.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.-]+$")]
    external_id: Option<String>,
}

impl PublishEvent<'_> {
    pub(super) fn check(self, payload_bytes_max: usize) -> Result<NewEvent, Problem> {
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

/// Events to publish, all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvents)]
pub(super) struct PublishEvents<'a> {
    /// In the order in which they happened.
    #[serde(borrow)]
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<PublishEvent<'a>>,
}

impl PublishEvents<'_> {
    /// The first event that is refused tells all that is wrong with it.
    pub(super) fn check(self, payload_bytes_max: usize) -> Result<Vec<NewEvent>, Problem> {
        if !(1..=BATCH_EVENTS_MAX).contains(&self.events.len()) {
            let mut invalid = Invalid::default();
            invalid.refuse("events", format!("must hold 1 to {BATCH_EVENTS_MAX} events"));
            return Err(invalid.into());
        }
        let check = |(position, event): (usize, PublishEvent<'_>)| {
            event.check(payload_bytes_max).map_err(|problem| problem.within(&format!("events[{position}]")))
        };
        self.events.into_iter().enumerate().map(check).collect()
    }
}

/// An event that was accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = PublishedEvent)]
pub(super) struct PublishedBody<'a> {
    id: EventIdText,
    #[schema(value_type = EventTypeText)]
    event_type: &'a str,
    /// The publisher's own identifier.
    external_id: Option<&'a str>,
    accepted_at: TimeText,
    /// How many endpoints it goes to; null for a duplicate, whose deliveries are those of the first request.
    deliveries: Option<usize>,
    /// Whether it was published before; nothing was changed then.
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

/// What became of the events of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = PublishedEvents)]
pub(super) struct PublishedBatchBody<'a> {
    /// In the order of the events.
    #[schema(min_items = 1, max_items = 100)]
    pub(super) items: Vec<PublishedBody<'a>>,
}

/// An event without its payload.
#[derive(Serialize, ToSchema)]
#[schema(as = EventHead)]
pub(super) struct EventHeadBody<'a> {
    id: EventIdText,
    #[schema(value_type = EventTypeText)]
    event_type: &'a str,
    /// The publisher's own identifier.
    external_id: Option<&'a str>,
    /// How large its payload is.
    payload_bytes: u64,
    accepted_at: TimeText,
}

impl<'a> From<&'a EventHead> for EventHeadBody<'a> {
    fn from(event: &'a EventHead) -> Self {
        Self {
            id: Text(event.id),
            event_type: event.event_type.as_str(),
            external_id: event.external_id.as_ref().map(ExternalId::as_str),
            payload_bytes: event.payload_bytes,
            accepted_at: Text(event.accepted_at),
        }
    }
}

/// Something that happened, with its payload.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventBody<'a> {
    id: EventIdText,
    #[schema(value_type = EventTypeText)]
    event_type: &'a str,
    /// The publisher's own identifier.
    external_id: Option<&'a str>,
    /// What receivers get, as it was published.
    #[schema(value_type = serde_json::Value)]
    payload: &'a RawValue,
    accepted_at: TimeText,
}

impl<'a> TryFrom<&'a Event> for EventBody<'a> {
    type Error = Problem;

    fn try_from(event: &'a Event) -> Result<Self, Problem> {
        // It was checked when it was accepted: what is no JSON now was damaged in the store.
        let payload = serde_json::from_slice(event.payload.as_bytes()).map_err(Problem::internal)?;
        Ok(Self {
            id: Text(event.id),
            event_type: event.event_type.as_str(),
            external_id: event.external_id.as_ref().map(ExternalId::as_str),
            payload,
            accepted_at: Text(event.accepted_at),
        })
    }
}
