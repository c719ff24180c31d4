//! A row that was damaged by hand is an error that names it, and never a panic.

use std::time::Duration;

use devhub_domain::api_keys::ApiKeyFilter;
use devhub_domain::audit::{Actor, AuditDraft, append};
use devhub_domain::page::PageRequest;
use devhub_domain::store::StoreError;
use devhub_domain::testing::{api_key, contract, endpoint, event, session};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::Delivery;
use devhub_storage::{DATABASE_FILE, Database, DatabaseUrl};
use diesel::{Connection, RunQueryDsl, SqliteConnection};

use crate::support::{Guard, execute, look, postgres, put, sqlite};

fn damage(guard: &Guard, sql: &str) {
    match (guard.url(), guard) {
        (DatabaseUrl::Sqlite { folder }, _) => {
            let mut conn = SqliteConnection::establish(folder.join(DATABASE_FILE).to_str().unwrap()).unwrap();
            diesel::sql_query(sql).execute(&mut conn).unwrap();
        }
        (DatabaseUrl::Postgres(_), Guard::Server(server)) => execute(&server.url, sql),
        (DatabaseUrl::Postgres(_), Guard::Folder(_)) => panic!("a folder is no server"),
    }
}

fn delivery() -> Delivery {
    Delivery::born(&event(1), &endpoint(1), None)
}

fn fill(database: &Database) {
    contract::seed(database);
    put(database, |tx| {
        tx.insert_api_key(&api_key(1))?;
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_event(&event(1))?;
        tx.insert_deliveries(&[delivery()])?;
        let draft = AuditDraft {
            workspace_id: event(1).workspace_id,
            at: Timestamp::from_seconds(1),
            actor: Actor::System,
            action: "key.issued",
            subject: "key_1".to_owned(),
            detail: serde_json::json!({}),
        };
        append(tx, &draft)
    });
}

type Read = fn(&mut dyn Tx) -> Result<(), StoreError>;

/// Damages a column, reads the row, and returns what the error names.
fn named(backend: fn() -> (Database, Guard), sql: &str, read: Read) -> (&'static str, &'static str, String) {
    let (database, guard) = backend();
    fill(&database);
    damage(&guard, sql);
    match look(&database, read) {
        Err(StoreError::Corrupt { table, column, id }) => (table, column, id),
        other => panic!("expected a corrupt row, got {other:?}"),
    }
}

fn rows() -> [(&'static str, Read, (&'static str, &'static str, String)); 5] {
    [
        (
            "UPDATE api_keys SET status = 'lost'",
            |tx| tx.list_api_keys(api_key(1).workspace_id, ApiKeyFilter::default(), PageRequest::default()).map(drop),
            ("api_keys", "status", api_key(1).id.to_string()),
        ),
        (
            "UPDATE endpoints SET url = 'nowhere'",
            |tx| tx.list_targets(endpoint(1).workspace_id).map(drop),
            ("endpoints", "url", endpoint(1).id.to_string()),
        ),
        (
            "UPDATE events SET event_type = 'Not A Type'",
            |tx| tx.find_event(event(1).workspace_id, event(1).id).map(drop),
            ("events", "event_type", event(1).id.to_string()),
        ),
        (
            "UPDATE deliveries SET attempts = -1",
            |tx| tx.find_delivery(delivery().workspace_id, delivery().id).map(drop),
            ("deliveries", "attempts", delivery().id.to_string()),
        ),
        (
            "UPDATE audit_entries SET actor = 'nobody'",
            |tx| tx.list_audit_entries(event(1).workspace_id, PageRequest::default()).map(drop),
            ("audit_entries", "actor", "1".to_owned()),
        ),
    ]
}

#[test]
fn a_damaged_row_on_sqlite_is_named() {
    for (sql, read, expected) in rows() {
        assert_eq!(named(sqlite, sql, read), expected);
    }
}

#[test]
fn a_damaged_row_on_postgres_is_named() {
    for (sql, read, expected) in rows() {
        assert_eq!(named(postgres, sql, read), expected);
    }
}

#[test]
fn a_damaged_id_is_shown_as_it_is() {
    let read: Read = |tx| tx.scan_api_keys(None, 10).map(drop);
    let found = named(sqlite, "UPDATE api_keys SET id = x'0102'", read);
    assert_eq!(found, ("api_keys", "id", "[01, 02]".to_owned()));
}

/// Two deliveries are due, one of them damaged; the other is claimed, and the damaged one is not due again for an hour.
fn one_bad_row_is_passed_over(backend: fn() -> (Database, Guard)) {
    let (database, guard) = backend();
    fill(&database);
    let second = Delivery::born(&event(2), &endpoint(1), None);
    put(&database, |tx| {
        tx.insert_event(&event(2))?;
        tx.insert_session(&session(1))?;
        tx.insert_deliveries(std::slice::from_ref(&second))
    });
    damage(
        &guard,
        "UPDATE deliveries SET event_type = 'no type' WHERE event_id = (SELECT id FROM events ORDER BY id LIMIT 1)",
    );
    let now = Timestamp::from_seconds(100);
    let claimed = put(&database, |tx| tx.claim_due(session(1).id, now, &[], 10));
    assert_eq!(claimed.iter().map(|work| work.delivery.id).collect::<Vec<_>>(), [second.id]);
    let next = look(&database, |tx: &mut dyn Tx| tx.next_due_at()).unwrap();
    assert_eq!(next, Some(now.plus(Duration::from_hours(1))));
}

/// Two deliveries are leased, one of them damaged since; the other is still found.
fn one_bad_lease_is_passed_over(backend: fn() -> (Database, Guard)) {
    let (database, guard) = backend();
    fill(&database);
    let second = Delivery::born(&event(2), &endpoint(1), None);
    put(&database, |tx| {
        tx.insert_event(&event(2))?;
        tx.insert_session(&session(1))?;
        tx.insert_deliveries(std::slice::from_ref(&second))?;
        tx.claim_due(session(1).id, Timestamp::from_seconds(100), &[], 10)
    });
    damage(
        &guard,
        "UPDATE deliveries SET event_type = 'no type' WHERE event_id = (SELECT id FROM events ORDER BY id LIMIT 1)",
    );
    let leased = look(&database, |tx| tx.list_leased(session(1).id, 10)).unwrap();
    assert_eq!(leased.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [second.id]);
}

#[test]
fn one_bad_lease_does_not_stop_the_others() {
    one_bad_lease_is_passed_over(sqlite);
    one_bad_lease_is_passed_over(postgres);
}

#[test]
fn one_bad_row_does_not_stop_the_others() {
    one_bad_row_is_passed_over(sqlite);
    one_bad_row_is_passed_over(postgres);
}
