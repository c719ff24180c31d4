//! What an operator is.

use std::fmt;

use crate::id::{OperatorId, WorkspaceId};
use crate::time::Timestamp;

/// A person who administers a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its identifier.
    pub id: OperatorId,
    /// The workspace that it administers.
    pub workspace_id: WorkspaceId,
    /// What it signs in with.
    pub email: EmailAddress,
    /// What it may do.
    pub role: Role,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What an operator may do; each role includes those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, including other owners.
    Owner,
    /// Operators, limits and settings.
    Admin,
    /// Keys, endpoints and deliveries.
    Developer,
    /// Looks and changes nothing.
    Viewer,
}

impl Role {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::Admin, Self::Developer, Self::Viewer].into_iter().find(|role| role.as_str() == word)
    }
}

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
        let text = text.trim().to_lowercase();
        let fits = text.len() <= 254 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let parts =
            text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
        if fits && parts.is_some() { Ok(Self(text)) } else { Err(EmailAddressError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
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
