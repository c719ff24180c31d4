//! The other names that OwnPay's pages, plugins and kits give to its events.
//!
//! Whoever subscribes by one of them means the event of the catalogue, and gets it under the catalogue's name. Only subscribing knows
//! them: an event is published under the name that it is told by. *Source:* OwnPay wire contract §3.6, §4.2.

use super::{EventPattern, EventTypeError};

/// Each other spelling with the name in the catalogue.
const SPELLINGS: &[(&str, &str)] = &[
    ("payment.paid", "payment.completed"),
    ("payment.transaction.completed", "payment.completed"),
    ("payment.intent.completed", "payment.completed"),
    ("payment.processing", "payment.pending"),
    ("payment.transaction.failed", "payment.failed"),
    ("payment.intent.expired", "payment.failed"),
    ("payment.canceled", "payment.cancelled"),
    ("payment.transaction.cancelled", "payment.cancelled"),
    ("payment.refunded", "refund.completed"),
    ("payment.partial_refunded", "refund.completed"),
];

/// The pattern that somebody subscribes by, other spellings mapped to the catalogue's.
///
/// # Errors
/// [`EventTypeError::Pattern`] when it is none.
pub fn subscribed(text: &str) -> Result<EventPattern, EventTypeError> {
    let known = SPELLINGS.iter().find(|(spelling, _)| *spelling == text);
    known.map_or(text, |(_, name)| *name).parse()
}

/// Patterns without those that stand there twice, such as two spellings of one event; in their order.
pub fn without_repeats(patterns: Vec<EventPattern>) -> Vec<EventPattern> {
    let mut kept: Vec<EventPattern> = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        if !kept.contains(&pattern) {
            kept.push(pattern);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::CATALOG;

    #[test]
    fn other_spellings_mean_events_of_the_catalogue_and_are_none_themselves() {
        let is_known = |name: &str| CATALOG.iter().any(|entry| entry.name == name);
        for (spelling, name) in SPELLINGS {
            assert!(is_known(name) && !is_known(spelling), "{spelling}");
            assert_eq!(subscribed(spelling).unwrap().as_str(), *name, "{spelling}");
        }
    }

    #[test]
    fn every_other_pattern_is_what_it_says() {
        for text in ["payment.completed", "payment.*", "*", "link.paid", "order.placed"] {
            assert_eq!(subscribed(text).unwrap().as_str(), text);
        }
        assert_eq!(subscribed("payment."), Err(EventTypeError::Pattern));
    }

    #[test]
    fn two_spellings_of_one_event_are_one_pattern() {
        let patterns = ["payment.paid", "refund.*", "payment.completed"].map(|text| subscribed(text).unwrap());
        let kept = without_repeats(patterns.to_vec());
        assert_eq!(kept.iter().map(EventPattern::as_str).collect::<Vec<_>>(), ["payment.completed", "refund.*"]);
    }
}
