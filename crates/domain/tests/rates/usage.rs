//! What policies decide is kept by hours, over the hub's end and the policy's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::page::Period;
use devhub_domain::rate::{Mode, PolicyCounts, PolicyHoursTx, PolicyRef, PolicyRule, RateRequest, RateUsage};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork};
use devhub_domain::testing::MemoryStore;
use devhub_domain::time::Clock;
use devhub_domain::usage::{Hours, Step};

use crate::hub::{Hub, get, rule, rule_at, workspace};

fn usage(hub: &Hub) -> RateUsage {
    RateUsage::new(Arc::new(hub.store.clone()), hub.rulebook.clone(), hub.clock.clone())
}

/// The last so many hours of the first workspace's policy, of each: allowed, refused, refused in shadow.
fn told(hub: &Hub, usage: &RateUsage, policy: PolicyRef, hours: u64) -> Vec<(u64, u64, u64)> {
    let from = hub.clock.now().minus(Duration::from_hours(hours - 1));
    let hours = Hours::of(Period { from: Some(from), before: None }, Step::Hour, hub.clock.now()).unwrap();
    let told = usage.of_policies(workspace(1), &[policy], &hours).unwrap().remove(0);
    let sum = told.points.iter().fold(PolicyCounts::default(), |mut sum, (_, counts)| {
        sum.add(counts);
        sum
    });
    assert_eq!((told.policy, told.total), (policy, sum));
    told.points.iter().map(|(_, counts)| (counts.allowed, counts.refused, counts.shadow_refused)).collect()
}

#[test]
fn each_hour_has_what_was_decided_in_it() {
    let hub = Hub::new();
    let usage = usage(&hub);
    let enforced = hub.make(rule("enforced", 3));
    hub.passed(&get(1, "/a"), 5);
    assert_eq!(usage.flush().unwrap(), 1);
    hub.wait(3_600);
    hub.passed(&get(1, "/a"), 1);
    assert_eq!((usage.flush().unwrap(), usage.flush().unwrap()), (1, 0));
    assert_eq!(told(&hub, &usage, PolicyRef::Of(enforced.id), 3), [(0, 0, 0), (3, 2, 0), (1, 0, 0)]);
}

#[test]
fn what_a_policy_in_shadow_would_refuse_stands_beside_what_it_refuses_later() {
    let hub = Hub::new();
    let usage = usage(&hub);
    let planned = PolicyRule { mode: Mode::Shadow, ..rule("planned", 3) };
    let policy = hub.make(planned.clone());
    hub.passed(&get(1, "/a"), 5);
    let enforced = PolicyRule { mode: Mode::Enforce, ..planned };
    let change = hub.policies.replace(Asker::COMMAND_LINE, (workspace(1), policy.id), None, enforced).unwrap();
    change.commit().unwrap();
    hub.passed(&get(1, "/a"), 1);
    usage.flush().unwrap();
    assert_eq!(told(&hub, &usage, PolicyRef::Of(policy.id), 1), [(3, 1, 2)]);
}

#[test]
fn the_default_tells_what_it_refuses_with_rules_and_without() {
    let hub = Hub::new();
    let usage = usage(&hub);
    // Six hundred fit into it; to look is no request.
    hub.passed(&get(1, "/a"), 602);
    hub.passed(&RateRequest { cost: 0, ..get(1, "/a") }, 1);
    hub.make(rule_at("/exports", "exports", 10));
    hub.passed(&get(1, "/a"), 3);
    usage.flush().unwrap();
    assert_eq!(told(&hub, &usage, PolicyRef::Default, 1), [(0, 5, 0)]);
}

#[test]
fn a_workspace_is_told_of_its_own_policies_alone() {
    let hub = Hub::new();
    let usage = usage(&hub);
    let foreign = hub.make_in(workspace(2), rule("theirs", 1));
    hub.passed(&get(3, "/a"), 2);
    usage.flush().unwrap();
    assert_eq!(told(&hub, &usage, PolicyRef::Of(foreign.id), 1), [(0, 0, 0)]);
}

#[test]
fn what_was_counted_of_a_policy_is_written_after_it_is_deleted() {
    let hub = Hub::new();
    let usage = usage(&hub);
    let policy = hub.make(rule("short", 1));
    hub.passed(&get(1, "/a"), 3);
    hub.policies.delete(Asker::COMMAND_LINE, (workspace(1), policy.id), None).unwrap().commit().unwrap();
    assert_eq!(usage.flush().unwrap(), 1);
    assert_eq!(told(&hub, &usage, PolicyRef::Of(policy.id), 1), [(1, 2, 0)]);
}

#[test]
fn two_nodes_add_up() {
    let (one, other) = (Hub::new(), Hub::new());
    let policy = one.make(rule("shared", 1));
    let both = RateUsage::new(Arc::new(one.store.clone()), other.rulebook.clone(), other.clock.clone());
    other.rulebook.put(&one.policies.list(workspace(1)).unwrap());
    for hub in [&one, &other] {
        hub.passed(&get(1, "/a"), 3);
    }
    let usage = usage(&one);
    assert_eq!((usage.flush().unwrap(), both.flush().unwrap()), (1, 1));
    assert_eq!(told(&one, &usage, PolicyRef::Of(policy.id), 1), [(2, 4, 0)]);
}

#[test]
fn hours_are_removed_when_they_are_kept_no_longer() {
    let hub = Hub::new();
    let usage = usage(&hub).kept_for(Duration::from_hours(2));
    let policy = PolicyRef::Of(hub.make(rule("old", 1)).id);
    for _ in 0..4 {
        hub.passed(&get(1, "/a"), 2);
        usage.flush().unwrap();
        hub.wait(3_600);
    }
    assert_eq!((usage.remove_old().unwrap(), usage.remove_old().unwrap()), (2, 0));
    assert_eq!(told(&hub, &usage, policy, 5), [(0, 0, 0), (0, 0, 0), (1, 1, 0), (1, 1, 0), (0, 0, 0)]);
}

/// A store that fails while it is told to.
struct Failing {
    store: MemoryStore,
    fails: AtomicBool,
}

impl UnitOfWork<dyn PolicyHoursTx> for Failing {
    fn read(&self, body: &mut Body<'_, dyn PolicyHoursTx>) -> Result<(), StoreError> {
        self.store.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn PolicyHoursTx>) -> Result<(), StoreError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Conflict("told to fail"));
        }
        self.store.write(lane, body)
    }
}

#[test]
fn what_a_store_that_fails_does_not_take_keeps_its_hour() {
    let hub = Hub::new();
    let store = Arc::new(Failing { store: hub.store.clone(), fails: AtomicBool::new(true) });
    let usage = RateUsage::new(store.clone(), hub.rulebook.clone(), hub.clock.clone());
    let policy = PolicyRef::Of(hub.make(rule("counted", 1)).id);
    hub.passed(&get(1, "/a"), 2);
    usage.flush().unwrap_err();
    hub.wait(3_600);
    hub.passed(&get(1, "/a"), 3);
    usage.flush().unwrap_err();
    store.fails.store(false, Ordering::Relaxed);
    assert_eq!(usage.flush().unwrap(), 2);
    assert_eq!(told(&hub, &usage, policy, 2), [(1, 1, 0), (1, 2, 0)]);
    assert_eq!(usage.take_uncounted(), 0);
}
