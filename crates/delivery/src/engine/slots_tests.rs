//! Room, one rule a test.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::id::EndpointId;

use super::EngineOptions;
use super::slots::{Slot, Slots};

fn endpoint(number: u8) -> EndpointId {
    EndpointId::from_bytes([number; 16])
}

/// Four requests in flight, two to one endpoint: eight deliveries in memory, four of one endpoint.
fn slots() -> Arc<Slots> {
    let four = NonZeroUsize::new(4).unwrap();
    let two = NonZeroUsize::new(2).unwrap();
    Arc::new(Slots::new(&EngineOptions { in_flight_max: four, per_endpoint_max: two, ..EngineOptions::default() }))
}

fn take(slots: &Arc<Slots>, endpoint_id: EndpointId, count: usize) -> Vec<Slot> {
    (0..count).map(|_| slots.take(endpoint_id, 1, 1).unwrap()).collect()
}

#[test]
fn an_endpoint_has_room_for_twice_what_it_has_in_flight() {
    let slots = slots();
    let three = take(&slots, endpoint(1), 3);
    assert!(slots.has_room(endpoint(1), Duration::ZERO));
    let fourth = take(&slots, endpoint(1), 1);
    assert!(!slots.has_room(endpoint(1), Duration::ZERO));
    assert!(slots.has_room(endpoint(2), Duration::ZERO), "another endpoint is not concerned");
    drop((three, fourth));
    assert!(slots.has_room(endpoint(1), Duration::ZERO));
}

#[test]
fn a_node_holds_twice_what_it_has_in_flight() {
    let slots = slots();
    let _all: Vec<_> = (1..=8).map(|number| slots.take(endpoint(number), 1, 1).unwrap()).collect();
    assert!(slots.take(endpoint(9), 1, 1).is_none());
    assert!(!slots.has_room(endpoint(9), Duration::ZERO));
    assert_eq!(slots.claim_limit(), 0);
}

#[test]
fn an_endpoint_takes_no_more_than_its_room_however_many_asked_before() {
    let slots = slots();
    let _four = take(&slots, endpoint(1), 4);
    assert!(slots.take(endpoint(1), 1, 1).is_none());
    assert!(slots.take(endpoint(2), 1, 1).is_some());
}

/// The same room, and 100 bytes.
fn hundred_bytes() -> Arc<Slots> {
    let (four, two) = (NonZeroUsize::new(4).unwrap(), NonZeroUsize::new(2).unwrap());
    let held_bytes_max = NonZeroUsize::new(100).unwrap();
    let options = EngineOptions { in_flight_max: four, per_endpoint_max: two, held_bytes_max, ..Default::default() };
    Arc::new(Slots::new(&options))
}

#[test]
fn a_node_takes_nothing_more_once_it_holds_its_bytes() {
    let slots = hundred_bytes();
    let _first = slots.take(endpoint(1), 1, 99).unwrap();
    let last = slots.take(endpoint(2), 1, 99).unwrap();
    assert!(!slots.has_room(endpoint(3), Duration::ZERO));
    assert!(slots.take(endpoint(3), 1, 1).is_none());
    drop(last);
    assert!(slots.has_room(endpoint(3), Duration::ZERO));
}

#[test]
fn a_payload_larger_than_all_bytes_is_taken_by_a_node_that_holds_none() {
    assert!(hundred_bytes().take(endpoint(1), 1, 101).is_some());
}

#[tokio::test]
async fn a_claim_waits_until_a_quarter_of_the_bytes_is_free() {
    let slots = hundred_bytes();
    let _most = slots.take(endpoint(1), 1, 75).unwrap();
    let rest = slots.take(endpoint(2), 1, 1).unwrap();
    assert_eq!(slots.claim_limit(), 0);
    drop(rest);
    slots.freed().await;
    assert_eq!(slots.claim_limit(), 2);
}

#[test]
fn a_claim_always_fits() {
    let slots = slots();
    let _two = take(&slots, endpoint(1), 2);
    assert_eq!((slots.passed_over(Duration::ZERO), slots.claim_limit()), (vec![], 2));
    let _third = take(&slots, endpoint(1), 1);
    assert_eq!(slots.passed_over(Duration::ZERO), [endpoint(1)]);
    let _four = take(&slots, endpoint(2), 4);
    assert_eq!(slots.claim_limit(), 1);
}

#[test]
fn an_endpoint_that_rests_is_passed_over_until_its_time() {
    let slots = slots();
    slots.rest(endpoint(1), Duration::from_mins(1));
    let just_before = Duration::from_secs(59);
    assert!(!slots.has_room(endpoint(1), just_before));
    assert_eq!(slots.passed_over(just_before), [endpoint(1)]);
    assert!(slots.has_room(endpoint(1), Duration::from_mins(1)));
    assert!(slots.passed_over(Duration::from_mins(1)).is_empty());
}

#[tokio::test]
async fn no_endpoint_has_more_turns_than_its_share() {
    let slots = slots();
    let held = take(&slots, endpoint(1), 3);
    let first = held[0].turn().await;
    let _second = held[1].turn().await.unwrap();
    let mut third = std::pin::pin!(held[2].turn());
    tokio::select! {
        biased;
        _ = &mut third => panic!("two of two turns are taken"),
        () = std::future::ready(()) => {}
    }
    drop(first);
    assert!(third.await.is_some());
}

#[tokio::test]
async fn nobody_gets_a_turn_with_what_was_recalled() {
    let slots = slots();
    let held = take(&slots, endpoint(1), 3);
    let on_its_way = held[0].turn().await;
    slots.recall(endpoint(1), 2);
    assert!(held[1].turn().await.is_none(), "although there is a turn");
    assert!(on_its_way.is_some());
    let other = take(&slots, endpoint(2), 1);
    assert!(other[0].turn().await.is_some(), "another endpoint is not concerned");
}

#[tokio::test]
async fn who_waits_for_a_turn_is_recalled_at_once() {
    let slots = slots();
    let held = take(&slots, endpoint(1), 3);
    let (_first, _second) = (held[0].turn().await.unwrap(), held[1].turn().await.unwrap());
    let (third, ()) = tokio::join!(biased; held[2].turn(), async { slots.recall(endpoint(1), 2) });
    assert!(third.is_none());
}

#[test]
fn what_comes_after_a_recall_gets_a_slot_only_as_the_endpoint_is_now() {
    let slots = slots();
    slots.recall(endpoint(1), 2);
    assert!(slots.take(endpoint(1), 1, 1).is_none());
    assert!(slots.take(endpoint(1), 2, 1).is_some());
    assert!(slots.has_room(endpoint(1), Duration::ZERO));
}

#[tokio::test]
async fn a_changed_endpoint_has_no_more_turns_than_its_share() {
    let slots = slots();
    let old = take(&slots, endpoint(1), 2);
    let (_first, second) = (old[0].turn().await.unwrap(), old[1].turn().await.unwrap());
    slots.recall(endpoint(1), 2);
    let new = slots.take(endpoint(1), 2, 1).unwrap();
    let mut turn = std::pin::pin!(new.turn());
    tokio::select! {
        biased;
        _ = &mut turn => panic!("two of two turns are taken"),
        () = std::future::ready(()) => {}
    }
    drop(second);
    assert!(turn.await.is_some());
}

#[tokio::test]
async fn room_is_announced_when_a_full_endpoint_can_take_a_claim_again() {
    let slots = slots();
    let mut held = take(&slots, endpoint(1), 3);
    held.pop();
    slots.freed().await;
}
