//! What the keys of a workspace are used for together: its indexes, rows of the release before, and damaged ones.

use std::time::Duration;

use devhub_domain::id::WorkspaceId;
use devhub_domain::latencies::Latencies;
use devhub_domain::store::StoreError;
use devhub_domain::testing::{api_key, contract};
use devhub_domain::usage::{AnswerKind, KeyHour, TimedCalls, TimedHour};
use devhub_storage::{Database, DatabaseKind};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::plans::{expect_index, heard, made, plan_of_read, plan_of_write};
use crate::support::{Guard, execute_on, look, on_each, put};

fn workspace() -> WorkspaceId {
    api_key(1).workspace_id
}

/// An hour with one call that took 5 ms.
fn hour() -> TimedHour {
    let mut hour = TimedHour::from(KeyHour::empty(api_key(1).id, 7));
    hour.of_key.counts.count(AnswerKind::Success, None);
    hour.latencies.count(Duration::from_millis(5));
    hour
}

fn filled(open: fn() -> (Database, Guard)) -> (Database, Guard) {
    let (database, guard) = heard(open);
    contract::seed(&database);
    put(&database, |tx| {
        tx.insert_api_key(&api_key(1))?;
        tx.add_workspace_hours(&[hour()])
    });
    (database, guard)
}

fn read(database: &Database) -> Result<Vec<(i64, TimedCalls)>, StoreError> {
    look(database, |tx| tx.list_workspace_hours(workspace(), 0..99))
}

fn hours_of_workspaces_are_found_by_their_indexes(open: fn() -> (Database, Guard)) {
    let on = filled(open);
    if let Guard::Server(server) = &on.1 {
        // Five hundred workspaces with 400 hours each. Of a few, any index reads little.
        let fill = "INSERT INTO workspace_hours
            SELECT made(n % 500 + 100), n / 500 + 100, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, '' FROM generate_series(1, 200000) n;
            ANALYZE";
        PgConnection::establish(&server.url).unwrap().batch_execute(fill).unwrap();
    }
    let key = if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { "workspace_hours_pkey" };
    let of = WorkspaceId::from_bytes(made(101));
    let plan = plan_of_read(&on, |tx| tx.list_workspace_hours(of, 200..368).map(drop));
    expect_index(&on, "hours of a workspace", &plan, key);
    let plan = plan_of_write(&on, |tx| tx.delete_workspace_hours(0, 500).map(drop));
    expect_index(&on, "old hours of workspaces", &plan, "workspace_hours_by_age");
}

/// The release before does not know the column: its rows have nothing timed, and what is timed later comes on top.
fn rows_of_the_release_before_have_nothing_timed(open: fn() -> (Database, Guard)) {
    let (database, guard) = filled(open);
    let counts = "success, redirect, client_error, too_many, server_error, verifications, revoked, locked, expired,
        workspace_suspended, ip_not_allowed, insufficient_scope, rate_limited";
    let insert = format!("INSERT INTO workspace_hours (workspace_id, hour, {counts})");
    execute_on(&guard, &format!("{insert} SELECT workspace_id, 8, {counts} FROM workspace_hours"));
    let untimed = TimedCalls { latencies: Latencies::default(), ..hour().calls() };
    assert_eq!(read(&database).unwrap(), [(7, hour().calls()), (8, untimed)]);
    let mut later = hour();
    later.of_key.hour = 8;
    put(&database, |tx| tx.add_workspace_hours(std::slice::from_ref(&later)));
    let (_, calls) = read(&database).unwrap()[1];
    assert_eq!((calls.counts.calls(), calls.latencies), (2, hour().latencies));
}

fn damaged_latencies_are_told_and_not_written_over(open: fn() -> (Database, Guard)) {
    let (database, guard) = filled(open);
    // Bytes that are no latencies, in words of both.
    execute_on(&guard, "UPDATE workspace_hours SET latencies = workspace_id");
    put(&database, |tx| tx.add_workspace_hours(&[hour()]));
    let error = read(&database).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "workspace_hours", column: "latencies", .. }), "{error:?}");
}

on_each! {
    hours_of_workspaces_are_found_by_their_indexes
    rows_of_the_release_before_have_nothing_timed
    damaged_latencies_are_told_and_not_written_over
}
