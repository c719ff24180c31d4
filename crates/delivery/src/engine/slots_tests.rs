//! Room, one rule a test.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::testing::ManualClock;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::SendRate;

use super::EngineOptions;
use super::slot::Slot;
use super::slots::Slots;
use super::wish::{Limits, Wish};

fn endpoint(number: u8) -> EndpointId {
    EndpointId::from_bytes([number; 16])
}

fn workspace(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes([number; 16])
}

/// An endpoint in a workspace of its own.
fn place(number: u8) -> (WorkspaceId, EndpointId) {
    (workspace(number), endpoint(number))
}

/// Four requests in flight, two to one endpoint: eight deliveries in memory, four of one endpoint.
fn slots() -> Arc<Slots> {
    let four = NonZeroUsize::new(4).unwrap();
    let two = NonZeroUsize::new(2).unwrap();
    Arc::new(Slots::new(&EngineOptions { in_flight_max: four, per_endpoint_max: two, ..EngineOptions::default() }))
}

/// A clock that nobody moves.
static STILL: LazyLock<ManualClock> = LazyLock::new(ManualClock::default);

/// For an endpoint in a workspace of its own.
fn wish(endpoint_id: EndpointId, revision: i64, bytes: usize) -> Wish {
    let workspace_id = WorkspaceId::from_bytes(*endpoint_id.as_bytes());
    Wish { workspace_id, endpoint_id, revision, bytes, limits: Limits::default() }
}

/// Endpoints of which a claim brings nothing.
fn passed_over(slots: &Slots, now: Duration) -> Vec<EndpointId> {
    slots.fewer(now).into_iter().filter(|(_, room)| *room == 0).map(|(id, _)| id).collect()
}

fn taken(slots: &Arc<Slots>, endpoint_id: EndpointId, revision: i64, bytes: usize) -> Option<Slot> {
    slots.take(&wish(endpoint_id, revision, bytes), Duration::ZERO)
}

fn take(slots: &Arc<Slots>, endpoint_id: EndpointId, count: usize) -> Vec<Slot> {
    (0..count).map(|_| taken(slots, endpoint_id, 1, 1).unwrap()).collect()
}

#[test]
fn an_endpoint_has_room_for_twice_what_it_has_in_flight() {
    let slots = slots();
    let three = take(&slots, endpoint(1), 3);
    assert!(slots.has_room(place(1), Duration::ZERO));
    let fourth = take(&slots, endpoint(1), 1);
    assert!(!slots.has_room(place(1), Duration::ZERO));
    assert!(slots.has_room(place(2), Duration::ZERO), "another endpoint is not concerned");
    drop((three, fourth));
    assert!(slots.has_room(place(1), Duration::ZERO));
}

#[test]
fn a_node_holds_twice_what_it_has_in_flight() {
    let slots = slots();
    let _all: Vec<_> = (1..=8).map(|number| taken(&slots, endpoint(number), 1, 1).unwrap()).collect();
    assert!(taken(&slots, endpoint(9), 1, 1).is_none());
    assert!(!slots.has_room(place(9), Duration::ZERO));
    assert_eq!(slots.claim_limit(), 0);
}

/// The limits that a hub ships with.
#[test]
fn a_burst_is_held_while_three_quarters_of_the_node_are_free() {
    let slots = Arc::new(Slots::new(&EngineOptions::default()));
    let first = take(&slots, endpoint(1), 128);
    assert!(taken(&slots, endpoint(1), 1, 1).is_none(), "eight times sixteen");
    let _second = take(&slots, endpoint(2), 128);
    let _third = take(&slots, endpoint(3), 32);
    assert!(taken(&slots, endpoint(3), 1, 1).is_none(), "a quarter is taken");
    drop(first);
    assert!(taken(&slots, endpoint(3), 1, 1).is_some());
}

#[test]
fn an_endpoint_takes_no_more_than_its_room_however_many_asked_before() {
    let slots = slots();
    let _four = take(&slots, endpoint(1), 4);
    assert!(taken(&slots, endpoint(1), 1, 1).is_none());
    assert!(taken(&slots, endpoint(2), 1, 1).is_some());
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
    let _first = taken(&slots, endpoint(1), 1, 99).unwrap();
    let last = taken(&slots, endpoint(2), 1, 99).unwrap();
    assert!(!slots.has_room(place(3), Duration::ZERO));
    assert!(taken(&slots, endpoint(3), 1, 1).is_none());
    drop(last);
    assert!(slots.has_room(place(3), Duration::ZERO));
}

#[test]
fn a_payload_larger_than_all_bytes_is_taken_by_a_node_that_holds_none() {
    assert!(taken(&hundred_bytes(), endpoint(1), 1, 101).is_some());
}

#[tokio::test]
async fn a_claim_waits_until_a_quarter_of_the_bytes_is_free() {
    let slots = hundred_bytes();
    let _most = taken(&slots, endpoint(1), 1, 75).unwrap();
    let rest = taken(&slots, endpoint(2), 1, 1).unwrap();
    assert_eq!(slots.claim_limit(), 0);
    drop(rest);
    slots.freed().await;
    assert_eq!(slots.claim_limit(), 7);
}

#[test]
fn a_claim_always_fits() {
    let slots = slots();
    let _two = take(&slots, endpoint(1), 2);
    assert_eq!((passed_over(&slots, Duration::ZERO), slots.claim_limit()), (vec![], 6));
    let _third = take(&slots, endpoint(1), 1);
    assert_eq!(passed_over(&slots, Duration::ZERO), [endpoint(1)]);
    let _four = (take(&slots, endpoint(2), 3), take(&slots, endpoint(3), 1));
    assert_eq!(slots.claim_limit(), 1);
}

#[test]
fn an_endpoint_that_rests_is_passed_over_until_its_time() {
    let slots = slots();
    slots.rest(endpoint(1), 1, Duration::from_mins(1));
    let just_before = Duration::from_secs(59);
    assert!(!slots.has_room(place(1), just_before));
    assert_eq!(passed_over(&slots, just_before), [endpoint(1)]);
    assert!(slots.has_room(place(1), Duration::from_mins(1)));
    assert!(passed_over(&slots, Duration::from_mins(1)).is_empty());
}

#[test]
fn a_rest_ends_when_the_endpoint_is_healed_and_not_when_it_is_only_changed() {
    let slots = slots();
    slots.rest(endpoint(1), 1, Duration::from_hours(10));
    slots.recall(endpoint(1), 2);
    assert!(!slots.has_room(place(1), Duration::ZERO));
    slots.heal(endpoint(1));
    assert!(slots.has_room(place(1), Duration::ZERO));
}

#[test]
fn nobody_rests_because_of_what_a_receiver_asked_for_before_the_endpoint_was_changed() {
    let slots = slots();
    slots.recall(endpoint(1), 2);
    slots.rest(endpoint(1), 1, Duration::from_hours(10));
    assert!(slots.has_room(place(1), Duration::ZERO));
    slots.rest(endpoint(1), 2, Duration::from_hours(10));
    assert!(!slots.has_room(place(1), Duration::ZERO));
}

#[tokio::test]
async fn no_endpoint_has_more_turns_than_its_share() {
    let slots = slots();
    let held = take(&slots, endpoint(1), 3);
    let first = held[0].turn(&*STILL).await;
    let _second = held[1].turn(&*STILL).await.unwrap();
    let mut third = std::pin::pin!(held[2].turn(&*STILL));
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
    let on_its_way = held[0].turn(&*STILL).await;
    slots.recall(endpoint(1), 2);
    assert!(held[1].turn(&*STILL).await.is_none(), "although there is a turn");
    assert!(on_its_way.is_some());
    let other = take(&slots, endpoint(2), 1);
    assert!(other[0].turn(&*STILL).await.is_some(), "another endpoint is not concerned");
}

#[tokio::test]
async fn who_waits_for_a_turn_is_recalled_at_once() {
    let slots = slots();
    let held = take(&slots, endpoint(1), 3);
    let (_first, _second) = (held[0].turn(&*STILL).await.unwrap(), held[1].turn(&*STILL).await.unwrap());
    let (third, ()) = tokio::join!(biased; held[2].turn(&*STILL), async { slots.recall(endpoint(1), 2) });
    assert!(third.is_none());
}

#[test]
fn what_comes_after_a_recall_gets_a_slot_only_as_the_endpoint_is_now() {
    let slots = slots();
    slots.recall(endpoint(1), 2);
    assert!(taken(&slots, endpoint(1), 1, 1).is_none());
    assert!(taken(&slots, endpoint(1), 2, 1).is_some());
    assert!(slots.has_room(place(1), Duration::ZERO));
}

#[tokio::test]
async fn a_changed_endpoint_has_no_more_turns_than_its_share() {
    let slots = slots();
    let old = take(&slots, endpoint(1), 2);
    let (_first, second) = (old[0].turn(&*STILL).await.unwrap(), old[1].turn(&*STILL).await.unwrap());
    slots.recall(endpoint(1), 2);
    let new = taken(&slots, endpoint(1), 2, 1).unwrap();
    let mut turn = std::pin::pin!(new.turn(&*STILL));
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

/// A slot of an endpoint with a rate.
fn paced(slots: &Arc<Slots>, rate: &str, revision: i64, now: Duration) -> Option<Slot> {
    let quota = Some(rate.parse::<SendRate>().unwrap().quota());
    slots.take(&Wish { limits: Limits { quota, ..Limits::default() }, ..wish(endpoint(1), revision, 1) }, now)
}

/// What a future says when it is asked once.
fn asked_once<F: Future>(future: F) -> Option<F::Output> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn an_endpoint_with_a_rate_has_no_more_turns_than_that_and_another_is_not_concerned() {
    let clock = ManualClock::default();
    let slots = slots();
    let held: Vec<_> = (0..3).map(|_| paced(&slots, "100/second", 1, clock.elapsed()).unwrap()).collect();
    // Two leave at once after a pause, and their answers do not matter.
    for slot in &held[..2] {
        drop(slot.turn(&clock).await.unwrap());
    }
    assert!(asked_once(held[2].turn(&clock)).is_none());
    let other = take(&slots, endpoint(2), 1);
    assert!(asked_once(other[0].turn(&clock)).flatten().is_some());
    clock.advance(Duration::from_millis(10));
    assert!(held[2].turn(&clock).await.is_some());
}

#[tokio::test]
async fn who_waits_for_a_rate_holds_no_turn_of_the_node() {
    let clock = ManualClock::default();
    let one = NonZeroUsize::new(1).unwrap();
    let two = NonZeroUsize::new(2).unwrap();
    let options = EngineOptions { in_flight_max: two, per_endpoint_max: one, ..EngineOptions::default() };
    let slots = Arc::new(Slots::new(&options));
    let first = paced(&slots, "1/second", 1, clock.elapsed()).unwrap();
    drop(first.turn(&clock).await.unwrap());
    let second = paced(&slots, "1/second", 1, clock.elapsed()).unwrap();
    drop((second.turn(&clock).await.unwrap(), first, second));
    let third = paced(&slots, "1/second", 1, clock.elapsed()).unwrap();
    let mut waits = std::pin::pin!(third.turn(&clock));
    assert!(asked_once(&mut waits).is_none());
    let others: Vec<_> = [2, 3].map(|number| taken(&slots, endpoint(number), 1, 1).unwrap()).into();
    let turns: Vec<_> = others.iter().map(|slot| asked_once(slot.turn(&clock)).flatten().unwrap()).collect();
    assert_eq!(turns.len(), 2, "both turns of the node");
}

#[test]
fn what_would_wait_long_for_a_rate_waits_in_the_store_until_shortly_before_its_time() {
    let slots = slots();
    let now = Duration::from_secs(100);
    let two = [1, 2].map(|_| paced(&slots, "1/minute", 1, now).unwrap());
    assert!(paced(&slots, "1/minute", 1, now).is_none(), "a third one would wait for a minute");
    assert!(!slots.has_room(place(1), now));
    assert_eq!(passed_over(&slots, now), [endpoint(1)]);
    drop(two);
    assert!(slots.has_room(place(1), now), "they never left: nothing was spent");
    assert!(passed_over(&slots, now).is_empty());
}

#[test]
fn a_claim_brings_of_an_endpoint_with_a_rate_no_more_than_it_takes() {
    let slots = Arc::new(Slots::new(&EngineOptions::default()));
    let now = Duration::from_secs(100);
    let _two = [1, 2].map(|_| paced(&slots, "30/minute", 1, now).unwrap());
    let room = slots.fewer(now)[&endpoint(1)];
    let taken: Vec<_> = (0..16).map_while(|_| paced(&slots, "30/minute", 1, now)).collect();
    assert!(room > 0 && room <= taken.len(), "{room} are brought and {} taken", taken.len());
}

#[tokio::test]
async fn an_endpoint_that_has_spent_its_rate_is_passed_over_until_shortly_before_its_next_request() {
    let clock = ManualClock::default();
    let slots = slots();
    for _ in 0..2 {
        let slot = paced(&slots, "1/minute", 1, clock.elapsed()).unwrap();
        drop(slot.turn(&clock).await.unwrap());
    }
    // Two looks into the store before its time.
    for (seconds, is_passed_over) in [(0, true), (57, true), (58, false)] {
        let now = Duration::from_secs(seconds);
        assert_eq!(passed_over(&slots, now).contains(&endpoint(1)), is_passed_over, "after {seconds} s");
        assert_eq!(slots.has_room(place(1), now), !is_passed_over);
    }
}

#[tokio::test]
async fn another_rate_counts_for_the_next_request_of_a_changed_endpoint() {
    let clock = ManualClock::default();
    let slots = slots();
    for _ in 0..2 {
        let slot = paced(&slots, "1/minute", 1, clock.elapsed()).unwrap();
        drop(slot.turn(&clock).await.unwrap());
    }
    slots.recall(endpoint(1), 2);
    let next = paced(&slots, "100/second", 2, clock.elapsed()).unwrap();
    assert!(asked_once(next.turn(&clock)).is_none());
    clock.advance(Duration::from_millis(10));
    assert!(next.turn(&clock).await.is_some());
    assert!(taken(&slots, endpoint(1), 3, 1).unwrap().turn(&clock).await.is_some(), "and none for one without");
}

#[tokio::test]
async fn an_endpoint_has_no_more_turns_than_its_own_cap_also_when_that_changes() {
    let slots = slots();
    let capped = |revision, max| {
        let limits = Limits { in_flight_max: NonZeroUsize::new(max), ..Limits::default() };
        slots.take(&Wish { limits, ..wish(endpoint(1), revision, 1) }, Duration::ZERO).unwrap()
    };
    let (first, second) = (capped(1, 1), capped(1, 1));
    let turn = first.turn(&*STILL).await.unwrap();
    assert!(asked_once(second.turn(&*STILL)).is_none());
    slots.recall(endpoint(1), 2);
    let wider = capped(2, 100);
    assert!(asked_once(wider.turn(&*STILL)).flatten().is_some());
    drop(wider);
    slots.recall(endpoint(1), 3);
    let narrow = capped(3, 1);
    assert!(asked_once(narrow.turn(&*STILL)).is_none(), "the first is in flight still");
    drop(turn);
    assert!(narrow.turn(&*STILL).await.is_some());
}
