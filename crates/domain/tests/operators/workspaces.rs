//! Workspaces that are made after the first one.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::KeyId;
use devhub_domain::operators::{EmailAddress, Role};
use devhub_domain::testing::SeededEntropy;
use devhub_domain::workspaces::{
    NewWorkspace, TimeZone, WORKSPACES_MAX, Workspace, WorkspaceError, WorkspaceName, WorkspaceStatus,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

fn create(hub: &Hub, asker: Asker, name: &str, seed: u64) -> Result<Workspace, WorkspaceError> {
    create_for(hub, asker, (name, None), seed)
}

/// The same, with this first owner.
fn create_for(
    hub: &Hub,
    asker: Asker,
    (name, owner): (&str, Option<&str>),
    seed: u64,
) -> Result<Workspace, WorkspaceError> {
    let owner = owner.map(|email| EmailAddress::new(email).unwrap());
    let new = NewWorkspace { name: WorkspaceName::new(name).unwrap(), time_zone: TimeZone::utc(), owner };
    hub.workspaces.create(asker, WORKSPACE, new, &SeededEntropy::new(seed)).commit()
}

#[test]
fn whoever_makes_a_workspace_is_its_owner_and_two_logs_tell_of_it() {
    let hub = Hub::new();
    let owner = hub.asker("ada@example.com", Role::Owner);
    let made = create(&hub, owner, "Market", 7).unwrap();
    assert_eq!((made.name.as_str(), made.status), ("Market", WorkspaceStatus::Active));
    assert_eq!(hub.workspaces.find(made.id).unwrap(), Some(made.clone()));
    let known = hub.operators.find(made.id, hub.id_of("ada@example.com")).unwrap();
    assert_eq!((known.role, known.home_id), (Role::Owner, WORKSPACE));
    assert_eq!(hub.log_of(made.id), ["workspace.created", "operator.admitted"]);
    let told = hub.log().pop().unwrap();
    assert_eq!((told.action.as_str(), told.subject), ("workspace.created", made.id.to_string()));
    assert_eq!(told.detail, r#"{"name":"Market"}"#);
}

#[test]
fn only_owners_of_the_first_workspace_make_others() {
    let hub = Hub::new();
    let admin = hub.asker("admin@example.com", Role::Admin);
    let stranger =
        hub.operators.add(Asker::COMMAND_LINE, OTHER_WORKSPACE, hub.new_operator("bob@example.com", Role::Owner));
    stranger.commit().unwrap();
    let stranger = hub.sign_in("bob@example.com").asker();
    let key = Asker::key(KeyId::from_bytes([1; 16]), Scope::ALL.iter().copied().collect());
    for asker in [admin, stranger, key] {
        assert!(matches!(create(&hub, asker, "Market", 7), Err(WorkspaceError::NotOwner)));
    }
    create(&hub, Asker::COMMAND_LINE, "Market", 7).unwrap();
}

#[test]
fn a_name_is_taken_once_and_there_are_not_too_many() {
    let hub = Hub::new();
    let owner = hub.asker("ada@example.com", Role::Owner);
    assert!(matches!(create(&hub, owner, "Shop", 1), Err(WorkspaceError::NameTaken)));
    for number in 2..WORKSPACES_MAX {
        create(&hub, owner, &format!("Shop {number}"), u64::try_from(number).unwrap()).unwrap();
    }
    assert!(matches!(create(&hub, owner, "One more", 1_000), Err(WorkspaceError::TooMany)));
}

#[test]
fn the_command_line_names_the_first_owner_who_keeps_its_password() {
    let hub = Hub::new();
    hub.asker("ada@example.com", Role::Viewer);
    let made = create_for(&hub, Asker::COMMAND_LINE, ("Market", Some("ADA@example.com")), 7).unwrap();
    let known = hub.operators.find(made.id, hub.id_of("ada@example.com")).unwrap();
    assert_eq!((known.role, known.home_id), (Role::Owner, WORKSPACE));
    assert!(known.password.is_some());
    assert_eq!(hub.log_of(made.id), ["workspace.created", "operator.admitted"]);
}

#[test]
fn a_workspace_for_an_owner_whom_nobody_knows_is_not_made() {
    let hub = Hub::new();
    let outcome = create_for(&hub, Asker::COMMAND_LINE, ("Market", Some("eve@example.com")), 7);
    assert!(matches!(outcome, Err(WorkspaceError::OwnerUnknown)), "{outcome:?}");
    assert_eq!(hub.workspaces.list().unwrap().len(), 2);
    let without = create(&hub, Asker::COMMAND_LINE, "Market", 7).unwrap();
    assert_eq!(hub.operators.list(without.id).unwrap(), []);
    assert_eq!(hub.log_of(without.id), ["workspace.created"]);
}
