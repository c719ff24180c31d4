//! Whom buckets count.

use devhub_domain::id::{KeyId, WorkspaceId};
use ipnet::IpNet;

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
