//! What only PostgreSQL can do to a transaction: dead-lock it, or close its connection.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};

use devhub_domain::id::WorkspaceId;
use devhub_domain::testing::{api_key, contract};
use devhub_storage::{Database, DatabaseKind, Options, WriterError};

use crate::support::{Guard, cause, execute, postgres, put, stored_keys, submit, try_put};

/// Ends every connection to the test's database but the one that asks.
const CLOSE_ALL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn workspace_id(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes(u128::from(number).to_be_bytes())
}

/// The database and its server; `None` where PostgreSQL is left out.
fn server() -> Option<(Database, Guard)> {
    let (database, guard) = postgres();
    contract::seed(&database);
    (database.kind() == DatabaseKind::Postgres).then_some((database, guard))
}

fn close_all(guard: &Guard) {
    let Guard::Server(server) = guard else { panic!("a server") };
    execute(&server.url, CLOSE_ALL);
}

#[test]
fn jobs_that_dead_lock_are_run_again() {
    let Some((database, guard)) = server() else { return };
    database.shutdown();
    let database = Database::open(&guard.url(), Options { writers: 2, batch_max: 1, ..Options::default() }).unwrap();
    let both_hold_one = Arc::new(Barrier::new(2));
    let (done, outcomes) = channel();
    for (number, order) in [(1, [1, 2]), (2, [2, 1])] {
        let (meet, mut is_first) = (Arc::clone(&both_hold_one), true);
        submit(&database, number, &done, move |tx| {
            tx.audit_head(workspace_id(order[0]))?;
            if std::mem::take(&mut is_first) {
                meet.wait();
            }
            tx.audit_head(workspace_id(order[1]))?;
            tx.insert_api_key(&api_key(number))
        });
    }
    drop(done);
    assert!(outcomes.into_iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(stored_keys(&database), [1, 2]);
}

#[test]
fn one_hub_at_a_time_is_the_sole_node() {
    let Some((database, guard)) = server() else { return };
    let second = Database::open(&guard.url(), Options::default()).unwrap();
    let first = database.sole_node().unwrap();
    assert!(first.is_some());
    assert!(second.sole_node().unwrap().is_none());
    // Another lock than that of the migrations, which must not wait for it.
    assert!(second.migrate().unwrap().is_empty());
    drop(first);
    assert!(second.sole_node().unwrap().is_some());
}

#[test]
fn a_hub_that_was_cut_off_is_no_sole_node_and_does_not_fail_for_it() {
    let Some((database, guard)) = server() else { return };
    let first = database.sole_node().unwrap();
    close_all(&guard);
    drop(first);
    assert!(database.sole_node().unwrap().is_some());
}

#[test]
fn a_connection_that_died_while_idle_is_replaced_unnoticed() {
    let Some((database, guard)) = server() else { return };
    put(&database, |tx| tx.insert_api_key(&api_key(1)));
    assert_eq!(stored_keys(&database), [1]);
    close_all(&guard);
    put(&database, |tx| tx.insert_api_key(&api_key(2)));
    assert_eq!(stored_keys(&database), [1, 2]);
}

#[test]
fn a_connection_that_dies_in_a_transaction_fails_its_batch_only() {
    let Some((database, guard)) = server() else { return };
    let outcome = try_put(&database, |tx| {
        tx.insert_api_key(&api_key(1))?;
        close_all(&guard);
        // Goes on as if nothing were wrong.
        drop(tx.insert_api_key(&api_key(2)));
        Ok(())
    });
    assert!(matches!(cause(outcome), WriterError::BatchLost(_)));
    assert!(stored_keys(&database).is_empty());
    put(&database, |tx| tx.insert_api_key(&api_key(3)));
    assert_eq!(stored_keys(&database), [3]);
}
