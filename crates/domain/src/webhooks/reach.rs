//! Whether an event reached an endpoint, and why not.
//!
//! Nothing is stored of an endpoint that did not want an event: that follows from what the endpoint was when the event was accepted,
//! and each change of an endpoint keeps what it was before.

use super::{Delivery, Endpoint, EndpointOrigin, EndpointStatus, EndpointUrl};
use crate::events::{Event, EventPattern, is_about};
use crate::id::EndpointId;

/// What an endpoint was before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRevision {
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Which of its revisions.
    pub revision: i64,
    /// Where requests went.
    pub url: EndpointUrl,
    /// What it wanted.
    pub event_types: Vec<EventPattern>,
    /// Whether it got anything.
    pub status: EndpointStatus,
}

/// What became of an event at one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The endpoint as it is now.
    pub endpoint: Endpoint,
    /// What became of it.
    pub reached: Reached,
}

/// Whether there is a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// There is: it tells the rest, also that it is held because the endpoint is paused or disabled.
    Delivery(Box<Delivery>),
    /// There is none.
    Not(WhyNot),
}

/// Why an event has no delivery to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// It did not want events of this type.
    NotSubscribed {
        /// What it wanted then.
        event_types: Vec<EventPattern>,
        /// In which revision.
        revision: i64,
    },
    /// Payments name it as their `callback_url`, and the event is of none that does.
    NotNamed,
    /// It was created after the event was accepted.
    CreatedLater,
    /// It had been deleted before.
    Deleted,
    /// The hub tells by it of this endpoint itself, which is told to the others.
    AboutItself,
    /// Nothing that is stored tells: the endpoint was changed at the moment when the event was accepted, or by an earlier release, which
    /// kept no revisions; or the delivery is kept no longer.
    Unknown,
}

impl WhyNot {
    /// The word that people and the API use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotSubscribed { .. } => "not_subscribed",
            Self::NotNamed => "not_named",
            Self::CreatedLater => "created_later",
            Self::Deleted => "deleted",
            Self::AboutItself => "about_itself",
            Self::Unknown => "unknown",
        }
    }

    /// Every word.
    pub const WORDS: [&str; 6] = ["not_subscribed", "not_named", "created_later", "deleted", "about_itself", "unknown"];

    /// Why `event` has no delivery to `endpoint`, which was as in `met` when the event was accepted; `None` where it has not changed
    /// since.
    pub fn of(event: &Event, endpoint: &Endpoint, met: Option<&EndpointRevision>) -> Self {
        if endpoint.created_at > event.accepted_at {
            return Self::CreatedLater;
        }
        let (status, event_types, revision) = match met {
            Some(met) => (met.status, &met.event_types, met.revision),
            None => (endpoint.status, &endpoint.event_types, endpoint.revision),
        };
        if status == EndpointStatus::Deleted {
            return Self::Deleted;
        }
        if endpoint.origin == EndpointOrigin::Callback {
            return Self::NotNamed;
        }
        if event_types.iter().any(|pattern| pattern.matches(&event.event_type)) {
            return if is_about(event, endpoint.id) { Self::AboutItself } else { Self::Unknown };
        }
        Self::NotSubscribed { event_types: event_types.clone(), revision }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Payload;
    use crate::testing::{endpoint, event};
    use crate::time::Timestamp;

    fn revision(pattern: &str, status: EndpointStatus) -> EndpointRevision {
        let Endpoint { id, url, .. } = endpoint(1);
        EndpointRevision { endpoint_id: id, revision: 1, url, event_types: vec![pattern.parse().unwrap()], status }
    }

    #[test]
    fn case_24_what_an_endpoint_was_then_tells_why_it_got_nothing() {
        // The event is a payment.completed, accepted at second 1; the endpoint wants everything now.
        let now = Endpoint { revision: 2, ..endpoint(1) };
        let later = Endpoint { created_at: Timestamp::from_seconds(2), ..now.clone() };
        let deleted = Endpoint { status: EndpointStatus::Deleted, ..now.clone() };
        let (refunds, all) = (revision("refund.*", EndpointStatus::Paused), revision("*", EndpointStatus::Active));
        let cases = [
            (&now, Some(&refunds), "not_subscribed"),
            (&later, None, "created_later"),
            (&deleted, None, "deleted"),
            (&deleted, Some(&all), "unknown"),
            (&now, None, "unknown"),
        ];
        for (endpoint, met, why) in cases {
            assert_eq!(WhyNot::of(&event(1), endpoint, met).as_str(), why);
        }
        let why = WhyNot::of(&event(1), &now, Some(&refunds));
        assert_eq!(why, WhyNot::NotSubscribed { event_types: refunds.event_types.clone(), revision: 1 });
    }

    #[test]
    fn an_endpoint_that_payments_name_gets_no_other_events_whatever_types_it_was_given() {
        let all = revision("*", EndpointStatus::Active);
        let callback = Endpoint { origin: EndpointOrigin::Callback, event_types: Vec::new(), ..endpoint(1) };
        assert_eq!(WhyNot::of(&event(1), &callback, None).as_str(), "not_named");
        assert_eq!(WhyNot::of(&event(1), &callback, Some(&all)).as_str(), "not_named");
        let later = Endpoint { created_at: Timestamp::from_seconds(2), ..callback.clone() };
        assert_eq!(WhyNot::of(&event(1), &later, None).as_str(), "created_later");
        let typed = Endpoint { event_types: all.event_types, ..callback };
        assert!(!typed.wants(&event(1).event_type), "a release of before has given it types");
    }

    #[test]
    fn what_the_hub_tells_of_an_endpoint_is_told_to_the_others() {
        let all = Endpoint { event_types: vec!["endpoint.*".parse().unwrap()], ..endpoint(1) };
        let payload = format!(r#"{{"data":{{"endpoint_id":"{}"}}}}"#, all.id);
        let payload = Payload::from_stored(payload.into_bytes());
        let told = Event { event_type: "endpoint.disabled".parse().unwrap(), payload, ..event(1) };
        assert_eq!(WhyNot::of(&told, &all, None).as_str(), "about_itself");
        let other = Endpoint { id: endpoint(2).id, ..all.clone() };
        assert_eq!(WhyNot::of(&told, &other, None).as_str(), "unknown");
        let refunds = Endpoint { event_types: vec!["refund.*".parse().unwrap()], ..all };
        assert_eq!(WhyNot::of(&told, &refunds, None).as_str(), "not_subscribed");
    }
}
