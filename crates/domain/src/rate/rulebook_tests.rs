//! What the rules in memory keep, and for how long.

use super::*;
use crate::rate::{RatePolicy, RateState};
use crate::testing::{rate_override, rate_policy};

fn snapshot(revision: i64, policies: &[RatePolicy]) -> RateSnapshot {
    let state = RateState { revision, ..RateState::new(rate_policy(1).workspace_id) };
    RateSnapshot { state, policies: policies.to_vec() }
}

fn of_policy(number: u32, revision: i64) -> RateOverride {
    RateOverride { policy: PolicyRef::Of(rate_policy(1).id), revision, ..rate_override(number) }
}

#[test]
fn overrides_go_with_their_policy_and_no_others() {
    let rulebook = Rulebook::new();
    rulebook.put(&snapshot(1, &[rate_policy(1), rate_policy(2)]));
    (1..=50).for_each(|number| rulebook.put_override(&of_policy(number, 2)));
    rulebook.remove_override(&of_policy(1, 2), 3);
    let of_other = RateOverride { policy: PolicyRef::Of(rate_policy(2).id), ..of_policy(1, 3) };
    rulebook.put_override(&of_other);
    rulebook.put_override(&rate_override(1));
    rulebook.put(&snapshot(4, &[rate_policy(2)]));
    assert_eq!(rulebook.overrides.len(), 2);
    assert!(rulebook.overridden(of_other.policy, of_other.subject).is_some());
    assert!(rulebook.overridden(PolicyRef::Default, rate_override(1).subject).is_some());
}

#[test]
fn an_override_that_arrives_after_its_policy_went_is_not_kept() {
    let rulebook = Rulebook::new();
    rulebook.put(&snapshot(1, &[rate_policy(1)]));
    rulebook.put(&snapshot(3, &[]));
    rulebook.put_override(&of_policy(1, 2));
    assert_eq!(rulebook.overrides.len(), 0);
    // It might as well have come before its policy, which only the store can tell.
    assert_eq!(rulebook.take_doubtful(), [rate_policy(1).workspace_id]);
}

#[test]
fn marks_of_deleted_overrides_have_a_bound_and_the_youngest_stay() {
    let rulebook = Rulebook::new();
    let most = u32::try_from(MARKS_MAX).unwrap();
    for number in 1..=most + 100 {
        let made = rate_override(number);
        rulebook.put_override(&made);
        rulebook.remove_override(&made, made.revision + 1);
    }
    assert_eq!(rulebook.overrides.len(), MARKS_MAX);
    let last = rate_override(most + 100);
    rulebook.put_override(&last);
    assert_eq!(rulebook.overridden(last.policy, last.subject), None);
}

#[test]
fn a_mark_that_was_written_over_takes_nothing_along_when_it_is_forgotten() {
    let rulebook = Rulebook::new();
    let again = RateOverride { revision: 3, ..rate_override(1) };
    rulebook.put_override(&rate_override(1));
    rulebook.remove_override(&rate_override(1), 2);
    rulebook.put_override(&again);
    for number in 2..u32::try_from(MARKS_MAX).unwrap() + 10 {
        rulebook.remove_override(&rate_override(number), i64::from(number) + 1);
    }
    assert!(rulebook.overridden(again.policy, again.subject).is_some());
}
