//! What a rotation gives, what it takes, and who has not changed over.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKey, ApiKeyError, ApiKeyTx, ApiKeys, Denial, KeyChanges, KeyDirectory, KeyState, KeyStatus, LastUseFlusher,
    NewApiKey, Pepper, RotatedKey, Scope, ScopeSet, Stragglers, TokenHasher, USER_AGENT_CHARS_MAX,
};
use devhub_domain::grace::Grace;
use devhub_domain::id::KeyId;
use devhub_domain::store::{Body, Change, Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::{MemoryStore, SeededEntropy};
use devhub_domain::time::Clock;
use devhub_domain::tx::Tx;

use crate::hub::{HERE, Hub, OTHER_WORKSPACE, WORKSPACE, shop, token};

const HOUR: Grace = match Grace::from_seconds(3_600) {
    Ok(grace) => grace,
    Err(_) => panic!("an hour is a grace"),
};
const NO_GRACE: Grace = match Grace::from_seconds(0) {
    Ok(grace) => grace,
    Err(_) => panic!("none is a grace"),
};

fn rotate(hub: &Hub, id: KeyId, grace: Grace) -> Result<RotatedKey, ApiKeyError> {
    hub.keys.rotate(Asker::COMMAND_LINE, WORKSPACE, id, grace)?.commit()
}

#[test]
fn a_rotated_key_is_accepted_beside_its_successor_until_its_grace_ends() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    let rotated = rotate(&hub, old.key.id, HOUR).unwrap();
    assert!(hub.authenticate(token(&old)).is_ok() && hub.authenticate(token(&rotated.issued)).is_ok());
    assert_eq!(hub.keys.state(&rotated.retired), KeyState::Retiring);
    assert_eq!(rotated.retired.retirement.unwrap().successor_id, rotated.issued.key.id);
    hub.clock.advance(Duration::from_hours(1));
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Expired));
    assert!(hub.authenticate(token(&rotated.issued)).is_ok());
}

/// OwnPay's rotation loses both: a key that could only read can write afterwards, for ever.
#[test]
fn a_successor_has_what_its_key_has_and_for_no_longer() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_hours(48)));
    let narrow = NewApiKey {
        scopes: ScopeSet::from_iter([Scope::Read]),
        expires_at,
        allow_list: vec!["127.0.0.0/8".parse().unwrap()],
        ..shop()
    };
    let old = hub.issue(narrow);
    let RotatedKey { issued, .. } = rotate(&hub, old.key.id, HOUR).unwrap();
    let told_apart =
        ApiKey { id: old.key.id, prefix: old.key.prefix.clone(), digest: old.key.digest, ..issued.key.clone() };
    assert_eq!(told_apart, old.key);
    assert_ne!(issued.key.digest, old.key.digest);
}

/// Unkey's reroll can outlive the expiry of the key that it replaces.
#[test]
fn a_grace_never_outlives_the_expiry_of_its_key() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_mins(10)));
    let old = hub.issue(NewApiKey { expires_at, ..shop() });
    let rotated = rotate(&hub, old.key.id, HOUR).unwrap();
    assert_eq!(rotated.retired.expires_at, expires_at);
    hub.clock.advance(Duration::from_mins(10));
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Expired));
    assert_eq!(hub.authenticate(token(&rotated.issued)), Err(Denial::Expired));
}

/// Unkey's reroll purges no cache.
#[test]
fn without_a_grace_the_next_request_is_refused_even_of_a_key_that_was_just_used() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    assert!(hub.authenticate(token(&old)).is_ok());
    let rotated = rotate(&hub, old.key.id, NO_GRACE).unwrap();
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Expired));
    let receipt = rotated.receipt.unwrap();
    assert_eq!((receipt.nodes.len(), receipt.missing.len()), (1, 0));
    assert_eq!(receipt.effective_at, hub.clock.now());
}

#[test]
fn a_clock_that_is_set_back_brings_no_key_back_that_had_no_grace() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    let rotated = rotate(&hub, old.key.id, NO_GRACE).unwrap();
    hub.clock.jump_to(hub.clock.now().minus(Duration::from_hours(1)));
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Expired));
    assert_eq!(hub.keys.state(&rotated.retired), KeyState::Expired);
}

#[test]
fn a_key_is_rotated_once_and_then_its_successor_is() {
    let hub = Hub::new();
    let first = hub.issue(shop()).key.id;
    let second = rotate(&hub, first, HOUR).unwrap().issued.key.id;
    let again = rotate(&hub, first, HOUR).unwrap_err();
    assert!(matches!(again, ApiKeyError::Retiring { id, successor_id } if id == first && successor_id == second));
    assert!(rotate(&hub, second, HOUR).is_ok());
}

#[test]
fn what_is_over_has_no_successor() {
    let hub = Hub::new();
    let revoked = hub.issue(shop()).key.id;
    hub.keys.revoke(Asker::SYSTEM, WORKSPACE, revoked).commit().unwrap();
    assert!(matches!(rotate(&hub, revoked, HOUR), Err(ApiKeyError::Revoked(_))));
    let expires_at = Some(hub.clock.now().plus(Duration::from_mins(1)));
    let expired = hub.issue(NewApiKey { expires_at, ..shop() }).key.id;
    hub.clock.advance(Duration::from_mins(1));
    assert!(matches!(rotate(&hub, expired, HOUR), Err(ApiKeyError::Expired(_))));
    let foreign = hub.keys.rotate(Asker::SYSTEM, OTHER_WORKSPACE, expired, HOUR).unwrap().commit();
    assert!(matches!(foreign, Err(ApiKeyError::NotFound(_))));
}

#[test]
fn the_successor_of_a_locked_key_is_locked() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    hub.keys.lock(Asker::SYSTEM, WORKSPACE, old.key.id).commit().unwrap();
    let rotated = rotate(&hub, old.key.id, HOUR).unwrap();
    assert_eq!((rotated.retired.status, rotated.issued.key.status), (KeyStatus::Locked, KeyStatus::Locked));
    assert_eq!(hub.authenticate(token(&rotated.issued)), Err(Denial::Locked));
}

#[test]
fn only_who_could_issue_a_key_may_rotate_it() {
    let hub = Hub::new();
    let id = hub.issue(shop()).key.id;
    let rotate = |scopes: &[Scope]| {
        let asker = Asker::key(KeyId::from_bytes([1; 16]), scopes.iter().copied().collect());
        hub.keys.rotate(asker, WORKSPACE, id, HOUR)?.commit()
    };
    assert!(matches!(rotate(&[Scope::Read, Scope::Write]), Err(ApiKeyError::Forbidden(_))));
    assert!(matches!(rotate(&[Scope::Read, Scope::KeysWrite]), Err(ApiKeyError::ScopesTooWide(_))));
    assert!(rotate(&[Scope::Read, Scope::Write, Scope::KeysWrite]).is_ok());
}

#[test]
fn a_retiring_key_is_narrowed_and_never_widened() {
    let hub = Hub::new();
    let old = hub.issue(NewApiKey { allow_list: vec!["10.0.0.0/8".parse().unwrap()], ..shop() });
    let retired = rotate(&hub, old.key.id, HOUR).unwrap().retired;
    let update = |changes| hub.keys.update(Asker::SYSTEM, WORKSPACE, old.key.id, changes)?.commit();
    let later = retired.expires_at.unwrap().plus(Duration::from_secs(1));
    let wider = [
        KeyChanges { expires_at: Some(None), ..KeyChanges::default() },
        KeyChanges { expires_at: Some(Some(later)), ..KeyChanges::default() },
        KeyChanges { scopes: Some(Scope::ALL.iter().copied().collect()), ..KeyChanges::default() },
        KeyChanges { allow_list: Some(Vec::new()), ..KeyChanges::default() },
        KeyChanges { allow_list: Some(vec!["0.0.0.0/0".parse().unwrap()]), ..KeyChanges::default() },
    ];
    for changes in wider {
        assert!(matches!(update(changes), Err(ApiKeyError::Retiring { .. })));
    }
    let narrower = KeyChanges {
        expires_at: Some(Some(hub.clock.now().plus(Duration::from_mins(1)))),
        scopes: Some(ScopeSet::from_iter([Scope::Read])),
        allow_list: Some(vec!["10.1.0.0/16".parse().unwrap()]),
        ..KeyChanges::default()
    };
    assert!(update(narrower).is_ok());
}

#[test]
fn a_revoked_key_that_retires_is_refused_as_revoked() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    rotate(&hub, old.key.id, HOUR).unwrap();
    let changed = hub.keys.revoke(Asker::SYSTEM, WORKSPACE, old.key.id).commit().unwrap();
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Revoked));
    assert_eq!(hub.keys.state(&changed.key), KeyState::Revoked);
}

#[test]
fn a_rotation_that_may_or_may_not_have_happened_is_asked_of_the_store() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    let mut change = hub.keys.rotate(Asker::SYSTEM, WORKSPACE, old.key.id, NO_GRACE).unwrap().into_change();
    let lane = Lane::Interactive;
    let mut rotated: RotatedKey = write(&*hub.store, lane, |tx: &mut (dyn Tx + 'static)| change.apply(tx)).unwrap();
    change.unsettled(&mut rotated);
    assert_eq!(hub.authenticate(token(&old)), Err(Denial::Expired));
}

fn call(hub: &Hub, presented: &str, user_agent: &str) {
    let credentials =
        devhub_domain::api_keys::Credentials { token: presented, address: HERE, required: ScopeSet::DEFAULT };
    let decided = hub.authenticator.authenticate(&credentials).unwrap();
    hub.authenticator.note_straggler(&decided, || (HERE, Some(user_agent)));
}

#[test]
fn who_still_calls_with_a_rotated_key_is_told_before_and_after_its_end() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    call(&hub, token(&old), "before/1.0");
    let rotated = rotate(&hub, old.key.id, HOUR).unwrap();
    assert_eq!(hub.keys.stragglers(WORKSPACE, old.key.id).unwrap(), Stragglers::none(old.key.id));
    call(&hub, token(&old), "shop/1.0");
    call(&hub, token(&rotated.issued), "new/1.0");
    let flusher = LastUseFlusher::new(hub.store.clone(), hub.directory.clone());
    flusher.flush().unwrap();
    hub.clock.advance(Duration::from_hours(2));
    call(&hub, token(&old), &"shop/2.0".repeat(100));
    let told = hub.keys.stragglers(WORKSPACE, old.key.id).unwrap();
    flusher.flush().unwrap();
    assert_eq!(hub.keys.stragglers(WORKSPACE, old.key.id).unwrap(), told);
    assert_eq!((told.calls, told.last_at, told.last_address), (2, Some(hub.clock.now()), Some(HERE)));
    assert_eq!(told.last_user_agent.unwrap().chars().count(), USER_AGENT_CHARS_MAX);
    assert_eq!(hub.keys.stragglers(WORKSPACE, rotated.issued.key.id).unwrap().calls, 0);
    assert!(matches!(hub.keys.stragglers(OTHER_WORKSPACE, old.key.id), Err(ApiKeyError::NotFound(_))));
}

/// A store in which last uses and calls are written just before somebody reads.
struct FlushedBeforeRead {
    store: Arc<MemoryStore>,
    directory: Arc<KeyDirectory>,
}

impl UnitOfWork<dyn ApiKeyTx> for FlushedBeforeRead {
    fn read(&self, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        LastUseFlusher::new(self.store.clone(), self.directory.clone()).flush()?;
        UnitOfWork::<dyn ApiKeyTx>::read(&*self.store, body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        UnitOfWork::<dyn ApiKeyTx>::write(&*self.store, lane, body)
    }
}

#[test]
fn a_call_that_is_written_while_somebody_asks_is_told_once() {
    let hub = Hub::new();
    let old = hub.issue(shop());
    rotate(&hub, old.key.id, HOUR).unwrap();
    call(&hub, token(&old), "shop/1.0");
    let store = Arc::new(FlushedBeforeRead { store: hub.store.clone(), directory: hub.directory.clone() });
    let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
    let entropy = Arc::new(SeededEntropy::new(1));
    let keys = ApiKeys::new(store, hub.directory.clone(), hasher, hub.clock.clone(), entropy);
    assert_eq!(keys.stragglers(WORKSPACE, old.key.id).unwrap().calls, 1);
}
