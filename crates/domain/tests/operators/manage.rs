//! Who may add, change and remove whom, and what follows for sessions.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::ScopeSet;
use devhub_domain::id::KeyId;
use devhub_domain::operators::{OperatorError, Role};

use crate::hub::{Hub, OTHER_PASSWORD, OTHER_WORKSPACE, PASSWORD, WORKSPACE, client};

#[test]
fn an_address_is_added_once() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    let again = hub.operators.add(Asker::COMMAND_LINE, WORKSPACE, hub.new_operator("Ada@example.com", Role::Viewer));
    assert!(matches!(again.commit(), Err(OperatorError::EmailTaken)));
    assert_eq!(hub.operators.list(WORKSPACE).unwrap().len(), 1);
    assert_eq!(hub.actions(), ["operator.added"]);
}

#[test]
fn an_admin_manages_everybody_but_owners() {
    let hub = Hub::new();
    let owner = hub.add("owner@example.com", Role::Owner);
    let admin = hub.asker("admin@example.com", Role::Admin);
    let added = hub.operators.add(admin, WORKSPACE, hub.new_operator("eve@example.com", Role::Developer)).commit();
    let refused = |outcome| matches!(outcome, Err(OperatorError::RoleTooLow { required: Role::Owner }));
    assert!(refused(hub.operators.add(admin, WORKSPACE, hub.new_operator("x@example.com", Role::Owner)).commit()));
    assert!(refused(hub.operators.change_role(admin, WORKSPACE, owner.id, Role::Viewer).commit()));
    assert!(refused(hub.operators.change_role(admin, WORKSPACE, added.unwrap().id, Role::Owner).commit()));
    assert!(refused(hub.operators.remove(admin, WORKSPACE, owner.id).commit().map(|()| owner)));
}

#[test]
fn a_developer_and_a_key_manage_nobody() {
    let hub = Hub::new();
    let viewer = hub.add("viewer@example.com", Role::Viewer);
    let developer = hub.asker("developer@example.com", Role::Developer);
    let key = Asker::key(KeyId::from_bytes([1; 16]), Role::Owner.scopes());
    for asker in [developer, key] {
        let outcome = hub.operators.change_role(asker, WORKSPACE, viewer.id, Role::Developer).commit();
        assert!(matches!(outcome, Err(OperatorError::RoleTooLow { required: Role::Admin })), "{outcome:?}");
    }
}

#[test]
fn a_role_counts_as_it_is_now_and_not_as_it_was_at_sign_in() {
    let hub = Hub::new();
    hub.add("owner@example.com", Role::Owner);
    let admin = hub.asker("admin@example.com", Role::Admin);
    let id = hub.id_of("admin@example.com");
    hub.operators.change_role(Asker::COMMAND_LINE, WORKSPACE, id, Role::Viewer).commit().unwrap();
    let outcome = hub.operators.add(admin, WORKSPACE, hub.new_operator("eve@example.com", Role::Viewer)).commit();
    assert!(matches!(outcome, Err(OperatorError::RoleTooLow { .. })));
}

#[test]
fn whoever_manages_has_just_given_its_password() {
    let hub = Hub::new();
    let owner = hub.asker("owner@example.com", Role::Owner);
    hub.clock.advance(Duration::from_mins(10));
    let outcome = hub.operators.add(owner, WORKSPACE, hub.new_operator("eve@example.com", Role::Viewer)).commit();
    assert!(matches!(outcome, Err(OperatorError::StepUpNeeded)));
    let again = hub.sign_in("owner@example.com").asker();
    hub.operators.add(again, WORKSPACE, hub.new_operator("eve@example.com", Role::Viewer)).commit().unwrap();
}

#[test]
fn the_last_owner_stays() {
    let hub = Hub::new();
    let owner = hub.add("owner@example.com", Role::Owner);
    let demoted = hub.operators.change_role(Asker::COMMAND_LINE, WORKSPACE, owner.id, Role::Admin);
    assert!(matches!(demoted.commit(), Err(OperatorError::LastOwner)));
    let removed = hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, owner.id);
    assert!(matches!(removed.commit(), Err(OperatorError::LastOwner)));
    hub.add("second@example.com", Role::Owner);
    hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, owner.id).commit().unwrap();
}

#[test]
fn an_owner_without_a_password_is_no_reason_to_let_the_last_one_go() {
    let hub = Hub::new();
    let owner = hub.add("owner@example.com", Role::Owner);
    let silent = hub.add_silent_owner("silent@example.com");
    let removed = hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, owner.id);
    assert!(matches!(removed.commit(), Err(OperatorError::LastOwner)));
    hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, silent.id).commit().unwrap();
}

#[test]
fn another_role_ends_all_sessions_and_the_same_role_none() {
    let hub = Hub::new();
    let id = hub.add("eve@example.com", Role::Viewer).id;
    let sessions = [hub.sign_in("eve@example.com"), hub.sign_in("eve@example.com")];
    let same = hub.operators.change_role(Asker::COMMAND_LINE, WORKSPACE, id, Role::Viewer).commit().unwrap();
    assert_eq!(same.revision, 1);
    assert!(sessions.iter().all(|session| hub.is_signed_in(session)));
    hub.operators.change_role(Asker::COMMAND_LINE, WORKSPACE, id, Role::Developer).commit().unwrap();
    assert!(!sessions.iter().any(|session| hub.is_signed_in(session)));
    assert_eq!(hub.log().last().unwrap().detail, r#"{"role":{"after":"developer","before":"viewer"}}"#);
}

#[test]
fn a_reset_password_ends_all_sessions_and_takes_the_place_of_the_old_one() {
    let hub = Hub::new();
    let id = hub.add("eve@example.com", Role::Viewer).id;
    let session = hub.sign_in("eve@example.com");
    let hash = hub.hash(OTHER_PASSWORD, "eve@example.com");
    hub.operators.reset_password(Asker::COMMAND_LINE, WORKSPACE, id, hash).commit().unwrap();
    assert!(!hub.is_signed_in(&session));
    assert!(hub.try_sign_in("eve@example.com", PASSWORD, &client(2)).is_err());
    hub.try_sign_in("eve@example.com", OTHER_PASSWORD, &client(2)).unwrap();
}

#[test]
fn an_operator_resets_its_own_password_whatever_its_role_and_nobody_elses() {
    let hub = Hub::new();
    let other = hub.add("ada@example.com", Role::Viewer).id;
    let viewer = hub.asker("eve@example.com", Role::Viewer);
    let own = hub.id_of("eve@example.com");
    let reset = |id| {
        let hash = hub.hash(OTHER_PASSWORD, "eve@example.com");
        hub.operators.reset_password(viewer, WORKSPACE, id, hash).commit()
    };
    assert!(matches!(reset(other), Err(OperatorError::RoleTooLow { .. })));
    reset(own).unwrap();
    hub.clock.advance(Duration::from_mins(10));
    assert!(matches!(reset(own), Err(OperatorError::StepUpNeeded)));
}

#[test]
fn a_removed_operator_is_signed_out_and_cannot_sign_in() {
    let hub = Hub::new();
    let id = hub.add("eve@example.com", Role::Viewer).id;
    let session = hub.sign_in("eve@example.com");
    hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert!(!hub.is_signed_in(&session));
    assert!(hub.try_sign_in("eve@example.com", PASSWORD, &client(2)).is_err());
    assert!(matches!(hub.operators.find(WORKSPACE, id), Err(OperatorError::NotFound(_))));
}

#[test]
fn an_operator_of_another_workspace_is_not_found_and_may_do_nothing_here() {
    let hub = Hub::new();
    let stranger =
        hub.operators.add(Asker::COMMAND_LINE, OTHER_WORKSPACE, hub.new_operator("o@example.com", Role::Owner));
    let stranger = stranger.commit().unwrap();
    assert!(matches!(hub.operators.find(WORKSPACE, stranger.id), Err(OperatorError::NotFound(_))));
    let here = hub.add("eve@example.com", Role::Viewer).id;
    let asker = Asker::operator(stranger.id, ScopeSet::EMPTY, stranger.created_at);
    let outcome = hub.operators.remove(asker, WORKSPACE, here).commit();
    assert!(matches!(outcome, Err(OperatorError::RoleTooLow { .. })));
}

#[test]
fn the_log_holds_neither_addresses_nor_passwords() {
    let hub = Hub::new();
    let id = hub.add("eve@example.com", Role::Viewer).id;
    hub.sign_in("eve@example.com");
    let hash = hub.hash(OTHER_PASSWORD, "eve@example.com");
    hub.operators.reset_password(Asker::COMMAND_LINE, WORKSPACE, id, hash).commit().unwrap();
    hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert_eq!(hub.actions(), ["operator.added", "operator.signed_in", "operator.password_reset", "operator.removed"]);
    let log = format!("{:?}", hub.log());
    assert!(!log.contains("eve@") && !log.contains("argon2") && !log.contains("teapots"), "{log}");
}
