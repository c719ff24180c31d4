//! An operator changes its own password.

use devhub_domain::access::Asker;
use devhub_domain::audit::Actor;
use devhub_domain::operators::{ChangePasswordError, PasswordError, Role, SignInError, SignedIn};
use devhub_domain::secret::Secret;

use crate::hub::{Hub, OTHER_PASSWORD, PASSWORD, WORKSPACE, client};

fn change(hub: &Hub, of: &SignedIn, current: &str, new: &str) -> Result<SignedIn, ChangePasswordError> {
    hub.sign_ins.change_password(of, &Secret::new(current), Secret::new(new), client(1))?.commit()
}

#[test]
fn a_changed_password_is_the_one_that_opens() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let before = hub.sign_in("ada@example.com");
    let after = change(&hub, &before, PASSWORD, OTHER_PASSWORD).unwrap();
    assert_eq!((after.operator.revision, after.operator.id), (2, before.operator.id));
    assert!(matches!(hub.try_sign_in("ada@example.com", PASSWORD, &client(1)), Err(SignInError::Wrong)));
    hub.try_sign_in("ada@example.com", OTHER_PASSWORD, &client(1)).unwrap();
}

#[test]
fn every_session_ends_and_a_new_one_takes_the_place_of_this_one() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let other = hub.add("eve@example.com", Role::Viewer);
    let [this, elsewhere] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let others = hub.sign_in("eve@example.com");
    let after = change(&hub, &this, PASSWORD, OTHER_PASSWORD).unwrap();
    assert!(hub.is_signed_in(&after) && !hub.is_signed_in(&this) && !hub.is_signed_in(&elsewhere));
    assert_ne!(after.token.to_secret(), this.token.to_secret());
    assert!(hub.is_signed_in(&others), "{} is somebody else", other.id);
}

#[test]
fn the_log_says_that_it_was_changed_and_by_which_session_it_goes_on() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let before = hub.sign_in("ada@example.com");
    let after = change(&hub, &before, PASSWORD, OTHER_PASSWORD).unwrap();
    assert_eq!(hub.actions(), ["operator.added", "operator.signed_in", "operator.password_changed"]);
    let entry = hub.log().pop().unwrap();
    assert_eq!((entry.actor, entry.subject), (Actor::Operator(id), id.to_string()));
    let expected = format!(r#"{{"address":"203.0.113.1","session":"{}"}}"#, after.session.id);
    assert_eq!(entry.detail, expected);
}

#[test]
fn a_wrong_current_password_is_counted_as_at_a_sign_in() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let session = hub.sign_in("ada@example.com");
    for _ in 0..5 {
        let error = change(&hub, &session, OTHER_PASSWORD, OTHER_PASSWORD).unwrap_err();
        assert_eq!(error.code(), "sign_in_wrong");
    }
    let error = change(&hub, &session, PASSWORD, OTHER_PASSWORD).unwrap_err();
    assert!(matches!(error, ChangePasswordError::SignIn(SignInError::Throttled { .. })), "{error}");
    assert!(hub.try_sign_in("ada@example.com", PASSWORD, &client(1)).is_err(), "the count is the same");
    assert!(hub.is_signed_in(&session));
}

#[test]
fn a_right_current_password_is_forgiven_the_mistakes_before_it() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let mut session = hub.sign_in("ada@example.com");
    for (current, new) in [(PASSWORD, OTHER_PASSWORD), (OTHER_PASSWORD, PASSWORD)] {
        for _ in 0..4 {
            change(&hub, &session, "something else", OTHER_PASSWORD).unwrap_err();
        }
        session = change(&hub, &session, current, new).unwrap();
    }
}

#[test]
fn a_password_that_may_not_be_set_is_refused_and_compares_nothing() {
    let hub = Hub::new();
    hub.add("lovelace@example.com", Role::Viewer);
    let session = hub.sign_in("lovelace@example.com");
    let rows = [
        ("short", PasswordError::TooShort),
        ("password1234", PasswordError::Predictable),
        ("countess lovelace 1843", PasswordError::HoldsName),
    ];
    for (new, expected) in rows {
        let outcome = change(&hub, &session, PASSWORD, new);
        assert!(matches!(outcome, Err(ChangePasswordError::Password(error)) if error == expected), "{new}");
    }
    assert!(hub.is_signed_in(&session));
}

#[test]
fn a_password_that_was_reset_meanwhile_is_not_changed() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let session = hub.sign_in("ada@example.com");
    let new = Secret::new("nine yellow submarines");
    let prepared = hub.sign_ins.change_password(&session, &Secret::new(PASSWORD), new, client(1)).unwrap();
    let hash = hub.hash(OTHER_PASSWORD, "ada@example.com");
    hub.operators.reset_password(Asker::COMMAND_LINE, WORKSPACE, id, hash).commit().unwrap();
    assert!(matches!(prepared.commit(), Err(ChangePasswordError::SignIn(SignInError::Wrong))));
    hub.try_sign_in("ada@example.com", OTHER_PASSWORD, &client(1)).unwrap();
}

#[test]
fn neither_password_is_in_the_log() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let session = hub.sign_in("ada@example.com");
    change(&hub, &session, PASSWORD, OTHER_PASSWORD).unwrap();
    let log = format!("{:?}", hub.log());
    assert!(!log.contains("argon2") && !log.contains("teapots") && !log.contains("umbrellas"), "{log}");
}
