//! Operators.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::id::OperatorId;
use crate::operators::{EmailAddress, Operator, PasswordHash, Role};
use crate::store::{Lane, write};
use crate::testing::{operator, operator_session};

/// A hash of nobody's password.
fn hash() -> PasswordHash {
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCAuLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap()
}

/// An operator comes back as it went in, with a password and without.
pub fn an_operator_reads_back_as_it_was_written(store: &Store) {
    let with_password = Operator { role: Role::Owner, password: Some(hash()), ..operator(2) };
    for expected in [operator(1), with_password] {
        put(store, |tx| tx.insert_operator(&expected));
        assert_eq!(look(store, |tx| tx.find_operator(workspace_id(1), expected.id)), Some(expected.clone()));
        let found = look(store, |tx| tx.find_operator_by_email(workspace_id(1), &expected.email));
        assert_eq!(found, Some(expected));
    }
}

/// An operator is found in its own workspace only, by id and by address.
pub fn an_operator_of_another_workspace_is_not_found(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    assert_eq!(look(store, |tx| tx.find_operator(workspace_id(2), operator(1).id)), None);
    assert_eq!(look(store, |tx| tx.find_operator_by_email(workspace_id(2), &operator(1).email)), None);
    assert_eq!(look(store, |tx| tx.find_operator(workspace_id(1), operator(2).id)), None);
    let unknown = EmailAddress::new("nobody@example.com").unwrap();
    assert_eq!(look(store, |tx| tx.find_operator_by_email(workspace_id(1), &unknown)), None);
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

/// A mail address is taken once, in whatever workspace: it tells who signs in.
pub fn an_address_is_taken_once(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    let same = Operator { email: operator(1).email, ..operator(2) };
    expect_conflict(try_put(store, |tx| tx.insert_operator(&same)));
    let elsewhere = Operator { workspace_id: workspace_id(2), home_id: workspace_id(2), ..same };
    expect_conflict(try_put(store, |tx| tx.insert_operator(&elsewhere)));
}

/// Role and password change with the revision, and an old revision is a conflict.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    let changed = Operator { role: Role::Admin, password: Some(hash()), revision: 2, ..operator(1) };
    put(store, |tx| tx.update_operator(&changed));
    assert_eq!(look(store, |tx| tx.find_operator(workspace_id(1), changed.id)), Some(changed.clone()));
    expect_conflict(try_put(store, |tx| tx.update_operator(&changed)));
    let unknown = Operator { id: OperatorId::from_bytes([9; 16]), ..changed };
    expect_conflict(try_put(store, |tx| tx.update_operator(&unknown)));
}

/// An operator goes with its sessions, and its address is free again.
pub fn an_operator_goes_with_its_sessions(store: &Store) {
    put(store, |tx| {
        tx.insert_operator(&operator(1))?;
        tx.insert_operator_session(&operator_session(1))
    });
    put(store, |tx| tx.delete_operator(operator(1).id));
    assert_eq!(look(store, |tx| tx.list_operators(workspace_id(1))), []);
    assert_eq!(look(store, |tx| tx.find_operator_session(&operator_session(1).digest)), None);
    put(store, |tx| tx.delete_operator(operator(1).id));
    put(store, |tx| tx.insert_operator(&Operator { email: operator(1).email, ..operator(2) }));
}

/// Of eight threads that look for an owner and then write one, a single one does, since the log's lock makes them take turns.
pub fn eight_threads_that_take_turns_make_one_owner(store: &Store) {
    let become_owner = |number| {
        move || {
            write(store, Lane::Interactive, |tx| {
                tx.audit_head(workspace_id(1))?;
                if tx.list_operators(workspace_id(1))?.is_empty() {
                    tx.insert_operator(&Operator { role: Role::Owner, ..operator(number) })?;
                }
                Ok::<_, crate::store::StoreError>(())
            })
            .unwrap();
        }
    };
    std::thread::scope(|scope| {
        for number in 1..=8 {
            scope.spawn(become_owner(number));
        }
    });
    assert_eq!(look(store, |tx| tx.list_operators(workspace_id(1))).len(), 1);
}
