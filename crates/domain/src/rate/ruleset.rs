//! The policies of one workspace, ready to be asked by every request.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::counts::Counters;
use super::{
    LIMITS_MAX, MethodSet, Mode, OnBackendError, PathPattern, PolicyId, PolicyName, PolicyRef, Quota, RatePolicy,
    Route, SubjectKind,
};
use crate::id::RatePolicyId;

/// One policy that is not off.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: RatePolicyId,
    pub(super) policy_id: PolicyId,
    pub(super) name: PolicyName,
    pub(super) quota: Quota,
    pub(super) cost: u32,
    pub(super) subject: SubjectKind,
    pub(super) is_shadow: bool,
    pub(super) denies_on_error: bool,
    pub(super) methods: MethodSet,
    pub(super) path: PathPattern,
    pub(super) counters: Arc<Counters>,
}

/// The policies of a workspace at one revision; never changed, only replaced as a whole.
#[derive(Debug)]
pub(super) struct Ruleset {
    pub(super) revision: i64,
    rules: Box<[Rule]>,
    exempt_networks: Box<[IpNet]>,
}

/// The rules that bind one request: of each kind of subject at most one that is enforced, and one that only looks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chosen<'a> {
    pub(super) enforced: [Option<&'a Rule>; LIMITS_MAX],
    pub(super) shadows: [Option<&'a Rule>; LIMITS_MAX],
}

impl Rule {
    pub(super) fn new(policy: &RatePolicy, policy_id: PolicyId, counters: Arc<Counters>) -> Option<Self> {
        let rule = &policy.rule;
        let is_shadow = match rule.mode {
            Mode::Enforce => false,
            Mode::Shadow => true,
            Mode::Off => return None,
        };
        Some(Self {
            id: policy.id,
            policy_id,
            name: rule.name,
            quota: rule.quota,
            cost: rule.cost.get(),
            subject: rule.subject,
            is_shadow,
            denies_on_error: rule.on_backend_error == OnBackendError::Deny,
            methods: rule.methods,
            path: rule.path.clone(),
            counters,
        })
    }

    /// Which overrides hold for it, the closest first: those of the default, too, where it stands in for that.
    pub(super) fn overridden_as(&self) -> [Option<PolicyRef>; 2] {
        let stands_in = self.subject == SubjectKind::Key && self.means_everything();
        [Some(PolicyRef::Of(self.id)), stands_in.then_some(PolicyRef::Default)]
    }

    pub(super) fn means_everything(&self) -> bool {
        self.methods == MethodSet::ALL && self.path.is_everything()
    }

    /// A request of which no route is known is meant by what means every request.
    fn matches(&self, route: Option<Route<'_>>) -> bool {
        match route {
            Some(route) => self.methods.contains(route.method) && self.path.matches(route.path),
            None => self.means_everything(),
        }
    }
}

impl Ruleset {
    /// `rules` are in their order.
    pub(super) fn new(revision: i64, rules: Box<[Rule]>, exempt_networks: &[IpNet]) -> Self {
        Self { revision, rules, exempt_networks: exempt_networks.into() }
    }

    /// Whether an address is not limited.
    pub(super) fn exempts(&self, address: IpAddr) -> bool {
        self.exempt_networks.iter().any(|network| network.contains(&address))
    }

    /// What binds a request: the first rule of each kind that means it. One in shadow leaves the place to the next that is enforced,
    /// so that trying a rule never loosens those below it.
    pub(super) fn choose(&self, route: Option<Route<'_>>) -> Chosen<'_> {
        let mut chosen = Chosen::default();
        for rule in &self.rules {
            let places = if rule.is_shadow { &mut chosen.shadows } else { &mut chosen.enforced };
            let [key, workspace, address] = places;
            let place = match rule.subject {
                SubjectKind::Key => key,
                SubjectKind::Workspace => workspace,
                SubjectKind::Address => address,
            };
            if place.is_none() && rule.matches(route) {
                *place = Some(rule);
            }
        }
        chosen
    }

    /// The rules that are not off.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
