//! Where an endpoint comes from.

/// Where an endpoint comes from, and with it what it gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointOrigin {
    /// Somebody made it: it gets the events whose types it wants.
    #[default]
    Manual,
    /// A payment named its address: it gets the events of payments that do, and no others, whatever their types.
    Callback,
}

impl EndpointOrigin {
    /// Every origin.
    pub const ALL: [Self; 2] = [Self::Manual, Self::Callback];

    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Callback => "callback",
        }
    }

    /// The origin with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == word)
    }
}
