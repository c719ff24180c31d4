//! Why a key is refused, in the order of the checks.

use super::ScopeSet;

/// Why a request is refused. The first reason in this order is the one that is given.
///
/// The variants stand in the order of the checks; nothing is spent before every earlier check has passed.
/// *Source:* keys and limits §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The text cannot be a token.
    Malformed,
    /// No key has this token.
    NotFound,
    /// The key was revoked.
    Revoked,
    /// The key is locked.
    Locked,
    /// The key's time is over.
    Expired,
    /// The key's workspace is suspended.
    WorkspaceSuspended,
    /// The caller's address is not on the key's allow-list.
    IpNotAllowed,
    /// The key lacks a scope that the request needs.
    InsufficientScope {
        /// What the request needs.
        required: ScopeSet,
    },
    /// The key, its workspace or the address has used up its rate.
    RateLimited,
}

impl Denial {
    /// Whether the token opened nothing, whatever was asked. The others are refused although somebody knows who they are.
    pub const fn is_failed_authentication(self) -> bool {
        match self {
            Self::Malformed | Self::NotFound | Self::Revoked | Self::Locked | Self::Expired => true,
            Self::WorkspaceSuspended | Self::IpNotAllowed | Self::InsufficientScope { .. } | Self::RateLimited => false,
        }
    }

    /// The stable code, for operators. Whether the public answer shows it, the HTTP surface decides.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::NotFound => "NOT_FOUND",
            Self::Revoked => "REVOKED",
            Self::Locked => "LOCKED",
            Self::Expired => "EXPIRED",
            Self::WorkspaceSuspended => "WORKSPACE_SUSPENDED",
            Self::IpNotAllowed => "IP_NOT_ALLOWED",
            Self::InsufficientScope { .. } => "INSUFFICIENT_SCOPE",
            Self::RateLimited => "RATE_LIMITED",
        }
    }
}
