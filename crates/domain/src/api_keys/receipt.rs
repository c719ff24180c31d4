//! Who knows that a key is refused, and how soon it knew.

use std::sync::Arc;
use std::time::Duration;

use super::{ApiKey, ApiKeys};
use crate::text::short_texts;
use crate::time::Timestamp;

short_texts! {
    /// What a node of the hub is called in receipts: 1 to 64 characters.
    NodeName, NodeNameError, 64, "name of the node", "the name of a node must be 1 to 64 characters without control characters";
}

impl Default for NodeName {
    /// What the only node is called.
    fn default() -> Self {
        Self("local".to_owned())
    }
}

/// One node that obeys a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Which.
    pub node: NodeName,
    /// How long after the change was asked for it did. By the monotonic clock of the node that was asked, the write included.
    pub after: Duration,
}

/// Which nodes obey a change of a key.
///
/// With [`Receipt::missing`] empty, no node of the hub accepts what was refused, from [`Receipt::effective_at`] on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// When the last of the nodes that are named obeyed, which is before the change has returned. UTC.
    pub effective_at: Timestamp,
    /// The nodes that obey.
    pub nodes: Vec<Acknowledgement>,
    /// Nodes that are alive and have not said so.
    pub missing: Vec<NodeName>,
}

/// A key whose status was changed, and who knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedKey {
    /// The key after the change.
    pub key: ApiKey,
    /// Who obeys; `None` until the change is on disk, and so in an answer that is kept for whoever repeats the request.
    pub receipt: Option<Receipt>,
}

impl ApiKeys {
    /// Tells this node of the new state of keys, after their commit, and says how long after now that was.
    ///
    /// The hub has one node; more will be asked here, and named as missing when they do not answer in time.
    pub(super) fn acknowledge(&self) -> impl Fn(&[ApiKey]) -> Receipt + Send + use<> {
        let (directory, clock) = (Arc::clone(&self.directory), Arc::clone(&self.clock));
        let asked_at = clock.elapsed();
        move |keys| {
            for key in keys {
                directory.put(key);
            }
            let after = clock.elapsed().saturating_sub(asked_at);
            let nodes = vec![Acknowledgement { node: NodeName::default(), after }];
            Receipt { effective_at: clock.now(), nodes, missing: Vec::new() }
        }
    }
}
