//! A hub without rules, and one with everything, as whoever only looks sees it.

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::id::{RatePolicyId, WorkspaceId};
use devhub_domain::rate::{
    MethodSet, Mode, OnBackendError, PolicyCounts, PolicyRule, Quota, RatePolicy, RateRules, SubjectKind,
};
use devhub_domain::time::Timestamp;

use super::*;
use crate::admin::components::{FaultyLine, Sample, shell_sample};
use crate::services::RateLimitFields;

const NOW: Timestamp = Timestamp::from_seconds(1_795_514_400);

fn rule(number: u8, name: &str, mode: Mode) -> Counted {
    let rule = PolicyRule {
        name: name.parse().unwrap(),
        quota: Quota::per_minute(NonZeroU32::new(1_000).unwrap()),
        cost: NonZeroU32::new(number.into()).unwrap(),
        subject: SubjectKind::Key,
        methods: MethodSet::ALL.with("POST").unwrap(),
        path: "/api/v1/exports/*".parse().unwrap(),
        mode,
        on_backend_error: OnBackendError::Allow,
    };
    let policy = RatePolicy {
        id: RatePolicyId::from_bytes([number; 16]),
        workspace_id: WorkspaceId::from_bytes([1; 16]),
        position: number.into(),
        rule,
        created_at: NOW,
        updated_at: NOW,
        revision: 1,
    };
    let counts = match mode {
        Mode::Enforce => PolicyCounts { allowed: 12_345, refused: 6, shadow_refused: 7 },
        Mode::Shadow => PolicyCounts { allowed: 1, refused: 0, shadow_refused: 1_234 },
        Mode::Off => PolicyCounts::default(),
    };
    let usage = usage(PolicyRef::Of(policy.id), counts);
    (policy, usage)
}

/// All of it in the second of three hours.
fn usage(policy: PolicyRef, total: PolicyCounts) -> PolicyUsage {
    let hours = [PolicyCounts::default(), total, PolicyCounts::default()];
    let points = (0..).zip(hours).map(|(hour, counts)| (NOW.plus(Duration::from_hours(hour)), counts));
    PolicyUsage { policy, total, points: points.collect() }
}

fn page(rules: &[Counted], may_write: bool) -> RatesPage {
    let limits = RateRules { exempt_networks: vec!["127.0.0.0/8".parse().unwrap()], ..RateRules::default() };
    let state = RateState {
        exempt_networks: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        ..RateState::new(WorkspaceId::from_bytes([1; 16]))
    };
    let token = may_write.then(|| "token".to_owned());
    let by_default = usage(PolicyRef::Default, PolicyCounts { refused: 9, ..PolicyCounts::default() });
    let usage = rules.iter().map(|(_, usage)| usage).chain((!rules.is_empty()).then_some(&by_default));
    let nothing = || Listed { table: None, pagination: None, add: None };
    RatesPage {
        shell: shell_sample("Rate Limits"),
        tabs: tabs(HubTab::RateLimits),
        read_only: (!may_write).then(read_only),
        errors: None,
        default: DefaultLimit::new(&limits, None, may_write),
        rules: Rules::of(rules, Span::Day, &TimeZone::utc(), token.clone()),
        refusals: Refusals::of(usage, Span::Day, &TimeZone::utc(), |policy| format!("<b>{policy}")),
        overrides: nothing(),
        networks: Networks::new(&state, &limits.exempt_networks, token),
        buckets: nothing(),
        message: Reference::new(Policy::default(), RateLimitFields::Draft11, NOW),
    }
}

impl Sample for RatesPage {
    const TEMPLATE: &'static str = "admin/rate_limits/page.html";

    fn samples() -> Vec<Self> {
        let rules = [rule(1, "exports", Mode::Enforce), rule(2, "payments", Mode::Shadow), rule(3, "old", Mode::Off)];
        let mut wrong = page(&rules, true);
        if let Some(form) = &mut wrong.networks.form {
            "</textarea><script>".clone_into(&mut form.text.value);
            let text = "</textarea><script>".to_owned();
            form.text.faults = vec![FaultyLine { number: 1, text, error: "Must be a network.".to_owned() }];
        }
        vec![page(&[], true), wrong, page(&rules, false)]
    }
}
