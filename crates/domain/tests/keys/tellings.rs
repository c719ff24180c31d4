//! What becomes of keys is told: as events in the same transaction, and to whoever watches after the commit.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKey, ApiKeyTx, ApiKeys, BulkChange, BulkTarget, KeyChanges, KeyExpiries, KeyTold, KeyWatcher, NewApiKey,
    Transition,
};
use devhub_domain::events::{EventFilter, EventTx};
use devhub_domain::grace::Grace;
use devhub_domain::page::PageRequest;
use devhub_domain::store::{Change as _, Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, SeededEntropy, api_key, endpoint};
use devhub_domain::time::Clock as _;
use devhub_domain::usage::{KeySprays, SprayRule, UnknownAttempts, UsageTx};
use devhub_domain::webhooks::{Endpoint, EndpointTx};

use crate::hub::{Hub, WORKSPACE, shop};

const OPERATOR: Asker = Asker::COMMAND_LINE;
const DAY: Duration = Duration::from_hours(24);

/// Keeps what it hears: what one change has told, and whether deliveries wait.
#[derive(Default)]
struct Ear(Mutex<Vec<(Vec<&'static str>, bool)>>);

impl Ear {
    fn heard(&self) -> Vec<(Vec<&'static str>, bool)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl KeyWatcher for Ear {
    fn heard(&self, told: &[KeyTold], waits: bool) {
        self.0.lock().unwrap().push((told.iter().map(KeyTold::name).collect(), waits));
    }
}

/// A node whose workspace has an endpoint that wants to know, and what its watcher hears.
fn watched() -> (Hub, ApiKeys, Arc<Ear>) {
    let hub = Hub::new();
    let store: &dyn UnitOfWork<dyn EndpointTx> = &*hub.store;
    let event_types = vec!["key.*".parse().unwrap()];
    let endpoint = Endpoint { workspace_id: WORKSPACE, event_types, ..endpoint(1) };
    write(store, Lane::Interactive, |tx| tx.insert_endpoint(&endpoint)).unwrap();
    let ear = Arc::new(Ear::default());
    let keys = hub.keys.clone().with_watcher(ear.clone());
    (hub, keys, ear)
}

/// The types of the events that are stored, in alphabetical order.
fn events(hub: &Hub) -> Vec<String> {
    let store: &dyn UnitOfWork<dyn EventTx> = &*hub.store;
    let page = read(store, |tx| tx.list_events(WORKSPACE, &EventFilter::default(), PageRequest::default())).unwrap();
    let mut types: Vec<_> = page.items.iter().map(|head| head.event_type.to_string()).collect();
    types.sort_unstable();
    types
}

fn issue(keys: &ApiKeys, new: NewApiKey) -> ApiKey {
    keys.issue(OPERATOR, WORKSPACE, new).unwrap().commit().unwrap().key
}

fn expiring(hub: &Hub, days: u64) -> NewApiKey {
    NewApiKey { expires_at: Some(hub.clock.now().plus(DAY * u32::try_from(days).unwrap())), ..shop() }
}

fn expiries(hub: &Hub, ear: &Arc<Ear>, seed: u64) -> KeyExpiries {
    KeyExpiries::new(hub.store.clone(), hub.clock.clone(), Arc::new(SeededEntropy::new(seed))).with_watcher(ear.clone())
}

/// What a walk over all keys tells.
fn walk(expiries: &mut KeyExpiries, ear: &Ear) -> Vec<(Vec<&'static str>, bool)> {
    while expiries.step().unwrap().has_more {}
    ear.heard()
}

#[test]
fn each_change_is_told_once() {
    let (hub, keys, ear) = watched();
    let key = issue(&keys, shop());
    keys.lock(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    keys.lock(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    keys.unlock(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    keys.rotate(OPERATOR, WORKSPACE, key.id, Grace::DEFAULT).unwrap().commit().unwrap();
    keys.revoke(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    let expected = [
        vec!["key.issued"],
        vec!["key.locked"],
        vec!["key.unlocked"],
        vec!["key.rotated", "key.issued"],
        vec!["key.revoked"],
    ];
    assert_eq!(ear.heard(), expected.clone().map(|names| (names, true)));
    let mut expected = expected.concat();
    expected.sort_unstable();
    assert_eq!(events(&hub), expected);
}

#[test]
fn many_keys_of_one_change_are_told_together() {
    let (hub, keys, ear) = watched();
    let ids = [issue(&keys, shop()).id, issue(&keys, shop()).id, issue(&keys, shop()).id];
    keys.revoke(OPERATOR, WORKSPACE, ids[1]).commit().unwrap();
    ear.heard();
    let change = BulkChange { transition: Transition::Revoke, target: BulkTarget::Keys(ids.to_vec()) };
    keys.change_many(OPERATOR, WORKSPACE, change).unwrap().commit().unwrap();
    assert_eq!(ear.heard(), [(vec!["key.revoked"; 2], true)]);
    assert_eq!(events(&hub).iter().filter(|name| *name == "key.revoked").count(), 3);
}

#[test]
fn a_change_that_is_refused_or_undone_tells_nothing() {
    let (hub, keys, ear) = watched();
    let key = issue(&keys, shop());
    keys.revoke(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    ear.heard();
    assert!(keys.lock(OPERATOR, WORKSPACE, key.id).commit().is_err());
    let mut issuing = keys.issue(OPERATOR, WORKSPACE, shop()).unwrap().into_change();
    let store: &dyn UnitOfWork<dyn ApiKeyTx> = &*hub.store;
    let undone = write(store, Lane::Interactive, |tx| {
        issuing.apply(tx).unwrap();
        Err::<(), _>(StoreError::unavailable("the disk is full"))
    });
    assert!(undone.is_err());
    assert_eq!((ear.heard(), events(&hub)), (vec![], vec!["key.issued".to_owned(), "key.revoked".to_owned()]));
}

/// The first run of a transaction that is undone must leave nothing for the second, in which there is nothing to tell.
#[test]
fn a_change_that_runs_again_tells_what_its_last_run_did() {
    let (hub, keys, ear) = watched();
    let key = issue(&keys, shop());
    ear.heard();
    let mut locking = keys.lock(OPERATOR, WORKSPACE, key.id).into_change();
    let store: &dyn UnitOfWork<dyn ApiKeyTx> = &*hub.store;
    let undone = write(store, Lane::Interactive, |tx| {
        locking.apply(tx).unwrap();
        Err::<(), _>(StoreError::RolledBack)
    });
    assert!(undone.is_err());
    hub.keys.lock(OPERATOR, WORKSPACE, key.id).commit().unwrap();
    let mut changed = write(store, Lane::Interactive, |tx| locking.apply(tx)).unwrap();
    locking.committed(&mut changed);
    assert_eq!(ear.heard(), []);
}

#[test]
fn a_key_that_expires_is_told_a_week_and_a_day_before() {
    let (hub, keys, ear) = watched();
    issue(&keys, expiring(&hub, 10));
    ear.heard();
    let mut expiries = expiries(&hub, &ear, 5);
    assert_eq!(walk(&mut expiries, &ear), []);
    hub.clock.advance(3 * DAY);
    assert_eq!(walk(&mut expiries, &ear), [(vec!["key.expiring"], true)]);
    hub.clock.advance(DAY);
    assert_eq!(walk(&mut expiries, &ear), []);
    hub.clock.advance(5 * DAY);
    assert_eq!(walk(&mut expiries, &ear), [(vec!["key.expiring"], true)]);
    hub.clock.advance(2 * DAY);
    assert_eq!(walk(&mut expiries, &ear), []);
    assert_eq!(events(&hub), ["key.expiring", "key.expiring", "key.issued"]);
}

#[test]
fn an_expiry_is_told_once_by_all_nodes_and_after_a_start_and_again_when_it_was_moved() {
    let (hub, keys, ear) = watched();
    let key = issue(&keys, expiring(&hub, 3));
    ear.heard();
    assert_eq!(walk(&mut expiries(&hub, &ear, 5), &ear).len(), 1);
    assert_eq!(walk(&mut expiries(&hub, &ear, 6), &ear), []);
    let expires_at = Some(Some(hub.clock.now().plus(6 * DAY)));
    let changes = KeyChanges { expires_at, ..KeyChanges::default() };
    keys.update(OPERATOR, WORKSPACE, key.id, changes).unwrap().commit().unwrap();
    assert_eq!(walk(&mut expiries(&hub, &ear, 7), &ear), [(vec!["key.expiring"], true)]);
}

#[test]
fn a_key_that_is_locked_or_revoked_is_not_told_to_expire() {
    let (hub, keys, ear) = watched();
    let [locked, revoked] = [issue(&keys, expiring(&hub, 1)), issue(&keys, expiring(&hub, 1))];
    keys.lock(OPERATOR, WORKSPACE, locked.id).commit().unwrap();
    keys.revoke(OPERATOR, WORKSPACE, revoked.id).commit().unwrap();
    ear.heard();
    assert_eq!(walk(&mut expiries(&hub, &ear, 5), &ear), []);
}

/// More than one page of keys, and more than one transaction of tellings.
#[test]
fn every_key_that_expires_is_found() {
    let (hub, _, ear) = watched();
    let soon = Some(hub.clock.now().plus(DAY));
    let store: &dyn UnitOfWork<dyn ApiKeyTx> = &*hub.store;
    let inserted = write(store, Lane::Interactive, |tx| {
        (1..=1_061).try_for_each(|number| {
            let expires_at = soon.filter(|_| !(61..=1_060).contains(&number));
            tx.insert_api_key(&ApiKey { workspace_id: WORKSPACE, expires_at, ..api_key(number) })
        })
    });
    inserted.unwrap();
    let heard = walk(&mut expiries(&hub, &ear, 5), &ear);
    assert_eq!(heard.iter().map(|(names, _)| names.len()).collect::<Vec<_>>(), [50, 10, 1]);
}

fn attempts(clock: &ManualClock, network: &str, unknown: u64) -> UnknownAttempts {
    let hour = clock.now().as_seconds() / 3_600;
    UnknownAttempts { hour, network: network.parse().ok(), unknown, malformed: 1_000 }
}

fn sprays(hub: &Hub, ear: &Arc<Ear>, seed: u64) -> KeySprays {
    let rule = SprayRule { workspace_id: WORKSPACE, threshold: NonZeroU64::new(100).unwrap() };
    let entropy = Arc::new(SeededEntropy::new(seed));
    KeySprays::new(hub.store.clone(), rule, hub.clock.clone(), entropy).with_watcher(ear.clone())
}

fn count(hub: &Hub, attempts: &UnknownAttempts) {
    let store: &dyn UnitOfWork<dyn UsageTx> = &*hub.store;
    write(store, Lane::Background, |tx| tx.add_unknown_attempts(attempts)).unwrap();
}

#[test]
fn a_spray_is_told_once_an_hour_and_network() {
    let (hub, _, ear) = watched();
    hub.clock.advance(DAY);
    let mut looking = sprays(&hub, &ear, 5);
    count(&hub, &attempts(&hub.clock, "203.0.113.0/24", 99));
    assert_eq!(looking.look().unwrap(), 0);
    count(&hub, &attempts(&hub.clock, "203.0.113.0/24", 1));
    count(&hub, &attempts(&hub.clock, "198.51.100.0/24", 500));
    assert_eq!((looking.look().unwrap(), ear.heard()), (2, vec![(vec!["key.spray"; 2], true)]));
    count(&hub, &attempts(&hub.clock, "203.0.113.0/24", 900));
    assert_eq!((looking.look().unwrap(), ear.heard()), (0, vec![]));
    assert_eq!((sprays(&hub, &ear, 6).look().unwrap(), ear.heard()), (2, vec![]), "another node finds it told");
    hub.clock.advance(Duration::from_hours(1));
    count(&hub, &attempts(&hub.clock, "203.0.113.0/24", 100));
    assert_eq!((looking.look().unwrap(), ear.heard()), (1, vec![(vec!["key.spray"], true)]));
    assert_eq!(events(&hub).len(), 3);
}

#[test]
fn what_was_counted_at_the_end_of_an_hour_is_told_in_the_next() {
    let (hub, _, ear) = watched();
    hub.clock.advance(DAY);
    count(&hub, &attempts(&hub.clock, "2001:db8:1::/48", 100));
    hub.clock.advance(Duration::from_hours(1));
    let mut looking = sprays(&hub, &ear, 5);
    assert_eq!((looking.look().unwrap(), looking.look().unwrap()), (1, 0));
}
