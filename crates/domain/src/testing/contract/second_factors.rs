//! Second factors.

use std::collections::BTreeSet;

use super::seed::{Store, look, put, workspace_id};
use crate::operators::{Operator, RecoveryCodes, RecoveryDigest, Role, SecondFactor, TotpStep};
use crate::sealing::Sealed;
use crate::testing::operator;
use crate::time::Timestamp;

fn factor() -> SecondFactor {
    SecondFactor {
        operator_id: operator(1).id,
        sealed: Sealed::from_bytes(vec![7; 56]),
        last_step: TotpStep(37_037_036),
        recovery: RecoveryCodes::from_digests([1, 2, 3].map(|byte| RecoveryDigest([byte; 32]))),
        added_at: Timestamp::from_micros(1_234_567),
    }
}

fn add(store: &Store) {
    put(store, |tx| {
        tx.insert_operator(&operator(1))?;
        tx.insert_operator(&operator(2))?;
        tx.put_second_factor(&factor())
    });
}

fn find(store: &Store) -> Option<SecondFactor> {
    look(store, |tx| tx.find_second_factor(factor().operator_id))
}

/// A second factor comes back as it went in, for its own operator only.
pub fn a_second_factor_reads_back_as_it_was_written(store: &Store) {
    add(store);
    assert_eq!(find(store), Some(factor()));
    assert_eq!(look(store, |tx| tx.find_second_factor(operator(2).id)), None);
}

/// What is written takes the place of what was, down to no recovery code.
pub fn a_second_factor_is_written_over(store: &Store) {
    add(store);
    let changed = SecondFactor {
        sealed: Sealed::from_bytes(vec![8; 56]),
        last_step: TotpStep(37_037_040),
        recovery: RecoveryCodes::default(),
        ..factor()
    };
    put(store, |tx| tx.put_second_factor(&changed));
    assert_eq!(find(store), Some(changed));
}

/// It is removed by itself, and with its operator.
pub fn a_second_factor_goes_with_its_operator(store: &Store) {
    add(store);
    put(store, |tx| tx.delete_second_factor(factor().operator_id));
    assert_eq!(find(store), None);
    put(store, |tx| tx.delete_second_factor(factor().operator_id));
    put(store, |tx| tx.put_second_factor(&factor()));
    put(store, |tx| tx.delete_operator(factor().operator_id));
    assert_eq!(find(store), None);
}

/// Who has one is told to each workspace that the operator works in, and to no other.
pub fn holders_of_a_second_factor_are_listed_where_they_work(store: &Store) {
    add(store);
    let holders = |id| look(store, |tx| tx.list_second_factor_holders(id));
    let elsewhere = Operator { workspace_id: workspace_id(2), role: Role::Viewer, ..operator(1) };
    assert_eq!(holders(workspace_id(1)), BTreeSet::from([operator(1).id]));
    assert_eq!(holders(workspace_id(2)), BTreeSet::new());
    put(store, |tx| tx.insert_membership(&elsewhere));
    assert_eq!(holders(workspace_id(2)), BTreeSet::from([operator(1).id]));
    put(store, |tx| tx.delete_second_factor(operator(1).id));
    assert_eq!([1, 2].map(workspace_id).map(holders), [BTreeSet::new(), BTreeSet::new()]);
}
