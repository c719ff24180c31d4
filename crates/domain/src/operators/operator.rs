//! What an operator is.

use std::fmt;

use super::{PasswordHash, Role};
use crate::id::{OperatorId, WorkspaceId};
use crate::time::Timestamp;
use crate::workspaces::WorkspaceName;

/// A person who administers workspaces, as one of them knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its identifier.
    pub id: OperatorId,
    /// The workspace that knows it so.
    pub workspace_id: WorkspaceId,
    /// The workspace that it is at home in: where it was added, until it is removed from there. It signs in to it.
    pub home_id: WorkspaceId,
    /// What it signs in with: one of the whole hub.
    pub email: EmailAddress,
    /// What it may do in the workspace.
    pub role: Role,
    /// What its password is compared with; `None` until it is set: it cannot sign in before.
    pub password: Option<PasswordHash>,
    /// When it was added to the workspace.
    pub created_at: Timestamp,
    /// Counts changes; the first state is 1.
    pub revision: i64,
}

impl Operator {
    /// Whether it can do everything: an owner that can sign in. One without a password is an owner in name only.
    pub fn is_able_owner(&self) -> bool {
        self.role == Role::Owner && self.password.is_some()
    }

    /// Whether the workspace that knows it so is the one that it is at home in.
    pub fn is_at_home(&self) -> bool {
        self.workspace_id == self.home_id
    }
}

/// A workspace in which an operator works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: WorkspaceName,
    /// What the operator may do there.
    pub role: Role,
    /// When it was added there.
    pub since: Timestamp,
}

/// The longest mail address. Source: RFC 5321 §4.5.3.1, a path without its angle brackets.
pub(super) const EMAIL_BYTES_MAX: usize = 254;

/// A mail address: one `@` with text on both sides, at most 254 characters, lower-cased. Source: RFC 5321 §4.5.3.1.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// The text is no mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("email must look like name@example.com and have at most 254 characters")]
pub struct EmailAddressError;

impl EmailAddress {
    /// Checks an address. Only a mail sent to it can tell whether it exists.
    ///
    /// # Errors
    /// [`EmailAddressError`] when it does not have its shape.
    pub fn new(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        if text.len() > EMAIL_BYTES_MAX {
            return Err(EmailAddressError);
        }
        // Lower-cased it may be longer.
        let text = text.to_lowercase();
        let fits = text.len() <= EMAIL_BYTES_MAX && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let parts =
            text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        if fits && parts.is_some() { Ok(Self(text)) } else { Err(EmailAddressError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub(super) fn name(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for EmailAddress {
    /// Mail addresses do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[email]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lower_cased_and_trimmed() {
        assert_eq!(EmailAddress::new(" Ada@Example.com ").unwrap().as_str(), "ada@example.com");
    }

    #[test]
    fn an_address_has_one_at_sign_and_no_space() {
        for bad in ["", "ada", "@example.com", "ada@", "a@b@c", "a b@c", &format!("{}@b", "a".repeat(253))] {
            assert_eq!(EmailAddress::new(bad), Err(EmailAddressError), "{bad}");
        }
    }
}
