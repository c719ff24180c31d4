//! What can have been done.

/// The actions that entries tell of, in order: a noun, and what happened to it.
///
/// One that is not here cannot be looked for: [`append`](super::append) holds every entry against this list where tests run.
pub const ACTIONS: [&str; 56] = [
    "deliveries.expired",
    "deliveries.superseded",
    "endpoint.created",
    "endpoint.deleted",
    "endpoint.disabled",
    "endpoint.imported",
    "endpoint.paused",
    "endpoint.resumed",
    "endpoint.secret_retired",
    "endpoint.secret_revealed",
    "endpoint.secret_rotated",
    "endpoint.tested",
    "endpoint.updated",
    "event_type.created",
    "event_type.deleted",
    "event_type.updated",
    "gateway.updated",
    "key.imported",
    "key.issued",
    "key.locked",
    "key.revoked",
    "key.rotated",
    "key.unlocked",
    "key.updated",
    "mail.tested",
    "operator.added",
    "operator.admitted",
    "operator.password_changed",
    "operator.password_reset",
    "operator.recovery_code_used",
    "operator.recovery_codes_renewed",
    "operator.removed",
    "operator.role_changed",
    "operator.second_factor_added",
    "operator.second_factor_removed",
    "operator.second_factor_reset",
    "operator.signed_in",
    "rate_bucket.reset",
    "rate_networks.replaced",
    "rate_override.created",
    "rate_override.deleted",
    "rate_override.updated",
    "rate_policies.reordered",
    "rate_policy.created",
    "rate_policy.deleted",
    "rate_policy.updated",
    "reference.removed",
    "reference.uploaded",
    "resend_job.cancelled",
    "resend_job.created",
    "resend_job.paused",
    "resend_job.resumed",
    "session.ended",
    "session.switched",
    "workspace.created",
    "workspace.updated",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_order_and_none_stands_twice() {
        assert!(ACTIONS.is_sorted_by(|one, next| one < next));
    }
}
