//! Rate policies in memory.

use std::ops::Range;

use super::memory::{Content, insert, page};
use crate::id::{RateOverrideId, RatePolicyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::rate::{
    OverrideSubject, OverrideTx, PolicyHour, PolicyHoursTx, PolicyRef, RateOverride, RatePolicy, RateState, RateTx,
};
use crate::store::StoreError;

impl OverrideTx for Content {
    fn find_rate_state(&mut self, workspace_id: WorkspaceId) -> Result<Option<RateState>, StoreError> {
        Ok(self.rate_states.get(&workspace_id).cloned())
    }

    fn write_rate_state(&mut self, state: &RateState) -> Result<(), StoreError> {
        let before = self.rate_states.get(&state.workspace_id).map_or(0, |stored| stored.revision);
        if before != state.revision - 1 {
            return Err(StoreError::Conflict("rate_states.revision"));
        }
        self.rate_states.insert(state.workspace_id, state.clone());
        Ok(())
    }

    fn insert_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError> {
        if self.find_rate_override_of(made.workspace_id, made.policy, made.subject)?.is_some() {
            return Err(StoreError::Conflict("rate_overrides.subject"));
        }
        insert(&mut self.rate_overrides, made.id, made.clone(), "rate_overrides.id")
    }

    fn find_rate_override(
        &mut self,
        workspace_id: WorkspaceId,
        id: RateOverrideId,
    ) -> Result<Option<RateOverride>, StoreError> {
        Ok(self.rate_overrides.get(&id).filter(|made| made.workspace_id == workspace_id).cloned())
    }

    fn find_rate_override_of(
        &mut self,
        workspace_id: WorkspaceId,
        policy: PolicyRef,
        subject: OverrideSubject,
    ) -> Result<Option<RateOverride>, StoreError> {
        let is_it =
            |made: &&RateOverride| (made.workspace_id, made.policy, made.subject) == (workspace_id, policy, subject);
        Ok(self.rate_overrides.values().find(is_it).cloned())
    }

    fn list_rate_overrides_of(
        &mut self,
        workspace_id: WorkspaceId,
        subject: OverrideSubject,
    ) -> Result<Vec<RateOverride>, StoreError> {
        let is_one = |made: &&RateOverride| (made.workspace_id, made.subject) == (workspace_id, subject);
        let mut found: Vec<_> = self.rate_overrides.values().filter(is_one).cloned().collect();
        found.sort_by_key(|made| made.id);
        Ok(found)
    }

    fn count_rate_overrides(&mut self, workspace_id: WorkspaceId, policy: RatePolicyId) -> Result<u64, StoreError> {
        let wanted = (workspace_id, PolicyRef::Of(policy));
        let found = self.rate_overrides.values().filter(|made| (made.workspace_id, made.policy) == wanted);
        Ok(found.map(|_| 1).sum())
    }

    fn update_rate_override(&mut self, made: &RateOverride, before: i64) -> Result<(), StoreError> {
        match self.rate_overrides.get_mut(&made.id) {
            Some(stored) if stored.revision == before => {
                *stored = made.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict("rate_overrides.revision")),
        }
    }

    fn delete_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError> {
        match self.rate_overrides.get(&made.id) {
            Some(stored) if stored.revision == made.revision => {
                self.rate_overrides.remove(&made.id);
                Ok(())
            }
            _ => Err(StoreError::Conflict("rate_overrides.revision")),
        }
    }
}

impl RateTx for Content {
    fn list_rate_states(&mut self) -> Result<Vec<RateState>, StoreError> {
        Ok(self.rate_states.values().cloned().collect())
    }

    fn insert_rate_policy(&mut self, policy: &RatePolicy) -> Result<(), StoreError> {
        self.check_policy_name(policy)?;
        insert(&mut self.rate_policies, policy.id, policy.clone(), "rate_policies.id")
    }

    fn list_rate_policies(&mut self, workspace_id: WorkspaceId) -> Result<Vec<RatePolicy>, StoreError> {
        let of_workspace = self.rate_policies.values().filter(|policy| policy.workspace_id == workspace_id);
        let mut policies: Vec<_> = of_workspace.cloned().collect();
        policies.sort_by_key(|policy| (policy.position, policy.id));
        Ok(policies)
    }

    fn update_rate_policy(&mut self, policy: &RatePolicy, before: i64) -> Result<(), StoreError> {
        self.check_policy_name(policy)?;
        match self.rate_policies.get_mut(&policy.id) {
            Some(stored) if stored.revision == before => {
                *stored = policy.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict("rate_policies.revision")),
        }
    }

    fn delete_rate_policy(&mut self, policy: &RatePolicy) -> Result<i64, StoreError> {
        match self.rate_policies.get(&policy.id) {
            Some(stored) if stored.revision == policy.revision => {
                self.rate_policies.remove(&policy.id);
                Ok(self.delete_overrides_of(policy.id))
            }
            _ => Err(StoreError::Conflict("rate_policies.revision")),
        }
    }

    fn list_rate_overrides(
        &mut self,
        workspace_id: WorkspaceId,
        request: PageRequest<RateOverrideId>,
    ) -> Result<Page<RateOverride, RateOverrideId>, StoreError> {
        Ok(page(&self.rate_overrides, request, |made| made.id, |made| made.workspace_id == workspace_id))
    }
}

impl Content {
    fn check_policy_name(&self, policy: &RatePolicy) -> Result<(), StoreError> {
        let has_name = |other: &RatePolicy| {
            (other.workspace_id, other.rule.name) == (policy.workspace_id, policy.rule.name) && other.id != policy.id
        };
        if self.rate_policies.values().any(has_name) { Err(StoreError::Conflict("rate_policies.name")) } else { Ok(()) }
    }

    fn delete_overrides_of(&mut self, id: RatePolicyId) -> i64 {
        let before = self.rate_overrides.len();
        self.rate_overrides.retain(|_, made| made.policy != PolicyRef::Of(id));
        i64::try_from(before - self.rate_overrides.len()).unwrap_or(0)
    }
}

impl PolicyHoursTx for Content {
    fn add_policy_hour(&mut self, hour: &PolicyHour) -> Result<(), StoreError> {
        let key = (hour.workspace_id, hour.policy, hour.hour);
        self.policy_hours.entry(key).or_default().add(&hour.counts);
        Ok(())
    }

    fn list_policy_hours(
        &mut self,
        workspace_id: WorkspaceId,
        policies: &[PolicyRef],
        hours: Range<i64>,
    ) -> Result<Vec<PolicyHour>, StoreError> {
        let of = |policy: &PolicyRef| (workspace_id, *policy, hours.start)..(workspace_id, *policy, hours.end);
        let rows = policies.iter().flat_map(|policy| self.policy_hours.range(of(policy)));
        let row = |((workspace_id, policy, hour), counts): (&(WorkspaceId, PolicyRef, i64), &_)| PolicyHour {
            workspace_id: *workspace_id,
            policy: *policy,
            hour: *hour,
            counts: *counts,
        };
        Ok(rows.map(row).collect())
    }

    fn delete_policy_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<_> = self.policy_hours.keys().copied().filter(|(.., hour)| *hour < before_hour).collect();
        old.sort_unstable_by_key(|(.., hour)| *hour);
        old.truncate(limit);
        Ok(old.iter().filter(|key| self.policy_hours.remove(key).is_some()).count())
    }
}
