//! What only PostgreSQL can do to a transaction: dead-lock it, or close its connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};

use devhub_domain::api_keys::ApiKeyTx;
use devhub_domain::id::WorkspaceId;
use devhub_domain::idempotency::{Answer, Caller, Fingerprint, RecordedAnswer};
use devhub_domain::store::{StoreError, UnitOfWork};
use devhub_domain::testing::{api_key, contract, endpoint, event};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Delivery, DeliveryState, Endpoint};
use devhub_storage::{Database, DatabaseKind, Options, WriterError};

use crate::support::{Guard, cause, execute, look, postgres, put, stored_keys, submit, try_put};

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

/// The same with four writers, so that transactions meet.
fn four_writers() -> Option<(Database, Guard)> {
    let (database, guard) = server()?;
    database.shutdown();
    let options = Options { writers: 4, batch_max: 1, ..Options::default() };
    Some((Database::open(&guard.url(), options).unwrap(), guard))
}

/// Runs a write on eight threads, five times on each.
fn forty_times(database: &Database, body: impl Fn(&mut dyn Tx) -> Result<(), StoreError> + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| put(database, &body)));
        }
    });
}

#[test]
fn requests_with_one_idempotency_key_follow_each_other() {
    let Some((database, _guard)) = four_writers() else { return };
    let firsts = AtomicU32::new(0);
    for number in 0..20 {
        let answer = RecordedAnswer {
            caller: Caller::from_bytes([1; 16]),
            key: format!("request-{number}").parse().unwrap(),
            fingerprint: Fingerprint([0; 32]),
            answer: Answer { status: 201, body: Vec::new() },
            created_at: Timestamp::from_seconds(1),
        };
        forty_times(&database, |tx| {
            if tx.find_answer(answer.caller, &answer.key)?.is_none() {
                firsts.fetch_add(1, Ordering::Relaxed);
                tx.put_answer(&answer)?;
            }
            Ok(())
        });
    }
    assert_eq!(firsts.into_inner(), 20);
}

#[test]
fn changes_of_one_key_follow_each_other() {
    let Some((database, _guard)) = four_writers() else { return };
    let store: &dyn UnitOfWork<dyn ApiKeyTx> = &database;
    contract::api_keys::eight_threads_change_one_key_one_after_the_other(store);
}

#[test]
fn changes_of_one_endpoint_follow_each_other() {
    let Some((database, _guard)) = four_writers() else { return };
    put(&database, |tx| tx.insert_endpoint(&endpoint(1)));
    forty_times(&database, |tx| {
        let found = tx.find_target(endpoint(1).workspace_id, endpoint(1).id)?.expect("the endpoint is there");
        tx.update_endpoint(&Endpoint { revision: found.endpoint.revision + 1, ..found.endpoint.clone() })
    });
    let found = look(&database, |tx| tx.find_target(endpoint(1).workspace_id, endpoint(1).id)).unwrap().unwrap();
    assert_eq!(found.endpoint.revision, 41);
}

#[test]
fn payments_that_name_the_same_addresses_at_once_share_their_endpoints() {
    let Some((database, _guard)) = four_writers() else { return };
    contract::callbacks::eight_threads_name_the_same_addresses(&database);
}

#[test]
fn demands_for_one_resend_follow_each_other() {
    let Some((database, _guard)) = four_writers() else { return };
    let now = Timestamp::from_seconds(100);
    let over =
        Delivery { state: DeliveryState::Exhausted, due_at: None, ..Delivery::born(&event(1), &endpoint(1), None) };
    put(&database, |tx| tx.insert_deliveries(std::slice::from_ref(&over)));
    let firsts = AtomicU32::new(0);
    forty_times(&database, |tx| {
        let found = tx.find_delivery(over.workspace_id, over.id)?.expect("the delivery is there");
        firsts.fetch_add(u32::from(found.resend.is_none()), Ordering::Relaxed);
        assert!(tx.update_resent(&found.resent(now).expect("it is not leased"))?);
        Ok(())
    });
    assert_eq!(firsts.into_inner(), 1);
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
fn case_18_a_transaction_that_stands_still_lets_go_of_its_rows() {
    let Some((database, guard)) = server() else { return };
    let (running, is_running) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let (done, outcomes) = channel();
    submit(&database, 1, &done, move |tx| {
        tx.audit_head(workspace_id(1))?;
        running.send(()).unwrap();
        // As while the whole process is frozen.
        may_go_on.recv().unwrap_err();
        tx.insert_api_key(&api_key(1))
    });
    is_running.recv().unwrap();
    let other = Database::open(&guard.url(), Options::default()).unwrap();
    put(&other, |tx| tx.audit_head(workspace_id(1)).map(drop));
    drop(go_on);
    assert!(matches!(cause(outcomes.recv().unwrap().1), WriterError::BatchLost(_)));
    assert_eq!(stored_keys(&database), [0_u32; 0]);
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
