//! What is told of keys, in the transaction that changes them.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::seed::{Store, look, put, try_put, workspace_id};
use crate::api_keys::{ApiKey, Heard, KeyMatter, KeyTold};
use crate::audit::Actor;
use crate::events::{EventFilter, EventHead};
use crate::id::{EndpointId, EventId};
use crate::page::PageRequest;
use crate::store::StoreError;
use crate::testing::{api_key, endpoint};
use crate::time::Timestamp;
use crate::webhooks::{Delivery, DeliveryFilter, DeliveryState, Endpoint};

fn told(number: u8, matter: KeyMatter) -> KeyTold {
    let key = ApiKey { expires_at: Some(Timestamp::from_seconds(9)), ..api_key(1) };
    KeyTold::of(EventId::from_bytes([number; 16]), (Actor::System, Timestamp::from_seconds(1)), matter, &key)
}

/// Three endpoints: one wants everything, one what is told of keys, one nothing of that.
fn add_endpoints(store: &Store) {
    let wanting = |number, pattern: &str| Endpoint { event_types: vec![pattern.parse().unwrap()], ..endpoint(number) };
    let all = [wanting(1, "*"), wanting(2, "key.*"), wanting(3, "payment.*")];
    put(store, |tx| all.iter().try_for_each(|endpoint| tx.insert_endpoint(endpoint)));
}

fn events(store: &Store) -> Vec<EventHead> {
    let filter = EventFilter::default();
    look(store, |tx| tx.list_events(workspace_id(1), &filter, PageRequest::default())).items
}

fn deliveries(store: &Store) -> Vec<(EndpointId, DeliveryState)> {
    let filter = DeliveryFilter::default();
    let page = look(store, |tx| tx.list_deliveries(workspace_id(1), &filter, PageRequest::default()));
    page.items.iter().map(|delivery: &Delivery| (delivery.endpoint_id, delivery.state)).collect()
}

/// It waits for the endpoint that named it, and not for the one that wants everything.
pub fn what_becomes_of_a_key_reaches_who_wants_to_know(store: &Store) {
    add_endpoints(store);
    assert_eq!(put(store, |tx| tx.tell(&told(1, KeyMatter::Revoked))), Heard::Waits);
    assert_eq!(deliveries(store), [(endpoint(2).id, DeliveryState::Waiting)]);
    let event = look(store, |tx| tx.find_event(workspace_id(1), EventId::from_bytes([1; 16]))).unwrap();
    assert_eq!(event.event_type.as_str(), "key.revoked");
    let payload: serde_json::Value = serde_json::from_slice(event.payload.as_bytes()).unwrap();
    assert_eq!(payload["data"]["key_id"], api_key(1).id.to_string());
}

/// What may be told again whenever it happens leaves nothing where nobody wants it.
pub fn what_nobody_wants_to_know_is_not_kept(store: &Store) {
    assert_eq!(put(store, |tx| tx.tell(&told(1, KeyMatter::Locked))), Heard::Nobody);
    assert_eq!(events(store), []);
}

/// What is told once is kept also where nobody wants it, and a repetition writes nothing.
pub fn what_is_told_once_is_kept_and_known_again(store: &Store) {
    let expiring = |number, days| told(number, KeyMatter::Expiring { days });
    assert_eq!(put(store, |tx| tx.tell(&expiring(1, 7))), Heard::Nobody);
    add_endpoints(store);
    assert_eq!(put(store, |tx| tx.tell(&expiring(2, 7))), Heard::Before);
    assert_eq!((events(store).len(), deliveries(store)), (1, vec![]));
    assert_eq!(put(store, |tx| tx.tell(&expiring(3, 1))), Heard::Waits);
    assert_eq!((events(store).len(), deliveries(store).len()), (2, 1));
}

/// What is undone was not told, and can be told.
pub fn a_telling_goes_with_its_transaction(store: &Store) {
    add_endpoints(store);
    let expiring = told(1, KeyMatter::Expiring { days: 1 });
    let undone = try_put(store, |tx| {
        tx.tell(&expiring)?;
        Err::<(), _>(StoreError::RolledBack)
    });
    assert!(undone.is_err());
    assert_eq!((events(store), deliveries(store)), (vec![], vec![]));
    assert_eq!(put(store, |tx| tx.tell(&expiring)), Heard::Waits);
}

/// Of eight that tell the same once, one does.
pub fn eight_threads_tell_once(store: &Store) {
    add_endpoints(store);
    let waits = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for number in 1..=8 {
            let waits = &waits;
            scope.spawn(move || {
                let heard = put(store, |tx| tx.tell(&told(number, KeyMatter::Expiring { days: 7 })));
                waits.fetch_add(usize::from(heard == Heard::Waits), Ordering::Relaxed);
            });
        }
    });
    assert_eq!((waits.into_inner(), events(store).len(), deliveries(store).len()), (1, 1, 1));
}
