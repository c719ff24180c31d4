//! A service's own transaction on its own connection.

use devhub_domain::events::{EventError, NewEvent, PreparedEvent, Published, publish};
use devhub_domain::testing::{SeededEntropy, contract, endpoint, event};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Endpoint, EndpointStatus, EndpointTx};
use devhub_storage::{DATABASE_FILE, Database, DatabaseUrl, PostgresTx, SqliteTx};
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::support::{Guard, look, postgres, put, sqlite};

fn prepared() -> PreparedEvent {
    let new = NewEvent {
        event_type: "payment.completed".parse().unwrap(),
        payload: event(1).payload,
        external_id: Some("order-77".parse().unwrap()),
    };
    PreparedEvent::new(event(1).workspace_id, new, Timestamp::from_seconds(5), &SeededEntropy::new(1))
}

/// What ends the service's transaction: its own error or the hub's.
#[derive(Debug)]
enum Failure {
    Own,
    Query,
    Event,
}

impl From<diesel::result::Error> for Failure {
    fn from(_: diesel::result::Error) -> Self {
        Self::Query
    }
}

impl From<EventError> for Failure {
    fn from(_: EventError) -> Self {
        Self::Event
    }
}

/// Publishes in a transaction of the service's own, which then commits or not.
fn publish_in_own_transaction(guard: &Guard, commits: bool) -> Result<Published, Failure> {
    let end = |published: Published| if commits { Ok(published) } else { Err(Failure::Own) };
    match (guard.url(), guard) {
        (DatabaseUrl::Postgres(_), Guard::Server(server)) => {
            let mut conn = PgConnection::establish(&server.url).unwrap();
            conn.transaction(|conn| end(publish(&mut PostgresTx::wrap(conn), &prepared(), None)?))
        }
        (DatabaseUrl::Sqlite { folder }, _) => {
            let mut conn = SqliteConnection::establish(folder.join(DATABASE_FILE).to_str().unwrap()).unwrap();
            conn.immediate_transaction(|conn| end(publish(&mut SqliteTx::wrap(conn), &prepared(), None)?))
        }
        (DatabaseUrl::Postgres(_), Guard::Folder(_)) => panic!("a folder is no server"),
    }
}

fn is_stored(database: &Database) -> bool {
    let external_id = "order-77".parse().unwrap();
    look(database, |tx| tx.find_event_by_external_id(event(1).workspace_id, &external_id)).unwrap().is_some()
}

#[test]
fn an_event_is_stored_if_and_only_if_the_services_own_transaction_is() {
    for (database, guard) in [sqlite(), postgres()] {
        contract::seed(&database);
        put(&database, |tx| tx.insert_endpoint(&endpoint(1)));
        assert!(matches!(publish_in_own_transaction(&guard, false), Err(Failure::Own)));
        assert!(!is_stored(&database));
        assert_eq!(publish_in_own_transaction(&guard, true).unwrap().deliveries, 1);
        assert!(is_stored(&database));
    }
}

#[test]
fn an_endpoint_that_the_service_added_itself_gets_the_next_event() {
    let (database, guard) = sqlite();
    contract::seed(&database);
    let targets = || put(&database, |tx| tx.list_targets(event(1).workspace_id)).len();
    assert_eq!(targets(), 0);
    let DatabaseUrl::Sqlite { folder } = guard.url() else { panic!("a folder") };
    let mut conn = SqliteConnection::establish(folder.join(DATABASE_FILE).to_str().unwrap()).unwrap();
    conn.immediate_transaction(|conn| {
        SqliteTx::wrap(conn).insert_endpoint(&endpoint(1)).map_err(|_error| diesel::result::Error::RollbackTransaction)
    })
    .unwrap();
    assert_eq!(targets(), 1);
}

#[test]
fn an_endpoint_that_was_deleted_gets_no_further_event() {
    for (database, _guard) in [sqlite(), postgres()] {
        contract::seed(&database);
        put(&database, |tx| tx.insert_endpoint(&endpoint(1)));
        // Asked of the writer, which keeps targets between transactions.
        let targets = || put(&database, |tx| tx.list_targets(event(1).workspace_id)).len();
        assert_eq!(targets(), 1);
        let deleted = Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint(1) };
        put(&database, |tx| tx.update_endpoint(&deleted));
        assert_eq!(targets(), 0);
    }
}
