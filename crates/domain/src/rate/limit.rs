//! What is limited, by which policy, and to how much.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Quota;
use crate::id::{KeyId, WorkspaceId};

/// Names a policy among those of this process; each subject has one bucket under each policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub u32);

impl PolicyId {
    /// What the default counts in for keys of one workspace: numbers of the upper half, which no other policy has.
    ///
    /// Of the workspace, so that whoever looks at buckets sees no foreign one. Two workspaces may share a number, which a bucket does not
    /// mind; whoever shows buckets asks whose key it is.
    pub const fn default_of(workspace_id: &WorkspaceId) -> Self {
        let [.., a, b, c, d] = *workspace_id.as_bytes();
        Self(u32::from_be_bytes([a | 0x80, b, c, d]))
    }
}

/// Who makes a request, as a policy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The key that authenticated it.
    Key(KeyId),
    /// The workspace of that key.
    Workspace(WorkspaceId),
    /// The address it came from. Must be a peer's own or one that a trusted proxy vouches for.
    Address(IpAddr),
}

/// Whom a bucket counts: a subject, except that addresses count by network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A key.
    Key(KeyId),
    /// A workspace.
    Workspace(WorkspaceId),
    /// One IPv4 address (`/32`) or IPv6 network (`/64`); a whole `/24` or `/48` while address buckets are full.
    Network(IpNet),
}

impl Owner {
    /// A subject that counts in this bucket.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Key(id) => Subject::Key(*id),
            Self::Workspace(id) => Subject::Workspace(*id),
            Self::Network(network) => Subject::Address(network.addr()),
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Workspace(id) => id.fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}

/// A bucket of which something is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveBucket {
    /// Whom it counts.
    pub owner: Owner,
    /// Under which policy.
    pub policy_id: PolicyId,
    /// When it is full again: what [`super::decide`] takes as `tat`, to tell what is used and what remains.
    ///
    /// *Time:* as the `now` of the checks.
    pub full_at: std::time::Duration,
}

/// One limit that a request must fit into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose bucket.
    pub subject: Subject,
    /// Under which policy.
    pub policy_id: PolicyId,
    /// How much. May differ from that of the last check: what was spent stays spent.
    pub quota: Quota,
    /// What a request of cost 1 takes of it.
    pub cost: u32,
}
