//! Whether a workspace checks what is published in it.

/// Whether what is published is held against the event types of the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventChecks {
    /// Every type is accepted, with any payload.
    #[default]
    Off,
    /// The type must be in the catalogue, and the payload must satisfy its schema.
    Strict,
}

/// The word is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event_checks must be off or strict")]
pub struct EventChecksError;

impl EventChecks {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Strict => "strict",
        }
    }
}

impl std::str::FromStr for EventChecks {
    type Err = EventChecksError;

    fn from_str(word: &str) -> Result<Self, EventChecksError> {
        [Self::Off, Self::Strict].into_iter().find(|checks| checks.as_str() == word).ok_or(EventChecksError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_reads_back_what_it_says() {
        for checks in [EventChecks::Off, EventChecks::Strict] {
            assert_eq!(checks.as_str().parse(), Ok(checks));
        }
        assert_eq!("on".parse::<EventChecks>(), Err(EventChecksError));
        assert_eq!(EventChecks::default(), EventChecks::Off);
    }
}
