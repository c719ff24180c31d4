//! What becomes of a delivery, one case a rule.

use std::time::Duration;

use super::{
    Answer, Close, Delivery, DeliveryState, Directive, Disabled, Endpoint, EndpointStatus, Exchange, Failure,
    FailureKind, KeptHeaders, Lease, Outcome, Recorded, RetrySchedule, Timings,
};
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;

const STARTED: Timestamp = Timestamp::from_seconds(100);

fn leased() -> Delivery {
    Delivery::born(&event(1), &endpoint(1), Some(session(1).id))
}

fn exchange(outcome: Outcome) -> Exchange {
    Exchange { started_at: STARTED, duration: Duration::from_millis(40), timings: Timings::default(), outcome }
}

fn answered(status: u16) -> Exchange {
    exchange(Outcome::Answered(Answer { status, ..Answer::default() }))
}

fn failed(kind: FailureKind) -> Exchange {
    exchange(Outcome::Failed(Failure { kind, detail: "it failed".to_owned() }))
}

fn recorded(delivery: Delivery, exchange: &Exchange) -> Recorded {
    // Half of the jitter's range is no jitter: the delays are those of the schedule.
    delivery.recorded(exchange, &[], &RetrySchedule::DEFAULT, u64::MAX / 2)
}

#[test]
fn a_delivery_is_born_leased_where_a_session_has_room() {
    assert_eq!(leased().state, DeliveryState::Leased);
    assert_eq!(leased().lease, Some(Lease { session_id: session(1).id }));
}

#[test]
fn a_delivery_is_born_due_where_no_session_has_room() {
    let delivery = Delivery::born(&event(1), &endpoint(1), None);
    assert!(delivery.is_due(event(1).accepted_at));
}

#[test]
fn a_delivery_is_born_held_while_its_endpoint_is_paused() {
    let paused = Endpoint { status: EndpointStatus::Paused, ..endpoint(1) };
    let delivery = Delivery::born(&event(1), &paused, Some(session(1).id));
    assert_eq!((delivery.state, delivery.lease, delivery.due_at), (DeliveryState::Held, None, None));
}

#[test]
fn one_event_and_one_endpoint_have_one_delivery_id() {
    assert_eq!(leased().id, Delivery::born(&event(1), &endpoint(1), None).id);
    assert_ne!(leased().id, Delivery::born(&event(2), &endpoint(1), None).id);
    assert_ne!(leased().id, Delivery::born(&event(1), &endpoint(2), None).id);
}

#[test]
fn a_first_success_needs_no_row_of_its_own() {
    let Recorded { delivery, attempt, .. } = recorded(leased(), &answered(204));
    assert_eq!((delivery.state, delivery.attempts, delivery.lease), (DeliveryState::Delivered, 1, None));
    assert_eq!(delivery.finished_at, Some(STARTED.plus(Duration::from_millis(40))));
    assert_eq!(delivery.last.unwrap().status, Some(204));
    assert_eq!(attempt, None);
}

#[test]
fn a_later_success_has_its_row() {
    let again = recorded(leased(), &answered(500)).delivery.claimed(session(1).id);
    let Recorded { delivery, attempt, .. } = recorded(again, &answered(200));
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 2));
    assert_eq!(attempt.unwrap().number, 2);
}

#[test]
fn every_answer_but_2xx_is_tried_again() {
    for status in [100, 199, 301, 302, 307, 308, 400, 404, 429, 500, 503] {
        let Recorded { delivery, attempt, .. } = recorded(leased(), &answered(status));
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Waiting, 1), "{status}");
        assert_eq!(attempt.unwrap().status, Some(status));
    }
}

#[test]
fn the_second_attempt_is_due_5_seconds_after_the_first_ended() {
    let delivery = recorded(leased(), &answered(500)).delivery;
    let wait = delivery.due_at.unwrap().since(STARTED.plus(Duration::from_millis(40)));
    assert!((Duration::from_millis(4_900)..=Duration::from_millis(5_100)).contains(&wait), "{wait:?}");
}

#[test]
fn a_receiver_that_names_a_delay_is_not_tried_sooner() {
    let answer = Answer { status: 503, retry_after: Some(Duration::from_hours(1)), ..Answer::default() };
    let delivery = recorded(leased(), &exchange(Outcome::Answered(answer))).delivery;
    assert!(delivery.due_at.unwrap().since(STARTED) >= Duration::from_hours(1));
}

#[test]
fn the_ninth_failure_exhausts_a_delivery() {
    let mut delivery = leased();
    for _ in 0..8 {
        delivery = recorded(delivery, &failed(FailureKind::Timeout)).delivery.claimed(session(1).id);
    }
    let delivery = recorded(delivery, &failed(FailureKind::Timeout)).delivery;
    assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Exhausted, 9, None));
    assert!(delivery.finished_at.is_some());
}

#[test]
fn a_blocked_address_is_no_attempt_and_is_not_tried_again() {
    let Recorded { delivery, attempt, .. } = recorded(leased(), &failed(FailureKind::Blocked));
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Closed(Close::Blocked), 0));
    assert_eq!(attempt, None);
    let last = delivery.last.unwrap();
    assert_eq!((last.failure, last.detail.as_deref()), (Some(FailureKind::Blocked), Some("it failed")));
}

#[test]
fn a_receiver_that_is_gone_disables_its_endpoint_and_keeps_the_delivery() {
    let Recorded { delivery, disables, .. } = recorded(leased(), &answered(410));
    assert_eq!((delivery.state, disables), (DeliveryState::Held, Some(Disabled::Gone)));
    assert_eq!(delivery.finished_at, None);
}

#[test]
fn a_receiver_can_ask_to_be_left_alone() {
    let ask = |directive| {
        let answer = Answer { status: 400, directive: Some(directive), ..Answer::default() };
        let recorded = recorded(leased(), &exchange(Outcome::Answered(answer)));
        (recorded.delivery.state, recorded.disables)
    };
    assert_eq!(ask(Directive::Disable), (DeliveryState::Held, Some(Disabled::Asked)));
    assert_eq!(ask(Directive::Abort), (DeliveryState::Closed(Close::Aborted), None));
}

#[test]
fn a_released_delivery_is_due_at_once_and_lost_no_attempt() {
    let delivery = leased().released(STARTED);
    assert!(delivery.is_due(STARTED));
    assert_eq!((delivery.attempts, delivery.lease), (0, None));
}

#[test]
fn an_interrupted_attempt_is_numbered_and_uses_up_none_of_the_schedule() {
    let (interrupted, attempt) = leased().interrupted(STARTED);
    let attempt = attempt.unwrap();
    assert_eq!(
        (attempt.number, attempt.failure, attempt.report.session_id),
        (1, Some(FailureKind::Interrupted), Some(session(1).id))
    );
    assert_eq!((interrupted.attempts, interrupted.due_at, interrupted.lease), (1, Some(STARTED), None));
    let cut = recorded(interrupted.claimed(session(2).id), &answered(500));
    let whole = recorded(leased(), &answered(500));
    assert_eq!((cut.delivery.attempts, whole.delivery.attempts), (2, 1));
    assert_eq!(cut.delivery.due_at, whole.delivery.due_at);
}

#[test]
fn a_success_after_an_interruption_has_a_row_of_its_own() {
    let (interrupted, _) = leased().interrupted(STARTED);
    let Recorded { delivery, attempt, .. } = recorded(interrupted.claimed(session(2).id), &answered(200));
    assert_eq!((attempt.unwrap().number, delivery.first_success), (2, None));
}

#[test]
fn a_success_at_once_is_kept_in_the_row_of_its_delivery_and_bounded_there() {
    let value = "x".repeat(300);
    let headers = KeptHeaders::keep([("a", value.as_bytes()), ("b", value.as_bytes()), ("c", b"1")]);
    let answer =
        Answer { status: 200, headers, body_excerpt: vec![b'y'; 300], body_bytes_read: 300, ..Answer::default() };
    let Recorded { delivery, attempt, .. } = recorded(leased(), &exchange(Outcome::Answered(answer)));
    let kept = delivery.first_success.unwrap();
    let names: Vec<_> = kept.report.headers.pairs().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((attempt, names, kept.report.headers.is_cut()), (None, vec!["a", "c"], true));
    assert_eq!((kept.body_excerpt.len(), kept.report.body_bytes_read, kept.report.is_body_cut), (256, 300, true));
}

#[test]
fn a_withheld_delivery_is_sent_by_a_decision_and_goes_on_with_its_schedule_when_that_fails() {
    let withheld =
        Delivery { due_at: Some(STARTED), ..Delivery::born(&event(1), &endpoint(1), None) }.withheld(STARTED);
    assert_eq!((withheld.state, withheld.due_at, withheld.state.is_over()), (DeliveryState::Withheld, None, false));
    let sent = withheld.resent(STARTED).unwrap();
    assert_eq!((sent.state, sent.due_at), (DeliveryState::Waiting, Some(STARTED)));
    let after = recorded(sent.claimed(session(1).id), &answered(500)).delivery;
    assert_eq!((after.state, after.due_at), (DeliveryState::Waiting, Some(STARTED.plus(Duration::from_mins(5)))));
}

#[test]
fn a_withheld_delivery_is_given_up_by_a_decision() {
    let superseded = leased().withheld(STARTED).superseded(STARTED);
    assert_eq!(superseded.state, DeliveryState::Closed(Close::Superseded));
    assert_eq!((superseded.lease, superseded.finished_at), (None, Some(STARTED)));
}
