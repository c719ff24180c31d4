//! What a rotation makes of the secrets that an endpoint has.

use super::signing_secret::SECRETS_MAX;
use super::{EndpointError, EndpointSecret};
use crate::grace::Grace;
use crate::time::Timestamp;

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
    let expires_at = Some(grace.ends_at(now));
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
