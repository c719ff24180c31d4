//! Who sends requests that may be repeated.

use std::fmt;

use crate::id::{KeyId, OperatorId, WorkspaceId};

/// Whose requests are told apart from those of others: an API key, an operator at its pages, or a whole workspace.
///
/// *Shape:* the 16 bytes of its identifier, as a store keeps them. Which of the three they are of is not kept: 80
/// random bits keep them apart, as they keep any two keys apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller([u8; 16]);

impl Caller {
    /// The caller with these bytes, as a store keeps them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes that a store keeps.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<KeyId> for Caller {
    fn from(id: KeyId) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<OperatorId> for Caller {
    fn from(id: OperatorId) -> Self {
        Self(*id.as_bytes())
    }
}

/// For OwnPay's API, where the keys of a workspace share the names of their requests. *Source:* contract §2.12.
impl From<WorkspaceId> for Caller {
    fn from(id: WorkspaceId) -> Self {
        Self(*id.as_bytes())
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
