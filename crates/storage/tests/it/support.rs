//! Databases for tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;

use devhub_domain::store::{Lane, StoreError, UnitOfWork, WriteJob, read, write};
use devhub_domain::tx::Tx;
use devhub_storage::{DATABASE_FILE, Database, DatabaseUrl, Options, WriterError};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use crate::template;

/// Where the throwaway PostgreSQL for tests is.
const POSTGRES_VARIABLE: &str = "DEVHUB_TEST_POSTGRES_URL";
/// Set where nothing may be installed: what needs PostgreSQL runs on SQLite instead.
const QUICK_VARIABLE: &str = "DEVHUB_TEST_QUICK";

/// What must live as long as a test's database.
pub(crate) enum Guard {
    Folder(TempDir),
    Server(PostgresDatabase),
}

impl Guard {
    /// The address of the database.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Folder(folder) => DatabaseUrl::Sqlite { folder: folder.path().join("data") },
            Self::Server(database) => database.url.parse().unwrap(),
        }
    }
}

/// An empty, migrated SQLite database in a folder of its own.
pub(crate) fn sqlite() -> (Database, Guard) {
    open(Guard::Folder(tempfile::tempdir().unwrap()))
}

/// An empty, migrated database of its own on the throwaway PostgreSQL.
pub(crate) fn postgres() -> (Database, Guard) {
    open(PostgresDatabase::migrated().map_or_else(|| Guard::Folder(tempfile::tempdir().unwrap()), Guard::Server))
}

fn open(guard: Guard) -> (Database, Guard) {
    // One writer on PostgreSQL too, so that jobs that are queued while it is held up are one batch.
    let database = Database::open(&guard.url(), Options { writers: 1, queue_max: 100, ..Options::default() }).unwrap();
    database.migrate().unwrap();
    (database, guard)
}

/// Makes a test for each backend of a function that takes an empty, seeded database.
macro_rules! on_both {
    ($($case:ident)*) => {
        #[cfg(test)]
        mod sqlite {
            $(#[test]
            fn $case() {
                let (database, _guard) = crate::support::sqlite();
                devhub_domain::testing::contract::seed(&database);
                super::$case(&database);
            })*
        }
        #[cfg(test)]
        mod postgres {
            $(#[test]
            fn $case() {
                let (database, _guard) = crate::support::postgres();
                devhub_domain::testing::contract::seed(&database);
                super::$case(&database);
            })*
        }
    };
}
pub(crate) use on_both;

/// Makes a test for each backend of a function that opens its own database.
macro_rules! on_each {
    ($($case:ident)*) => {
        mod on_sqlite {
            $(#[test]
            fn $case() {
                super::$case(crate::support::sqlite);
            })*
        }
        mod on_postgres {
            $(#[test]
            fn $case() {
                super::$case(crate::support::postgres);
            })*
        }
    };
}
pub(crate) use on_each;

/// How a job ended, with its number.
pub(crate) type Outcome = (u32, Result<(), StoreError>);

/// A job made of a closure; sends its number and how it ended.
pub(crate) struct Job<F> {
    number: u32,
    body: F,
    done: Sender<Outcome>,
}

impl<F: FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send> WriteJob<dyn Tx> for Job<F> {
    fn run(&mut self, tx: &mut (dyn Tx + 'static)) -> Result<(), StoreError> {
        (self.body)(tx)
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.done.send((self.number, outcome)).unwrap();
    }
}

/// Queues a closure.
pub(crate) fn submit(
    database: &Database,
    number: u32,
    done: &Sender<Outcome>,
    body: impl FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
) {
    let job: Box<dyn WriteJob<dyn Tx>> = Box::new(Job { number, body, done: done.clone() });
    UnitOfWork::<dyn Tx>::submit(database, Lane::Interactive, job);
}

/// Writes, and fails the test when the database does.
pub(crate) fn put<R>(database: &Database, body: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> R {
    try_put(database, body).unwrap()
}

/// Writes.
pub(crate) fn try_put<R>(
    database: &Database,
    mut body: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let store: &dyn UnitOfWork<dyn Tx> = database;
    write(store, Lane::Interactive, |tx| body(tx))
}

/// Reads.
pub(crate) fn look<R>(
    database: &Database,
    mut body: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let store: &dyn UnitOfWork<dyn Tx> = database;
    read(store, |tx| body(tx))
}

/// A connection of the test's own to a folder's database.
pub(crate) fn connect_sqlite(guard: &Guard) -> SqliteConnection {
    let DatabaseUrl::Sqlite { folder } = guard.url() else { panic!("a folder") };
    SqliteConnection::establish(folder.join(DATABASE_FILE).to_str().unwrap()).unwrap()
}

/// Asks the database past its ports, on a connection of its own.
pub(crate) fn ask<T>(guard: &Guard, on_sqlite: &str, on_postgres: &str) -> Vec<T>
where
    T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
{
    match guard {
        Guard::Folder(_) => diesel::sql_query(on_sqlite).load(&mut connect_sqlite(guard)).unwrap(),
        Guard::Server(server) => {
            let mut conn = PgConnection::establish(&server.url).unwrap();
            diesel::sql_query(on_postgres).load(&mut conn).unwrap()
        }
    }
}

/// Has the database run statements past its ports, on a connection of its own.
pub(crate) fn run(guard: &Guard, sql: &str) {
    match guard {
        Guard::Folder(_) => connect_sqlite(guard).batch_execute(sql).unwrap(),
        Guard::Server(server) => PgConnection::establish(&server.url).unwrap().batch_execute(sql).unwrap(),
    }
}

/// Numbers of the keys that are stored.
pub(crate) fn stored_keys(database: &Database) -> Vec<u32> {
    let keys = look(database, |tx| tx.scan_api_keys(None, 10_000)).unwrap();
    keys.iter().map(|key| u32::from_str_radix(&key.prefix, 16).unwrap()).collect()
}

/// Why the store was unavailable.
pub(crate) fn cause(outcome: Result<(), StoreError>) -> WriterError {
    match outcome {
        Err(StoreError::Unavailable(cause)) => *cause.downcast().expect("storage says why"),
        other => panic!("expected that the store is unavailable, got {other:?}"),
    }
}

/// A database on the throwaway PostgreSQL; dropped with this value.
pub(crate) struct PostgresDatabase {
    server: String,
    name: String,
    pub(crate) url: String,
}

impl PostgresDatabase {
    /// A new, empty database; `None`, with a word about it, where PostgreSQL may be missing.
    pub(crate) fn make() -> Option<Self> {
        server().map(|server| Self::of(server, "template1"))
    }

    /// The same, migrated.
    fn migrated() -> Option<Self> {
        server().map(|server| {
            let template = template::name(&server);
            Self::of(server, &template)
        })
    }

    fn of(server: String, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("devhub_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: url_on(&server, &name), server, name }
    }
}

/// Where the server is; `None`, with a word about it, where there may be none.
fn server() -> Option<String> {
    let server = variable(POSTGRES_VARIABLE);
    if server.is_none() {
        assert!(
            variable(QUICK_VARIABLE).is_some(),
            "this test needs PostgreSQL: run `cargo xtask test`, or set {POSTGRES_VARIABLE} to a throwaway server, \
             or {QUICK_VARIABLE}=1 to go without"
        );
        println!("{QUICK_VARIABLE} is set: PostgreSQL is left out, SQLite takes its place");
    }
    server
}

/// The address of a database of a server, by that of another.
pub(crate) fn url_on(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("the address of the server ends with /<database>");
    format!("{base}/{name}")
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        execute(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// Runs a statement past the ports, on a connection of its own.
pub(crate) fn execute_on(guard: &Guard, sql: &str) {
    match guard {
        Guard::Folder(_) => diesel::sql_query(sql).execute(&mut connect_sqlite(guard)).map(drop).unwrap(),
        Guard::Server(server) => execute(&server.url, sql),
    }
}

/// Runs a statement on a server.
pub(crate) fn execute(server: &str, sql: &str) {
    let mut conn = PgConnection::establish(server).unwrap();
    diesel::sql_query(sql).execute(&mut conn).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "how the test command tells where PostgreSQL is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
