//! Signing in: who is let in, who has to wait, and what a new session is.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::audit::Actor;
use devhub_domain::operators::{ChangePasswordError, Role, SignInError, SignedIn};
use devhub_domain::secret::Secret;

use crate::hub::{Hub, OLD_PASSWORD, OTHER_PASSWORD, PASSWORD, WORKSPACE, attempt, client, signed_in};

#[test]
fn a_right_password_begins_a_session() {
    let hub = Hub::new();
    let operator = hub.add("ada@example.com", Role::Developer);
    let signed_in = hub.try_sign_in(" Ada@Example.com", PASSWORD, &client(7)).unwrap();
    let found = hub.sessions.find(signed_in.token.to_secret().expose()).unwrap().unwrap();
    assert_eq!((found.operator, found.session), (operator.clone(), signed_in.session));
    let entry = hub.log().pop().unwrap();
    assert_eq!((entry.action.as_str(), entry.subject), ("operator.signed_in", operator.id.to_string()));
    assert!(entry.detail.contains("203.0.113.7"), "{}", entry.detail);
}

#[test]
fn every_sign_in_has_a_token_of_its_own() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Developer);
    let [one, other] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    assert_ne!(one.token.to_secret(), other.token.to_secret());
    assert!(hub.is_signed_in(&one) && hub.is_signed_in(&other));
}

#[test]
fn whatever_is_wrong_the_answer_is_the_same() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Developer);
    hub.add_silent_owner("silent@example.com");
    let rows = [
        ("ada@example.com", OTHER_PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("silent@example.com", PASSWORD),
        ("no address", PASSWORD),
        (&format!("{}@example.com", "a".repeat(100_000)), PASSWORD),
        ("ada@example.com", ""),
        ("ada@example.com", &"x".repeat(10_000)),
    ];
    for (email, password) in rows {
        let error = hub.try_sign_in(email, password, &client(1)).unwrap_err();
        assert!(matches!(error, SignInError::Wrong), "{email}: {error}");
    }
    assert_eq!(hub.actions(), ["operator.added", "operator.added"]);
}

#[test]
fn an_attacker_waits_and_the_owner_elsewhere_does_not() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    for _ in 0..5 {
        assert!(matches!(hub.try_sign_in("ada@example.com", OTHER_PASSWORD, &client(66)), Err(SignInError::Wrong)));
    }
    let refused = hub.try_sign_in("ada@example.com", PASSWORD, &client(66)).unwrap_err();
    assert!(matches!(refused, SignInError::Throttled { wait } if wait == Duration::from_mins(1)), "{refused}");
    hub.try_sign_in("ada@example.com", PASSWORD, &client(1)).unwrap();
    hub.clock.advance(Duration::from_mins(1));
    hub.try_sign_in("ada@example.com", PASSWORD, &client(66)).unwrap();
}

#[test]
fn an_account_that_does_not_exist_waits_like_one_that_does() {
    let hub = Hub::new();
    for _ in 0..5 {
        assert!(matches!(hub.try_sign_in("nobody@example.com", PASSWORD, &client(66)), Err(SignInError::Wrong)));
    }
    let refused = hub.try_sign_in("nobody@example.com", PASSWORD, &client(66));
    assert!(matches!(refused, Err(SignInError::Throttled { .. })));
}

#[test]
fn a_right_password_forgives_the_mistakes_before_it() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    for _ in 0..3 {
        for _ in 0..4 {
            hub.try_sign_in("ada@example.com", OTHER_PASSWORD, &client(1)).unwrap_err();
        }
        hub.sign_in("ada@example.com");
    }
}

#[test]
fn a_password_that_was_reset_meanwhile_lets_nobody_in() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Owner).id;
    let prepared = hub.sign_ins.sign_in(&attempt("ada@example.com", PASSWORD, &client(1)), None).unwrap();
    let hash = hub.hash(OTHER_PASSWORD, "ada@example.com");
    hub.operators.reset_password(Asker::COMMAND_LINE, WORKSPACE, id, hash).commit().unwrap();
    assert!(matches!(prepared.commit(), Err(SignInError::Wrong)));
}

#[test]
fn a_password_that_is_kept_in_an_old_way_is_kept_in_todays_after_a_sign_in() {
    let hub = Hub::new();
    let (id, old) = hub.add_with_old_hash("ada@example.com");
    for _ in 0..2 {
        hub.try_sign_in("ada@example.com", OLD_PASSWORD, &client(1)).unwrap();
    }
    let operator = hub.operators.find(WORKSPACE, id).unwrap();
    assert!(operator.password.is_some_and(|kept| kept != old));
    assert_eq!(operator.revision, 2, "the second sign-in found it as it should be");
}

/// Signs in with [`PASSWORD`] in a browser that has a session.
fn sign_in_over(hub: &Hub, email: &str, before: &SignedIn) -> SignedIn {
    let (attempt, token) = (attempt(email, PASSWORD, &client(1)), before.token.to_secret());
    signed_in(hub.sign_ins.sign_in(&attempt, Some(token.expose())).unwrap().commit().unwrap())
}

#[test]
fn the_session_that_the_browser_had_ends_and_others_go_on() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let [before, elsewhere] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let after = sign_in_over(&hub, "ada@example.com", &before);
    assert!(hub.is_signed_in(&after) && hub.is_signed_in(&elsewhere) && !hub.is_signed_in(&before));
    let ended = hub.log().into_iter().rfind(|entry| entry.action == "session.ended").unwrap();
    assert_eq!((ended.actor, ended.subject), (Actor::Operator(id), id.to_string()));
    assert!(ended.detail.contains(&before.session.id.to_string()), "{}", ended.detail);
}

#[test]
fn another_operators_session_in_the_same_browser_ends_too() {
    let hub = Hub::new();
    let owner = hub.add("ada@example.com", Role::Owner).id;
    let viewer = hub.add("eve@example.com", Role::Viewer).id;
    let before = hub.sign_in("ada@example.com");
    sign_in_over(&hub, "eve@example.com", &before);
    assert!(!hub.is_signed_in(&before));
    let ended = hub.log().into_iter().rfind(|entry| entry.action == "session.ended").unwrap();
    assert_eq!((ended.actor, ended.subject), (Actor::Operator(viewer), owner.to_string()));
}

#[test]
fn a_session_that_is_over_is_not_ended_again() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let before = hub.sign_in("ada@example.com");
    hub.clock.advance(Duration::from_hours(12));
    sign_in_over(&hub, "ada@example.com", &before);
    assert_eq!(hub.actions(), ["operator.added", "operator.signed_in", "operator.signed_in"]);
}

#[test]
fn what_is_no_token_ends_nothing() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let attempt = attempt("ada@example.com", PASSWORD, &client(1));
    for presented in ["", "short", &"A".repeat(43), &"A".repeat(10_000)] {
        hub.sign_ins.sign_in(&attempt, Some(presented)).unwrap().commit().unwrap();
    }
    assert!(!hub.actions().contains(&"session.ended".to_owned()));
}

#[test]
fn a_wrong_password_leaves_the_session_that_the_browser_has() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let before = hub.sign_in("ada@example.com");
    let (attempt, token) = (attempt("ada@example.com", OTHER_PASSWORD, &client(1)), before.token.to_secret());
    assert!(hub.sign_ins.sign_in(&attempt, Some(token.expose())).is_err());
    assert!(hub.is_signed_in(&before));
}

#[test]
fn the_password_given_again_renews_the_session() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    let before = hub.sign_in("ada@example.com");
    hub.clock.advance(Duration::from_mins(10));
    assert!(!before.asker().has_stepped_up(devhub_domain::time::Clock::now(&*hub.clock)));
    let after = hub.sign_ins.again(&before, Secret::new(PASSWORD), client(1)).unwrap().commit().unwrap();
    assert!(after.asker().has_stepped_up(devhub_domain::time::Clock::now(&*hub.clock)));
    assert!(hub.is_signed_in(&after) && !hub.is_signed_in(&before));
}

#[test]
fn a_session_that_was_ended_meanwhile_goes_on_by_no_password() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Owner).id;
    let [found, own] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    let again = hub.sign_ins.again(&found, Secret::new(PASSWORD), client(1)).unwrap();
    let (old, new) = (Secret::new(PASSWORD), Secret::new(OTHER_PASSWORD));
    let changed = hub.sign_ins.change_password(&found, &old, new, client(1)).unwrap();
    assert_eq!(hub.sessions.end_all(own.asker(), WORKSPACE, id, Some(own.session.id)).commit().unwrap(), 1);
    assert!(matches!(again.commit(), Err(SignInError::SessionEnded)));
    assert!(matches!(changed.commit(), Err(ChangePasswordError::SignIn(SignInError::SessionEnded))));
    assert!(hub.is_signed_in(&own));
    hub.sign_in("ada@example.com");
}

#[test]
fn a_wrong_password_given_again_leaves_the_session_and_counts() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Owner);
    let session = hub.sign_in("ada@example.com");
    for _ in 0..5 {
        let again = hub.sign_ins.again(&session, Secret::new(OTHER_PASSWORD), client(1));
        assert!(matches!(again.map(|_| ()), Err(SignInError::Wrong)));
    }
    let again = hub.sign_ins.again(&session, Secret::new(PASSWORD), client(1));
    assert!(matches!(again.map(|_| ()), Err(SignInError::Throttled { .. })));
    assert!(hub.is_signed_in(&session));
}
