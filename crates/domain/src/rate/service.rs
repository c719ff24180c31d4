//! Whether a request may pass: asked once for each, after its authentication.
//!
//! *Threat:* a caller that takes more than its share; one that tries tokens as fast as it can; a limiter that is away and holds
//! everything up.
//! *Defence:* each key has a quota, and the policies of its workspace bind what they mean; each address may fail to authenticate so
//! often. Nothing of a key's quota is spent by requests that failed to authenticate, and failures are asked about only after they
//! happened, so that nobody can use up what belongs to another. When the limiter fails, each policy says itself what becomes of its
//! requests. *Not defended:* many addresses that fail seldom each.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::faults::Faults;
use super::ruleset::{Chosen, Rule};
use super::{
    Bucket, Decision, Decisions, FAILED_AUTHENTICATIONS_PER_MINUTE, FailedAuthentications, LIMITS_MAX, Limit,
    LimiterError, LimiterFaults, OnBackendError, Policy, PolicyId, PolicyRef, Quota, RateLimiter, Route, Rulebook,
    Subject, SubjectKind, decide_all,
};
use crate::id::{KeyId, WorkspaceId};
use crate::time::{Clock, Timestamp};

/// How long callers are told to wait when the limiter failed and their policy refuses: nobody knows, and it may be over soon.
const LIMITER_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Whom the limits bind, and to how much, before anybody has made a rule.
#[derive(Clone, Debug)]
pub struct RateRules {
    /// What each key has.
    pub default: Policy,
    /// What becomes of requests that only the default binds while the limiter does not answer.
    pub on_backend_error: OnBackendError,
    /// How often one address may fail to authenticate; for display, since [`FailedAuthentications`] does the counting.
    pub failed_authentications: Quota,
    /// Networks whose requests are not limited: neither decided nor counted.
    pub exempt_networks: Vec<IpNet>,
}

impl Default for RateRules {
    /// [`Policy::default`], [`FAILED_AUTHENTICATIONS_PER_MINUTE`], nobody is exempt, and a limiter that fails lets everything pass.
    fn default() -> Self {
        Self {
            default: Policy::default(),
            on_backend_error: OnBackendError::Allow,
            failed_authentications: Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE),
            exempt_networks: Vec::new(),
        }
    }
}

/// A request that was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateRequest<'a> {
    /// Whose key.
    pub key_id: KeyId,
    /// The workspace of that key.
    pub workspace_id: WorkspaceId,
    /// Where it came from. Must be a peer's own address or one that a trusted proxy vouches for.
    pub address: IpAddr,
    /// What it asks for; `None` when nobody knows, and then only rules that mean every request bind it.
    pub route: Option<Route<'a>>,
    /// How many times it takes the cost of each rule; 1 for an ordinary request, 0 to look without spending.
    pub cost: u32,
}

/// Where a request stands with its policies right after it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What became of it by the most restrictive policy, and what remains.
    pub decision: Decision,
    /// When nothing is spent of that any more, if nothing else is asked meanwhile. Wall time.
    pub resets_at: Timestamp,
    /// The most restrictive policy, with the quota that the caller has.
    pub policy: Policy,
    /// All that bind the request: those of its key, its workspace and its address, as far as there are any.
    pub policies: [Option<Policy>; LIMITS_MAX],
}

/// What the limits make of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it lives on the stack of one request, and a box would be an allocation")]
pub enum Admission {
    /// Its network is not limited: nothing was decided or counted.
    Exempt,
    /// It was decided.
    Decided(Standing),
    /// The limiter failed, and no policy of the request minds.
    Unchecked,
    /// The limiter failed, and a policy of the request refuses it then.
    Unavailable {
        /// How long to wait before trying again.
        retry_after: Duration,
    },
}

impl Admission {
    /// Whether the request may pass.
    pub const fn is_admitted(&self) -> bool {
        match self {
            Self::Exempt | Self::Unchecked => true,
            Self::Decided(standing) => standing.decision.is_allowed(),
            Self::Unavailable { .. } => false,
        }
    }

    /// Where it stands, if it was decided.
    pub const fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Decided(standing) => Some(standing),
            Self::Exempt | Self::Unchecked | Self::Unavailable { .. } => None,
        }
    }
}

/// Decides which requests may pass.
#[derive(Clone)]
pub struct RateLimits {
    rules: RateRules,
    rulebook: Arc<Rulebook>,
    limiter: Arc<dyn RateLimiter>,
    failures: Arc<dyn FailedAuthentications>,
    clock: Arc<dyn Clock>,
    faults: Arc<Faults>,
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimits").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl RateLimits {
    /// Limits by these rules, over these buckets; nobody has made policies of their own.
    pub fn new(
        rules: RateRules,
        limiter: Arc<dyn RateLimiter>,
        failures: Arc<dyn FailedAuthentications>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { rules, rulebook: Arc::default(), limiter, failures, clock, faults: Arc::default() }
    }

    /// The same, with the policies of workspaces.
    #[must_use]
    pub fn with_rulebook(self, rulebook: Arc<Rulebook>) -> Self {
        Self { rulebook, ..self }
    }

    /// Whom the limits bind, and to how much, where no policy is made.
    pub const fn rules(&self) -> &RateRules {
        &self.rules
    }

    /// What each key has.
    pub const fn default_policy(&self) -> &Policy {
        &self.rules.default
    }

    /// The policies of workspaces.
    pub(super) fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// What the limiter failed with since this was asked last, on any clone; for a log.
    pub fn take_faults(&self) -> Option<LimiterFaults> {
        self.faults.take()
    }

    /// Decides over a request and counts it if it may pass.
    ///
    /// Policies that only look are asked when the others let it pass, each for itself, and change nothing of that.
    pub fn decide(&self, request: &RateRequest<'_>) -> Admission {
        if self.is_exempt(request.address) {
            return Admission::Exempt;
        }
        self.rulebook.with(&request.workspace_id, |ruleset| match ruleset {
            None => self.decide_by_default(request),
            Some(ruleset) if ruleset.exempts(request.address) => Admission::Exempt,
            Some(ruleset) => self.decide_by(request, &ruleset.choose(request.route)),
        })
    }

    /// What a request would be answered in a while, spending and counting nothing. A cost of 0 is asked as it is.
    pub fn peek(&self, request: &RateRequest<'_>, ahead: Duration) -> Admission {
        if self.is_exempt(request.address) {
            return Admission::Exempt;
        }
        self.rulebook.with(&request.workspace_id, |ruleset| match ruleset {
            None => self.peek_by(request, &Chosen::default(), ahead),
            Some(ruleset) if ruleset.exempts(request.address) => Admission::Exempt,
            Some(ruleset) => self.peek_by(request, &ruleset.choose(request.route), ahead),
        })
    }

    /// Counts a request that failed to authenticate; says how long its address must wait if that was one too many.
    ///
    /// Must not be asked before authentication has failed: a valid key is never refused for its neighbours.
    pub fn record_failure(&self, address: IpAddr) -> Option<Duration> {
        if self.is_exempt(address) {
            return None;
        }
        self.failures.record(address)
    }

    /// Whether requests from there are neither decided nor counted, whatever rules workspaces make.
    pub fn is_exempt(&self, address: IpAddr) -> bool {
        self.rules.exempt_networks.iter().any(|network| network.contains(&address))
    }

    /// Where nobody has made a policy: as [`RateLimits::decide_by`] decides with no rule chosen, in a third of the time.
    fn decide_by_default(&self, request: &RateRequest<'_>) -> Admission {
        let limit = self.default_limit(request);
        match self.limiter.check_one(&limit, self.clock.elapsed(), request.cost) {
            Ok(decision) => {
                if !decision.is_allowed() && request.cost > 0 {
                    self.rulebook.count_default_refusal(request.workspace_id);
                }
                let policy = Policy::new(*self.rules.default.name(), limit.quota);
                let resets_at = self.clock.now().plus(decision.resets_after);
                Admission::Decided(Standing { decision, resets_at, policy, policies: [Some(policy), None, None] })
            }
            Err(error) => self.without_limiter(&Chosen::default(), error),
        }
    }

    fn decide_by(&self, request: &RateRequest<'_>, chosen: &Chosen<'_>) -> Admission {
        let now = self.clock.elapsed();
        let (limits, count) = self.limits(request, chosen);
        let limits = limits.get(..count).unwrap_or_default();
        match self.limiter.check(limits, now, request.cost) {
            Ok(decisions) => {
                self.note(request, chosen, &decisions);
                if decisions.are_all_allowed {
                    self.look(request, chosen, now);
                }
                self.standing(chosen, limits, &decisions).map_or(Admission::Unchecked, Admission::Decided)
            }
            Err(error) => self.without_limiter(chosen, error),
        }
    }

    /// What is stored decides, by the function that decides over requests.
    fn peek_by(&self, request: &RateRequest<'_>, chosen: &Chosen<'_>, ahead: Duration) -> Admission {
        let now = self.clock.elapsed();
        let (limits, count) = self.limits(request, chosen);
        let limits = limits.get(..count).unwrap_or_default();
        match self.limiter.check(limits, now, 0) {
            Ok(looked) => {
                let stored = limits.iter().zip(looked.each.iter());
                let buckets =
                    stored.map(|(Limit { quota, cost, .. }, look)| Bucket { tat: look.tat, quota, cost: *cost });
                let decisions = decide_all(buckets, now.saturating_add(ahead), request.cost);
                let standing = self.standing(chosen, limits, &decisions);
                standing.map_or(Admission::Unchecked, |standing| {
                    Admission::Decided(Standing { resets_at: standing.resets_at.plus(ahead), ..standing })
                })
            }
            Err(error) => self.without_limiter(chosen, error),
        }
    }

    /// The limits that bind a request, and how many there are: what is beyond is never read.
    fn limits(&self, request: &RateRequest<'_>, chosen: &Chosen<'_>) -> ([Limit; LIMITS_MAX], usize) {
        let [by_key, by_workspace, by_address] = chosen.enforced;
        let first = match by_key {
            Some(rule) => self.limit(request, rule),
            None => self.default_limit(request),
        };
        let (mut limits, mut count) = ([first; LIMITS_MAX], 1);
        for rule in [by_workspace, by_address].into_iter().flatten() {
            if let Some(place) = limits.get_mut(count) {
                *place = self.limit(request, rule);
                count += 1;
            }
        }
        (limits, count)
    }

    /// Asks the policies in shadow: they spend what they would have spent.
    fn look(&self, request: &RateRequest<'_>, chosen: &Chosen<'_>, now: Duration) {
        for rule in chosen.shadows.into_iter().flatten().filter(|_| request.cost > 0) {
            match self.limiter.check(&[self.limit(request, rule)], now, request.cost) {
                Ok(decisions) if decisions.are_all_allowed => rule.counters.allow(),
                Ok(_) => rule.counters.refuse_in_shadow(),
                // It has nothing to refuse here.
                Err(error) => self.faults.note(error),
            }
        }
    }

    fn default_limit(&self, request: &RateRequest<'_>) -> Limit {
        let (of, key) = ([Some(PolicyRef::Default), None], Some(request.key_id));
        let quota = self.rulebook.quota_for(of, key, request.workspace_id);
        Limit {
            subject: Subject::Key(request.key_id),
            policy_id: PolicyId::default_of(&request.workspace_id),
            quota: quota.unwrap_or(*self.rules.default.quota()),
            cost: 1,
        }
    }

    fn limit(&self, request: &RateRequest<'_>, rule: &Rule) -> Limit {
        let subject = match rule.subject {
            SubjectKind::Key => Subject::Key(request.key_id),
            SubjectKind::Workspace => Subject::Workspace(request.workspace_id),
            SubjectKind::Address => Subject::Address(request.address),
        };
        let key = (rule.subject == SubjectKind::Key).then_some(request.key_id);
        let quota = self.rulebook.quota_for(rule.overridden_as(), key, request.workspace_id);
        let quota = quota.unwrap_or(rule.quota);
        // A lowered burst must not refuse for ever what costs more than it.
        Limit { subject, policy_id: rule.policy_id, quota, cost: rule.cost.min(quota.burst().get()) }
    }

    /// Where the request stands: with what refuses it for longest, else with what has least left.
    fn standing(&self, chosen: &Chosen<'_>, limits: &[Limit], decisions: &Decisions) -> Option<Standing> {
        let [by_key, by_workspace, by_address] = chosen.enforced;
        let key_name = by_key.map_or(*self.rules.default.name(), |rule| rule.name);
        let names = [Some(key_name), by_workspace.map(|rule| rule.name), by_address.map(|rule| rule.name)];
        let mut pairs = limits.iter().zip(decisions.each.iter());
        let mut binding: Option<(Policy, Decision)> = None;
        let policies = names.map(|name| {
            let (limit, decision) = name.and_then(|_| pairs.next())?;
            let policy = Policy::new(name?, limit.quota);
            if binding.is_none_or(|(_, other)| is_tighter(decision, &other)) {
                binding = Some((policy, *decision));
            }
            Some(policy)
        });
        let (policy, decision) = binding?;
        Some(Standing { decision, resets_at: self.clock.now().plus(decision.resets_after), policy, policies })
    }

    /// Counts what each policy said. Of the default, what it refuses: what it lets pass is counted by key alone.
    fn note(&self, request: &RateRequest<'_>, chosen: &Chosen<'_>, decisions: &Decisions) {
        if request.cost == 0 {
            return;
        }
        let [by_key, by_workspace, by_address] = chosen.enforced;
        let of_key = decisions.each.iter().take(1).map(|decision| (by_key, decision));
        let others = [by_workspace, by_address].into_iter().flatten().map(Some).zip(decisions.each.iter().skip(1));
        for (rule, decision) in of_key.chain(others) {
            match (rule, decision.is_allowed()) {
                (Some(rule), true) if decisions.are_all_allowed => rule.counters.allow(),
                // Another policy refused the request: this one has let nothing pass.
                (_, true) => {}
                (Some(rule), false) => rule.counters.refuse(),
                (None, false) => self.rulebook.count_default_refusal(request.workspace_id),
            }
        }
    }

    /// What becomes of a request while nobody can tell what is spent.
    fn without_limiter(&self, chosen: &Chosen<'_>, error: LimiterError) -> Admission {
        self.faults.note(error);
        let [by_key, ..] = chosen.enforced;
        let by_default = by_key.is_none() && self.rules.on_backend_error == OnBackendError::Deny;
        if by_default || chosen.enforced.iter().flatten().any(|rule| rule.denies_on_error) {
            return Admission::Unavailable { retry_after: LIMITER_RETRY_AFTER };
        }
        Admission::Unchecked
    }
}

/// Whether a decision binds closer than another.
fn is_tighter(decision: &Decision, other: &Decision) -> bool {
    let rank = |decision: &Decision| {
        let never = decision.outcome == super::Outcome::NeverFits;
        (!never, decision.is_allowed(), std::cmp::Reverse(decision.retry_after()), decision.remaining)
    };
    rank(decision) < rank(other)
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
