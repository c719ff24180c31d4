//! Operators that work in several workspaces.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::operators::{Membership, Operator, Role};
use crate::store::{Lane, StoreError, write};
use crate::testing::{member, operator, operator_session};
use crate::time::Timestamp;
use crate::workspaces::WorkspaceName;

fn add(store: &Store) {
    put(store, |tx| {
        tx.insert_operator(&operator(1))?;
        tx.insert_membership(&member(1))
    });
}

fn find(store: &Store, workspace: u8) -> Option<Operator> {
    look(store, |tx| tx.find_operator(workspace_id(workspace), operator(1).id))
}

fn membership(number: u8, role: Role, since: i64) -> Membership {
    let name = WorkspaceName::new(&format!("Workspace {number}")).unwrap();
    Membership { workspace_id: workspace_id(number), name, role, since: Timestamp::from_seconds(since) }
}

/// Each workspace knows an operator with its role there, by id, by address and in its list.
pub fn each_workspace_knows_its_role(store: &Store) {
    add(store);
    put(store, |tx| {
        tx.insert_operator(&Operator { workspace_id: workspace_id(2), home_id: workspace_id(2), ..operator(2) })
    });
    for (number, expected) in [(1, operator(1)), (2, member(1))] {
        assert_eq!(find(store, number), Some(expected.clone()));
        let by_email = look(store, |tx| tx.find_operator_by_email(workspace_id(number), &expected.email));
        assert_eq!(by_email, Some(expected.clone()));
        assert!(look(store, |tx| tx.list_operators(workspace_id(number))).contains(&expected));
    }
    assert_eq!(look(store, |tx| tx.find_operator_at_home(&operator(1).email)), Some(operator(1)));
    let order: Vec<_> =
        look(store, |tx| tx.list_operators(workspace_id(2))).into_iter().map(|known| known.id).collect();
    assert_eq!(order, [operator(2).id, operator(1).id], "in the order in which they were added there");
}

/// An operator is added to a workspace once, and not to the one that it is at home in.
pub fn an_operator_is_added_to_a_workspace_once(store: &Store) {
    add(store);
    for known in [member(1), operator(1)] {
        expect_conflict(try_put(store, |tx| tx.insert_membership(&known)));
    }
}

/// A role changes in one workspace, the password for all of them.
pub fn a_role_changes_where_it_is_known(store: &Store) {
    add(store);
    let changed = Operator { role: Role::Admin, revision: 2, ..member(1) };
    put(store, |tx| tx.update_operator(&changed));
    assert_eq!(find(store, 2), Some(changed.clone()));
    assert_eq!(find(store, 1), Some(Operator { revision: 2, ..operator(1) }));
    expect_conflict(try_put(store, |tx| tx.update_operator(&changed)));
    put(store, |tx| tx.delete_membership(operator(1).id, workspace_id(2)));
    expect_conflict(try_put(store, |tx| tx.update_operator(&Operator { revision: 3, ..changed.clone() })));
    assert_eq!(
        find(store, 1),
        Some(Operator { revision: 2, ..operator(1) }),
        "nothing is left of a change that is refused"
    );
}

/// Where an operator works is listed by name, first where it is at home.
pub fn workspaces_of_an_operator_are_listed(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    let listed = || look(store, |tx| tx.list_memberships(operator(1).id));
    assert_eq!(listed(), [membership(1, Role::Developer, 1)]);
    put(store, |tx| tx.insert_membership(&member(1)));
    assert_eq!(listed(), [membership(1, Role::Developer, 1), membership(2, Role::Viewer, 5)]);
    put(store, |tx| tx.delete_membership(operator(1).id, workspace_id(2)));
    put(store, |tx| tx.delete_membership(operator(1).id, workspace_id(2)));
    assert_eq!(listed(), [membership(1, Role::Developer, 1)]);
    assert_eq!(look(store, |tx| tx.list_memberships(operator(2).id)), []);
}

/// A home moves to another workspace of the operator, with the role there, and the one before knows it no more.
pub fn a_home_moves(store: &Store) {
    add(store);
    put(store, |tx| tx.move_operator_home(&member(1)));
    let moved = Operator { home_id: workspace_id(2), ..member(1) };
    assert_eq!((find(store, 1), find(store, 2)), (None, Some(moved.clone())));
    assert_eq!(look(store, |tx| tx.list_memberships(operator(1).id)), [membership(2, Role::Viewer, 5)]);
    for home in [operator(1), moved] {
        expect_conflict(try_put(store, |tx| tx.move_operator_home(&home)));
    }
}

/// An operator goes from every workspace at once.
pub fn an_operator_goes_from_every_workspace(store: &Store) {
    add(store);
    put(store, |tx| tx.delete_operator(operator(1).id));
    assert_eq!((find(store, 1), find(store, 2)), (None, None));
    assert_eq!(look(store, |tx| tx.list_operators(workspace_id(2))), []);
    put(store, |tx| tx.insert_operator(&operator(1)));
    assert_eq!(find(store, 2), None);
}

/// A session goes to another workspace, and one that is gone does not come back.
pub fn a_session_goes_to_another_workspace(store: &Store) {
    add(store);
    let session = operator_session(1);
    put(store, |tx| tx.insert_operator_session(&session));
    assert!(put(store, |tx| tx.move_operator_session(session.id, workspace_id(2))));
    let found = || look(store, |tx| tx.find_operator_session(&session.digest));
    assert_eq!(found().map(|found| found.workspace_id), Some(workspace_id(2)));
    put(store, |tx| tx.delete_operator_sessions(&[session.id]));
    assert!(!put(store, |tx| tx.move_operator_session(session.id, workspace_id(1))), "it is gone");
    assert_eq!(found(), None);
}

/// Of eight threads that hold an operator, look where it works and add it, a single one does.
pub fn eight_threads_that_hold_an_operator_add_it_once(store: &Store) {
    put(store, |tx| tx.insert_operator(&operator(1)));
    let add = || {
        write(store, Lane::Interactive, |tx| {
            tx.hold_operator(operator(1).id)?;
            let is_new = tx.find_operator(workspace_id(2), operator(1).id)?.is_none();
            if is_new {
                tx.insert_membership(&member(1))?;
            }
            Ok::<_, StoreError>(is_new)
        })
        .unwrap()
    };
    let added = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|added| *added).count()
    });
    assert_eq!(added, 1);
}
