//! Which limits bind a key: those of its workspace's rules with what is overridden for it, as requests meet them.

use super::ruleset::Rule;
use super::{MethodSet, OverrideSubject, PathPattern, PolicyName, PolicyRef, Quota, RateLimits, SubjectKind};
use crate::id::{KeyId, RatePolicyId, WorkspaceId};

/// Who has decided how much a limit admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitOrigin {
    /// The policy itself.
    Policy,
    /// An override for this key.
    Key,
    /// An override for everybody of its workspace.
    Workspace,
}

/// One limit that requests of a key may meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedLimit {
    /// The policy; `None` for the default of every key.
    pub policy: Option<RatePolicyId>,
    /// What people call it.
    pub name: PolicyName,
    /// Whom it counts.
    pub subject: SubjectKind,
    /// Which requests it means: their methods and their path; `None` for the default, which means those that nothing else does.
    pub route: Option<(MethodSet, PathPattern)>,
    /// How much it admits of this key.
    pub quota: Quota,
    /// Who has decided that.
    pub origin: LimitOrigin,
    /// What a request takes of it.
    pub cost: u32,
    /// Whether it only looks, and refuses nothing.
    pub is_shadow: bool,
}

impl RateLimits {
    /// The limits that requests of a key may meet, in the order in which they are chosen: of each subject, the first one that means a
    /// request binds it. What no request can meet, because a limit before it means every one, is left out. Reads memory alone.
    pub fn applied_to(&self, workspace_id: WorkspaceId, key_id: KeyId) -> Vec<AppliedLimit> {
        let mut applied = Vec::new();
        // Of each subject, whether a limit before means every request; those that only look leave the others their places.
        let mut closed: Vec<(SubjectKind, bool)> = Vec::new();
        self.rulebook().with(&workspace_id, |ruleset| {
            for rule in ruleset.map(|ruleset| ruleset.rules()).unwrap_or_default() {
                let place = (rule.subject, rule.is_shadow);
                if closed.contains(&place) {
                    continue;
                }
                if rule.means_everything() {
                    closed.push(place);
                }
                applied.push(self.applied(rule, workspace_id, key_id));
            }
        });
        if !closed.contains(&(SubjectKind::Key, false)) {
            applied.push(self.applied_default(workspace_id, key_id));
        }
        applied
    }

    fn applied(&self, rule: &Rule, workspace_id: WorkspaceId, key_id: KeyId) -> AppliedLimit {
        let key = (rule.subject == SubjectKind::Key).then_some(key_id);
        let (quota, origin) = self.quota_of(rule.overridden_as(), (key, workspace_id), rule.quota);
        AppliedLimit {
            policy: Some(rule.id),
            name: rule.name,
            subject: rule.subject,
            route: Some((rule.methods, rule.path.clone())),
            quota,
            origin,
            // As a request spends it: a lowered burst must not refuse for ever what costs more than it.
            cost: rule.cost.min(quota.burst().get()),
            is_shadow: rule.is_shadow,
        }
    }

    fn applied_default(&self, workspace_id: WorkspaceId, key_id: KeyId) -> AppliedLimit {
        let default = self.default_policy();
        let of = [Some(PolicyRef::Default), None];
        let (quota, origin) = self.quota_of(of, (Some(key_id), workspace_id), *default.quota());
        AppliedLimit {
            policy: None,
            name: *default.name(),
            subject: SubjectKind::Key,
            route: None,
            quota,
            origin,
            cost: 1,
            is_shadow: false,
        }
    }

    fn quota_of(
        &self,
        of: [Option<PolicyRef>; 2],
        (key, workspace_id): (Option<KeyId>, WorkspaceId),
        own: Quota,
    ) -> (Quota, LimitOrigin) {
        let find = |subject| of.into_iter().flatten().find_map(|policy| self.rulebook().overridden(policy, subject));
        // The order of [`super::Rulebook::quota_for`], which requests are held against.
        if let Some(quota) = key.and_then(|id| find(OverrideSubject::Key(id))) {
            return (quota, LimitOrigin::Key);
        }
        find(OverrideSubject::Workspace(workspace_id))
            .map_or((own, LimitOrigin::Policy), |quota| (quota, LimitOrigin::Workspace))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use super::*;
    use crate::rate::{
        FAILED_AUTHENTICATIONS_PER_MINUTE, Mode, PolicyRule, RateOverride, RatePolicy, RateRules, RateSnapshot,
        RateState, Rulebook,
    };
    use crate::testing::{ManualClock, MemoryFailures, MemoryLimiter, api_key, rate_override, rate_policy};

    fn quota(limit: u32) -> Quota {
        Quota::per_minute(NonZeroU32::new(limit).unwrap())
    }

    fn policy(number: u32, path: &str, mode: Mode) -> RatePolicy {
        let sample = rate_policy(number);
        let rule = PolicyRule {
            path: path.parse().unwrap(),
            methods: MethodSet::ALL,
            subject: SubjectKind::Key,
            quota: quota(number),
            mode,
            ..sample.rule.clone()
        };
        RatePolicy { rule, ..sample }
    }

    fn limits(policies: Vec<RatePolicy>, overrides: &[RateOverride]) -> RateLimits {
        let rulebook = Arc::new(Rulebook::new());
        let state = RateState { revision: 1, ..RateState::new(rate_policy(1).workspace_id) };
        rulebook.put(&RateSnapshot { state, policies });
        for made in overrides {
            rulebook.put_override(made);
        }
        let clock = Arc::new(ManualClock::default());
        let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
        let limiter = Arc::new(MemoryLimiter::default());
        RateLimits::new(RateRules::default(), limiter, Arc::new(failures), clock).with_rulebook(rulebook)
    }

    fn applied(limits: &RateLimits) -> Vec<(Option<RatePolicyId>, u32, LimitOrigin, bool)> {
        let found = limits.applied_to(rate_policy(1).workspace_id, api_key(1).id);
        found
            .into_iter()
            .map(|limit| (limit.policy, limit.quota.limit().get(), limit.origin, limit.is_shadow))
            .collect()
    }

    #[test]
    fn without_rules_the_default_applies() {
        assert_eq!(applied(&limits(Vec::new(), &[])), [(None, 600, LimitOrigin::Policy, false)]);
    }

    #[test]
    fn what_stands_below_a_rule_of_everything_is_never_met() {
        let policies = vec![
            policy(1, "/api/v1/payments", Mode::Enforce),
            policy(2, "/**", Mode::Shadow),
            policy(3, "/**", Mode::Enforce),
            policy(4, "/api/v1/refunds", Mode::Enforce),
            policy(5, "/api/v1/refunds", Mode::Shadow),
            policy(6, "/api/v1/customers", Mode::Off),
        ];
        let id = |number| Some(rate_policy(number).id);
        let origin = LimitOrigin::Policy;
        let expected = [(id(1), 1, origin, false), (id(2), 2, origin, true), (id(3), 3, origin, false)];
        assert_eq!(applied(&limits(policies, &[])), expected);
    }

    #[test]
    fn an_override_of_the_key_wins_over_that_of_its_workspace() {
        let workspace_id = rate_policy(1).workspace_id;
        let made = |number, subject, limit| RateOverride {
            workspace_id,
            policy: PolicyRef::Default,
            subject,
            quota: quota(limit),
            ..rate_override(number)
        };
        let of_workspace = made(1, OverrideSubject::Workspace(workspace_id), 60);
        let of_key = made(2, OverrideSubject::Key(api_key(1).id), 90);
        let all = [of_workspace, of_key];
        assert_eq!(applied(&limits(Vec::new(), &all[..1])), [(None, 60, LimitOrigin::Workspace, false)]);
        assert_eq!(applied(&limits(Vec::new(), &all)), [(None, 90, LimitOrigin::Key, false)]);
    }
}
