//! Both backends have the tables of `schema.rs`, and nothing is left behind on the way down.

use std::collections::BTreeMap;

use devhub_storage::Database;
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};

use crate::support::{Guard, ask, on_each, postgres, run, sqlite};

/// Columns by table and name: their type as `schema.rs` writes it.
type Tables = BTreeMap<(String, String), String>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Bool)]
    is_nullable: bool,
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    definition: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name, c.type AS type_name, \
    c.\"notnull\" = 0 AS is_nullable FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text AS name, data_type::text AS type_name, \
    is_nullable = 'YES' AS is_nullable FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";
const SQLITE_DEFINITIONS: &str = "SELECT coalesce(sql, name) AS definition FROM sqlite_schema ORDER BY 1";
const POSTGRES_DEFINITIONS: &str = "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' \
    UNION ALL SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace \
    UNION ALL SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1";

/// What `schema.rs`, `sandbox_schema.rs` and `usage_schema.rs` say, read from their text: a table, its columns, each with its type.
fn wanted() -> Tables {
    let mut tables = Tables::new();
    let mut table = String::new();
    let text = concat!(
        include_str!("../../src/schema.rs"),
        include_str!("../../src/sandbox_schema.rs"),
        include_str!("../../src/usage_schema.rs"),
    );
    for line in text.lines().map(str::trim) {
        if let Some((name, _keys)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            tables.insert((table.clone(), column.to_owned()), kind.to_owned());
        }
    }
    tables
}

fn found(columns: &[Column]) -> Tables {
    let kind = |column: &Column| {
        let kind = match column.type_name.as_str() {
            "BLOB" | "bytea" => "Binary",
            "INTEGER" | "bigint" => "BigInt",
            "TEXT" | "text" => "Text",
            other => other,
        };
        if column.is_nullable { format!("Nullable<{kind}>") } else { kind.to_owned() }
    };
    columns.iter().map(|c| ((c.table_name.clone(), c.name.clone()), kind(c))).collect()
}

#[test]
fn sqlite_has_the_tables_of_the_schema() {
    let (_database, guard) = sqlite();
    assert_eq!(found(&ask(&guard, SQLITE_COLUMNS, POSTGRES_COLUMNS)), wanted());
    assert!(wanted().len() > 70, "the file was read");
}

#[test]
fn postgres_has_the_tables_of_the_schema() {
    let (_database, guard) = postgres();
    assert_eq!(found(&ask(&guard, SQLITE_COLUMNS, POSTGRES_COLUMNS)), wanted());
}

fn up_down_up((database, guard): (Database, Guard)) {
    let definitions = || ask::<Definition>(&guard, SQLITE_DEFINITIONS, POSTGRES_DEFINITIONS);
    let before = definitions();
    database.revert_all().unwrap();
    let columns: Vec<Column> = ask(&guard, SQLITE_COLUMNS, POSTGRES_COLUMNS);
    assert_eq!(found(&columns), Tables::new(), "nothing is left");
    database.migrate().unwrap();
    assert_eq!(definitions(), before);
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// The ways down to the release before, newest first.
macro_rules! ways_down {
    ($backend:literal) => {
        [
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-29-000012_rate_policies/down.sql")),
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-29-000009_expired/down.sql")),
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-29-000007_jobs/down.sql")),
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-29-000004_endpoint_health/down.sql")),
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-29-000003_attempt_log/down.sql")),
        ]
    };
}

/// A row for each word that the release before does not know.
fn new_words(blob: &str) -> String {
    let id = |text: &str| format!("CAST('{text}' AS {blob})");
    let delivery = |name: &str, state: &str, resend: &str, failure: &str| {
        format!(
            "INSERT INTO deliveries (id, workspace_id, event_id, event_type, endpoint_id, state, attempts, created_at_us, \
             finished_at_us, resend, last_failure) VALUES ({0}, {0}, {0}, 'a.b', {0}, '{state}', 0, 7, 8, {resend}, {failure});",
            id(name)
        )
    };
    [
        format!("INSERT INTO workspaces (id, name, status, created_at_us) VALUES ({}, 'Shop', 'active', 1);", id("w")),
        format!(
            "INSERT INTO endpoints (id, workspace_id, url, description, event_types, status, disabled_reason, created_at_us, \
             revision) VALUES ({}, {}, 'https://shop.example/', '', '*', 'disabled', 'failing', 1, 1);",
            id("e"),
            id("w")
        ),
        delivery("1", "withheld", "NULL", "NULL"),
        delivery("2", "superseded", "NULL", "'too_large'"),
        delivery("3", "waiting", "'superseded'", "'interrupted'"),
        delivery("4", "expired", "NULL", "NULL"),
        delivery("5", "waiting", "'expired'", "NULL"),
        delivery("6", "withheld", "'parked'", "NULL"),
        delivery("7", "withheld", "'waiting@9'", "NULL"),
    ]
    .concat()
}

const OLD_WORDS: &str = "SELECT coalesce(state, '') || ' ' || coalesce(due_at_us, 0) || ' ' || \
    coalesce(finished_at_us, 0) || ' ' || coalesce(resend, '') || ' ' || coalesce(last_failure, '') AS word FROM deliveries \
    UNION ALL SELECT disabled_reason FROM endpoints ORDER BY 1";

fn the_way_down_leaves_no_word_that_the_release_before_cannot_read(open: fn() -> (Database, Guard)) {
    let (_database, guard) = open();
    let (words, ways) = match &guard {
        Guard::Folder(_) => (new_words("BLOB"), ways_down!("sqlite")),
        Guard::Server(_) => (new_words("bytea"), ways_down!("postgres")),
    };
    run(&guard, &words);
    for way in &ways {
        run(&guard, way);
    }
    let left: Vec<Word> = ask(&guard, OLD_WORDS, OLD_WORDS);
    let left: Vec<_> = left.iter().map(|word| word.word.as_str()).collect();
    assert_eq!(
        left,
        [
            "aborted 0 8  ",
            "aborted 0 8  protocol",
            "gone",
            "waiting 0 8 aborted ",
            "waiting 0 8 aborted connect",
            "waiting 7 0  ",
            "waiting 7 0 waiting@9 ",
            "waiting 7 8 parked ",
        ]
    );
}

on_each! {
    the_way_down_leaves_no_word_that_the_release_before_cannot_read
}

#[test]
fn sqlite_is_the_same_after_up_down_up() {
    up_down_up(sqlite());
}

#[test]
fn postgres_is_the_same_after_up_down_up() {
    up_down_up(postgres());
}
