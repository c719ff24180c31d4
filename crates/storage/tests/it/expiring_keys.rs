//! Keys that expire are told of, also where another one is damaged.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::api_keys::{ApiKey, ExpiryStep, KeyExpiries, KeyNews, KeyTold, KeyWatcher};
use devhub_domain::id::KeyId;
use devhub_domain::store::StoreError;
use devhub_domain::testing::{ManualClock, SeededEntropy, api_key, contract};
use devhub_domain::time::Clock as _;
use devhub_storage::Database;

use crate::support::{Guard, execute_on as damage, on_each, put};

/// Keeps whose expiry it hears of.
#[derive(Default)]
struct Ear(Mutex<Vec<KeyId>>);

impl KeyWatcher for Ear {
    fn heard(&self, told: &[KeyTold], _: bool) {
        let of_key = |told: &KeyTold| match &told.news {
            KeyNews::Key(_, key) => Some(key.id),
            KeyNews::Spray(_) => None,
        };
        self.0.lock().unwrap().extend(told.iter().filter_map(of_key));
    }
}

/// What one look at these keys comes by, and whose expiry it tells of.
fn look_at(database: &Database) -> (ExpiryStep, Vec<KeyId>) {
    let (ear, clock) = (Arc::new(Ear::default()), Arc::new(ManualClock::default()));
    let store = Arc::new(database.clone());
    let mut expiries = KeyExpiries::new(store, clock, Arc::new(SeededEntropy::new(3))).with_watcher(ear.clone());
    let step = expiries.step().unwrap();
    let told = ear.0.lock().unwrap().clone();
    (step, told)
}

fn fill(database: &Database) {
    contract::seed(database);
    let expires_at = Some(ManualClock::default().now().plus(Duration::from_hours(1)));
    put(database, |tx| (1..=3).try_for_each(|number| tx.insert_api_key(&ApiKey { expires_at, ..api_key(number) })));
}

fn a_damaged_key_is_named_and_the_others_are_told_of(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    fill(&database);
    let middle = api_key(2).prefix;
    damage(&guard, &format!("UPDATE api_keys SET scopes = 'everything' WHERE prefix = '{middle}'"));
    let (step, told) = look_at(&database);
    assert_eq!(told, [api_key(1).id, api_key(3).id]);
    let [StoreError::Corrupt { table, column, id }] = &step.unreadable[..] else { panic!("{step:?}") };
    assert_eq!((*table, *column, id.clone(), step.has_more), ("api_keys", "scopes", api_key(2).id.to_string(), true));
}

fn a_look_goes_on_after_a_damaged_key_that_is_the_last(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    fill(&database);
    damage(&guard, "UPDATE api_keys SET status = 'lost'");
    let (step, told) = look_at(&database);
    assert_eq!((step.unreadable.len(), step.has_more, told), (3, true, Vec::new()));
}

on_each! {
    a_damaged_key_is_named_and_the_others_are_told_of
    a_look_goes_on_after_a_damaged_key_that_is_the_last
}
