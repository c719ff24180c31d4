//! Endpoints that payments name.

use super::seed::{Store, look, put, workspace_id};
use crate::entropy::Entropy;
use crate::events::{NewEvent, Payload, PreparedEvent, publish_to};
use crate::id::{EndpointId, EventId};
use crate::page::PageRequest;
use crate::sealing::{MasterKey, Sealer};
use crate::testing::{SeededEntropy, endpoint, endpoint_secret};
use crate::time::Timestamp;
use crate::webhooks::{
    DeliveryFilter, DrawnCallback, Endpoint, EndpointOrigin, EndpointSecret, EndpointStatus, EndpointUrl,
    callback_endpoint, callback_url,
};

const NOW: Timestamp = Timestamp::from_seconds(2);

fn url() -> EndpointUrl {
    callback_url("http://10.0.0.8/hook?order=77").unwrap()
}

fn sealer() -> Sealer {
    Sealer::new(&MasterKey::from_bytes([3; 32]))
}

fn named(number: u32) -> Endpoint {
    Endpoint { origin: EndpointOrigin::Callback, event_types: Vec::new(), ..endpoint(number) }
}

/// Finds or makes the endpoint of an address in a transaction of its own.
fn name(store: &Store, url: &EndpointUrl, entropy: &dyn Entropy) -> Option<EndpointId> {
    let drawn = DrawnCallback::draw(NOW, entropy);
    put(store, |tx| callback_endpoint(tx, workspace_id(1), url, &drawn, &sealer()))
}

/// An endpoint that payments name comes back without event types, and keeps its origin when it is changed.
pub fn an_endpoint_that_payments_name_reads_back(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&named(1)));
    let paused = Endpoint { status: EndpointStatus::Paused, revision: 2, ..named(1) };
    put(store, |tx| tx.update_endpoint(&paused));
    let found = look(store, |tx| tx.find_target(workspace_id(1), paused.id)).unwrap();
    assert_eq!(found.endpoint, paused);
}

/// What is stored of endpoints is read oldest first, with their secrets; without deleted ones and those of other workspaces.
pub fn targets_are_read_as_they_are_stored(store: &Store) {
    let secret = EndpointSecret { endpoint_id: named(2).id, ..endpoint_secret(1) };
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint(&named(3))?;
        tx.insert_endpoint(&named(2))?;
        tx.insert_endpoint(&Endpoint { workspace_id: workspace_id(2), ..named(4) })?;
        tx.insert_endpoint(&Endpoint { status: EndpointStatus::Deleted, ..named(5) })?;
        tx.insert_endpoint_secret(&secret)
    });
    let found = put(store, |tx| tx.list_stored_targets(workspace_id(1)));
    let found: Vec<_> = found.iter().map(|target| (target.endpoint.clone(), target.secrets().to_vec())).collect();
    assert_eq!(found, [(endpoint(1), Vec::new()), (named(2), vec![secret]), (named(3), Vec::new())]);
}

/// An address is made an endpoint once, and the events of its payments reach it beside those who want them by type.
pub fn an_address_gets_the_events_of_its_payments(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let entropy = SeededEntropy::new(1);
    let publish = |url: Option<&EndpointUrl>| {
        let drawn = DrawnCallback::draw(NOW, &entropy);
        let id = EventId::generate(NOW, &entropy);
        let payload = Payload::new(format!(r#"{{"event_id":"{id}"}}"#).as_bytes(), 1_000).unwrap();
        let new = NewEvent { event_type: "payment.completed".parse().unwrap(), payload, external_id: None };
        let prepared = PreparedEvent::with_id(id, workspace_id(1), new, NOW);
        put(store, |tx| {
            let also = url.map(|url| callback_endpoint(tx, workspace_id(1), url, &drawn, &sealer())).transpose()?;
            Ok((publish_to(tx, &prepared, also.flatten(), None).unwrap(), also.flatten()))
        })
    };
    let (first, made) = publish(Some(&url()));
    let (second, found) = publish(Some(&url()));
    assert!(made.is_some() && made == found);
    assert_eq!((first.deliveries, second.deliveries, publish(None).0.deliveries), (2, 2, 1));
    let filter = DeliveryFilter { endpoint_id: made, ..DeliveryFilter::default() };
    let sent = look(store, |tx| tx.list_deliveries(workspace_id(1), &filter, PageRequest::default())).items;
    let sent: Vec<_> = sent.iter().map(|delivery| delivery.event_id).collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.contains(&first.event.id) && sent.contains(&second.event.id));
}

/// Eight threads name the same two addresses at once: there are two endpoints, and they begin with one secret.
pub fn eight_threads_name_the_same_addresses(store: &Store) {
    let other = callback_url("https://shop.example/other").unwrap();
    let made: Vec<_> = std::thread::scope(|scope| {
        let run = |seed: u64| {
            let other = &other;
            move || {
                let entropy = SeededEntropy::new(seed);
                (name(store, &url(), &entropy), name(store, other, &entropy))
            }
        };
        let threads: Vec<_> = (1..=8).map(|seed| scope.spawn(run(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|pair| *pair == made[0] && pair.0.is_some() && pair.1.is_some()), "{made:?}");
    let targets = put(store, |tx| tx.list_stored_targets(workspace_id(1)));
    let secrets: Vec<_> = targets.iter().map(|target| target.secrets()[0].clone()).collect();
    assert_eq!(targets.len(), 2);
    assert_ne!(secrets[0].sealed, secrets[1].sealed, "each is sealed for its own row");
    let texts: Vec<_> = targets.iter().map(|target| target.reveal(target.secrets()[0].id, &sealer(), NOW)).collect();
    let texts: Vec<_> = texts.into_iter().map(|text| text.unwrap().unwrap()).collect();
    assert_eq!(texts[0], texts[1]);
}
