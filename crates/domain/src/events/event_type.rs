//! Event types, and the patterns by which endpoints subscribe to them.

use std::fmt;
use std::str::FromStr;

use super::is_operational;

/// Longest event type.
const LENGTH_MAX: usize = 128;

/// The name of what happened, such as `payment.completed`.
///
/// *Shape:* words of `a-z A-Z 0-9 _ -` joined by dots, at most 128 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(String);

/// The text is no event type or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventTypeError {
    /// Not an event type.
    #[error(
        "event type must be words of letters, digits, \"_\" and \"-\" joined by dots, such as payment.completed, of at most 128 characters"
    )]
    Type,
    /// Not a pattern.
    #[error("event pattern must be an event type, a group such as payment.*, or *")]
    Pattern,
}

fn is_type(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    text.len() <= LENGTH_MAX && text.split('.').all(is_word)
}

impl EventType {
    /// A type that this program names itself.
    pub(super) fn known(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventType {
    type Err = EventTypeError;

    fn from_str(text: &str) -> Result<Self, EventTypeError> {
        if is_type(text) { Ok(Self(text.to_owned())) } else { Err(EventTypeError::Type) }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which event types an endpoint wants: one type, all below a group (`payment.*`), or all (`*`) but those that tell of the hub itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventPattern(String);

impl EventPattern {
    /// The pattern that matches every type of a publisher.
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an event of this type is wanted. `payment.*` wants `payment.completed` and `payment.a.b`, but not `payment`; `*` does
    /// not want what [the hub itself](is_operational) tells.
    pub fn matches(&self, event_type: &EventType) -> bool {
        match self.0.strip_suffix('*') {
            Some("") => !is_operational(event_type),
            Some(group) => event_type.0.starts_with(group),
            None => self.0 == event_type.0,
        }
    }
}

impl FromStr for EventPattern {
    type Err = EventTypeError;

    fn from_str(text: &str) -> Result<Self, EventTypeError> {
        let fits = text == "*" || is_type(text.strip_suffix(".*").unwrap_or(text));
        if fits { Ok(Self(text.to_owned())) } else { Err(EventTypeError::Pattern) }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, event_type: &str) -> bool {
        pattern.parse::<EventPattern>().unwrap().matches(&event_type.parse().unwrap())
    }

    #[test]
    fn a_pattern_matches_its_type_its_group_or_everything() {
        assert!(matches("payment.completed", "payment.completed"));
        assert!(matches("payment.*", "payment.completed"));
        assert!(matches("payment.*", "payment.intent.expired"));
        assert!(matches("*", "invoice.paid"));
    }

    #[test]
    fn a_pattern_matches_nothing_else() {
        assert!(!matches("payment.completed", "payment.completed.late"));
        assert!(!matches("payment.*", "payment"));
        assert!(!matches("payment.*", "payments.completed"));
    }

    #[test]
    fn a_type_is_dotted_words() {
        for good in ["payment.completed", "a", "invoice_paid", "A-1.b"] {
            assert!(good.parse::<EventType>().is_ok(), "{good}");
        }
        for bad in ["", ".", "payment.", ".paid", "payment..paid", "payment 1", "zahlung.ü", "🎉", "payment.*", "*"]
        {
            assert_eq!(bad.parse::<EventType>(), Err(EventTypeError::Type), "{bad}");
        }
        assert!("a".repeat(128).parse::<EventType>().is_ok());
        assert!("a".repeat(129).parse::<EventType>().is_err());
    }

    #[test]
    fn a_star_stands_alone_or_after_the_last_dot() {
        for bad in ["", "**", "pay*", "*.completed", "payment.*.x", ".*"] {
            assert_eq!(bad.parse::<EventPattern>(), Err(EventTypeError::Pattern), "{bad}");
        }
    }
}
