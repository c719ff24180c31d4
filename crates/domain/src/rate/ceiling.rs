//! How far the workspaces of others may raise their own limits.
//!
//! *Threat:* a key that may change limits gives itself whatever it likes, and takes what belongs to others of the machine.
//! *Defence:* where the operator sets a maximum, policies of keys, overrides and rates of keys stay below it, and networks are exempt in
//! the hub's own workspace alone. Checked where something is written. *Not defended:* what was written before the maximum was set; a
//! workspace that makes many keys, or many policies with buckets of their own.

use std::num::NonZeroU32;

use super::{PolicyRule, Quota, RateError, SubjectKind};
use crate::id::WorkspaceId;

/// What no workspace may go beyond but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// The most that a key has in a minute, and at once.
    pub maximum_per_minute: NonZeroU32,
    /// The hub's own workspace, which it does not bind.
    pub own_workspace_id: WorkspaceId,
}

impl Ceiling {
    /// Checks a quota that holds for a key.
    ///
    /// # Errors
    /// [`RateError::AboveMaximum`].
    pub(super) fn check_quota(&self, workspace_id: WorkspaceId, quota: &Quota) -> Result<(), RateError> {
        let maximum = Quota::per_minute(self.maximum_per_minute);
        let is_below = quota.interval_ns() >= maximum.interval_ns() && quota.burst() <= maximum.burst();
        if is_below || workspace_id == self.own_workspace_id {
            return Ok(());
        }
        Err(RateError::AboveMaximum(self.maximum_per_minute))
    }

    /// Checks a policy. One of addresses or of the workspace takes nothing away that binds a key: it may be wide.
    ///
    /// # Errors
    /// [`RateError::AboveMaximum`].
    pub(super) fn check_rule(&self, workspace_id: WorkspaceId, rule: &PolicyRule) -> Result<(), RateError> {
        match rule.subject {
            SubjectKind::Key => self.check_quota(workspace_id, &rule.quota),
            SubjectKind::Workspace | SubjectKind::Address => Ok(()),
        }
    }

    /// Checks a list of networks that pass unlimited.
    ///
    /// # Errors
    /// [`RateError::ExemptElsewhere`] for any network.
    pub(super) fn check_networks(&self, workspace_id: WorkspaceId, networks: &[ipnet::IpNet]) -> Result<(), RateError> {
        let is_allowed = networks.is_empty() || workspace_id == self.own_workspace_id;
        if is_allowed { Ok(()) } else { Err(RateError::ExemptElsewhere) }
    }
}
