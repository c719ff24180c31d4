//! Events.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::events::{Event, EventFilter, EventHead, Payload, PreparedEvent};
use crate::id::EventId;
use crate::page::{PageRequest, PageSize, Period};
use crate::store::{Lane, write};
use crate::testing::{endpoint, endpoint_secret, event};
use crate::time::Timestamp;
use crate::webhooks::{Delivery, DeliveryFilter, Endpoint, EndpointSecret, EndpointStatus};

fn with_external_id(number: u32) -> Event {
    Event { external_id: Some("order-77".parse().unwrap()), ..event(number) }
}

/// A list shows what its filter asks for, newest first, without payloads, in its own workspace.
pub fn events_are_listed_as_their_filter_asks(store: &Store) {
    let at = |seconds| Timestamp::from_seconds(seconds);
    let id = |seconds, number: u8| {
        let mut bytes = *EventId::lowest_at(at(seconds)).as_bytes();
        bytes[15] = number;
        EventId::from_bytes(bytes)
    };
    let accepted = |seconds, number| Event { id: id(seconds, number), accepted_at: at(seconds), ..event(1) };
    let first = Event { external_id: Some("order-1".parse().unwrap()), ..accepted(10, 1) };
    let second = Event { event_type: "refund.created".parse().unwrap(), ..accepted(20, 2) };
    let third = accepted(30, 3);
    let elsewhere = Event { workspace_id: workspace_id(2), ..accepted(30, 4) };
    for event in [&first, &second, &third, &elsewhere] {
        assert!(put(store, |tx| tx.insert_event(event)));
    }
    let list = |filter: EventFilter| {
        let page = look(store, |tx| tx.list_events(workspace_id(1), &filter, PageRequest::default()));
        page.items.into_iter().map(|head| head.id).collect::<Vec<_>>()
    };
    let in_period = |from: Option<i64>, before: Option<i64>| {
        let accepted = Period { from: from.map(at), before: before.map(at) };
        list(EventFilter { accepted, ..EventFilter::default() })
    };
    assert_eq!(list(EventFilter::default()), [third.id, second.id, first.id]);
    let of_type = |event_type: &str| EventFilter { event_type: event_type.parse().ok(), ..EventFilter::default() };
    assert_eq!(list(of_type("refund.created")), [second.id]);
    assert_eq!(list(of_type("refund.failed")), []);
    let external_id = first.external_id.clone();
    assert_eq!(list(EventFilter { external_id, ..EventFilter::default() }), [first.id]);
    assert_eq!(in_period(Some(20), None), [third.id, second.id]);
    assert_eq!(in_period(None, Some(20)), [first.id]);
    assert_eq!(in_period(Some(11), Some(30)), [second.id]);
    let page = look(store, |tx| tx.list_events(workspace_id(1), &of_type("payment.completed"), PageRequest::default()));
    let head = EventHead {
        id: first.id,
        event_type: first.event_type.clone(),
        external_id: first.external_id.clone(),
        payload_bytes: 12,
        accepted_at: at(10),
    };
    assert_eq!((first.payload.as_bytes().len(), &page.items[1]), (12, &head));
}

/// Pages of events follow each other without a gap.
pub fn events_are_listed_page_by_page(store: &Store) {
    for number in 1..=5 {
        put(store, |tx| tx.insert_event(&event(number)));
    }
    let list = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        look(store, |tx| tx.list_events(workspace_id(1), &EventFilter::default(), page))
    };
    let first = list(None);
    let second = list(first.next);
    let third = list(second.next);
    let ids: Vec<_> = [first.items, second.items, third.items].concat().into_iter().map(|head| head.id).collect();
    assert_eq!((ids, third.next), ([5, 4, 3, 2, 1].map(|number| event(number).id).to_vec(), None));
}

/// An event comes back as it went in, its payload to the byte.
pub fn an_event_reads_back_as_it_was_written(store: &Store) {
    let payload = Payload::new("{ \"ä\" :\t\"\\u00e4\", \"ä\":1.10 }".as_bytes(), 1_000).unwrap();
    let event = Event { payload, accepted_at: Timestamp::from_micros(1_000_001), ..with_external_id(1) };
    assert!(put(store, |tx| tx.insert_event(&event)));
    assert_eq!(look(store, |tx| tx.find_event(workspace_id(1), event.id)), Some(event.clone()));
    assert_eq!(look(store, |tx| tx.find_event(workspace_id(2), event.id)), None);
    let external_id = event.external_id.clone().unwrap();
    let found = look(store, |tx| tx.find_event_by_external_id(workspace_id(1), &external_id));
    assert_eq!(found, Some(event));
    assert_eq!(look(store, |tx| tx.find_event_by_external_id(workspace_id(2), &external_id)), None);
}

/// An external id is taken once in a workspace; the second event leaves no trace.
pub fn an_external_id_is_taken_once(store: &Store) {
    assert!(put(store, |tx| tx.insert_event(&with_external_id(1))));
    assert!(!put(store, |tx| tx.insert_event(&with_external_id(2))));
    assert_eq!(look(store, |tx| tx.find_event(workspace_id(1), event(2).id)), None);
    let elsewhere = Event { workspace_id: workspace_id(2), ..with_external_id(3) };
    assert!(put(store, |tx| tx.insert_event(&elsewhere)));
}

/// Events without an external id are never taken for each other; ids are unique.
pub fn an_event_id_is_taken_once(store: &Store) {
    assert!(put(store, |tx| tx.insert_event(&event(1))));
    assert!(put(store, |tx| tx.insert_event(&event(2))));
    expect_conflict(try_put(store, |tx| tx.insert_event(&event(1))));
}

/// Eight threads publish the same external id at once: one event is stored, seven see it.
pub fn eight_threads_publish_one_event(store: &Store) {
    let inserted = std::thread::scope(|scope| {
        let publish = |number| move || put(store, |tx| tx.insert_event(&with_external_id(number)));
        let threads: Vec<_> = (1..=8).map(|number| scope.spawn(publish(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|inserted| *inserted).count()
    });
    assert_eq!(inserted, 1);
}

/// Targets come with their secrets, oldest first, in whatever status, for their own workspace only.
pub fn targets_come_with_their_secrets(store: &Store) {
    let secret = |number: u32, endpoint: &Endpoint| EndpointSecret {
        endpoint_id: endpoint.id,
        expires_at: (number == 1).then_some(Timestamp::from_seconds(9)),
        ..endpoint_secret(number)
    };
    let paused = Endpoint { status: EndpointStatus::Paused, ..endpoint(2) };
    let elsewhere = Endpoint { workspace_id: workspace_id(2), ..endpoint(3) };
    put(store, |tx| {
        for endpoint in [&endpoint(1), &paused, &elsewhere] {
            tx.insert_endpoint(endpoint)?;
        }
        for secret in [secret(2, &endpoint(1)), secret(1, &endpoint(1)), secret(3, &paused), secret(4, &elsewhere)] {
            tx.insert_endpoint_secret(&secret)?;
        }
        Ok(())
    });
    let targets = look(store, |tx| tx.list_targets(workspace_id(1)));
    let endpoints: Vec<_> = targets.iter().map(|target| target.endpoint.clone()).collect();
    assert_eq!(endpoints, [endpoint(1), paused.clone()]);
    assert_eq!(targets[0].secrets(), [secret(1, &endpoint(1)), secret(2, &endpoint(1))]);
    assert_eq!(targets[1].secrets(), [secret(3, &paused)]);
}

/// A change of an endpoint is seen by the next look at the targets.
pub fn targets_show_the_latest_change(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let statuses = |store: &Store| {
        let targets = put(store, |tx| tx.list_targets(workspace_id(1)));
        targets.iter().map(|target| target.endpoint.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(store), [EndpointStatus::Active]);
    let paused = Endpoint { status: EndpointStatus::Paused, revision: 2, ..endpoint(1) };
    put(store, |tx| tx.update_endpoint(&paused));
    assert_eq!(statuses(store), [EndpointStatus::Paused]);
    put(store, |tx| tx.insert_endpoint(&endpoint(2)));
    assert_eq!(statuses(store), [EndpointStatus::Paused, EndpointStatus::Active]);
}

/// A change that is undone is not seen by the next look at the targets.
pub fn targets_do_not_show_what_was_undone(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let undone: Result<(), _> = try_put(store, |tx| {
        tx.insert_endpoint(&endpoint(2))?;
        assert_eq!(tx.list_targets(workspace_id(1))?.len(), 2, "a transaction sees its own writes");
        Err(crate::store::StoreError::RolledBack)
    });
    assert!(undone.is_err());
    assert_eq!(put(store, |tx| tx.list_targets(workspace_id(1))).len(), 1);
}

/// Publishing stores the event with a delivery for every endpoint that wants it, in one transaction.
pub fn publishing_stores_event_and_deliveries_together(store: &Store) {
    let wants = |number, pattern: &str| Endpoint { event_types: vec![pattern.parse().unwrap()], ..endpoint(number) };
    put(store, |tx| {
        for endpoint in [wants(1, "payment.completed"), wants(2, "payment.*"), wants(3, "*"), wants(4, "refund.*")] {
            tx.insert_endpoint(&endpoint)?;
        }
        Ok(())
    });
    let new = crate::events::NewEvent {
        event_type: "payment.completed".parse().unwrap(),
        payload: event(1).payload,
        external_id: None,
    };
    let entropy = crate::testing::SeededEntropy::new(1);
    let prepared = PreparedEvent::new(workspace_id(1), new, Timestamp::from_seconds(5), &entropy);
    let published = write(store, Lane::Interactive, |tx| crate::events::publish(tx, &prepared, None)).unwrap();
    assert_eq!((published.deliveries, published.is_duplicate), (3, false));
    let page =
        look(store, |tx| tx.list_deliveries(workspace_id(1), &DeliveryFilter::default(), PageRequest::default()));
    let mut endpoints: Vec<_> = page.items.iter().map(|delivery| delivery.endpoint_id).collect();
    endpoints.sort_unstable();
    assert_eq!(endpoints, [1, 2, 3].map(|number| endpoint(number).id));
}

/// An event is stored with its deliveries, or is there already and adds none.
pub fn an_event_is_stored_with_its_deliveries_once(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)).and_then(|()| tx.insert_endpoint(&endpoint(2))));
    let born = |event: &Event| [1, 2].map(|number| Delivery::born(event, &endpoint(number), None));
    let (first, repeated) = (with_external_id(1), with_external_id(2));
    assert!(put(store, |tx| tx.insert_event_with(&first, &born(&first))));
    assert!(!put(store, |tx| tx.insert_event_with(&repeated, &born(&repeated))));
    assert!(put(store, |tx| tx.insert_event_with(&event(3), &[])), "nobody wants it");
    let list =
        look(store, |tx| tx.list_deliveries(workspace_id(1), &DeliveryFilter::default(), PageRequest::default()));
    let mut stored: Vec<_> = list.items.into_iter().map(|delivery| delivery.id).collect();
    let mut expected = born(&first).map(|delivery| delivery.id);
    stored.sort_unstable();
    expected.sort_unstable();
    assert_eq!(stored, expected);
    assert_eq!(look(store, |tx| tx.find_event(workspace_id(1), repeated.id)), None);
}

/// What is there already by its id is a conflict, be it the event or one of its deliveries, and nothing of it is stored.
pub fn an_event_or_delivery_whose_id_is_taken_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let delivery = Delivery::born(&event(1), &endpoint(1), None);
    assert!(put(store, |tx| tx.insert_event_with(&event(1), std::slice::from_ref(&delivery))));
    expect_conflict(try_put(store, |tx| tx.insert_event_with(&event(1), std::slice::from_ref(&delivery))));
    expect_conflict(try_put(store, |tx| tx.insert_event_with(&event(2), std::slice::from_ref(&delivery))));
    assert_eq!(look(store, |tx| tx.find_event(workspace_id(1), event(2).id)), None);
}

/// The delivery of an event to an endpoint exists once.
pub fn a_delivery_is_made_once(store: &Store) {
    let delivery = Delivery::born(&event(1), &endpoint(1), None);
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_event(&event(1))?;
        tx.insert_deliveries(std::slice::from_ref(&delivery))
    });
    expect_conflict(try_put(store, |tx| tx.insert_deliveries(std::slice::from_ref(&delivery))));
}
