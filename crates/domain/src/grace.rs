//! How long what was rotated goes on working beside what took its place.

use std::time::Duration;

use crate::time::Timestamp;

/// The longest grace, 30 days: who has not changed over in a month has to be asked, not waited for. Seconds.
pub const GRACE_SECONDS_MAX: u64 = 30 * 24 * 60 * 60;

/// How long a secret goes on signing, or a key is accepted, after another has taken its place.
///
/// *Unit:* whole seconds, 0 to [`GRACE_SECONDS_MAX`]. With 0 its time is over from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(Duration);

/// The grace is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at most {GRACE_SECONDS_MAX} seconds, which is 30 days")]
pub struct GraceError;

impl Grace {
    /// A day: enough to hand the new one out during working hours.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// A grace of so many seconds.
    ///
    /// # Errors
    /// [`GraceError`] above [`GRACE_SECONDS_MAX`].
    pub const fn from_seconds(seconds: u64) -> Result<Self, GraceError> {
        if seconds <= GRACE_SECONDS_MAX { Ok(Self(Duration::from_secs(seconds))) } else { Err(GraceError) }
    }

    /// When it is over, for what is rotated at `now`.
    pub fn ends_at(self, now: Timestamp) -> Timestamp {
        now.plus(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_at_most_30_days() {
        assert_eq!(Grace::from_seconds(2_592_000).map(|grace| grace.0), Ok(Duration::from_hours(720)));
        assert_eq!(Grace::from_seconds(2_592_001), Err(GraceError));
        assert_eq!(Grace::from_seconds(86_400), Ok(Grace::DEFAULT));
    }
}
