//! Actions in words that people read.

/// What entries tell was done, for choosing from: those of the domain, by what they are done to.
pub(super) const ACTIONS: [&str; 44] = [
    "deliveries.expired",
    "deliveries.superseded",
    "endpoint.created",
    "endpoint.deleted",
    "endpoint.disabled",
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
    "key.imported",
    "key.issued",
    "key.locked",
    "key.revoked",
    "key.rotated",
    "key.unlocked",
    "key.updated",
    "operator.added",
    "operator.password_changed",
    "operator.password_reset",
    "operator.removed",
    "operator.role_changed",
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
    "resend_job.cancelled",
    "resend_job.created",
    "resend_job.paused",
    "resend_job.resumed",
    "session.ended",
    "workspace.created",
    "workspace.updated",
];

/// An action as people read it: `key.issued` is `Key issued`.
pub(super) fn action(action: &str) -> String {
    let words = action.replace(['.', '_'], " ");
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_words() {
        assert_eq!(action("endpoint.secret_rotated"), "Endpoint secret rotated");
        assert_eq!(action(""), "");
    }

    #[test]
    fn what_is_offered_is_in_order() {
        assert!(ACTIONS.is_sorted());
    }
}
