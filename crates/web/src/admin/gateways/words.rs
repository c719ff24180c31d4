//! What people read of gateways and of what came through them.

use devhub_sandbox::{GatewayKind, Outcome, TransactionStatus};

use crate::admin::components::{Badge, Tone};

/// How payments end.
pub(super) const fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "By their amount",
        Some(Outcome::Success) => "All succeed",
        Some(Outcome::Failure) => "All fail",
        Some(Outcome::PendingThenSuccess) => "All wait, then succeed",
        Some(Outcome::Cancel) => "All are cancelled",
        Some(Outcome::Expiry) => "All expire",
        Some(Outcome::Chargeback) => "All succeed, then are disputed",
    }
}

pub(super) const fn kind(kind: GatewayKind) -> &'static str {
    match kind {
        GatewayKind::Api => "Service",
        GatewayKind::Manual => "By hand",
        GatewayKind::Bank => "Bank transfer",
        GatewayKind::Mfs => "Mobile wallet",
        GatewayKind::Test => "Test card",
        GatewayKind::Unknown => "Unknown",
    }
}

/// A fee in percent: `2.9 %`, `0.05 %`.
pub(super) fn fee(basis_points: u16) -> String {
    let (whole, hundredths) = (basis_points / 100, basis_points % 100);
    let decimals = format!("{hundredths:02}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole} %"),
        decimals => format!("{whole}.{decimals} %"),
    }
}

/// Whether payers can choose a gateway.
pub(super) fn state(is_on: bool) -> Badge {
    let (tone, text) = if is_on { (Tone::Good, "On") } else { (Tone::Neutral, "Off") };
    Badge { tone, text: text.to_owned() }
}

/// Where a transaction stands.
pub(super) fn status(status: TransactionStatus) -> Badge {
    use TransactionStatus as S;
    let (tone, text) = match status {
        S::Pending => (Tone::Info, "Pending"),
        S::Created => (Tone::Info, "Created"),
        S::AwaitingVerification => (Tone::Info, "Awaits a proof"),
        S::PendingReview => (Tone::Info, "In review"),
        S::Processing | S::CallbackProcessing => (Tone::Info, "Processing"),
        S::Completed => (Tone::Good, "Completed"),
        S::Failed => (Tone::Bad, "Failed"),
        S::Cancelled => (Tone::Neutral, "Cancelled"),
        S::Expired => (Tone::Warn, "Expired"),
        S::Refunded => (Tone::Neutral, "Refunded"),
        S::Disputed => (Tone::Warn, "Disputed"),
    };
    Badge { tone, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_said_in_percent_without_needless_digits() {
        let said = [290, 300, 5, 0, 10_000].map(fee);
        assert_eq!(said, ["2.9 %", "3 %", "0.05 %", "0 %", "100 %"]);
    }
}
