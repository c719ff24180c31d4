//! Operators that work in several workspaces: who admits them, what each workspace may do with them, and how they go from one to the
//! other.

use devhub_domain::access::Asker;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::{Operator, OperatorError, Role, SignedIn};

use crate::hub::{Hub, OTHER_PASSWORD, OTHER_WORKSPACE, PASSWORD, WORKSPACE, address, client};

impl Hub {
    /// Has an operator of the first workspace work in the other too.
    fn admit(&self, email: &str, role: Role) -> Operator {
        self.operators.admit(Asker::COMMAND_LINE, OTHER_WORKSPACE, address(email), role).commit().unwrap()
    }

    /// Adds an operator who is at home in the other workspace, signs it in, and returns it as one who asks.
    fn stranger(&self, email: &str, role: Role) -> Asker {
        let new = self.new_operator(email, role);
        self.operators.add(Asker::COMMAND_LINE, OTHER_WORKSPACE, new).commit().unwrap();
        self.sign_in(email).asker()
    }

    fn switch(&self, session: &SignedIn, to: WorkspaceId) -> Result<SignedIn, OperatorError> {
        self.sessions.switch(session, session.asker(), to).commit()?;
        Ok(self.now(session).expect("it goes on"))
    }

    /// A session as it is now.
    fn now(&self, session: &SignedIn) -> Option<SignedIn> {
        self.sessions.find(session.token.to_secret().expose()).unwrap()
    }
}

#[test]
fn whoever_is_admitted_keeps_its_password_and_works_in_both() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    let known = hub.admit("ada@example.com", Role::Viewer);
    assert_eq!((known.workspace_id, known.home_id, known.role), (OTHER_WORKSPACE, WORKSPACE, Role::Viewer));
    let session = hub.sign_in("ada@example.com");
    assert_eq!((session.session.workspace_id, session.operator.role), (WORKSPACE, Role::Owner), "it signs in at home");
    let there = hub.switch(&session, OTHER_WORKSPACE).unwrap();
    assert_eq!((there.operator.workspace_id, there.operator.role), (OTHER_WORKSPACE, Role::Viewer));
    let names: Vec<_> = hub.sessions.memberships(known.id).unwrap().into_iter().map(|known| known.role).collect();
    assert_eq!(names, [Role::Owner, Role::Viewer]);
    assert_eq!(hub.log_of(OTHER_WORKSPACE), ["operator.admitted", "session.switched"]);
}

#[test]
fn nobody_is_admitted_twice_or_unknown_or_above_who_admits() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let bob = hub.stranger("bob@example.com", Role::Admin);
    let admit = |email, role| hub.operators.admit(bob, OTHER_WORKSPACE, address(email), role).commit();
    assert!(matches!(admit("ada@example.com", Role::Owner), Err(OperatorError::RoleTooLow { .. })));
    assert!(matches!(admit("eve@example.com", Role::Viewer), Err(OperatorError::EmailUnknown)));
    admit("ada@example.com", Role::Viewer).unwrap();
    assert!(matches!(admit("ada@example.com", Role::Viewer), Err(OperatorError::EmailTaken)));
    let elsewhere = hub.operators.admit(bob, WORKSPACE, address("bob@example.com"), Role::Viewer).commit();
    assert!(matches!(elsewhere, Err(OperatorError::RoleTooLow { .. })));
}

#[test]
fn an_address_of_another_workspace_is_taken() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let again =
        hub.operators.add(Asker::COMMAND_LINE, OTHER_WORKSPACE, hub.new_operator("ada@example.com", Role::Owner));
    assert!(matches!(again.commit(), Err(OperatorError::EmailTaken)));
}

#[test]
fn a_session_goes_only_where_its_operator_works() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    let session = hub.sign_in("ada@example.com");
    for to in [OTHER_WORKSPACE, WorkspaceId::from_bytes([9; 16])] {
        assert!(matches!(hub.switch(&session, to), Err(OperatorError::NotFound(_))));
    }
    assert_eq!(hub.now(&session).unwrap().session.workspace_id, WORKSPACE);
    hub.switch(&session, WORKSPACE).unwrap();
    assert!(!hub.actions().contains(&"session.switched".to_owned()), "it is there already");
}

#[test]
fn a_session_that_has_ended_meanwhile_goes_nowhere_and_no_log_says_so() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Owner).id;
    hub.admit("ada@example.com", Role::Viewer);
    let session = hub.sign_in("ada@example.com");
    hub.sessions.end_all(Asker::COMMAND_LINE, WORKSPACE, id, None).commit().unwrap();
    let gone = hub.sessions.switch(&session, session.asker(), OTHER_WORKSPACE).commit();
    assert!(matches!(gone, Err(OperatorError::SessionNotFound(id)) if id == session.session.id));
    assert_eq!(hub.log_of(OTHER_WORKSPACE), ["operator.admitted"]);
}

#[test]
fn a_lowered_role_and_a_removal_count_at_the_next_request_and_in_their_workspace_only() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Owner).id;
    hub.admit("ada@example.com", Role::Developer);
    let [home, there] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let there = hub.switch(&there, OTHER_WORKSPACE).unwrap();
    hub.operators.change_role(Asker::COMMAND_LINE, OTHER_WORKSPACE, id, Role::Viewer).commit().unwrap();
    assert!(hub.now(&there).is_none(), "its sessions there end");
    assert_eq!(hub.now(&home).unwrap().operator.role, Role::Owner);
    let back = hub.switch(&home, OTHER_WORKSPACE).unwrap();
    assert_eq!(back.operator.role, Role::Viewer);
    hub.operators.remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit().unwrap();
    assert!(hub.now(&back).is_none());
    assert_eq!(hub.sign_in("ada@example.com").operator.role, Role::Owner, "at home nothing has changed");
}

#[test]
fn a_password_that_is_given_again_leaves_the_session_where_it_is() {
    use devhub_domain::secret::Secret;
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    hub.admit("ada@example.com", Role::Viewer);
    let there = hub.switch(&hub.sign_in("ada@example.com"), OTHER_WORKSPACE).unwrap();
    let again = hub.sign_ins.again(&there, Secret::new(PASSWORD), client(1)).unwrap().commit().unwrap();
    assert_eq!((again.session.workspace_id, again.operator.role), (OTHER_WORKSPACE, Role::Viewer));
    let (old, new) = (Secret::new(PASSWORD), Secret::new(OTHER_PASSWORD));
    let changed = hub.sign_ins.change_password(&again, &old, new, client(1)).unwrap().commit().unwrap();
    assert_eq!((changed.session.workspace_id, changed.operator.role), (OTHER_WORKSPACE, Role::Viewer));
}

#[test]
fn who_is_removed_from_home_is_at_home_where_it_may_do_most_and_gone_with_the_last() {
    let hub = Hub::new();
    hub.add("owner@example.com", Role::Owner);
    let id = hub.add("ada@example.com", Role::Viewer).id;
    hub.admit("ada@example.com", Role::Owner);
    hub.operators.remove(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    assert!(matches!(hub.operators.find(WORKSPACE, id), Err(OperatorError::NotFound(_))));
    let session = hub.sign_in("ada@example.com");
    assert_eq!((session.operator.home_id, session.operator.role), (OTHER_WORKSPACE, Role::Owner));
    let last = hub.operators.remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit();
    assert!(matches!(last, Err(OperatorError::LastOwner)), "each workspace keeps an owner");
    hub.operators
        .add(Asker::COMMAND_LINE, OTHER_WORKSPACE, hub.new_operator("bob@example.com", Role::Owner))
        .commit()
        .unwrap();
    hub.operators.remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit().unwrap();
    assert!(hub.now(&session).is_none());
    assert!(hub.try_sign_in("ada@example.com", PASSWORD, &client(2)).is_err());
}

/// Nobody must come to what it does not manage by the password of somebody who works there too: neither from the home of that one, nor
/// from another workspace.
#[test]
fn only_who_manages_an_operator_wherever_it_works_resets_its_password() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    hub.admit("ada@example.com", Role::Admin);
    let [admin, owner] = [("admin@example.com", Role::Admin), ("owner@example.com", Role::Owner)]
        .map(|(email, role)| hub.asker(email, role));
    let [there, over_there] = [("bob@example.com", Role::Admin), ("eve@example.com", Role::Owner)]
        .map(|(email, role)| hub.stranger(email, role));
    let reset = |asker, workspace_id| {
        let listed = hub.operators.resettable(asker, workspace_id).unwrap().contains(&id);
        let hash = hub.hash(OTHER_PASSWORD, "ada@example.com");
        let may = hub.operators.check_reset(asker, workspace_id, id);
        let factor = hub.operators.reset_second_factor(asker, workspace_id, id).commit();
        let password = hub.operators.reset_password(asker, workspace_id, id, hash).commit();
        assert_eq!([listed, may.is_ok(), factor.is_ok()], [password.is_ok(); 3]);
        password
    };
    let of_one = [(there, OTHER_WORKSPACE), (over_there, OTHER_WORKSPACE), (admin, WORKSPACE), (owner, WORKSPACE)];
    for (asker, workspace_id) in of_one {
        assert!(matches!(reset(asker, workspace_id), Err(OperatorError::WorksElsewhere)));
    }
    hub.admit("admin@example.com", Role::Viewer);
    assert!(matches!(reset(admin, WORKSPACE), Err(OperatorError::WorksElsewhere)), "it only looks there");
    hub.admit("owner@example.com", Role::Admin);
    for workspace_id in [WORKSPACE, OTHER_WORKSPACE] {
        reset(owner, workspace_id).unwrap();
    }
    hub.operators.remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit().unwrap();
    reset(admin, WORKSPACE).unwrap();
}

#[test]
fn who_was_admitted_leaves_again_and_its_home_resets_its_password_again() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let admin = hub.asker("admin@example.com", Role::Admin);
    hub.admit("ada@example.com", Role::Owner);
    let [home, there] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let there = hub.switch(&there, OTHER_WORKSPACE).unwrap();
    let leave = |asker, workspace_id| hub.operators.leave(asker, id, workspace_id).commit();
    assert!(matches!(leave(home.asker(), OTHER_WORKSPACE), Err(OperatorError::LastOwner)));
    let bob = hub.stranger("bob@example.com", Role::Owner);
    for asker in [bob, admin] {
        assert!(matches!(leave(asker, OTHER_WORKSPACE), Err(OperatorError::NotFound(_))), "nobody leaves for another");
    }
    assert!(!hub.operators.resettable(admin, WORKSPACE).unwrap().contains(&id));
    leave(home.asker(), OTHER_WORKSPACE).unwrap();
    assert!(hub.is_signed_in(&home) && !hub.is_signed_in(&there));
    assert!(hub.operators.resettable(admin, WORKSPACE).unwrap().contains(&id));
    assert_eq!(hub.log_of(OTHER_WORKSPACE).last().unwrap(), "operator.removed");
    assert!(matches!(leave(home.asker(), OTHER_WORKSPACE), Err(OperatorError::NotFound(_))));
    assert!(matches!(leave(home.asker(), WORKSPACE), Err(OperatorError::OnlyWorkspace)));
}

#[test]
fn who_leaves_its_home_is_at_home_elsewhere() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    hub.admit("ada@example.com", Role::Developer);
    let session = hub.sign_in("ada@example.com");
    hub.clock.advance(std::time::Duration::from_mins(11));
    let late = hub.operators.leave(session.asker(), id, WORKSPACE).commit();
    assert!(matches!(late, Err(OperatorError::StepUpNeeded)));
    let session = hub.sign_in("ada@example.com");
    hub.operators.leave(session.asker(), id, WORKSPACE).commit().unwrap();
    assert!(!hub.is_signed_in(&session));
    assert_eq!(hub.sign_in("ada@example.com").operator.home_id, OTHER_WORKSPACE);
}

#[test]
fn sessions_that_work_elsewhere_are_no_business_of_a_workspace() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    hub.admit("ada@example.com", Role::Viewer);
    let [home, there] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let there = hub.switch(&there, OTHER_WORKSPACE).unwrap();
    let admin = hub.stranger("bob@example.com", Role::Admin);
    assert_eq!(hub.sessions.list(admin, OTHER_WORKSPACE, id).unwrap(), std::slice::from_ref(&there.session));
    let end = hub.sessions.end(admin, OTHER_WORKSPACE, id, home.session.id).commit();
    assert!(matches!(end, Err(OperatorError::SessionNotFound(_))));
    let listed = hub.sessions.list_all(OTHER_WORKSPACE).unwrap();
    let counted = listed.iter().find(|(operator, _)| operator.id == id).map(|(_, sessions)| sessions.len());
    assert_eq!(counted, Some(1));
    assert_eq!(hub.sessions.end_all(admin, OTHER_WORKSPACE, id, None).commit().unwrap(), 1);
    assert!(hub.is_signed_in(&home) && !hub.is_signed_in(&there));
    assert_eq!(hub.sessions.list(home.asker(), WORKSPACE, id).unwrap().len(), 1, "its own are all its business");
}
