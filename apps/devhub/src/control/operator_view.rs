//! What is said over the control socket about operators.

use devhub_domain::operators::{Operator, SecondFactorState};
use serde::{Deserialize, Serialize};

/// An operator, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OperatorView {
    /// Its identifier.
    pub(crate) id: String,
    /// What it signs in with.
    pub(crate) email: String,
    /// What it may do.
    pub(crate) role: String,
    /// Whether it has a password, without which it cannot sign in.
    pub(crate) has_password: bool,
    /// How it stands with its second factor: `on`, `off`, or `missing` where the hub asks everybody for one.
    pub(crate) second_factor: String,
    /// When it was added.
    pub(crate) created_at: String,
}

impl OperatorView {
    /// What is said of an operator.
    pub(super) fn of(operator: &Operator, second_factor: SecondFactorState) -> Self {
        Self {
            id: operator.id.to_string(),
            email: operator.email.as_str().to_owned(),
            role: operator.role.as_str().to_owned(),
            has_password: operator.password.is_some(),
            second_factor: second_factor.as_str().to_owned(),
            created_at: operator.created_at.to_string(),
        }
    }
}
