//! A PostgreSQL database that is migrated once, which tests get copies of: none waits for all migrations.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use devhub_storage::{Database, Options};
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

use crate::support::url_on;

/// Each test is a process of its own: the first makes the copy's original, and the others wait.
const LOCK: i64 = i64::from_be_bytes(*b"\0copied\0");
/// How long a connection to the original may take to end.
const END_MS_MAX: u32 = 10_000;

/// The name of the database on this server, which is made if it is missing. Each state of the migrations has its own.
pub(crate) fn name(server: &str) -> String {
    let name = format!("devhub_template_{:016x}", fingerprint());
    let mut conn = PgConnection::establish(server).unwrap();
    // Given back when the connection closes.
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).unwrap();
    let is_there = sql::<Bool>(&format!("EXISTS (SELECT 1 FROM pg_database WHERE datname = '{name}')"));
    if !diesel::select(is_there).get_result::<bool>(&mut conn).unwrap() {
        make(&mut conn, server, &name);
    }
    name
}

fn make(conn: &mut PgConnection, server: &str, name: &str) {
    let making = format!("{name}_making");
    conn.batch_execute(&format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)")).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {making}")).unwrap();
    let url = url_on(server, &making);
    Database::open(&url.parse().unwrap(), Options::default()).unwrap().migrate().unwrap();
    // Nobody may be connected to what is copied, and a pool may still be closing.
    conn.batch_execute(&format!("ALTER DATABASE {making} ALLOW_CONNECTIONS false")).unwrap();
    let ended =
        format!("SELECT pg_terminate_backend(pid, {END_MS_MAX}) FROM pg_stat_activity WHERE datname = '{making}'");
    conn.batch_execute(&ended).unwrap();
    conn.batch_execute(&format!("ALTER DATABASE {making} RENAME TO {name}")).unwrap();
}

/// Of what the migrations say.
fn fingerprint() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("up.sql")).collect();
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        (&path, fs::read(&path).unwrap()).hash(&mut hasher);
    }
    hasher.finish()
}
