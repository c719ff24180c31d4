//! Names of workspaces: of those that race for one a single one gets it, and the migration copes with two that are alike.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};

use devhub_domain::access::Asker;
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::testing::{ManualClock, contract};
use devhub_domain::workspaces::{
    NewWorkspace, TimeZone, Workspace, WorkspaceChanges, WorkspaceError, WorkspaceName, Workspaces,
};
use devhub_storage::{Database, DatabaseKind, Options};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::support::{Guard, look, on_each, postgres, put, run, submit, try_put};

const MARKET: &str = "Market";

fn name(text: &str) -> WorkspaceName {
    WorkspaceName::new(text).unwrap()
}

fn workspace_id(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes(u128::from(number).to_be_bytes())
}

fn names(database: &Database) -> Vec<String> {
    let all = look(database, |tx| tx.list_workspaces()).unwrap();
    all.into_iter().map(|workspace| workspace.name.to_string()).collect()
}

/// A database with four writers, so that transactions meet; `None` where PostgreSQL is left out.
fn four_writers() -> Option<(Database, Guard)> {
    let (database, guard) = postgres();
    contract::seed(&database);
    if database.kind() == DatabaseKind::Sqlite {
        return None;
    }
    database.shutdown();
    let options = Options { writers: 4, batch_max: 1, ..Options::default() };
    Some((Database::open(&guard.url(), options).unwrap(), guard))
}

/// Every key and event that is written refers to its workspace, and holds the key of its row until the end of its transaction.
#[test]
fn a_rename_waits_for_nobody_who_refers_to_the_workspace() {
    let (database, guard) = postgres();
    contract::seed(&database);
    let Guard::Server(server) = &guard else { return };
    let mut writer = PgConnection::establish(&server.url).unwrap();
    writer.batch_execute("BEGIN; SELECT id FROM workspaces FOR KEY SHARE").unwrap();
    put(&database, |tx| {
        let own = tx.find_workspace(workspace_id(1))?.expect("it is there");
        tx.update_workspace(&Workspace { name: name(MARKET), ..own })
    });
    assert!(names(&database).contains(&MARKET.to_owned()));
    writer.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn two_that_have_both_seen_the_name_free_do_not_both_get_it() {
    let Some((database, _guard)) = four_writers() else { return };
    let both_have_looked = Arc::new(Barrier::new(2));
    let (done, outcomes) = channel();
    for number in [1, 2] {
        let meet = Arc::clone(&both_have_looked);
        submit(&database, u32::from(number), &done, move |tx| {
            let others = tx.list_workspaces()?;
            assert!(others.iter().all(|other| other.name != name(MARKET)));
            meet.wait();
            let own = tx.find_workspace(workspace_id(number))?.expect("it is there");
            tx.update_workspace(&Workspace { name: name(MARKET), ..own })
        });
    }
    drop(done);
    let outcomes: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(StoreError::Conflict(_)))), "{outcomes:?}");
    assert_eq!(names(&database).iter().filter(|name| *name == MARKET).count(), 1);
}

#[test]
fn writers_that_race_for_a_name_share_it_never() {
    let Some((database, _guard)) = four_writers() else { return };
    contract::installation::eight_threads_take_a_name_once(&database);
}

/// Has one thread make a workspace and two rename one, all of this name, and returns how they fared.
fn race(workspaces: &Workspaces, wanted: &WorkspaceName) -> [Result<Workspace, WorkspaceError>; 3] {
    let start = Barrier::new(3);
    let rename = |number| {
        start.wait();
        let changes = WorkspaceChanges { name: Some(wanted.clone()), time_zone: None };
        workspaces.update(Asker::COMMAND_LINE, workspace_id(number), changes).commit()
    };
    let create = || {
        start.wait();
        let new = NewWorkspace { name: wanted.clone(), time_zone: TimeZone::utc(), owner: None };
        workspaces.create(Asker::COMMAND_LINE, workspace_id(1), new, &SystemEntropy::new()).commit()
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(|| rename(1)), scope.spawn(|| rename(2)), scope.spawn(create)];
        threads.map(|thread| thread.join().unwrap())
    })
}

#[test]
fn who_comes_second_is_told_that_the_name_is_taken() {
    let Some((database, _guard)) = four_writers() else { return };
    let workspaces = Workspaces::new(Arc::new(database.clone()), Arc::new(ManualClock::default()));
    for round in 0..20 {
        let outcomes = race(&workspaces, &name(&format!("Market {round}")));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(WorkspaceError::NameTaken))).count();
        assert_eq!(told, 2, "{outcomes:?}");
    }
}

/// The way up and the way down of the migration.
macro_rules! ways {
    ($backend:literal) => {
        [
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-30-000012_workspace_names/up.sql")),
            include_str!(concat!("../../../../migrations/", $backend, "/2026-11-30-000012_workspace_names/down.sql")),
        ]
    };
}

/// Adds a workspace as the release before may have: whose name another has already.
fn insert_twice(guard: &Guard, number: u8, name: &str) {
    let id = format!("{:032x}", u128::from(number) << 8);
    let id = match guard {
        Guard::Folder(_) => format!("x'{id}'"),
        Guard::Server(_) => format!("decode('{id}', 'hex')"),
    };
    run(
        guard,
        &format!("INSERT INTO workspaces (id, name, status, created_at_us) VALUES ({id}, '{name}', 'active', 1);"),
    );
}

fn those_that_are_alike_are_told_apart_by_their_ids(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    let [up, down] = match guard {
        Guard::Folder(_) => ways!("sqlite"),
        Guard::Server(_) => ways!("postgres"),
    };
    run(&guard, down);
    let long = "ü".repeat(100);
    for (number, name) in [(1, "Shop"), (2, "Shop"), (3, long.as_str()), (4, "shop"), (5, "Shop"), (6, long.as_str())] {
        insert_twice(&guard, number, name);
    }
    run(&guard, up);
    let cut = format!("{} (000000000600)", "ü".repeat(80));
    assert_eq!(names(&database), ["Shop", "Shop (000000000200)", &long, "shop", "Shop (000000000500)", &cut]);
    let taken = try_put(&database, |tx| {
        let mut all = tx.list_workspaces()?;
        tx.update_workspace(&Workspace { name: name("Shop"), ..all.remove(1) })
    });
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    put(&database, |tx| {
        let mut all = tx.list_workspaces()?;
        tx.update_workspace(&Workspace { name: name("Second shop"), ..all.remove(1) })
    });
}

on_each! {
    those_that_are_alike_are_told_apart_by_their_ids
}
