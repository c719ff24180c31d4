//! A hub's limits over fakes.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::id::{KeyId, RatePolicyId, WorkspaceId};
use devhub_domain::rate::{
    Admission, Decision, FAILED_AUTHENTICATIONS_PER_MINUTE, MethodSet, Mode, NewOverride, OnBackendError,
    OverrideSubject, PolicyRef, PolicyRule, Quota, RateBuckets, RateLimiter, RateLimits, RateOverrides, RatePolicies,
    RatePolicy, RateRequest, RateRules, Route, Rulebook, SubjectKind,
};
use devhub_domain::store::{Lane, StoreError, write};
use devhub_domain::testing::{
    ManualClock, MemoryFailures, MemoryLimiter, MemoryStore, SeededEntropy, api_key, contract,
};
use devhub_domain::tx::Tx;

pub(crate) struct Hub {
    pub(crate) store: MemoryStore,
    pub(crate) rulebook: Arc<Rulebook>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) limits: RateLimits,
    pub(crate) policies: RatePolicies,
    pub(crate) overrides: RateOverrides,
    pub(crate) buckets: RateBuckets,
}

pub(crate) fn workspace(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes(u128::from(number).to_be_bytes())
}

pub(crate) fn key(number: u32) -> KeyId {
    api_key(number).id
}

pub(crate) fn units(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

pub(crate) fn per_minute(count: u32) -> Quota {
    Quota::per_minute(units(count))
}

/// A rule for each key and everything that it asks.
pub(crate) fn rule(name: &str, limit: u32) -> PolicyRule {
    PolicyRule {
        name: name.parse().unwrap(),
        quota: per_minute(limit),
        cost: units(1),
        subject: SubjectKind::Key,
        methods: MethodSet::ALL,
        path: "/**".parse().unwrap(),
        mode: Mode::Enforce,
        on_backend_error: OnBackendError::Allow,
    }
}

/// The same for one path.
pub(crate) fn rule_at(path: &str, name: &str, limit: u32) -> PolicyRule {
    PolicyRule { path: path.parse().unwrap(), ..rule(name, limit) }
}

impl Hub {
    /// Two workspaces, of which the first has the keys 1 and 2 and the second the key 3.
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryLimiter::default()), &RateRules::default())
    }

    pub(crate) fn over(limiter: Arc<MemoryLimiter>, rules: &RateRules) -> Self {
        let buckets: Arc<dyn RateLimiter> = limiter.clone();
        Self::with_limiter(buckets, limiter, rules)
    }

    pub(crate) fn with_limiter(limiter: Arc<dyn RateLimiter>, view: Arc<MemoryLimiter>, rules: &RateRules) -> Self {
        let store = MemoryStore::default();
        contract::seed(&store);
        let mut foreign = api_key(3);
        foreign.workspace_id = workspace(2);
        let keys = [api_key(1), api_key(2), foreign];
        write::<dyn Tx, _, StoreError>(&store, Lane::Interactive, |tx| {
            keys.iter().try_for_each(|key| tx.insert_api_key(key))
        })
        .unwrap();
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(1));
        let rulebook = Arc::new(Rulebook::new());
        let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
        let shared = Arc::new(store.clone());
        Self {
            limits: RateLimits::new(rules.clone(), limiter, Arc::new(failures), clock.clone())
                .with_rulebook(rulebook.clone()),
            policies: RatePolicies::new(shared.clone(), rulebook.clone(), clock.clone(), entropy.clone()),
            overrides: RateOverrides::new(shared.clone(), rulebook.clone(), clock.clone(), entropy),
            buckets: RateBuckets::new(shared, rulebook.clone(), view, rules.default, clock.clone()),
            store,
            rulebook,
            clock,
        }
    }

    pub(crate) fn make(&self, rule: PolicyRule) -> RatePolicy {
        self.make_in(workspace(1), rule)
    }

    pub(crate) fn make_in(&self, workspace_id: WorkspaceId, rule: PolicyRule) -> RatePolicy {
        let prepared = self.policies.create(Asker::COMMAND_LINE, workspace_id, rule).unwrap();
        prepared.commit().unwrap().changed
    }

    pub(crate) fn give(&self, policy: PolicyRef, subject: OverrideSubject, limit: u32) {
        let new = NewOverride { policy, subject, quota: per_minute(limit) };
        self.overrides.create(Asker::COMMAND_LINE, workspace(1), new).unwrap().commit().unwrap();
    }

    pub(crate) fn ask(&self, request: &RateRequest<'_>) -> Admission {
        self.limits.decide(request)
    }

    /// Asks so often, and says how often that was allowed.
    pub(crate) fn passed(&self, request: &RateRequest<'_>, times: usize) -> usize {
        (0..times).filter(|_| self.ask(request).is_admitted()).count()
    }

    /// Name and remainder of the most restrictive policy.
    pub(crate) fn binding(&self, request: &RateRequest<'_>) -> (String, u32) {
        let admission = self.ask(request);
        let standing = admission.standing().unwrap();
        (standing.policy.name().to_string(), standing.decision.remaining)
    }

    pub(crate) fn decision(&self, request: &RateRequest<'_>) -> Decision {
        self.ask(request).standing().unwrap().decision
    }

    pub(crate) fn counts(&self, id: RatePolicyId) -> (u64, u64, u64) {
        let counts = self.rulebook.counts(id);
        (counts.allowed, counts.refused, counts.shadow_refused)
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// A `GET` of a path by a key of the first workspace.
pub(crate) fn get(number: u32, path: &str) -> RateRequest<'_> {
    ask(number, "GET", path)
}

pub(crate) fn ask<'a>(number: u32, method: &'a str, path: &'a str) -> RateRequest<'a> {
    RateRequest {
        key_id: key(number),
        workspace_id: workspace(if number == 3 { 2 } else { 1 }),
        address: address("203.0.113.7"),
        route: Some(Route { method, path }),
        cost: 1,
    }
}

pub(crate) fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
