//! Operators.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::id::OperatorId;
use crate::operators::{EmailAddress, Operator, Role};
use crate::time::Timestamp;

fn operator(number: u8) -> Operator {
    Operator {
        id: OperatorId::from_bytes(u128::from(number).to_be_bytes()),
        workspace_id: workspace_id(1),
        email: EmailAddress::new(&format!("operator-{number}@example.com")).unwrap(),
        role: Role::Developer,
        created_at: Timestamp::from_seconds(i64::from(number)),
    }
}

/// Operators are listed oldest first, in their own workspace only.
pub fn operators_are_listed_in_their_workspace(store: &Store) {
    put(store, |tx| {
        tx.insert_operator(&operator(2))?;
        tx.insert_operator(&operator(1))
    });
    assert_eq!(look(store, |tx| tx.list_operators(workspace_id(1))), [operator(1), operator(2)]);
    assert_eq!(look(store, |tx| tx.list_operators(workspace_id(2))), []);
}

/// A mail address is taken once in a workspace, and free in another.
pub fn an_address_is_taken_once_in_a_workspace(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    let same = Operator { email: operator(1).email, ..operator(2) };
    expect_conflict(try_put(store, |tx| tx.insert_operator(&same)));
    let elsewhere = Operator { workspace_id: workspace_id(2), ..same };
    put(store, |tx| tx.insert_operator(&elsewhere));
}
