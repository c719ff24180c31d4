//! What something means to whoever looks at it, before it is read.

/// How good or bad something is. Never told by colour alone: the text beside it says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Neither.
    #[default]
    Neutral,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Failed, ended, or dangerous.
    Bad,
    /// Worth knowing.
    Info,
}

impl Tone {
    /// The class that colours it.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "is-neutral",
            Self::Good => "is-good",
            Self::Warn => "is-warn",
            Self::Bad => "is-bad",
            Self::Info => "is-info",
        }
    }
}

#[cfg(test)]
impl Tone {
    /// Each of them.
    pub(super) const ALL: [Self; 5] = [Self::Neutral, Self::Good, Self::Warn, Self::Bad, Self::Info];
}
