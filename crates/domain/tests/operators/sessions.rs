//! Sessions: how long they last, and how they end.

use std::time::Duration;

use devhub_domain::audit::Actor;
use devhub_domain::operators::{OperatorError, Role, SESSIONS_MAX};
use devhub_domain::time::Timestamp;

use crate::hub::{Hub, OTHER_PASSWORD, WORKSPACE};

#[test]
fn a_session_that_is_used_lasts_and_one_that_is_not_ends() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let [used, unused] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    hub.clock.advance(Duration::from_hours(11));
    hub.sessions.touch(&used).unwrap().commit().unwrap();
    hub.clock.advance(Duration::from_hours(1));
    assert!(hub.is_signed_in(&used) && !hub.is_signed_in(&unused));
}

#[test]
fn a_session_ends_after_a_week_however_much_it_is_used() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let session = hub.sign_in("ada@example.com");
    for _ in 0..16 {
        hub.clock.advance(Duration::from_hours(10));
        assert!(hub.is_signed_in(&session));
        hub.sessions.touch(&session).unwrap().commit().unwrap();
    }
    hub.clock.advance(Duration::from_hours(8));
    assert!(!hub.is_signed_in(&session));
}

#[test]
fn a_use_is_written_once_in_five_minutes() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let session = hub.sign_in("ada@example.com");
    hub.clock.advance(Duration::from_secs(299));
    assert!(hub.sessions.touch(&session).is_none());
    hub.clock.advance(Duration::from_secs(1));
    assert!(hub.sessions.touch(&session).is_some());
}

#[test]
fn a_late_touch_brings_no_ended_session_back() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let session = hub.sign_in("ada@example.com");
    hub.clock.advance(Duration::from_hours(1));
    let touch = hub.sessions.touch(&session).unwrap();
    hub.sessions.end(session.asker(), WORKSPACE, id, session.session.id).commit().unwrap();
    touch.commit().unwrap();
    assert!(!hub.is_signed_in(&session));
}

#[test]
fn what_is_no_token_is_nobodys() {
    let hub = Hub::new();
    for text in ["", "short", &"A".repeat(43), &"A".repeat(10_000)] {
        assert!(hub.sessions.find(text).unwrap().is_none());
    }
}

#[test]
fn signing_out_ends_this_session_only() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let [one, other] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    hub.sessions.end(one.asker(), WORKSPACE, id, one.session.id).commit().unwrap();
    assert!(!hub.is_signed_in(&one) && hub.is_signed_in(&other));
    let again = hub.sessions.end(other.asker(), WORKSPACE, id, one.session.id).commit();
    assert!(matches!(again, Err(OperatorError::SessionNotFound(_))));
    assert_eq!(hub.log().last().unwrap().action, "session.ended");
}

#[test]
fn signing_out_everywhere_else_keeps_this_session() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let [this, a, b] = [(); 3].map(|()| hub.sign_in("ada@example.com"));
    let end_all = || hub.sessions.end_all(this.asker(), WORKSPACE, id, Some(this.session.id)).commit().unwrap();
    assert_eq!((end_all(), end_all()), (2, 0));
    assert!(hub.is_signed_in(&this) && !hub.is_signed_in(&a) && !hub.is_signed_in(&b));
    let logged = hub.log().last().unwrap().detail.clone();
    assert!(logged.contains(&a.session.id.to_string()) && logged.contains(&b.session.id.to_string()), "{logged}");
}

#[test]
fn sessions_of_others_are_seen_and_ended_by_who_manages_them() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Developer).id;
    let session = hub.sign_in("ada@example.com");
    let viewer = hub.asker("eve@example.com", Role::Viewer);
    let refused = hub.sessions.list(viewer, WORKSPACE, id);
    assert!(matches!(refused, Err(OperatorError::RoleTooLow { required: Role::Admin })));
    assert!(hub.sessions.end(viewer, WORKSPACE, id, session.session.id).commit().is_err());
    let admin = hub.asker("admin@example.com", Role::Admin);
    let listed = hub.sessions.list(admin, WORKSPACE, id).unwrap();
    assert_eq!(listed, std::slice::from_ref(&session.session));
    assert_eq!(hub.sessions.end_all(admin, WORKSPACE, id, None).commit().unwrap(), 1);
    assert!(!hub.is_signed_in(&session));
    assert_eq!(hub.log().last().unwrap().actor, admin.actor());
    assert!(matches!(admin.actor(), Actor::Operator(_)));
}

#[test]
fn the_oldest_session_ends_for_the_twenty_first() {
    let hub = Hub::new();
    let id = hub.add("ada@example.com", Role::Viewer).id;
    let sessions: Vec<_> = (0..=SESSIONS_MAX)
        .map(|_| {
            hub.clock.advance(Duration::from_secs(1));
            hub.sign_in("ada@example.com")
        })
        .collect();
    let alive: Vec<_> = sessions.iter().map(|session| hub.is_signed_in(session)).collect();
    assert!(!alive[0] && alive[1..].iter().all(|is_alive| *is_alive));
    assert_eq!(hub.sessions.list(sessions[1].asker(), WORKSPACE, id).unwrap().len(), SESSIONS_MAX);
}

#[test]
fn sessions_that_are_over_take_no_place_from_living_ones() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    // A clock that is ahead, and is set right after.
    hub.clock.jump_to(Timestamp::from_seconds(2_000_000));
    (0..SESSIONS_MAX).for_each(|_| drop(hub.sign_in("ada@example.com")));
    hub.clock.jump_to(Timestamp::from_seconds(1_000_000));
    let living = [(); 3].map(|()| hub.sign_in("ada@example.com"));
    assert!(living.iter().all(|session| hub.is_signed_in(session)));
}

#[test]
fn ended_sessions_are_purged_and_living_ones_are_not() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    hub.sign_in("ada@example.com");
    hub.clock.advance(Duration::from_hours(12));
    let living = hub.sign_in("ada@example.com");
    assert!(!hub.sessions.purge().unwrap());
    assert!(hub.is_signed_in(&living));
}

#[test]
fn a_form_of_another_session_is_not_this_ones() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Viewer);
    let [one, other] = [(); 2].map(|()| hub.sign_in("ada@example.com"));
    assert!(one.token.has_csrf(one.token.csrf().expose()));
    assert!(!one.token.has_csrf(other.token.csrf().expose()));
    assert!(!one.token.has_csrf(OTHER_PASSWORD));
}
