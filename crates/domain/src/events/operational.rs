//! What the hub itself tells of endpoints, deliveries and keys, as events that endpoints can subscribe to.
//!
//! They come from the hub alone: nobody publishes them. `*` does not want them, so that a shop which wants everything of its platform
//! is not surprised by them; who wants them says so by name or by group. They never go to the endpoint that they are about.

use serde_json::{Value, json};

use super::catalog::CatalogEntry;
use super::catalog_schemas::{list, operational_schema, schema_head};
use super::{Event, EventType, key_events};
use crate::id::EndpointId;
use crate::webhooks::{Delivery, Disabled, Health};

/// The operational events, in the order in which they are shown.
pub const OPERATIONAL: &[CatalogEntry] = &[
    CatalogEntry {
        name: "endpoint.disabled",
        description: "The hub disabled an endpoint: its receiver is gone, asked for it, or only failed. Comes from the hub itself; \"*\" does not want it.",
        sample: r#"{"event":"endpoint.disabled","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00.000000Z","data":{"endpoint_id":"whe_06b6rk0004s4g1s0d5ju9o6m0k","url":"https://shop.example","reason":"failing","detail":"nothing but failures happened for too long"}}"#,
        schema: operational_schema!(
            "endpoint.disabled",
            ["endpoint_id", "url", "reason", "detail"],
            r##""endpoint_id":{"type":"string"},"url":{"type":"string"},"reason":{"enum":["gone","asked","failing"]},"detail":{"type":"string"}"##
        ),
    },
    CatalogEntry {
        name: "endpoint.recovered",
        description: "An endpoint that was only probed takes deliveries again. Comes from the hub itself; \"*\" does not want it.",
        sample: r#"{"event":"endpoint.recovered","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00.000000Z","data":{"endpoint_id":"whe_06b6rk0004s4g1s0d5ju9o6m0k","url":"https://shop.example","failures":12,"failing_since":"2026-11-24T09:00:00.000000Z"}}"#,
        schema: operational_schema!(
            "endpoint.recovered",
            ["endpoint_id", "url", "failures", "failing_since"],
            r##""endpoint_id":{"type":"string"},"url":{"type":"string"},"failures":{"type":"integer","minimum":1},"failing_since":{"type":"string","format":"date-time"}"##
        ),
    },
    CatalogEntry {
        name: "delivery.exhausted",
        description: "A delivery failed at its last attempt. Comes from the hub itself; \"*\" does not want it.",
        sample: r#"{"event":"delivery.exhausted","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00.000000Z","data":{"delivery_id":"dlv_06b6rk0004s4g1s0d5ju9o6m0k","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0g","event_type":"payment.completed","endpoint_id":"whe_06b6rk0004s4g1s0d5ju9o6m0k","attempts":9}}"#,
        schema: operational_schema!(
            "delivery.exhausted",
            ["delivery_id", "event_id", "event_type", "endpoint_id", "attempts"],
            r##""delivery_id":{"type":"string"},"event_id":{"type":"string"},"event_type":{"type":"string"},"endpoint_id":{"type":"string"},"attempts":{"type":"integer","minimum":1}"##
        ),
    },
    key_events::ISSUED,
    key_events::ROTATED,
    key_events::LOCKED,
    key_events::UNLOCKED,
    key_events::REVOKED,
    key_events::EXPIRING,
    key_events::SPRAY,
];

/// Whether events of this type come from the hub itself.
pub fn is_operational(event_type: &EventType) -> bool {
    OPERATIONAL.iter().any(|entry| entry.name == event_type.as_str())
}

/// Whether the hub tells by this event of this endpoint: then it goes to the others only.
pub(crate) fn is_about(event: &Event, endpoint_id: EndpointId) -> bool {
    let named = || {
        let payload: Value = serde_json::from_slice(event.payload.as_bytes()).ok()?;
        payload.pointer("/data/endpoint_id")?.as_str()?.parse::<EndpointId>().ok()
    };
    is_operational(&event.event_type) && named() == Some(endpoint_id)
}

/// What the hub has to tell; about the delivery that it comes from, or its endpoint.
pub(crate) enum Operational<'a> {
    /// The endpoint was disabled. Of where it is only the origin is told, here and below.
    EndpointDisabled { url: &'a str, reason: Disabled },
    /// The endpoint takes deliveries again.
    EndpointRecovered { url: &'a str, health: &'a Health },
    /// The delivery was given up.
    DeliveryExhausted,
}

impl Operational<'_> {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::EndpointDisabled { .. } => "endpoint.disabled",
            Self::EndpointRecovered { .. } => "endpoint.recovered",
            Self::DeliveryExhausted => "delivery.exhausted",
        }
    }

    pub(super) fn content(&self, delivery: &Delivery) -> Value {
        let endpoint_id = delivery.endpoint_id.to_string();
        match self {
            Self::EndpointDisabled { url, reason } => json!({
                "endpoint_id": endpoint_id,
                "url": url,
                "reason": reason.as_str(),
                "detail": reason.sentence(),
            }),
            Self::EndpointRecovered { url, health } => json!({
                "endpoint_id": endpoint_id,
                "url": url,
                "failures": health.failures,
                "failing_since": health.failing_since.to_string(),
            }),
            Self::DeliveryExhausted => json!({
                "delivery_id": delivery.id.to_string(),
                "event_id": delivery.event_id.to_string(),
                "event_type": delivery.event_type.as_str(),
                "endpoint_id": endpoint_id,
                "attempts": delivery.attempts,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{CATALOG, EventPattern, PAYLOAD_BYTES_DEFAULT_MAX, Payload};
    use crate::testing::{endpoint, event};
    use crate::time::Timestamp;

    fn sample(name: &str) -> Value {
        let entry = OPERATIONAL.iter().find(|entry| entry.name == name).unwrap();
        serde_json::from_str(entry.sample).unwrap()
    }

    fn keys(value: &Value) -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn every_entry_is_a_type_of_its_own_with_a_payload_that_would_be_accepted() {
        for entry in OPERATIONAL {
            assert!(entry.name.parse::<EventType>().is_ok_and(|name| is_operational(&name)), "{}", entry.name);
            assert!(Payload::new(entry.sample.as_bytes(), PAYLOAD_BYTES_DEFAULT_MAX).is_ok(), "{}", entry.name);
            assert!(entry.description.ends_with('.'), "{}", entry.name);
            assert_eq!(sample(entry.name)["event"], entry.name);
            assert!(CATALOG.iter().all(|other| other.name != entry.name), "{}", entry.name);
        }
    }

    #[test]
    fn a_sample_has_the_fields_that_are_sent() {
        let delivery = Delivery::born(&event(1), &endpoint(1), None);
        let health = Health {
            endpoint_id: delivery.endpoint_id,
            workspace_id: delivery.workspace_id,
            failures: 3,
            failing_since: Timestamp::from_seconds(1),
            failed_at: Timestamp::from_seconds(2),
            last_error: String::new(),
            circuit: None,
        };
        let all = [
            Operational::EndpointDisabled { url: "https://shop.example", reason: Disabled::Failing },
            Operational::EndpointRecovered { url: "https://shop.example", health: &health },
            Operational::DeliveryExhausted,
        ];
        for what in all {
            assert_eq!(keys(&what.content(&delivery)), keys(&sample(what.name())["data"]), "{}", what.name());
        }
    }

    #[test]
    fn everything_does_not_include_what_the_hub_tells() {
        let wants = |pattern: &str, name: &str| {
            let pattern: EventPattern = pattern.parse().unwrap();
            pattern.matches(&name.parse().unwrap())
        };
        assert!(!wants("*", "endpoint.disabled"));
        assert!(wants("*", "endpoint.renamed"));
        assert!(wants("endpoint.*", "endpoint.disabled"));
        assert!(!wants("*", "key.revoked"));
        assert!(wants("key.*", "key.revoked"));
        assert!(wants("delivery.exhausted", "delivery.exhausted"));
    }
}
