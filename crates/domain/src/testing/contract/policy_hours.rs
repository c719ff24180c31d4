//! What rate policies decide, by hours.

use super::seed::{Store, look, put, workspace_id};
use crate::id::RatePolicyId;
use crate::rate::{PolicyCounts, PolicyHour, PolicyRef};
use crate::testing::rate_policy;

fn policy(number: u32) -> PolicyRef {
    PolicyRef::Of(rate_policy(number).id)
}

fn counts(times: u64) -> PolicyCounts {
    PolicyCounts { allowed: 100 * times, refused: 10 * times, shadow_refused: times }
}

fn hour(policy: PolicyRef, hour: i64) -> PolicyHour {
    PolicyHour { workspace_id: workspace_id(1), policy, hour, counts: counts(1) }
}

/// Sorted, since a store may list them as it likes.
fn listed(store: &Store, policies: &[PolicyRef]) -> Vec<PolicyHour> {
    let mut rows = look(store, |tx| tx.list_policy_hours(workspace_id(1), policies, 7..9));
    rows.sort_unstable_by_key(|row| (row.policy, row.hour));
    rows
}

/// What is counted comes on top of what was; policies, the default among them, hours and workspaces have their own counts. A policy
/// need not be there.
pub fn an_hour_of_a_policy_adds_up(store: &Store) {
    let elsewhere = PolicyHour { workspace_id: workspace_id(2), ..hour(PolicyRef::Default, 7) };
    let all = [hour(policy(1), 7), hour(PolicyRef::Default, 7), hour(policy(1), 7), hour(policy(1), 8), elsewhere];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_policy_hour(row)));
    let twice = PolicyHour { counts: counts(2), ..hour(policy(1), 7) };
    assert_eq!(
        listed(store, &[policy(1), PolicyRef::Default]),
        [hour(PolicyRef::Default, 7), twice, hour(policy(1), 8)]
    );
}

/// A list shows the policies and hours that are asked for, from the first hour on and before the last.
pub fn hours_are_those_that_are_asked_for(store: &Store) {
    let all = [hour(policy(1), 6), hour(policy(1), 7), hour(policy(2), 8), hour(policy(3), 7), hour(policy(2), 9)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_policy_hour(row)));
    assert_eq!(listed(store, &[policy(1), policy(2)]), [hour(policy(1), 7), hour(policy(2), 8)]);
    assert_eq!(listed(store, &[PolicyRef::Of(RatePolicyId::from_bytes([9; 16]))]), []);
    assert_eq!(listed(store, &[]), []);
}

/// Eight threads count for one policy and hour: none is lost.
pub fn eight_threads_count_for_one_policy(store: &Store) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| put(store, |tx| tx.add_policy_hour(&hour(policy(1), 7))));
        }
    });
    assert_eq!(listed(store, &[policy(1)]), [PolicyHour { counts: counts(8), ..hour(policy(1), 7) }]);
}

/// Old hours are removed oldest first, no more than asked for, and no others.
pub fn old_hours_of_policies_are_removed_in_steps(store: &Store) {
    let all = [hour(policy(1), 8), hour(policy(2), 6), hour(PolicyRef::Default, 7), hour(policy(2), 9)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_policy_hour(row)));
    assert_eq!(put(store, |tx| tx.delete_policy_hours(9, 2)), 2);
    assert_eq!(listed(store, &[policy(1), policy(2), PolicyRef::Default]), [hour(policy(1), 8)]);
    assert_eq!(put(store, |tx| tx.delete_policy_hours(9, 2)), 1);
    let left = look(store, |tx| tx.list_policy_hours(workspace_id(1), &[policy(1), policy(2)], 0..99));
    assert_eq!(left, [hour(policy(2), 9)]);
}
