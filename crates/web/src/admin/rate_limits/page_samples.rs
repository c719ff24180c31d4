//! A hub without rules, and one with everything, as whoever only looks sees it.

use std::num::NonZeroU32;

use devhub_domain::id::{RatePolicyId, WorkspaceId};
use devhub_domain::rate::{
    MethodSet, Mode, OnBackendError, PolicyCounts, PolicyRule, Quota, RatePolicy, RateRules, SubjectKind,
};
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::TimeZone;

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
    (policy, (PolicyCounts { allowed: 12_345, refused: 6, shadow_refused: 7 }, NOW))
}

fn page(rules: &[Counted], may_write: bool) -> RatesPage {
    let limits = RateRules { exempt_networks: vec!["127.0.0.0/8".parse().unwrap()], ..RateRules::default() };
    let state = RateState {
        exempt_networks: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        ..RateState::new(WorkspaceId::from_bytes([1; 16]))
    };
    let token = may_write.then(|| "token".to_owned());
    let nothing = || Listed { table: None, pagination: None, add: None };
    RatesPage {
        shell: shell_sample("Rate Limits"),
        tabs: tabs(HubTab::RateLimits),
        read_only: (!may_write).then(read_only),
        errors: None,
        default: DefaultLimit::new(&limits, None, may_write),
        rules: Rules {
            table: (!rules.is_empty()).then(|| rules::table(rules, may_write)),
            empty: rules.is_empty().then(|| no_rules(may_write)),
            add: may_write.then(add_rule),
            order: token.clone().map(|token| (ORDER_FORM, token)),
            since: Some(moment(NOW, &TimeZone::utc())),
        },
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
