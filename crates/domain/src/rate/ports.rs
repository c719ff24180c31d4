//! What a keeper of buckets, and a store of rate policies, must do.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use super::{
    Decision, Decisions, Limit, LiveBucket, OverrideSubject, PolicyHour, PolicyId, PolicyRef, RateOverride, RatePolicy,
    RateState, Subject,
};
use crate::api_keys::ApiKeyTx;
use crate::id::{RateOverrideId, RatePolicyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// Keeps buckets and decides over them.
pub trait RateLimiter: Send + Sync {
    /// Decides whether `cost` units fit into all of the limits now, and spends them in all of them if so, else in none.
    ///
    /// Must answer with one decision for each limit, in their order. Decision and spending must be one step: concurrent callers
    /// are admitted as if they came one after another. Each subject must have a bucket of its own under each policy; addresses
    /// may share one by network. A bucket must not be named twice. Must not block on anything slow: every request asks. Of each limit is
    /// taken its own cost, `cost` times. There are at most [`super::LIMITS_MAX`].
    ///
    /// *Time:* `now` is [`crate::time::Clock::elapsed`], of one clock in all calls. A reading may be up to a second older than one
    /// that was used before.
    ///
    /// # Errors
    /// [`LimiterError`] when the buckets are out of reach: nothing is spent then, as far as it can know.
    fn check(&self, limits: &[Limit], now: Duration, cost: u32) -> Result<Decisions, LimiterError>;

    /// Decides as [`RateLimiter::check`] does over one limit, which is all that nearly every request has. Must not differ from it.
    ///
    /// # Errors
    /// As [`RateLimiter::check`].
    fn check_one(&self, limit: &Limit, now: Duration, cost: u32) -> Result<Decision, LimiterError> {
        let decisions = self.check(std::slice::from_ref(limit), now, cost)?;
        Ok(*decisions.each.first().expect("a limiter answers with one decision for each limit"))
    }
}

/// The buckets are out of reach.
#[derive(Debug, thiserror::Error)]
#[error("the buckets of rate limits cannot be reached")]
pub struct LimiterError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Shows buckets to people.
pub trait BucketView: Send + Sync {
    /// The `limit` buckets that are wanted and full again last, latest first. May walk through all of them.
    fn live(&self, now: Duration, limit: usize, wants: &dyn Fn(&LiveBucket) -> bool) -> Vec<LiveBucket>;

    /// Fills a bucket at once; `false` when it is full already. For an address whose network is counted as a whole, that of the network.
    fn reset(&self, subject: Subject, policy_id: PolicyId) -> bool;
}

/// Counts failed authentications by address, IPv6 by `/64`, in bounded memory.
pub trait FailedAuthentications: Send + Sync {
    /// Counts a failed attempt; says how long to wait if there were too many, which must cost nothing more.
    ///
    /// Whoever asks must have let the request fail first: a valid key is never refused for its neighbours.
    fn record(&self, address: IpAddr) -> Option<Duration>;

    /// Says whether another failed attempt would be one too many. Must count nothing.
    fn is_throttled(&self, address: IpAddr) -> bool;
}

/// Overrides, and the revision of a workspace's rules, within one transaction.
pub trait OverrideTx {
    /// What a workspace's rules are at; `None` before the first change.
    ///
    /// Need not keep others from changing it: whoever reads it to change it must have taken the turn of the workspace's log before, and
    /// keeps it until the transaction ends.
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

    /// All overrides for a subject, in the order of their ids: at most one of each policy and one of the default.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_rate_overrides_of(
        &mut self,
        workspace_id: WorkspaceId,
        subject: OverrideSubject,
    ) -> Result<Vec<RateOverride>, StoreError>;

    /// How many overrides a policy has: few enough to be counted.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_rate_overrides(&mut self, workspace_id: WorkspaceId, policy: RatePolicyId) -> Result<u64, StoreError>;

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

/// What policies decided, within one transaction: a row for each policy and hour in which it decided something.
pub trait PolicyHoursTx {
    /// Counts what was counted elsewhere, on top of what is there for that policy and hour. Of two transactions at once neither is lost.
    /// The policy need not be there any more.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_policy_hour(&mut self, hour: &PolicyHour) -> Result<(), StoreError>;

    /// These hours of each of these policies of a workspace, in no order; those in which nothing was decided are left out. At most the
    /// policies of one workspace and a few days are asked for.
    ///
    /// Must be one look for all of them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one of them cannot be read, and the store's own.
    fn list_policy_hours(
        &mut self,
        workspace_id: WorkspaceId,
        policies: &[PolicyRef],
        hours: Range<i64>,
    ) -> Result<Vec<PolicyHour>, StoreError>;

    /// Removes up to `limit` hours of policies before `before_hour`, the oldest first; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_policy_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError>;
}
