//! Identifiers: prefixed, time-ordered, 128 bits.
//!
//! The first 48 bits are milliseconds since the epoch, the other 80 are random. Sorting by id is sorting by age, new rows go to
//! the end of an index, and a foreign id cannot be guessed.

use std::fmt;

use data_encoding::BASE32_DNSSEC;

use crate::entropy::{Entropy, random_bytes};
use crate::time::Timestamp;

/// The text is not an identifier of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("id must be \"{prefix}\" followed by 26 characters of 0-9 and a-v")]
pub struct IdError {
    prefix: &'static str,
}

fn generate(now: Timestamp, entropy: &dyn Entropy) -> [u8; 16] {
    let mut bytes = lowest_at(now);
    let (_, tail) = bytes.split_at_mut(6);
    tail.copy_from_slice(&random_bytes::<10>(entropy));
    bytes
}

/// The milliseconds of an instant, and zeros. Instants outside the range of 48 bits are its ends.
fn lowest_at(at: Timestamp) -> [u8; 16] {
    let millis = u64::try_from(at.as_micros() / 1_000).unwrap_or(0).min((1 << 48) - 1);
    let mut bytes = [0; 16];
    let [_, _, time @ ..] = millis.to_be_bytes();
    let (head, _) = bytes.split_at_mut(6);
    head.copy_from_slice(&time);
    bytes
}

/// The instant that the first 48 bits tell.
fn made_at(bytes: &[u8; 16]) -> Timestamp {
    let [first, second, third, fourth, fifth, sixth, ..] = *bytes;
    let millis = i64::from_be_bytes([0, 0, first, second, third, fourth, fifth, sixth]);
    Timestamp::from_micros(millis.saturating_mul(1_000))
}

fn parse(text: &str, prefix: &'static str) -> Result<[u8; 16], IdError> {
    let error = IdError { prefix };
    let digits = text.strip_prefix(prefix).ok_or_else(|| error.clone())?;
    let bytes =
        BASE32_DNSSEC.decode(digits.as_bytes()).ok().filter(|_| digits.bytes().all(|b| !b.is_ascii_uppercase()));
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(error)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        /// What the text forms of all identifiers start with.
        pub(crate) const PREFIXES: &[&str] = &[$($prefix),*];
        $(
        $(#[$doc])*
        ///
        #[doc = concat!("*Shape:* `", $prefix, "` and 26 characters of `0-9a-v`; the order of the texts is the order of making.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What every text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new identifier that sorts after all that were made in earlier milliseconds.
            pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(generate(now, entropy))
            }

            /// What sorts at or before every identifier that was made at `at` or later, to the millisecond.
            pub fn lowest_at(at: Timestamp) -> Self {
                Self(lowest_at(at))
            }

            /// When it was made, to the millisecond.
            pub fn made_at(&self) -> Timestamp {
                made_at(&self.0)
            }

            /// The identifier with these bytes, as a store keeps them.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes that a store keeps.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                f.write_str(&BASE32_DNSSEC.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, $prefix).map(Self)
            }
        }
        )*
    };
}

ids! {
    /// Names a workspace: the owner of everything else.
    WorkspaceId = "wsp_";
    /// Names an API key; not secret.
    KeyId = "key_";
    /// Names an event; the `webhook-id` that receivers see, the same on every attempt.
    EventId = "evt_";
    /// Names a webhook endpoint.
    EndpointId = "whe_";
    /// Names one secret of an endpoint.
    EndpointSecretId = "whs_";
    /// Names the delivery of one event to one endpoint.
    DeliveryId = "dlv_";
    /// Names a person who administers the hub.
    OperatorId = "opr_";
    /// Names one sign-in of an operator; not secret.
    OperatorSessionId = "oss_";
    /// Names one run of one node.
    SessionId = "ses_";
    /// Names a job that resends deliveries.
    JobId = "job_";
    /// Names a rate policy of a workspace.
    RatePolicyId = "rlp_";
    /// Names an override of a rate policy.
    RateOverrideId = "rlo_";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn an_id_is_its_prefix_and_26_characters() {
        let id = KeyId::generate(Timestamp::from_seconds(0), &Zeros);
        assert_eq!(id.to_string(), "key_00000000000000000000000000");
    }

    #[test]
    fn ids_of_a_moment_lie_between_its_lowest_and_that_of_the_next_millisecond() {
        let at = Timestamp::from_micros(1_700_000_000_123_456);
        let id = EventId::generate(at, &Zeros);
        assert!(EventId::lowest_at(at) <= id);
        assert!(id < EventId::lowest_at(Timestamp::from_micros(1_700_000_000_124_000)));
        assert_eq!(EventId::lowest_at(Timestamp::from_micros(-1)), EventId::from_bytes([0; 16]));
        assert_eq!(EventId::lowest_at(Timestamp::from_micros(i64::MAX)).as_bytes()[..6], [0xff; 6]);
    }

    #[test]
    fn an_id_tells_when_it_was_made_to_the_millisecond() {
        let id = EventId::generate(Timestamp::from_micros(1_700_000_000_123_456), &Zeros);
        assert_eq!(id.made_at(), Timestamp::from_micros(1_700_000_000_123_000));
    }

    #[test]
    fn an_id_of_another_kind_is_refused_with_the_wanted_prefix() {
        let error = "evt_00000000000000000000000000".parse::<KeyId>().unwrap_err();
        assert_eq!(error.to_string(), "id must be \"key_\" followed by 26 characters of 0-9 and a-v");
    }

    #[test]
    fn upper_case_is_another_text_and_is_refused() {
        assert!("key_0000000000000000000000000A".parse::<KeyId>().is_err());
    }

    proptest! {
        #[test]
        fn an_id_reads_back_what_it_prints(bytes: [u8; 16]) {
            let id = DeliveryId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<DeliveryId>().unwrap(), id);
        }

        #[test]
        fn ids_sort_by_time_as_bytes_and_as_text(early in 0_i64..1 << 50, later_ms in 1_i64..1 << 20) {
            let first = EventId::generate(Timestamp::from_micros(early), &Zeros);
            let second = EventId::generate(Timestamp::from_micros(early + later_ms * 1_000), &Zeros);
            prop_assert!(first < second);
            prop_assert!(first.to_string() < second.to_string());
        }

        #[test]
        fn any_text_is_an_id_or_an_error(text in ".{0,64}") {
            drop(text.parse::<KeyId>());
        }
    }
}
