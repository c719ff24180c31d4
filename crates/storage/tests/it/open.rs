//! Opening, migrating, backing up.

use devhub_domain::testing::{api_key, contract};
use devhub_storage::{DATABASE_FILE, Database, DatabaseKind, DatabaseUrl, MigrateError, OpenError, Options};
use diesel::{Connection, RunQueryDsl, SqliteConnection};

use crate::support::{Guard, PostgresDatabase, execute, postgres, put, sqlite, stored_keys};

const NEWER: &str =
    "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20991231000001', CURRENT_TIMESTAMP)";

fn folder(guard: &Guard) -> std::path::PathBuf {
    match guard.url() {
        DatabaseUrl::Sqlite { folder } => folder,
        DatabaseUrl::Postgres(_) => panic!("a folder"),
    }
}

fn run_on_sqlite(guard: &Guard, sql: &str) {
    let path = folder(guard).join(DATABASE_FILE);
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    diesel::sql_query(sql).execute(&mut conn).unwrap();
}

#[test]
fn a_folder_has_one_owner() {
    let (_database, guard) = sqlite();
    let error = Database::open(&guard.url(), Options::default()).unwrap_err();
    assert!(matches!(&error, OpenError::InUse(path) if path.ends_with("data")), "got {error:?}");
    assert!(error.to_string().ends_with("is in use by another devhub: stop that one first, or choose another folder"));
}

#[test]
fn each_database_tells_its_version() {
    for (database, _guard) in [sqlite(), postgres()] {
        let version = database.version().unwrap();
        let number = version.split_once(' ').unwrap().1;
        assert_eq!(version.starts_with("SQLite 3."), database.kind() == DatabaseKind::Sqlite, "{version}");
        assert!(number.starts_with(|first: char| first.is_ascii_digit()), "{version}");
    }
}

#[test]
fn a_folder_is_free_after_a_shutdown_whoever_still_holds_a_clone() {
    let (database, guard) = sqlite();
    contract::seed(&database);
    put(&database, |tx| tx.insert_api_key(&api_key(1)));
    database.clone().shutdown();
    let again = Database::open(&guard.url(), Options::default()).unwrap();
    assert_eq!(stored_keys(&again), [1]);
}

#[test]
fn a_folder_needs_no_claim_beside_its_lock() {
    let (database, _guard) = sqlite();
    let claims = [database.sole_node().unwrap(), database.sole_node().unwrap()];
    assert!(claims.iter().all(Option::is_some));
}

#[cfg(unix)]
#[test]
fn a_folder_and_its_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_database, guard) = sqlite();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder(&guard)), 0o700);
    for file in std::fs::read_dir(folder(&guard)).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let url = DatabaseUrl::Sqlite { folder: "/dev/null/data".into() };
    let error = Database::open(&url, Options::default()).unwrap_err();
    assert_eq!(error.code(), "database_folder");
    assert!(error.to_string().starts_with("/dev/null/data cannot be used"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_an_error_at_the_start() {
    // Port 1 of the loopback: nothing listens there, and nothing may without being root.
    let url = "postgres://devhub:pa55w0rd@127.0.0.1:1/hub".parse().unwrap();
    let error = Database::open(&url, Options::default()).unwrap_err();
    assert_eq!(error.code(), "database_unreachable");
    assert!(!format!("{error:?}").contains("pa55w0rd"));
}

#[test]
fn migrations_are_applied_once() {
    for (database, _guard) in [sqlite(), postgres()] {
        assert_eq!(database.migrate().unwrap(), Vec::<String>::new());
        database.revert_all().unwrap();
        let pending = database.pending_migrations().unwrap();
        assert_eq!(pending.first().map(String::as_str), Some("2026-11-24-000001_spine"));
        assert_eq!(database.migrate().unwrap(), pending);
        assert_eq!(database.pending_migrations().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn a_question_for_missing_migrations_changes_nothing_on_sqlite() {
    asking_changes_nothing(&Guard::Folder(tempfile::tempdir().unwrap()));
}

#[test]
fn a_question_for_missing_migrations_changes_nothing_on_postgres() {
    if let Some(server) = PostgresDatabase::make() {
        asking_changes_nothing(&Guard::Server(server));
    }
}

fn asking_changes_nothing(guard: &Guard) {
    let database = Database::open(&guard.url(), Options::default()).unwrap();
    let pending = database.pending_migrations().unwrap();
    // Fails if the question has made the table.
    let make = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
        run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
    match guard {
        Guard::Server(server) => execute(&server.url, make),
        Guard::Folder(_) => run_on_sqlite(guard, make),
    }
    assert_eq!(database.migrate().unwrap(), pending);
}

#[test]
fn nodes_that_start_at_once_migrate_once() {
    let (database, guard) = postgres();
    database.revert_all().unwrap();
    if database.kind() == DatabaseKind::Sqlite {
        return;
    }
    let nodes: Vec<_> = (0..4).map(|_| Database::open(&guard.url(), Options::default()).unwrap()).collect();
    let applied: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = nodes.iter().map(|node| scope.spawn(|| node.migrate().unwrap().len())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(applied.iter().filter(|count| **count > 0).count(), 1, "{applied:?}");
}

#[test]
fn a_database_that_is_newer_than_the_program_is_left_alone() {
    let (on_sqlite, folder) = sqlite();
    run_on_sqlite(&folder, NEWER);
    let (on_postgres, server) = postgres();
    match &server {
        Guard::Server(server) => execute(&server.url, NEWER),
        Guard::Folder(_) => run_on_sqlite(&server, NEWER),
    }
    for database in [on_sqlite, on_postgres] {
        let error = database.migrate().unwrap_err();
        assert!(matches!(&error, MigrateError::Newer(unknown) if *unknown == ["20991231000001"]), "got {error:?}");
        assert_eq!(
            error.to_string(),
            "the database is newer than this program, it has 20991231000001: start the newer program"
        );
        assert_eq!(database.pending_migrations().unwrap_err().code(), "database_newer");
    }
}

#[test]
fn a_backup_is_a_whole_database() {
    let (database, guard) = sqlite();
    contract::seed(&database);
    put(&database, |tx| tx.insert_api_key(&api_key(1)));
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join(DATABASE_FILE);
    database.backup_into(&copy).unwrap();
    put(&database, |tx| tx.insert_api_key(&api_key(2)));
    let url = DatabaseUrl::Sqlite { folder: elsewhere.path().to_owned() };
    let restored = Database::open(&url, Options::default()).unwrap();
    assert_eq!(restored.pending_migrations().unwrap(), Vec::<String>::new());
    assert_eq!(stored_keys(&restored), [1]);
    assert_eq!(stored_keys(&database), [1, 2]);
    drop(guard);
}

#[test]
fn a_backup_overwrites_nothing() {
    let (database, _guard) = sqlite();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("precious");
    std::fs::write(&path, "data").unwrap();
    assert_eq!(database.backup_into(&path).unwrap_err().code(), "backup_file");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "data");
}

#[test]
fn postgres_is_backed_up_with_its_own_tool() {
    let (database, _guard) = postgres();
    if database.kind() == DatabaseKind::Sqlite {
        return;
    }
    let error = database.backup_into(std::path::Path::new("unused")).unwrap_err();
    assert_eq!(error.to_string(), "a postgres database is backed up with pg_dump");
}
