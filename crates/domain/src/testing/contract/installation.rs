//! The installation and its workspaces.

use std::sync::Barrier;

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::installation::Installation;
use crate::sealing::Sealed;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};

/// There is at most one installation, and it reads back.
pub fn a_store_is_installed_once(store: &Store) {
    assert_eq!(look(store, |tx| tx.find_installation()), None);
    let installation = Installation {
        sealed_pepper: Sealed::from_bytes(vec![1, 2, 3]),
        default_workspace_id: workspace_id(1),
        created_at: Timestamp::from_micros(1),
    };
    put(store, |tx| tx.insert_installation(&installation));
    assert_eq!(look(store, |tx| tx.find_installation()), Some(installation.clone()));
    expect_conflict(try_put(store, |tx| tx.insert_installation(&installation)));
}

/// Workspaces read back, oldest first.
pub fn workspaces_read_back(store: &Store) {
    let suspended = Workspace {
        id: workspace_id(3),
        name: WorkspaceName::new("Käufer").unwrap(),
        status: WorkspaceStatus::Suspended,
        time_zone: TimeZone::new("Europe/Berlin").unwrap(),
        event_checks: EventChecks::Strict,
        created_at: Timestamp::from_seconds(2),
    };
    put(store, |tx| tx.insert_workspace(&suspended));
    assert_eq!(look(store, |tx| tx.find_workspace(workspace_id(3))), Some(suspended.clone()));
    assert_eq!(look(store, |tx| tx.find_workspace(workspace_id(4))), None);
    let ids: Vec<_> = look(store, |tx| tx.list_workspaces()).into_iter().map(|workspace| workspace.id).collect();
    assert_eq!(ids, [workspace_id(1), workspace_id(2), workspace_id(3)]);
    expect_conflict(try_put(store, |tx| tx.insert_workspace(&suspended)));
}

/// Name, status, time zone and event checks change; a workspace that is not there is left so.
pub fn a_workspace_changes(store: &Store) {
    let before = look(store, |tx| tx.find_workspace(workspace_id(1))).unwrap();
    let after = Workspace {
        name: WorkspaceName::new("Renamed").unwrap(),
        status: WorkspaceStatus::Suspended,
        time_zone: TimeZone::new("Asia/Kolkata").unwrap(),
        event_checks: EventChecks::Strict,
        ..before
    };
    put(store, |tx| tx.update_workspace(&after));
    assert_eq!(look(store, |tx| tx.find_workspace(workspace_id(1))), Some(after.clone()));
    put(store, |tx| tx.update_workspace(&Workspace { id: workspace_id(9), ..after.clone() }));
    assert_eq!(look(store, |tx| tx.find_workspace(workspace_id(9))), None);
}

/// A workspace of this number and name, as new ones are.
fn named(number: u8, name: &str) -> Workspace {
    Workspace {
        id: workspace_id(number),
        name: WorkspaceName::new(name).unwrap(),
        status: WorkspaceStatus::Active,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: Timestamp::from_seconds(2),
    }
}

/// A name is that of one workspace; another case of its letters is another name, and one that is left is free.
pub fn a_name_is_that_of_one_workspace(store: &Store) {
    expect_conflict(try_put(store, |tx| tx.insert_workspace(&named(3, "Workspace 1"))));
    expect_conflict(try_put(store, |tx| tx.update_workspace(&named(2, "Workspace 1"))));
    let names = || {
        let all = look(store, |tx| tx.list_workspaces());
        all.into_iter().map(|workspace| workspace.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["Workspace 1", "Workspace 2"]);
    put(store, |tx| tx.update_workspace(&named(1, "Workspace 1")));
    put(store, |tx| tx.insert_workspace(&named(3, "WORKSPACE 1")));
    put(store, |tx| tx.update_workspace(&named(1, "Market")));
    put(store, |tx| tx.update_workspace(&named(2, "Workspace 1")));
    assert_eq!(names(), ["Market", "Workspace 1", "WORKSPACE 1"]);
}

/// Of four that rename a workspace and four that make one at the same instant, a single one gets the name.
pub fn eight_threads_take_a_name_once(store: &Store) {
    for number in 3..=4 {
        put(store, |tx| tx.insert_workspace(&named(number, &format!("Workspace {number}"))));
    }
    let start = Barrier::new(8);
    let take = |number: u8| {
        start.wait();
        let workspace = named(number, "Market");
        try_put(store, |tx| if number <= 4 { tx.update_workspace(&workspace) } else { tx.insert_workspace(&workspace) })
    };
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=8).map(|number| scope.spawn(move || take(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Conflict(_)))).count();
    assert_eq!(refused, 7, "{outcomes:?}");
}

/// Workspaces whose keys are refused are named, and no others.
pub fn suspended_workspaces_are_named(store: &Store) {
    let suspended = Workspace { status: WorkspaceStatus::Suspended, ..named(3, "Suspended") };
    put(store, |tx| tx.insert_workspace(&suspended));
    assert_eq!(look(store, |tx| tx.suspended_workspaces()), [workspace_id(3)]);
}
