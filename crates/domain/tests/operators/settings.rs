//! What owners and admins set for a workspace.

use devhub_domain::access::Asker;
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::operators::Role;
use devhub_domain::workspaces::{TimeZone, WorkspaceChanges, WorkspaceError, WorkspaceName};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

fn berlin() -> WorkspaceChanges {
    WorkspaceChanges { time_zone: Some(TimeZone::new("Europe/Berlin").unwrap()), ..WorkspaceChanges::default() }
}

#[test]
fn a_workspace_gets_a_name_and_a_time_zone() {
    let hub = Hub::new();
    let admin = hub.asker("ada@example.com", Role::Admin);
    let renamed =
        WorkspaceChanges { name: Some(WorkspaceName::new("Käufer").unwrap()), ..WorkspaceChanges::default() };
    hub.workspaces.update(admin, WORKSPACE, renamed).commit().unwrap();
    let changed = hub.workspaces.update(admin, WORKSPACE, berlin()).commit().unwrap();
    assert_eq!((changed.name.as_str(), changed.time_zone.as_str()), ("Käufer", "Europe/Berlin"));
    assert_eq!(hub.workspaces.find(WORKSPACE).unwrap(), Some(changed));
    let detail = hub.log().pop().unwrap().detail;
    let expected = r#"{"after":{"event_checks":"off","name":"Käufer","time_zone":"Europe/Berlin"},"before":{"event_checks":"off","name":"Käufer","time_zone":"UTC"}}"#;
    assert_eq!(detail, expected);
}

#[test]
fn what_changes_nothing_is_not_logged() {
    let hub = Hub::new();
    for _ in 0..2 {
        hub.workspaces.update(Asker::COMMAND_LINE, WORKSPACE, berlin()).commit().unwrap();
    }
    assert_eq!(hub.actions(), ["workspace.updated"]);
}

#[test]
fn developers_keys_and_people_of_elsewhere_may_not() {
    let hub = Hub::new();
    let developer = hub.asker("eve@example.com", Role::Developer);
    let key = Asker::key(KeyId::from_bytes([1; 16]), Role::Owner.scopes());
    for (asker, workspace_id) in [(developer, WORKSPACE), (key, WORKSPACE), (developer, OTHER_WORKSPACE)] {
        let outcome = hub.workspaces.update(asker, workspace_id, berlin()).commit();
        assert!(matches!(outcome, Err(WorkspaceError::RoleTooLow)), "{outcome:?}");
    }
    let unknown = hub.workspaces.update(Asker::COMMAND_LINE, WorkspaceId::from_bytes([9; 16]), berlin()).commit();
    assert!(matches!(unknown, Err(WorkspaceError::NotFound(_))));
}

#[test]
fn a_workspace_does_not_get_the_name_of_another() {
    let hub = Hub::new();
    let taken =
        WorkspaceChanges { name: Some(WorkspaceName::new("Other shop").unwrap()), ..WorkspaceChanges::default() };
    let outcome = hub.workspaces.update(Asker::COMMAND_LINE, WORKSPACE, taken).commit();
    assert!(matches!(outcome, Err(WorkspaceError::NameTaken)), "{outcome:?}");
    assert_eq!(hub.actions(), [""; 0]);
}
