//! Setup: the first owner comes by the token that the start has shown, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use devhub_domain::operators::{OperatorTx, Password, PasswordError, Passwords, Role, Setup, SetupError};
use devhub_domain::secret::Secret;
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork};
use devhub_domain::testing::{MemoryStore, SeededEntropy};

use crate::hub::{Hub, WORKSPACE, address, first_owner};

#[test]
fn the_shown_token_makes_the_owner_and_signs_it_in() {
    let hub = Hub::new();
    let token = hub.setup.offer().unwrap().unwrap();
    assert_eq!(token.expose().len(), 43);
    let prepared = hub.setup.complete(token.expose(), first_owner("ada@example.com"), None).unwrap();
    let signed_in = prepared.commit().unwrap();
    assert_eq!((signed_in.operator.role, signed_in.operator.workspace_id), (Role::Owner, WORKSPACE));
    assert!(hub.is_signed_in(&signed_in));
    assert_eq!(hub.actions(), ["operator.added", "operator.signed_in"]);
}

#[test]
fn the_token_is_worth_nothing_once_there_is_an_owner() {
    let hub = Hub::new();
    let token = hub.setup.offer().unwrap().unwrap();
    hub.add("ada@example.com", Role::Owner);
    let error = hub.setup.complete(token.expose(), first_owner("eve@example.com"), None).map(|_| ()).unwrap_err();
    assert!(matches!(error, SetupError::Done));
    assert_eq!(hub.setup.offer().unwrap(), None);
    assert!(!hub.setup.is_open().unwrap());
}

#[test]
fn an_owner_who_cannot_sign_in_leaves_setup_open() {
    let hub = Hub::new();
    hub.add_silent_owner("silent@example.com");
    let token = hub.setup.offer().unwrap().unwrap();
    let outcome = hub.setup.complete(token.expose(), first_owner("silent@example.com"), None).unwrap().commit();
    assert!(matches!(outcome, Err(SetupError::EmailTaken)));
    hub.setup.complete(token.expose(), first_owner("ada@example.com"), None).unwrap().commit().unwrap();
    assert!(!hub.setup.is_open().unwrap());
}

/// A store that counts how often it is read.
struct Counted {
    store: Arc<MemoryStore>,
    reads: AtomicUsize,
}

impl UnitOfWork<dyn OperatorTx> for Counted {
    fn read(&self, body: &mut Body<'_, dyn OperatorTx>) -> Result<(), StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn OperatorTx>) -> Result<(), StoreError> {
        self.store.write(lane, body)
    }
}

#[test]
fn the_store_is_asked_until_there_is_an_owner_and_never_again() {
    let hub = Hub::new();
    let counted = Arc::new(Counted { store: hub.store.clone(), reads: AtomicUsize::new(0) });
    let entropy = Arc::new(SeededEntropy::new(2));
    let setup = Setup::new(counted.clone(), WORKSPACE, Passwords::new(entropy.clone()), hub.clock.clone(), entropy);
    assert!(setup.is_open().unwrap());
    assert_eq!(counted.reads.load(Ordering::Relaxed), 1);
    hub.add("ada@example.com", Role::Owner);
    let clone = setup.clone();
    assert!([&setup, &clone, &setup].iter().all(|setup| !setup.is_open().unwrap()));
    assert_eq!(counted.reads.load(Ordering::Relaxed), 2);
}

#[test]
fn of_two_at_once_one_becomes_the_owner() {
    let hub = Hub::new();
    let token = hub.setup.offer().unwrap().unwrap();
    let complete = |email| hub.setup.complete(token.expose(), first_owner(email), None).unwrap();
    let (one, other) = (complete("ada@example.com"), complete("eve@example.com"));
    one.commit().unwrap();
    assert!(matches!(other.commit(), Err(SetupError::Done)));
    assert_eq!(hub.operators.list(WORKSPACE).unwrap().len(), 1);
}

#[test]
fn the_session_that_the_browser_had_ends_with_setup() {
    let hub = Hub::new();
    hub.add("eve@example.com", Role::Admin);
    let before = hub.sign_in("eve@example.com");
    let token = hub.setup.offer().unwrap().unwrap();
    let (owner, shown) = (first_owner("ada@example.com"), before.token.to_secret());
    hub.setup.complete(token.expose(), owner, Some(shown.expose())).unwrap().commit().unwrap();
    assert!(!hub.is_signed_in(&before));
}

#[test]
fn another_token_is_refused_before_anything_is_looked_at() {
    let hub = Hub::new();
    let refused = |token: &str| {
        let outcome = hub.setup.complete(token, first_owner("ada@example.com"), None).map(|_| ());
        assert!(matches!(outcome, Err(SetupError::WrongToken)), "{token}");
    };
    refused(&"A".repeat(43));
    let first = hub.setup.offer().unwrap().unwrap();
    let second = hub.setup.offer().unwrap().unwrap();
    refused("");
    refused(first.expose());
    hub.setup.complete(second.expose(), first_owner("ada@example.com"), None).unwrap().commit().unwrap();
}

#[test]
fn a_weak_password_is_refused_and_the_token_stays_good() {
    let hub = Hub::new();
    let token = hub.setup.offer().unwrap().unwrap();
    let mut owner = first_owner("ada@example.com");
    owner.password = Secret::new("password1234");
    let error = hub.setup.complete(token.expose(), owner, None).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "password_predictable");
    hub.setup.complete(token.expose(), first_owner("ada@example.com"), None).unwrap().commit().unwrap();
}

#[test]
fn an_operator_who_is_no_owner_leaves_setup_open_and_keeps_its_address() {
    let hub = Hub::new();
    hub.add("ada@example.com", Role::Admin);
    let token = hub.setup.offer().unwrap().unwrap();
    let outcome = hub.setup.complete(token.expose(), first_owner("ada@example.com"), None).unwrap().commit();
    assert!(matches!(outcome, Err(SetupError::EmailTaken)));
    hub.setup.complete(token.expose(), first_owner("eve@example.com"), None).unwrap().commit().unwrap();
}

#[test]
fn a_password_belongs_to_its_address() {
    let refused = Password::new(Secret::new("countess lovelace 1843"), &address("Lovelace@example.com"));
    assert_eq!(refused.map(drop), Err(PasswordError::HoldsName));
}
