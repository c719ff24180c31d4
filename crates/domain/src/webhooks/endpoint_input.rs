//! What callers want of endpoints, and what of it they may want.

use super::{EndpointError, EndpointStatus, EndpointUrl, SettingsChanges, UrlRules};
use crate::events::EventPattern;
use crate::secret::Secret;

/// Most patterns of one endpoint.
pub const EVENT_TYPES_MAX: usize = 100;
/// Longest description.
pub const DESCRIPTION_CHARS_MAX: usize = 200;

/// What a new endpoint shall be.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where requests go.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it wants; not empty.
    pub event_types: Vec<EventPattern>,
    /// Its secret; `None` has one made.
    pub secret: Option<Secret>,
    /// How requests to it are made.
    pub settings: SettingsChanges,
    /// Whether it gets anything from the start.
    pub status: FirstStatus,
}

/// What an endpoint begins as: one that is made to be paused never is active, not even for the moment between two transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstStatus {
    /// It gets what it wants.
    #[default]
    Active,
    /// Its deliveries are held back until somebody resumes it.
    Paused,
}

impl FirstStatus {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Active, Self::Paused];

    /// The word that people and the API use.
    pub const fn as_str(self) -> &'static str {
        EndpointStatus::as_str(self.status())
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|first| first.as_str() == word)
    }

    /// The status of the endpoint.
    pub const fn status(self) -> EndpointStatus {
        match self {
            Self::Active => EndpointStatus::Active,
            Self::Paused => EndpointStatus::Paused,
        }
    }
}

/// What shall change of an endpoint; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct EndpointChanges {
    /// Where requests go.
    pub url: Option<String>,
    /// What people call it.
    pub description: Option<String>,
    /// What it wants; not empty.
    pub event_types: Option<Vec<EventPattern>>,
    /// How requests to it are made.
    pub settings: SettingsChanges,
    /// The revision that the caller has seen, so that two at once do not overwrite each other; `None` overwrites whatever is there.
    pub expected_revision: Option<i64>,
}

/// [`EndpointChanges`] that were checked.
#[derive(Clone, Debug)]
pub(super) struct CheckedChanges {
    pub(super) url: Option<EndpointUrl>,
    pub(super) description: Option<String>,
    pub(super) event_types: Option<Vec<EventPattern>>,
    pub(super) settings: SettingsChanges,
}

impl EndpointChanges {
    /// # Errors
    /// Those of an endpoint that is created.
    pub(super) fn checked(self, rules: &UrlRules<'_>) -> Result<CheckedChanges, EndpointError> {
        let url = self.url.map(|url| EndpointUrl::parse(&url, rules)).transpose()?;
        self.event_types.as_deref().map(check_event_types).transpose()?;
        self.description.as_deref().map(check_description).transpose()?;
        Ok(CheckedChanges {
            url,
            description: self.description,
            event_types: self.event_types,
            settings: self.settings,
        })
    }
}

pub(super) fn check_event_types(patterns: &[EventPattern]) -> Result<(), EndpointError> {
    if (1..=EVENT_TYPES_MAX).contains(&patterns.len()) { Ok(()) } else { Err(EndpointError::EventTypes) }
}

pub(super) fn check_description(text: &str) -> Result<(), EndpointError> {
    let is_plain = !text.chars().any(char::is_control);
    if is_plain && text.chars().count() <= DESCRIPTION_CHARS_MAX { Ok(()) } else { Err(EndpointError::Description) }
}
