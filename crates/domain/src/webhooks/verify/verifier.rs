//! Whether a request was signed with one of the receiver's secrets, a moment ago.

use std::time::Duration;

use super::error::{VerifierError, VerifyError};
use super::header::{self, OWN_PAY_SIGNATURE, OWN_PAY_TIMESTAMP, X_SIGNATURE, X_TIMESTAMP};
use crate::secret::bytes_are_equal;
use crate::time::Timestamp;
use crate::webhooks::signature::{
    WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, X_SIGNATURE_PREFIX, own_pay_signature, standard_signature,
};
use crate::webhooks::signing_secret::{SECRETS_MAX, SigningSecret};

/// How far a signed instant may be from the receiver's clock, in either direction and inclusive, unless it is set.
///
/// Five minutes is what every Standard Webhooks library and OwnPay's clients take.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// The longest tolerance: so long may a caught request be sent again, and so long must ids be remembered.
pub const TOLERANCE_MAX: Duration = Duration::from_hours(1);

/// What a receiver verifies with: its secrets, and how far clocks may be apart.
#[derive(Clone, Debug)]
pub struct Verifier {
    secrets: Vec<SigningSecret>,
    tolerance: Duration,
}

/// What a Standard Webhooks signature vouches for besides the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'h> {
    /// The event's id, the same on every attempt: pass over one that was kept before.
    pub id: &'h str,
    /// When this attempt was made. Whole seconds.
    pub signed_at: Timestamp,
}

impl Verifier {
    /// Takes the receiver's secrets: one, or several while they rotate. [`TOLERANCE`] holds unless it is set.
    ///
    /// # Errors
    /// [`VerifierError::Secrets`] unless there are 1 to [`SECRETS_MAX`].
    pub fn new(secrets: Vec<SigningSecret>) -> Result<Self, VerifierError> {
        if (1..=SECRETS_MAX).contains(&secrets.len()) {
            return Ok(Self { secrets, tolerance: TOLERANCE });
        }
        Err(VerifierError::Secrets { count: secrets.len() })
    }

    /// The same with another tolerance: 1 second to [`TOLERANCE_MAX`], in whole seconds; a fraction is dropped.
    ///
    /// # Errors
    /// [`VerifierError::Tolerance`] outside of that.
    pub fn with_tolerance(self, tolerance: Duration) -> Result<Self, VerifierError> {
        let seconds = tolerance.as_secs();
        if (1..=TOLERANCE_MAX.as_secs()).contains(&seconds) {
            return Ok(Self { tolerance: Duration::from_secs(seconds), ..self });
        }
        Err(VerifierError::Tolerance { seconds })
    }

    /// Verifies a request by the Standard Webhooks scheme: one `v1` signature of one secret is enough.
    ///
    /// `header` looks a header up by its lower-case name, see [`look_up`](super::look_up); `body` is the raw bytes, before
    /// anything parsed them. Entries of other versions (`v1a`) and odd ones are passed over. Each secret costs one HMAC,
    /// however many signatures the header has.
    ///
    /// *Source:* Standard Webhooks 1.0.0.
    ///
    /// # Errors
    /// In this order: [`VerifyError::NoStandardKey`] when no secret is one of this scheme; [`VerifyError::HeaderMissing`];
    /// [`VerifyError::HeaderMalformed`]; [`VerifyError::TooOld`] and [`VerifyError::TooNew`] beyond the tolerance;
    /// [`VerifyError::SignatureMismatch`].
    pub fn standard<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Verified<'h>, VerifyError> {
        if !self.secrets.iter().any(SigningSecret::signs_standard) {
            return Err(VerifyError::NoStandardKey);
        }
        let id = header::one(&header, WEBHOOK_ID)?;
        let timestamp = header::one(&header, WEBHOOK_TIMESTAMP)?;
        let signatures = header::one(&header, WEBHOOK_SIGNATURE)?;
        header::check_id(id)?;
        let signed_at = header::parse_seconds((WEBHOOK_TIMESTAMP, timestamp))?;
        header::check_signatures(WEBHOOK_SIGNATURE, signatures)?;
        self.check_age(signed_at, now)?;

        let keys = self.secrets.iter().filter_map(SigningSecret::standard_hmac);
        let mut expected = keys.map(|key| standard_signature(key, id, timestamp, body));
        let fits = expected.any(|expected| signatures.split(' ').any(|given| is_same(given, &expected)));
        if fits { Ok(Verified { id, signed_at }) } else { Err(VerifyError::SignatureMismatch) }
    }

    /// Verifies a request by OwnPay's own headers, as its published clients do.
    ///
    /// For secrets that Standard Webhooks cannot use, and for receivers of OwnPay itself; prefer [`Verifier::standard`]
    /// wherever the hub sends its headers. `X-OwnPay-Signature` is bare lower-case hex; only where it is not there,
    /// `X-Signature` is asked, with `sha256=` before the hex. Likewise `X-OwnPay-Timestamp`, then `X-Timestamp`.
    /// The timestamp is *not signed*: it tells a clock that is off and a queue that is slow, and stops no replay.
    /// There is no signed id either: refuse duplicates by what the body says.
    ///
    /// *Source:* OwnPay contract §4.4.
    ///
    /// # Errors
    /// In this order: [`VerifyError::HeaderMissing`]; [`VerifyError::HeaderMalformed`]; [`VerifyError::TooOld`] and
    /// [`VerifyError::TooNew`] beyond the tolerance; [`VerifyError::SignatureMismatch`].
    pub fn own_pay<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), VerifyError> {
        let signature = header::first(&header, [OWN_PAY_SIGNATURE, X_SIGNATURE])?;
        let timestamp = header::first(&header, [OWN_PAY_TIMESTAMP, X_TIMESTAMP])?;
        let prefix = if signature.0 == X_SIGNATURE { X_SIGNATURE_PREFIX } else { "" };
        let given = header::strip_hex(signature, prefix)?;
        self.check_age(header::parse_seconds(timestamp)?, now)?;

        let mut expected = self.secrets.iter().map(|secret| own_pay_signature(secret.own_pay_hmac(), body));
        let fits = expected.any(|expected| is_same(given, &expected));
        if fits { Ok(()) } else { Err(VerifyError::SignatureMismatch) }
    }

    /// Whole seconds on both sides, as the official libraries compare.
    fn check_age(&self, signed_at: Timestamp, now: Timestamp) -> Result<(), VerifyError> {
        let (signed_at, now) = (signed_at.as_seconds(), now.as_seconds());
        let seconds = now.abs_diff(signed_at);
        if seconds <= self.tolerance.as_secs() {
            return Ok(());
        }
        Err(if signed_at < now { VerifyError::TooOld { seconds } } else { VerifyError::TooNew { seconds } })
    }
}

fn is_same(given: &str, expected: &str) -> bool {
    bytes_are_equal(given.as_bytes(), expected.as_bytes())
}
