//! A row that was damaged by hand is an error that names it, and never a panic.

use std::time::Duration;

use devhub_domain::api_keys::ApiKeyFilter;
use devhub_domain::audit::{Actor, AuditDraft, AuditFilter, append};
use devhub_domain::id::DeliveryId;
use devhub_domain::latencies::Latencies;
use devhub_domain::page::PageRequest;
use devhub_domain::store::StoreError;
use devhub_domain::testing::{
    api_key, contract, endpoint, endpoint_secret, event, member, operator, operator_session, own_type, session,
};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::usage::{KeyHour, SeenAddress, UnknownAttempts};
use devhub_domain::webhooks::{Delivery, EndpointOrigin, EndpointSettings, Health, HourTally, Room};
use devhub_storage::{Database, DatabaseKind};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::support::{Guard, ask, execute_on as damage, look, postgres, put, sqlite};

fn delivery() -> Delivery {
    Delivery::born(&event(1), &endpoint(1), None)
}

/// An hour in which the key was used from one address.
fn seen_hour() -> KeyHour {
    let seen = SeenAddress { address: [127, 0, 0, 1].into(), at: Timestamp::from_seconds(25_200) };
    KeyHour { addresses: [seen].into_iter().collect(), ..KeyHour::empty(api_key(1).id, 7) }
}

fn fill(database: &Database) {
    contract::seed(database);
    put(database, |tx| {
        tx.insert_api_key(&api_key(1))?;
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint_secret(&endpoint_secret(1))?;
        tx.insert_event(&event(1))?;
        tx.insert_own_type(&own_type())?;
        tx.add_key_hour(&seen_hour())?;
        tx.add_unknown_attempts(&UnknownAttempts { hour: 7, network: None, unknown: 1, malformed: 0 })?;
        tx.insert_deliveries(&[delivery()])?;
        tx.insert_operator(&operator(1))?;
        tx.insert_membership(&member(1))?;
        tx.insert_operator_session(&operator_session(1))?;
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

/// A statement that damages a row, what reads it, and what the error must name.
type Damage = (&'static str, Read, (&'static str, &'static str, String));

fn rows() -> Vec<Damage> {
    rows_of_deliveries().into_iter().chain(rows_of_workspaces()).collect()
}

fn rows_of_deliveries() -> [Damage; 5] {
    [
        (
            "UPDATE api_keys SET status = 'lost'",
            |tx| {
                tx.list_api_keys(
                    api_key(1).workspace_id,
                    &ApiKeyFilter::default(),
                    Timestamp::default(),
                    PageRequest::default(),
                )
                .map(drop)
            },
            ("api_keys", "status", api_key(1).id.to_string()),
        ),
        (
            "UPDATE endpoints SET url = 'nowhere'",
            |tx| tx.list_targets(endpoint(1).workspace_id).map(drop),
            ("endpoints", "url", endpoint(1).id.to_string()),
        ),
        (
            "UPDATE endpoint_secrets SET number = -1",
            |tx| tx.list_targets(endpoint(1).workspace_id).map(drop),
            ("endpoint_secrets", "number", endpoint_secret(1).id.to_string()),
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
    ]
}

fn rows_of_workspaces() -> [Damage; 9] {
    [
        (
            "UPDATE audit_entries SET actor = 'nobody'",
            |tx| {
                tx.list_audit_entries(event(1).workspace_id, &AuditFilter::default(), PageRequest::default()).map(drop)
            },
            ("audit_entries", "actor", "1".to_owned()),
        ),
        (
            "UPDATE operators SET password_hash = 'plain text'",
            |tx| tx.list_operators(operator(1).workspace_id).map(drop),
            ("operators", "password_hash", operator(1).id.to_string()),
        ),
        (
            "UPDATE operator_memberships SET role = 'king'",
            |tx| tx.find_operator(member(1).workspace_id, member(1).id).map(drop),
            ("operator_memberships", "role", operator(1).id.to_string()),
        ),
        (
            "UPDATE operator_sessions SET address = 'nowhere'",
            |tx| tx.list_operator_sessions(operator(1).id).map(drop),
            ("operator_sessions", "address", operator_session(1).id.to_string()),
        ),
        (
            "UPDATE workspaces SET time_zone = 'Mars/Olympus'",
            |tx| tx.find_workspace(event(1).workspace_id).map(drop),
            ("workspaces", "time_zone", event(1).workspace_id.to_string()),
        ),
        (
            "UPDATE workspaces SET event_checks = 'loose'",
            |tx| tx.event_checks(event(1).workspace_id).map(drop),
            ("workspaces", "event_checks", event(1).workspace_id.to_string()),
        ),
        (
            "UPDATE key_hours SET locked = -1",
            |tx| tx.list_key_hours(api_key(1).id, 0..10, 10).map(drop),
            ("key_hours", "locked", format!("{}/7", api_key(1).id)),
        ),
        (
            "UPDATE unknown_attempts SET network = 'nowhere'",
            |tx| tx.list_unknown_attempts(0..10, PageRequest::default()).map(drop),
            ("unknown_attempts", "network", "7/nowhere".to_owned()),
        ),
        (
            "UPDATE event_types SET status = 'lost'",
            |tx| tx.find_own_type(own_type().workspace_id, &own_type().name).map(drop),
            ("event_types", "status", own_type().name.to_string()),
        ),
    ]
}

#[test]
fn damaged_addresses_are_told_and_not_written_over() {
    for backend in [sqlite, postgres] {
        let (database, guard) = backend();
        fill(&database);
        // Bytes that are no addresses, in words of both.
        damage(&guard, "UPDATE key_hours SET addresses = key_id");
        put(&database, |tx| tx.add_key_hour(&seen_hour()));
        let error = look(&database, |tx| tx.list_key_hours(api_key(1).id, 0..10, 10)).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { table: "key_hours", column: "addresses", .. }), "{error:?}");
    }
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
fn a_damaged_setting_of_an_endpoint_is_named_by_its_column() {
    let cases = [
        ("timeout_ms", "0"),
        ("retry_schedule", "'0 5000'"),
        ("rate", "'7/hour'"),
        ("in_flight_max", "-1"),
        ("headers", "'Host:elsewhere'"),
        ("authorities_pem", "'nobody'"),
        ("origin", "'nowhere'"),
    ];
    for backend in [sqlite, postgres] {
        for (column, value) in cases {
            let sql = format!("UPDATE endpoints SET {column} = {value}");
            let found = named(backend, &sql, |tx| tx.list_targets(endpoint(1).workspace_id).map(drop));
            assert_eq!(found, ("endpoints", column, endpoint(1).id.to_string()));
        }
    }
}

#[test]
fn an_endpoint_that_the_release_before_has_made_has_the_default_settings() {
    let sql = "INSERT INTO endpoints
        (id, workspace_id, url, description, event_types, status, disabled_reason, created_at_us, revision)
        SELECT other.id, made.workspace_id, made.url, 'by the release before', '*', 'active', NULL, 1, 1
        FROM endpoints made, workspaces other WHERE other.id <> made.id";
    for backend in [sqlite, postgres] {
        let (database, guard) = backend();
        fill(&database);
        damage(&guard, sql);
        let targets = look(&database, |tx| tx.list_targets(endpoint(1).workspace_id)).unwrap();
        let made = targets.iter().find(|target| target.endpoint.description == "by the release before").unwrap();
        assert_eq!(made.endpoint.settings, EndpointSettings::default());
        assert_eq!(made.endpoint.origin, EndpointOrigin::Manual);
    }
}

#[test]
fn a_damaged_id_is_shown_as_it_is() {
    let read: Read = |tx| tx.scan_api_keys(None, 10).map(drop);
    let found = named(sqlite, "UPDATE api_keys SET id = x'0102'", read);
    assert_eq!(found, ("api_keys", "id", "[01, 02]".to_owned()));
}

/// What to damage, so that the delivery of the first event cannot be read and that of the second can.
const DAMAGE_FIRST: &str =
    "UPDATE deliveries SET event_type = 'no type' WHERE event_id = (SELECT id FROM events ORDER BY id LIMIT 1)";

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Stored {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    due_at_us: Option<i64>,
    #[diesel(sql_type = BigInt)]
    setbacks: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    finished_at_us: Option<i64>,
}

/// The delivery that cannot be read through a port.
fn stored(guard: &Guard) -> Stored {
    let sql = "SELECT state, due_at_us, setbacks, finished_at_us FROM deliveries WHERE event_type = 'no type'";
    ask(guard, sql, sql).pop().unwrap()
}

fn due_ids(database: &Database, now: Timestamp) -> Vec<DeliveryId> {
    let claimed = put(database, |tx| tx.claim_due(session(1).id, now, &Room::of(10)));
    claimed.work.iter().map(|work| work.delivery.id).collect()
}

/// Two deliveries are due, one of them damaged; the other is claimed. The damaged one pauses, twice as long each time, and is parked
/// at the fifth claim.
fn one_bad_row_is_parked((database, guard): (Database, Guard)) {
    fill(&database);
    let second = Delivery::born(&event(2), &endpoint(1), None);
    put(&database, |tx| {
        tx.insert_event(&event(2))?;
        tx.insert_session(&session(1))?;
        tx.insert_deliveries(std::slice::from_ref(&second))
    });
    damage(&guard, DAMAGE_FIRST);
    let mut now = Timestamp::from_seconds(100);
    assert_eq!(due_ids(&database, now), [second.id]);
    for (setbacks, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
        let due_at = now.plus(Duration::from_mins(minutes));
        let waits =
            Stored { state: "waiting".to_owned(), due_at_us: Some(due_at.as_micros()), setbacks, finished_at_us: None };
        assert_eq!(stored(&guard), waits);
        now = due_at;
        assert_eq!(due_ids(&database, now), []);
    }
    let finished_at_us = Some(now.as_micros());
    assert_eq!(stored(&guard), Stored { state: "parked".to_owned(), due_at_us: None, setbacks: 5, finished_at_us });
    assert_eq!(look(&database, |tx| tx.next_due_at()).unwrap(), None);
}

/// The row of an endpoint or of one of its secrets is damaged: what is due to it has no content, and other endpoints get theirs.
fn one_bad_target_stops_no_other((database, guard): (Database, Guard), sql: &str) {
    fill(&database);
    let second = Delivery::born(&event(2), &endpoint(2), None);
    put(&database, |tx| {
        tx.insert_endpoint(&endpoint(2))?;
        tx.insert_event(&event(2))?;
        tx.insert_session(&session(1))?;
        tx.insert_deliveries(std::slice::from_ref(&second))
    });
    damage(&guard, sql);
    let claimed = put(&database, |tx| tx.claim_due(session(1).id, Timestamp::from_seconds(100), &Room::of(10)));
    assert_eq!(claimed.work.iter().map(|work| work.delivery.id).collect::<Vec<_>>(), [second.id]);
    assert_eq!(claimed.without_content.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [delivery().id]);
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
        tx.claim_due(session(1).id, Timestamp::from_seconds(100), &Room::of(10))
    });
    damage(&guard, DAMAGE_FIRST);
    let leased = look(&database, |tx| tx.list_leased(session(1).id, 10)).unwrap();
    assert_eq!(leased.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [second.id]);
}

#[test]
fn one_bad_lease_does_not_stop_the_others() {
    one_bad_lease_is_passed_over(sqlite);
    one_bad_lease_is_passed_over(postgres);
}

#[test]
fn one_bad_row_does_not_stop_the_others_on_sqlite() {
    one_bad_row_is_parked(sqlite());
}

#[test]
fn one_bad_row_does_not_stop_the_others_on_postgres() {
    one_bad_row_is_parked(postgres());
}

#[test]
fn one_bad_endpoint_does_not_stop_the_others() {
    let sql = "UPDATE endpoints SET url = 'nowhere' WHERE id = (SELECT id FROM endpoints ORDER BY id LIMIT 1)";
    one_bad_target_stops_no_other(sqlite(), sql);
    one_bad_target_stops_no_other(postgres(), sql);
}

#[test]
fn one_bad_secret_does_not_stop_the_others() {
    let on_sqlite = "UPDATE endpoint_secrets SET id = x'0102'";
    one_bad_target_stops_no_other(sqlite(), on_sqlite);
    let (database, guard) = postgres();
    let sql =
        if database.kind() == DatabaseKind::Postgres { "UPDATE endpoint_secrets SET id = '\x0102'" } else { on_sqlite };
    one_bad_target_stops_no_other((database, guard), sql);
}

/// What an endpoint that fails is known by, or what was counted of it, must not stop its deliveries when it is damaged.
fn damaged_health_is_as_none_and_is_written_over(backend: fn() -> (Database, Guard)) {
    let (database, guard) = backend();
    fill(&database);
    let endpoint_id = endpoint(1).id;
    let at = Timestamp::from_seconds(1);
    let health = Health {
        endpoint_id,
        workspace_id: endpoint(1).workspace_id,
        failures: 1,
        failing_since: at,
        failed_at: at,
        last_error: String::new(),
        circuit: None,
    };
    let tally = HourTally { endpoint_id, hour: 1, successes: 1, failures: 0, latencies: Latencies::default() };
    let put_both = |tx: &mut dyn Tx| {
        tx.put_health(&health)?;
        tx.add_tally(&tally)
    };
    put(&database, put_both);
    damage(&guard, "UPDATE endpoint_health SET failures = -1");
    damage(&guard, "UPDATE endpoint_hours SET successes = -1");
    let read = || {
        let health = look(&database, |tx| tx.find_health(endpoint_id)).unwrap();
        (health, look(&database, |tx| tx.list_tallies(&[endpoint_id], 0)).unwrap())
    };
    assert_eq!(read(), (None, Vec::new()));
    put(&database, put_both);
    assert_eq!(read(), (Some(health.clone()), vec![tally.clone()]));
}

#[test]
fn damaged_health_on_sqlite_is_as_none_and_is_written_over() {
    damaged_health_is_as_none_and_is_written_over(sqlite);
}

#[test]
fn damaged_health_on_postgres_is_as_none_and_is_written_over() {
    damaged_health_is_as_none_and_is_written_over(postgres);
}
