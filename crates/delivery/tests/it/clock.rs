//! Case 13: the system clock jumps by an hour while the hub runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_domain::time::Clock;
use tokio::sync::Barrier;

use crate::support::{Hub, Received, Receiver, answer, is_delivered, is_waiting, limits, saying, willing};

const HOUR: Duration = Duration::from_hours(1);

/// Failures of one endpoint: fewer than open its circuit, which would let one probe at a time leave; and an even number, for the pairs.
const FAILURES: usize = 8;

fn timestamp(received: &Received) -> i64 {
    received.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap()
}

/// A receiver that fails `failures` requests, and takes those after them in pairs; with the most that it had at once.
async fn failing_then_pairing(failures: usize) -> (Receiver, Arc<AtomicUsize>) {
    let [count, in_flight, most]: [Arc<AtomicUsize>; 3] = Default::default();
    let (seen, pair) = (Arc::clone(&most), Arc::new(Barrier::new(2)));
    let receiver = Receiver::http(move |_| {
        let is_failing = count.fetch_add(1, Ordering::SeqCst) < failures;
        let (in_flight, most, pair) = (Arc::clone(&in_flight), Arc::clone(&most), Arc::clone(&pair));
        async move {
            if is_failing {
                return answer(500, "");
            }
            most.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            pair.wait().await;
            in_flight.fetch_sub(1, Ordering::SeqCst);
            answer(200, "")
        }
    })
    .await;
    (receiver, seen)
}

#[tokio::test]
async fn case_13_what_a_jump_ahead_makes_due_is_no_burst() {
    let (receiver, most) = failing_then_pairing(FAILURES).await;
    let hub = Hub::new(limits(8, 2));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", FAILURES);
    hub.all(|delivery| is_waiting(delivery) && delivery.attempts == 1).await;
    hub.clock.jump_to(hub.clock.now().plus(HOUR));
    engine.dispatcher().wake();
    assert_eq!(hub.all(is_delivered).await.len(), FAILURES);
    assert_eq!(most.load(Ordering::SeqCst), 2, "its share, as ever");
    assert!(receiver.requests()[FAILURES..].iter().all(|request| timestamp(request) == hub.clock.now().as_seconds()));
}

#[tokio::test]
async fn case_13_after_a_jump_back_events_leave_at_once_and_name_the_time_of_the_wall() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 2));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(is_delivered).await;
    hub.clock.jump_to(hub.clock.now().minus(HOUR));
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(is_delivered).await;
    let times: Vec<_> = receiver.requests().iter().map(timestamp).collect();
    assert_eq!(times[0] - times[1], 3_600);
}

#[tokio::test]
async fn case_13_after_a_jump_back_retries_keep_their_schedule() {
    let receiver = saying(&[500, 200]).await;
    let hub = Hub::new(limits(8, 2));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.clock.jump_to(hub.clock.now().minus(HOUR));
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(is_waiting).await;
    // 5 s and 15 % of them.
    hub.advance(&engine.dispatcher(), Duration::from_millis(5_800));
    assert_eq!(hub.all(is_delivered).await[0].attempts, 2);
}
