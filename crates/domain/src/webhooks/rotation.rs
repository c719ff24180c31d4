//! What a rotation makes of the secrets that an endpoint has.

use std::time::Duration;

use super::signing_secret::SECRETS_MAX;
use super::{EndpointError, EndpointSecret};
use crate::time::Timestamp;

/// The longest grace, 30 days: who has not changed over in a month has to be asked, not waited for. Seconds.
pub const GRACE_SECONDS_MAX: u64 = 30 * 24 * 60 * 60;

/// How long a secret goes on signing after another has taken its place.
///
/// *Unit:* whole seconds, 0 to [`GRACE_SECONDS_MAX`]. With 0 it signs nothing from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(Duration);

/// The grace is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at most {GRACE_SECONDS_MAX} seconds, which is 30 days")]
pub struct GraceError;

impl Grace {
    /// A day: enough to give a receiver the new secret during working hours.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// A grace of so many seconds.
    ///
    /// # Errors
    /// [`GraceError`] above [`GRACE_SECONDS_MAX`].
    pub fn from_seconds(seconds: u64) -> Result<Self, GraceError> {
        if seconds <= GRACE_SECONDS_MAX { Ok(Self(Duration::from_secs(seconds))) } else { Err(GraceError) }
    }
}

/// What a rotation writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    /// What was current and has an end now. Empty where an endpoint had no secret.
    pub(super) replaced: Vec<EndpointSecret>,
    /// What is current from now on.
    pub(super) current: EndpointSecret,
}

/// Puts `fresh` in the place of the current secret. Others that are in their grace keep their ends.
///
/// # Errors
/// [`EndpointError::TooManySecrets`] when more than [`SECRETS_MAX`] would sign.
pub(super) fn rotated(
    secrets: &[EndpointSecret],
    fresh: EndpointSecret,
    grace: Grace,
    now: Timestamp,
) -> Result<Rotation, EndpointError> {
    let expires_at = Some(now.plus(grace.0));
    let current = secrets.iter().filter(|secret| secret.is_current());
    let replaced: Vec<_> = current.map(|secret| EndpointSecret { expires_at, ..secret.clone() }).collect();
    let in_grace = secrets.iter().filter(|secret| !secret.is_current()).chain(&replaced);
    if in_grace.filter(|secret| secret.signs_at(now)).count() >= SECRETS_MAX {
        return Err(EndpointError::TooManySecrets);
    }
    let last = secrets.iter().map(|secret| secret.number).max().unwrap_or(0);
    Ok(Rotation { replaced, current: EndpointSecret { number: last.saturating_add(1), ..fresh } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::endpoint_secret;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn ending(number: u32, at: i64) -> EndpointSecret {
        EndpointSecret { expires_at: Some(Timestamp::from_seconds(at)), ..endpoint_secret(number) }
    }

    fn rotate(secrets: &[EndpointSecret], seconds: u64) -> Result<Rotation, EndpointError> {
        rotated(secrets, endpoint_secret(99), Grace::from_seconds(seconds).unwrap(), NOW)
    }

    #[test]
    fn the_current_secret_gets_an_end_and_the_new_one_the_next_number() {
        let rotation = rotate(&[ending(4, 1_500), endpoint_secret(5)], 60).unwrap();
        assert_eq!(rotation.replaced, [ending(5, 1_060)]);
        assert_eq!(rotation.current, EndpointSecret { number: 6, ..endpoint_secret(99) });
    }

    #[test]
    fn a_grace_is_at_most_30_days() {
        assert_eq!(Grace::from_seconds(2_592_000).map(|grace| grace.0), Ok(Duration::from_hours(720)));
        assert_eq!(Grace::from_seconds(2_592_001), Err(GraceError));
        assert_eq!(Grace::from_seconds(86_400), Ok(Grace::DEFAULT));
    }

    #[test]
    fn ten_secrets_sign_and_no_more() {
        let secrets = |in_grace| -> Vec<_> {
            let old = (1..=in_grace).map(|number| ending(number, 1_001));
            old.chain([endpoint_secret(in_grace + 1)]).collect()
        };
        let cases = [
            ("nine with the current one", secrets(8), 60, true),
            ("ten with the current one", secrets(9), 60, false),
            ("ten, but the current one ends at once", secrets(9), 0, true),
            ("ten in their grace, and the current one", secrets(10), 0, false),
        ];
        for (name, secrets, grace, fits) in cases {
            let code = rotate(&secrets, grace).map(drop).map_err(|error| error.code());
            assert_eq!(code, if fits { Ok(()) } else { Err("too_many_secrets") }, "{name}");
        }
    }

    #[test]
    fn secrets_whose_time_is_over_do_not_count() {
        let mut secrets: Vec<_> = (1..=20).map(|number| ending(number, 1_000)).collect();
        secrets.push(endpoint_secret(21));
        assert_eq!(rotate(&secrets, 60).unwrap().current.number, 22);
    }
}
