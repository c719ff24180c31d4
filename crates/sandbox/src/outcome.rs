//! How a test payment or refund ends.

use crate::money::Amount;
use crate::words::words;

words! {
    /// How a test payment or refund ends: chosen on the page, by the gateway, or by the amount.
    Outcome {
        /// It is made at once.
        Success = "success",
        /// It is refused at once.
        Failure = "failure",
        /// It waits for a while, then it is made.
        PendingThenSuccess = "pending_then_success",
        /// The payer cancels.
        Cancel = "cancel",
        /// Its time runs out.
        Expiry = "expiry",
        /// It is made, and disputed after a while.
        Chargeback = "chargeback",
    }
}

impl Outcome {
    /// How a payment of this amount ends where nothing else was chosen: 202, 402, 408, 409 and 499 units of any currency stand for the
    /// HTTP statuses that they remind of, everything else succeeds.
    pub fn of_payment(amount: Amount) -> Self {
        match amount.whole_units() {
            Some(202) => Self::PendingThenSuccess,
            Some(402) => Self::Failure,
            Some(408) => Self::Expiry,
            Some(409) => Self::Chargeback,
            Some(499) => Self::Cancel,
            _ => Self::Success,
        }
    }

    /// How a refund of this amount ends: 202 units wait, 402 fail, 408 are never answered and time out, everything else succeeds.
    pub fn of_refund(amount: Amount) -> Self {
        match amount.whole_units() {
            Some(202) => Self::PendingThenSuccess,
            Some(402) => Self::Failure,
            Some(408) => Self::Expiry,
            _ => Self::Success,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Decimal};

    fn amount(text: &str, code: &str) -> Amount {
        Decimal::parse(text).unwrap().in_currency(Currency::parse(code).unwrap()).unwrap()
    }

    #[test]
    fn amounts_say_how_a_payment_ends() {
        let rows = [
            ("202", Outcome::PendingThenSuccess),
            ("402", Outcome::Failure),
            ("408", Outcome::Expiry),
            ("409", Outcome::Chargeback),
            ("499", Outcome::Cancel),
            ("402.01", Outcome::Success),
            ("4.02", Outcome::Success),
            ("10", Outcome::Success),
        ];
        for (text, wanted) in rows {
            assert_eq!(Outcome::of_payment(amount(text, "USD")), wanted, "{text}");
        }
        assert_eq!(Outcome::of_payment(amount("402", "JPY")), Outcome::Failure);
        assert_eq!(Outcome::of_payment(amount("402.000", "KWD")), Outcome::Failure);
    }

    #[test]
    fn amounts_say_how_a_refund_ends() {
        let rows = [
            ("202", Outcome::PendingThenSuccess),
            ("402", Outcome::Failure),
            ("408", Outcome::Expiry),
            ("409", Outcome::Success),
            ("10", Outcome::Success),
        ];
        for (text, wanted) in rows {
            assert_eq!(Outcome::of_refund(amount(text, "USD")), wanted, "{text}");
        }
    }
}
