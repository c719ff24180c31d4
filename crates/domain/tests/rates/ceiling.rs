//! What workspaces of others may not give themselves.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::rate::{
    Ceiling, NewOverride, OverrideSubject, PolicyRef, PolicyRule, RateError, RateOverrides, RatePolicies, Rulebook,
    SubjectKind, parse_networks,
};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, contract};

use crate::hub::{per_minute, rule, units, workspace};

const ASKER: Asker = Asker::COMMAND_LINE;

fn bound() -> (RatePolicies, RateOverrides) {
    let store = Arc::new(MemoryStore::default());
    contract::seed(&*store);
    let ceiling = Ceiling { maximum_per_minute: units(100), own_workspace_id: workspace(1) };
    let rulebook = Arc::new(Rulebook::new().with_ceiling(ceiling));
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
    let policies = RatePolicies::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone());
    (policies, RateOverrides::new(store, rulebook, clock, entropy))
}

fn code<T>(result: Result<T, RateError>) -> Result<(), &'static str> {
    result.map(drop).map_err(|error| error.code())
}

#[test]
fn other_workspaces_stay_below_the_maximum() {
    let (policies, overrides) = bound();
    let refused = Err("rate_above_maximum");
    let (own, other) = (workspace(1), workspace(2));
    let bursty = PolicyRule { quota: per_minute(10).with_burst(units(101)).unwrap(), ..rule("bursty", 1) };
    assert_eq!(code(policies.create(ASKER, other, rule("wide", 101))), refused);
    assert_eq!(code(policies.create(ASKER, other, bursty)), refused);
    assert_eq!(code(policies.create(ASKER, other, rule("narrow", 100))), Ok(()));
    assert_eq!(code(policies.create(ASKER, own, rule("wide", 101))), Ok(()));
    let together = PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 5_000) };
    assert_eq!(code(policies.create(ASKER, other, together)), Ok(()));
    let give = |workspace_id, limit| {
        let subject = OverrideSubject::Workspace(workspace_id);
        let new = NewOverride { policy: PolicyRef::Default, subject, quota: per_minute(limit) };
        code(overrides.create(ASKER, workspace_id, new))
    };
    assert_eq!((give(other, 101), give(other, 100), give(own, 101)), (refused, Ok(()), Ok(())));
}

#[test]
fn other_workspaces_exempt_no_networks() {
    let (policies, _) = bound();
    let exempt = |number, text| code(policies.replace_networks(ASKER, workspace(number), None, parse_networks(text)));
    assert_eq!(exempt(2, "0.0.0.0/0"), Err("rate_above_maximum"));
    assert_eq!(exempt(2, ""), Ok(()));
    assert_eq!(exempt(1, "10.0.0.0/8"), Ok(()));
}
