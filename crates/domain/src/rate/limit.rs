//! What is limited, by which policy, and to how much.

use std::net::IpAddr;

use super::Quota;
use crate::id::{KeyId, WorkspaceId};

/// Names a policy among those of this process; each subject has one bucket under each policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub u32);

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

/// One limit that a request must fit into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose bucket.
    pub subject: Subject,
    /// Under which policy.
    pub policy_id: PolicyId,
    /// How much. May differ from that of the last check: what was spent stays spent.
    pub quota: Quota,
}
