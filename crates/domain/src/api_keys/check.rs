//! The checks of a request, each with what it looks at: the same list decides over requests and explains decisions.

use super::Denial;

/// One check. They stand in their order: the first that fails decides, and nothing is spent before every earlier one has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Whether the text can be a token.
    Malformed,
    /// Whether a key has it.
    NotFound,
    /// Whether the key was revoked.
    Revoked,
    /// Whether the key is locked.
    Locked,
    /// Whether the key's time is over.
    Expired,
    /// Whether the key's workspace is suspended.
    WorkspaceSuspended,
    /// Whether the caller's address is on the key's allow-list.
    IpNotAllowed,
    /// Whether the key has the scopes that the request needs.
    InsufficientScope,
    /// Whether the request fits into the key's rate.
    RateLimited,
}

impl Check {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::NotFound,
        Self::Revoked,
        Self::Locked,
        Self::Expired,
        Self::WorkspaceSuspended,
        Self::IpNotAllowed,
        Self::InsufficientScope,
        Self::RateLimited,
    ];

    /// Those of a key that was found, in their order.
    pub(super) const OF_KEYS: [Self; 6] = [
        Self::Revoked,
        Self::Locked,
        Self::Expired,
        Self::WorkspaceSuspended,
        Self::IpNotAllowed,
        Self::InsufficientScope,
    ];

    /// The code of a request that fails it: that of its [`Denial`].
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => Denial::Malformed.code(),
            Self::NotFound => Denial::NotFound.code(),
            Self::Revoked => Denial::Revoked.code(),
            Self::Locked => Denial::Locked.code(),
            Self::Expired => Denial::Expired.code(),
            Self::WorkspaceSuspended => Denial::WorkspaceSuspended.code(),
            Self::IpNotAllowed => Denial::IpNotAllowed.code(),
            Self::InsufficientScope => "INSUFFICIENT_SCOPE",
            Self::RateLimited => Denial::RateLimited.code(),
        }
    }
}

/// One thing that a check looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, such as `expires_at`.
    pub name: &'static str,
    /// What it is, for people.
    pub value: String,
}

impl Input {
    /// An input.
    pub fn new(name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        Self { name, value: value.to_string() }
    }
}

/// A check that was made, spending nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Which.
    pub check: Check,
    /// Why a request ends here; `None` when it passes.
    pub denial: Option<Denial>,
    /// What it looked at.
    pub inputs: Vec<Input>,
}
