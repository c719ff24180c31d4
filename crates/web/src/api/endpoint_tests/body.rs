//! What is asked of a test send.

use devhub_domain::events::{EventType, Payload, TEST_EVENT, built_in};
use devhub_domain::webhooks::NewTest;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::openapi::EventTypeText;
use crate::problem_body::Problem;
use crate::request::Invalid;

/// What is sent to test an endpoint.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEndpointTest)]
pub(super) struct TestEndpoint<'a> {
    /// What is said to have happened, whether the endpoint wants it or not; `webhook.test` when absent.
    #[schema(value_type = Option<EventTypeText>)]
    event_type: Option<String>,
    /// What the receiver gets, byte for byte; the catalogue's sample of the type when absent.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    payload: Option<&'a RawValue>,
}

impl TestEndpoint<'_> {
    /// The type whose sample must be looked for in the catalogue of the workspace; `None` where nothing is to be found there.
    pub(super) fn own_type(&self) -> Option<EventType> {
        let event_type = self.event_type.as_deref().filter(|name| self.payload.is_none() && built_in(name).is_none());
        event_type?.parse().ok()
    }

    /// `own_sample` is what was found for [`TestEndpoint::own_type`].
    pub(super) fn check(self, payload_bytes_max: usize, own_sample: Option<Payload>) -> Result<NewTest, Problem> {
        let mut invalid = Invalid::default();
        let event_type = self.event_type.as_deref().unwrap_or(TEST_EVENT.name);
        let Some(event_type) = invalid.check("event_type", event_type.parse::<EventType>()) else {
            return Err(invalid.into());
        };
        let sample = built_in(event_type.as_str()).map(|entry| entry.sample);
        // A sample is not held to the bound for what comes from outside.
        let given = self.payload.map(|payload| (payload.get(), payload_bytes_max));
        let payload = match (given.or_else(|| sample.map(|text| (text, text.len()))), own_sample) {
            (Some((text, bytes_max)), _) => Payload::new(text.as_bytes(), bytes_max)?,
            (None, Some(own_sample)) => own_sample,
            (None, None) => {
                invalid.refuse("payload", "must be given: the catalogue has no sample of this type".to_owned());
                return Err(invalid.into());
            }
        };
        Ok(NewTest { event_type, payload })
    }
}
