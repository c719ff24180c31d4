//! What the limits of others do wrong, and what happens when the limiter is away.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use devhub_domain::rate::{Admission, OnBackendError, Outcome, PolicyRule, RateRequest, RateRules, SubjectKind};
use devhub_domain::testing::{BrokenLimiter, MemoryLimiter};

use crate::hub::{Hub, address, get, rule, rule_at, workspace};

fn broken(rules: &RateRules) -> Hub {
    Hub::with_limiter(Arc::new(BrokenLimiter), Arc::new(MemoryLimiter::default()), rules)
}

#[test]
fn a_limiter_that_fails_lets_pass_what_no_policy_denies() {
    let hub = broken(&RateRules::default());
    assert_eq!(hub.ask(&get(1, "/a")), Admission::Unchecked);
    hub.make(PolicyRule { on_backend_error: OnBackendError::Deny, ..rule_at("/payouts", "payouts", 10) });
    let denied = hub.ask(&get(1, "/payouts"));
    assert_eq!(denied, Admission::Unavailable { retry_after: Duration::from_secs(1) });
    assert!(!denied.is_admitted());
    assert!(hub.ask(&get(1, "/a")).is_admitted());
}

#[test]
fn what_the_limiter_failed_with_is_counted_until_it_is_logged() {
    let hub = broken(&RateRules::default());
    assert!(hub.limits.take_faults().is_none());
    hub.passed(&get(1, "/a"), 3);
    let faults = hub.limits.clone().take_faults().unwrap();
    assert_eq!((faults.count, faults.last.0.to_string().as_str()), (3, "the test says so"));
    assert!(hub.limits.take_faults().is_none());
}

#[test]
fn one_policy_that_denies_is_enough() {
    let hub = broken(&RateRules::default());
    let subject = SubjectKind::Address;
    hub.make(PolicyRule { subject, on_backend_error: OnBackendError::Deny, ..rule("address", 10) });
    hub.make(rule("key", 10));
    assert!(!hub.ask(&get(1, "/a")).is_admitted());
}

#[test]
fn the_default_may_deny_too() {
    let hub = broken(&RateRules { on_backend_error: OnBackendError::Deny, ..RateRules::default() });
    assert!(!hub.ask(&get(1, "/a")).is_admitted());
    // A policy that stands in its place decides for itself.
    hub.make(rule_at("/a", "lenient", 10));
    assert!(hub.ask(&get(1, "/a")).is_admitted());
}

/// OwnPay counts by address and path, and never by key: a shop with many ids has no limit, and two behind one address share.
#[test]
fn a_limit_counts_the_key_and_neither_address_nor_path() {
    let hub = Hub::new();
    hub.make(rule_at("/payments/*", "payments", 5));
    let paths: Vec<String> = (0..20).map(|number| format!("/payments/{number}")).collect();
    let passed = paths.iter().zip(1..).filter(|(path, last)| {
        let from = address(&format!("203.0.113.{last}"));
        hub.ask(&RateRequest { address: from, ..get(1, path) }).is_admitted()
    });
    assert_eq!(passed.count(), 5);
    assert!(hub.ask(&get(2, "/payments/1")).is_admitted());
}

/// OwnPay's `Retry-After` is the whole window, however little is missing.
#[test]
fn a_wait_is_what_is_missing_and_not_the_window() {
    let hub = Hub::new();
    hub.make(rule("strict", 60));
    hub.passed(&get(1, "/a"), 60);
    let wait = Duration::from_secs(1);
    assert_eq!(hub.decision(&get(1, "/a")).outcome, Outcome::Refused { retry_after: wait });
    hub.clock.advance(wait);
    assert!(hub.ask(&get(1, "/a")).is_admitted());
}

/// A counter that is raised in one step and given its end in another blocks for ever when a crash comes between: here one number says
/// both.
#[test]
fn a_refused_caller_is_let_in_again_whatever_happened_between() {
    let hub = Hub::new();
    hub.make(rule("strict", 2));
    hub.passed(&get(1, "/a"), 50);
    hub.wait(60);
    assert_eq!(hub.passed(&get(1, "/a"), 50), 2);
}

/// OwnPay keeps the old window after a change of the rule.
#[test]
fn a_changed_policy_binds_what_was_spent_before() {
    let hub = Hub::new();
    let policy = hub.make(rule("changing", 60));
    hub.passed(&get(1, "/a"), 30);
    let lowered = rule("changing", 10);
    let asker = devhub_domain::access::Asker::COMMAND_LINE;
    hub.policies.replace(asker, (workspace(1), policy.id), None, lowered).unwrap().commit().unwrap();
    // Half of the minute is spent by the old quota, and so half of the new one.
    assert_eq!(hub.passed(&get(1, "/a"), 50), 5);
}

/// Others pick any override that fits: here the order of making changes nothing.
#[test]
fn the_order_of_policies_is_the_one_that_was_set() {
    let hub = Hub::new();
    let wide = hub.make(rule("wide", 10));
    let narrow = hub.make(rule_at("/a", "narrow", 5));
    assert_eq!(hub.binding(&get(1, "/a")).0, "wide");
    let asker = devhub_domain::access::Asker::COMMAND_LINE;
    hub.policies.reorder(asker, workspace(1), vec![narrow.id, wide.id]).unwrap().commit().unwrap();
    assert_eq!(hub.binding(&get(1, "/a")).0, "narrow");
}

#[test]
fn eight_threads_at_one_instant_are_never_admitted_too_often() {
    let hub = Hub::new();
    hub.make(PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 100) });
    hub.make(PolicyRule { subject: SubjectKind::Address, ..rule("address", 150) });
    let passed = thread::scope(|scope| {
        let threads = [1, 2, 1, 2, 1, 2, 1, 2].map(|number| {
            scope.spawn({
                let hub = &hub;
                move || hub.passed(&get(number, "/a"), 100)
            })
        });
        threads.map(|thread| thread.join().unwrap()).into_iter().sum::<usize>()
    });
    assert_eq!(passed, 100);
}
