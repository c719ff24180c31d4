//! What a store must do for rate policies.

use super::{OverrideSubject, PolicyRef, RateOverride, RatePolicy, RateState};
use crate::api_keys::ApiKeyTx;
use crate::id::{RateOverrideId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// Overrides, and the revision of a workspace's rules, within one transaction.
pub trait OverrideTx {
    /// What a workspace's rules are at; `None` before the first change.
    ///
    /// In a transaction that writes, must keep others from changing it until it ends, if it is there.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_rate_state(&mut self, workspace_id: WorkspaceId) -> Result<Option<RateState>, StoreError>;

    /// Writes the state, if the stored revision is the one before it; none counts as 0.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not.
    fn write_rate_state(&mut self, state: &RateState) -> Result<(), StoreError>;

    /// Adds an override.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken, or the policy has an override for the subject.
    fn insert_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError>;

    /// The override with this id, if it belongs to the workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_rate_override(
        &mut self,
        workspace_id: WorkspaceId,
        id: RateOverrideId,
    ) -> Result<Option<RateOverride>, StoreError>;

    /// The override of a policy for a subject.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_rate_override_of(
        &mut self,
        workspace_id: WorkspaceId,
        policy: PolicyRef,
        subject: OverrideSubject,
    ) -> Result<Option<RateOverride>, StoreError>;

    /// Writes quota, time and revision of `made`, if the stored revision is `before`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not.
    fn update_rate_override(&mut self, made: &RateOverride, before: i64) -> Result<(), StoreError>;

    /// Removes an override, if the stored revision is its own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not.
    fn delete_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError>;
}

/// Rate policies within one transaction.
pub trait RateTx: ApiKeyTx + OverrideTx {
    /// The states of all workspaces that have any. There are few.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_rate_states(&mut self) -> Result<Vec<RateState>, StoreError>;

    /// Adds a policy.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken, or the name in its workspace.
    fn insert_rate_policy(&mut self, policy: &RatePolicy) -> Result<(), StoreError>;

    /// Policies of a workspace in the order of their positions, and by id where two have the same.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_rate_policies(&mut self, workspace_id: WorkspaceId) -> Result<Vec<RatePolicy>, StoreError>;

    /// Writes rule, position, time and revision of `policy`, if the stored revision is `before`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not, or the name is taken.
    fn update_rate_policy(&mut self, policy: &RatePolicy, before: i64) -> Result<(), StoreError>;

    /// Removes a policy, if the stored revision is its own, and all of its overrides; says how many those were.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not.
    fn delete_rate_policy(&mut self, policy: &RatePolicy) -> Result<i64, StoreError>;

    /// Overrides of a workspace, newest first, with ids below [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_rate_overrides(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageRequest<RateOverrideId>,
    ) -> Result<Page<RateOverride, RateOverrideId>, StoreError>;
}
