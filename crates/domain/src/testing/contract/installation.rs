//! The installation and its workspaces.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::installation::Installation;
use crate::sealing::Sealed;
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

/// Workspaces whose keys are refused are named, and no others.
pub fn suspended_workspaces_are_named(store: &Store) {
    let suspended = Workspace {
        id: workspace_id(3),
        name: WorkspaceName::new("Suspended").unwrap(),
        status: WorkspaceStatus::Suspended,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: Timestamp::from_seconds(2),
    };
    put(store, |tx| tx.insert_workspace(&suspended));
    assert_eq!(look(store, |tx| tx.suspended_workspaces()), [workspace_id(3)]);
}
