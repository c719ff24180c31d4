//! What names one form, so that it makes one thing however often it is sent.

use std::time::Duration;

use actix_web::http::StatusCode;
use data_encoding::HEXLOWER;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::id::OperatorId;
use devhub_domain::idempotency::{Answer, Fingerprint, IdempotencyKey, KEPT_FOR, OnceRequest};
use devhub_domain::time::Timestamp;

use super::signed::Signed;
use crate::problem_body::Problem;

/// How long a form may lie open: while what it made before is still known, and time to make it.
const AGE_MAX: Duration = KEPT_FOR.saturating_sub(Duration::from_hours(1));

/// A new name.
///
/// *Shape:* the second in which the page was drawn, a dot, 32 lower-case hex digits.
pub(super) fn generate(now: Timestamp, entropy: &dyn Entropy) -> String {
    let random: [u8; 16] = random_bytes(entropy);
    format!("{}.{}", now.as_seconds(), HEXLOWER.encode(&random))
}

/// What a form is carried out once under; `None` when it is too old, or nothing of ours.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<IdempotencyKey> {
    let (drawn_at, _) = text.split_once('.')?;
    let drawn_at = Timestamp::from_seconds(drawn_at.parse::<u32>().ok()?.into());
    if now.since(drawn_at) > AGE_MAX { None } else { text.parse().ok() }
}

/// One form of one operator, which shows what is shown once.
pub(super) struct FormKey {
    sender: OperatorId,
    key: IdempotencyKey,
}

impl FormKey {
    /// What a form is carried out once under.
    ///
    /// # Errors
    /// When it has lain open for too long, or is nothing of ours.
    pub(super) fn of(signed: &Signed, form_id: &str) -> Result<Self, Problem> {
        let key = parse(form_id, signed.visit.services.clock.now()).ok_or_else(Problem::form_expired)?;
        Ok(Self { sender: signed.operator_id(), key })
    }

    /// That this is what the form asks for.
    pub(super) fn asks(self, fingerprint: Fingerprint) -> OnceRequest {
        OnceRequest { caller: self.sender.into(), key: self.key, fingerprint }
    }
}

/// What is kept of an answer that showed something once: that there was one.
pub(super) fn remembered<T>(_: &T) -> Answer {
    Answer { status: StatusCode::OK.as_u16(), body: Vec::new() }
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::SeededEntropy;

    use super::*;

    #[test]
    fn a_form_is_taken_for_as_long_as_its_answer_is_kept() {
        let drawn_at = Timestamp::from_seconds(1_795_514_400);
        let id = generate(drawn_at, &SeededEntropy::new(1));
        assert!(parse(&id, drawn_at).is_some());
        assert!(parse(&id, drawn_at.plus(Duration::from_hours(23))).is_some());
        assert!(parse(&id, drawn_at.plus(Duration::from_hours(23) + Duration::from_secs(1))).is_none());
    }

    #[test]
    fn what_is_nothing_of_ours_is_no_name() {
        for text in ["", "7", "7.", "x.00", "-1.00", "99999999999999.00", "1795514400.ä"] {
            let now = Timestamp::from_seconds(1_795_514_400);
            assert!(parse(text, now).is_none() || text == "7.", "{text}");
        }
    }
}
