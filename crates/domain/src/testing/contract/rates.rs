//! Rate policies and overrides, and the revision of a workspace's rules.

use std::num::NonZeroU32;
use std::time::Duration;

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::id::{RateOverrideId, RatePolicyId};
use crate::page::{PageRequest, PageSize};
use crate::rate::{
    MethodSet, Mode, OnBackendError, OverrideSubject, PolicyRef, Quota, RateOverride, RatePolicy, RateState,
    SubjectKind,
};
use crate::testing::{rate_override, rate_policy};
use crate::time::Timestamp;

fn named(number: u32, name: &str) -> RatePolicy {
    let policy = rate_policy(number);
    RatePolicy { rule: crate::rate::PolicyRule { name: name.parse().unwrap(), ..policy.rule }, ..policy }
}

/// A policy comes back as it went in, with every field set, in its own workspace.
pub fn a_policy_reads_back_as_it_was_written(store: &Store) {
    let units = |count| NonZeroU32::new(count).unwrap();
    let mut policy = rate_policy(1);
    policy.position = 7;
    policy.rule.quota = Quota::new(units(u32::MAX), Duration::from_millis(86_399_999)).unwrap();
    policy.rule.cost = units(10);
    policy.rule.methods = MethodSet::ALL.with("DELETE").and_then(|methods| methods.with("GET")).unwrap();
    policy.rule.path = "/a/*/b/**".parse().unwrap();
    policy.updated_at = Timestamp::from_micros(1_000_002);
    for (subject, mode, on_backend_error) in [
        (SubjectKind::Key, Mode::Enforce, OnBackendError::Allow),
        (SubjectKind::Workspace, Mode::Shadow, OnBackendError::Deny),
        (SubjectKind::Address, Mode::Off, OnBackendError::Deny),
    ] {
        (policy.rule.subject, policy.rule.mode) = (subject, mode);
        policy.rule.on_backend_error = on_backend_error;
        let before = policy.revision;
        if before == 1 {
            put(store, |tx| tx.insert_rate_policy(&policy));
        }
        policy.revision += 1;
        put(store, |tx| tx.update_rate_policy(&policy, before));
        assert_eq!(look(store, |tx| tx.list_rate_policies(workspace_id(1))), [policy.clone()]);
    }
    assert_eq!(look(store, |tx| tx.list_rate_policies(workspace_id(2))), []);
}

/// Policies are listed by position, wherever they were moved.
pub fn policies_are_listed_in_their_order(store: &Store) {
    let moved = |number, position| RatePolicy { position, ..named(number, &format!("p{number}")) };
    put(store, |tx| {
        [moved(1, 3), moved(2, 1), moved(3, 2)].iter().try_for_each(|policy| tx.insert_rate_policy(policy))
    });
    let names = || {
        let policies = look(store, |tx| tx.list_rate_policies(workspace_id(1)));
        policies.iter().map(|policy| policy.rule.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["p2", "p3", "p1"]);
    put(store, |tx| tx.update_rate_policy(&moved(1, 0), 1));
    assert_eq!(names(), ["p1", "p2", "p3"]);
}

/// Names are unique in a workspace, and free in the others.
pub fn a_policy_name_is_taken_once_in_a_workspace(store: &Store) {
    put(store, |tx| tx.insert_rate_policy(&named(1, "exports")));
    expect_conflict(try_put(store, |tx| tx.insert_rate_policy(&named(2, "exports"))));
    put(store, |tx| {
        tx.insert_rate_policy(&RatePolicy { workspace_id: workspace_id(2), ..named(3, "exports") })?;
        tx.insert_rate_policy(&named(4, "reads"))
    });
    expect_conflict(try_put(store, |tx| tx.update_rate_policy(&named(4, "exports"), 1)));
}

/// A change that is based on an old revision is refused, and so is a removal.
pub fn a_policy_of_an_old_revision_is_a_conflict(store: &Store) {
    let first = rate_policy(1);
    let second = RatePolicy { revision: 2, position: 9, ..first.clone() };
    put(store, |tx| tx.insert_rate_policy(&first));
    put(store, |tx| tx.update_rate_policy(&second, 1));
    expect_conflict(try_put(store, |tx| tx.update_rate_policy(&second, 1)));
    expect_conflict(try_put(store, |tx| tx.delete_rate_policy(&first)));
    assert_eq!(put(store, |tx| tx.delete_rate_policy(&second)), 0);
    expect_conflict(try_put(store, |tx| tx.delete_rate_policy(&second)));
}

/// A policy goes with its overrides, and with no others.
pub fn a_policy_goes_with_its_overrides(store: &Store) {
    let of = |number, policy| RateOverride { policy, ..rate_override(number) };
    put(store, |tx| {
        tx.insert_rate_policy(&rate_policy(1))?;
        tx.insert_rate_override(&of(1, PolicyRef::Of(rate_policy(1).id)))?;
        tx.insert_rate_override(&of(2, PolicyRef::Of(rate_policy(1).id)))?;
        tx.insert_rate_override(&of(3, PolicyRef::Of(RatePolicyId::from_bytes([9; 16]))))?;
        tx.insert_rate_override(&of(4, PolicyRef::Default))
    });
    let count = |number| look(store, |tx| tx.count_rate_overrides(workspace_id(number), rate_policy(1).id));
    assert_eq!((count(1), count(2)), (2, 0));
    assert_eq!(put(store, |tx| tx.delete_rate_policy(&rate_policy(1))), 2);
    assert_eq!(count(1), 0);
    let left = look(store, |tx| tx.list_rate_overrides(workspace_id(1), PageRequest::default()));
    assert_eq!(left.items.iter().map(|made| made.id).collect::<Vec<_>>(), [rate_override(4).id, rate_override(3).id]);
}

/// An override comes back as it went in, and is found by its id and by what it is of.
pub fn an_override_reads_back_as_it_was_written(store: &Store) {
    let of_key = RateOverride { policy: PolicyRef::Of(rate_policy(1).id), ..rate_override(1) };
    let subject = OverrideSubject::Workspace(workspace_id(1));
    let of_workspace = RateOverride { subject, policy: PolicyRef::Default, ..rate_override(2) };
    for made in [&of_key, &of_workspace] {
        put(store, |tx| tx.insert_rate_override(made));
        assert_eq!(look(store, |tx| tx.find_rate_override(workspace_id(1), made.id)).as_ref(), Some(made));
        assert_eq!(look(store, |tx| tx.find_rate_override(workspace_id(2), made.id)), None);
        let by_subject =
            |number| look(store, |tx| tx.find_rate_override_of(workspace_id(number), made.policy, made.subject));
        assert_eq!((by_subject(1).as_ref(), by_subject(2)), (Some(made), None));
    }
    assert_eq!(look(store, |tx| tx.find_rate_override_of(workspace_id(1), PolicyRef::Default, of_key.subject)), None);
}

/// The overrides for a subject are those of every policy and of the default, and nobody else's.
pub fn the_overrides_for_a_subject_are_found_whatever_policy_they_are_of(store: &Store) {
    let of_policy = PolicyRef::Of(rate_policy(1).id);
    let first = RateOverride { policy: of_policy, ..rate_override(1) };
    let subject = first.subject;
    let second = RateOverride { policy: PolicyRef::Default, subject, ..rate_override(2) };
    let other = RateOverride { policy: of_policy, ..rate_override(3) };
    put(store, |tx| {
        tx.insert_rate_policy(&rate_policy(1))?;
        [&first, &second, &other].into_iter().try_for_each(|made| tx.insert_rate_override(made))
    });
    assert_eq!(look(store, |tx| tx.list_rate_overrides_of(workspace_id(1), subject)), [first, second]);
    assert_eq!(look(store, |tx| tx.list_rate_overrides_of(workspace_id(2), subject)), []);
}

/// A policy has one override for each subject, and the default of keys too.
pub fn an_override_is_made_once_for_a_subject(store: &Store) {
    put(store, |tx| tx.insert_rate_override(&rate_override(1)));
    let again = RateOverride { id: RateOverrideId::from_bytes([9; 16]), ..rate_override(1) };
    expect_conflict(try_put(store, |tx| tx.insert_rate_override(&again)));
    let other = RateOverride { policy: PolicyRef::Of(rate_policy(1).id), ..again };
    put(store, |tx| tx.insert_rate_override(&other));
}

/// A change that is based on an old revision is refused, and so is a removal.
pub fn an_override_of_an_old_revision_is_a_conflict(store: &Store) {
    let quota = Quota::per_minute(NonZeroU32::new(77).unwrap());
    let first = rate_override(1);
    let second = RateOverride { quota, revision: 5, updated_at: Timestamp::from_seconds(9), ..first.clone() };
    put(store, |tx| tx.insert_rate_override(&first));
    put(store, |tx| tx.update_rate_override(&second, first.revision));
    expect_conflict(try_put(store, |tx| tx.update_rate_override(&second, first.revision)));
    expect_conflict(try_put(store, |tx| tx.delete_rate_override(&first)));
    assert_eq!(look(store, |tx| tx.find_rate_override(workspace_id(1), first.id)), Some(second.clone()));
    put(store, |tx| tx.delete_rate_override(&second));
    assert_eq!(look(store, |tx| tx.find_rate_override(workspace_id(1), first.id)), None);
}

/// Overrides are listed newest first and paged without a gap.
pub fn overrides_are_listed_page_by_page(store: &Store) {
    put(store, |tx| {
        let foreign = RateOverride { workspace_id: workspace_id(2), ..rate_override(9) };
        tx.insert_rate_override(&foreign)?;
        (1..=5).try_for_each(|number| tx.insert_rate_override(&rate_override(number)))
    });
    let size = PageSize::new(3).unwrap();
    let page = |after| look(store, |tx| tx.list_rate_overrides(workspace_id(1), PageRequest { size, after }));
    let first = page(None);
    let second = page(first.next);
    let ids: Vec<_> = first.items.iter().chain(&second.items).map(|made| made.id).collect();
    assert_eq!((ids, second.next), ([5, 4, 3, 2, 1].map(|number| rate_override(number).id).to_vec(), None));
}

/// A state comes back as it went in, and is written over the one before it only.
pub fn a_state_is_written_over_the_one_before_it(store: &Store) {
    let state = |revision| RateState { revision, ..RateState::new(workspace_id(1)) };
    assert_eq!(look(store, |tx| tx.find_rate_state(workspace_id(1))), None);
    expect_conflict(try_put(store, |tx| tx.write_rate_state(&state(2))));
    put(store, |tx| tx.write_rate_state(&state(1)));
    expect_conflict(try_put(store, |tx| tx.write_rate_state(&state(1))));
    let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().unwrap()).to_vec();
    let second = RateState { exempt_networks: networks, networks_revision: 2, override_count: 3, ..state(2) };
    put(store, |tx| tx.write_rate_state(&second));
    assert_eq!(look(store, |tx| tx.find_rate_state(workspace_id(1))), Some(second.clone()));
    assert_eq!(look(store, |tx| tx.list_rate_states()), [second]);
}

/// Whoever takes the turn of the log is not overtaken between reading the state and writing it.
pub fn eight_threads_change_rules_one_after_the_other(store: &Store) {
    let change = |number: u32| {
        put(store, |tx| {
            tx.audit_head(workspace_id(1))?;
            let state = tx.find_rate_state(workspace_id(1))?.unwrap_or_else(|| RateState::new(workspace_id(1)));
            tx.write_rate_state(&RateState { revision: state.revision + 1, ..state })?;
            tx.insert_rate_override(&rate_override(number))
        });
    };
    std::thread::scope(|scope| {
        for number in 1..=8 {
            scope.spawn(move || change(number));
        }
    });
    assert_eq!(look(store, |tx| tx.find_rate_state(workspace_id(1))).unwrap().revision, 8);
}
