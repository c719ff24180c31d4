//! Endpoints that fail: asked by one request at a time, left alone when they say so, and told of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::notices::Notice;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{EndpointChanges, Health, RetrySchedule};

use crate::support::{Hub, Receiver, WORKSPACE, answer, is_delivered, is_waiting, limits, saying};

/// A schedule with attempts to spare, a minute between them.
fn patient() -> RetrySchedule {
    let delays = std::iter::once(Duration::ZERO).chain(std::iter::repeat_n(Duration::from_mins(1), 19));
    RetrySchedule::new(delays.collect(), 0).unwrap()
}

/// A hub whose only endpoint answers like this, one after the other, the last for ever.
async fn hub(answers: &'static [u16]) -> (Hub, Receiver) {
    let receiver = saying(answers).await;
    let hub = Hub { schedule: patient(), ..Hub::new(limits(4, 1)) };
    hub.endpoint(&receiver.url(), "*");
    (hub, receiver)
}

const TEN_FAIL: &[u16] = &[500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 200];
const ELEVEN_FAIL: &[u16] = &[500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 200];

#[tokio::test]
async fn case_12_an_endpoint_that_fails_is_probed_with_growing_pauses_and_gets_all_at_its_first_success() {
    let (hub, receiver) = hub(ELEVEN_FAIL).await;
    let engine = hub.start();
    let dispatcher = engine.dispatcher();
    hub.publish(&dispatcher, "payment.completed", 12);
    let open = hub.open_circuit().await;
    assert_eq!((open.failures, receiver.requests().len()), (10, 10));
    assert_eq!(open.last_error, "the receiver answered 500");
    assert!(!dispatcher.has_room(WORKSPACE, open.endpoint_id));
    hub.advance(&dispatcher, Duration::from_secs(30));
    let probed = hub.until_health(|health| health.failures == 11).await;
    assert_eq!(probed.circuit.unwrap().pause, Duration::from_mins(1));
    hub.advance(&dispatcher, Duration::from_secs(90));
    assert_eq!(hub.all(is_delivered).await.len(), 12);
    assert_eq!(receiver.requests().len(), 11 + 12);
    let told = hub.told.at_least(2).await;
    assert!(
        matches!(told[..], [Notice::EndpointFailing { failures: 10, .. }, Notice::EndpointRecovered { .. }]),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_restart_honours_an_open_circuit() {
    let (hub, receiver) = hub(TEN_FAIL).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 12);
    let open = hub.open_circuit().await;
    engine.shutdown(Duration::from_secs(5)).await;
    let engine = hub.start();
    assert!(!engine.dispatcher().has_room(WORKSPACE, open.endpoint_id));
    assert_eq!(receiver.requests().len(), 10);
    hub.advance(&engine.dispatcher(), Duration::from_secs(31));
    hub.until_well().await;
    hub.advance(&engine.dispatcher(), Duration::from_mins(1));
    assert_eq!(hub.all(is_delivered).await.len(), 12);
}

#[tokio::test]
async fn case_13_a_wall_clock_that_jumps_back_an_hour_freezes_no_probe() {
    let (hub, _receiver) = hub(TEN_FAIL).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 10);
    hub.open_circuit().await;
    hub.clock.jump_to(hub.clock.now().minus(Duration::from_hours(1)));
    // What waits is due by the clock that there was; this one by the clock that there is.
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.advance(&engine.dispatcher(), Duration::from_secs(31));
    hub.until_well().await;
}

#[tokio::test]
async fn somebody_who_resumes_an_endpoint_has_everything_sent_at_once() {
    let (hub, _receiver) = hub(TEN_FAIL).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 12);
    let open = hub.open_circuit().await;
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    endpoints.resume(Asker::SYSTEM, WORKSPACE, open.endpoint_id).commit().unwrap();
    hub.all(|delivery| is_delivered(delivery) || delivery.attempts == 1).await;
    hub.advance(&engine.dispatcher(), Duration::from_secs(61));
    assert_eq!(hub.all(is_delivered).await.len(), 12);
}

#[tokio::test]
async fn case_12_nothing_but_failures_for_five_days_disables_an_endpoint_and_keeps_what_waits() {
    let (hub, _receiver) = hub(&[500]).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 11);
    hub.open_circuit().await;
    hub.advance(&engine.dispatcher(), Duration::from_hours(5 * 24));
    hub.until_well().await;
    let told = hub.told.at_least(2).await;
    let Notice::EndpointDisabled { reason, .. } = &told[1] else { panic!("{told:?}") };
    assert_eq!(reason, "nothing but failures happened for too long");
    assert!(hub.store.deliveries(WORKSPACE).iter().all(is_waiting));
}

/// A receiver that answers once with a status and `Retry-After`, and then well.
async fn busy(status: u16, after: Option<&'static str>) -> Receiver {
    let first = Arc::new(AtomicBool::new(true));
    Receiver::http(move |_| {
        let is_first = first.swap(false, Ordering::SeqCst);
        async move {
            let mut reply = answer(if is_first { status } else { 200 }, "");
            if let Some(after) = after.filter(|_| is_first) {
                reply.headers_mut().insert("retry-after", after.parse().unwrap());
            }
            reply
        }
    })
    .await
}

#[tokio::test]
async fn an_endpoint_that_asks_for_time_gets_it_for_all_that_waits() {
    for (status, after, rests_for) in [(429, Some("120"), 120), (503, Some("999999"), 36_000), (503, None, 5)] {
        let receiver = busy(status, after).await;
        let hub = Hub { schedule: patient(), ..Hub::new(limits(4, 1)) };
        let endpoint_id = hub.endpoint(&receiver.url(), "*");
        let engine = hub.start();
        let dispatcher = engine.dispatcher();
        hub.publish(&dispatcher, "payment.completed", 4);
        hub.all(is_waiting).await;
        hub.advance(&dispatcher, Duration::from_secs(rests_for - 1));
        assert!(!dispatcher.has_room(WORKSPACE, endpoint_id), "{status} {after:?}");
        assert_eq!(receiver.requests().len(), 1, "{status} {after:?}");
        hub.advance(&dispatcher, Duration::from_mins(1));
        assert_eq!(hub.all(is_delivered).await.len(), 4);
    }
}

#[tokio::test]
async fn somebody_who_resumes_an_endpoint_ends_the_rest_that_its_receiver_asked_for() {
    let receiver = busy(503, Some("36000")).await;
    let hub = Hub { schedule: patient(), ..Hub::new(limits(4, 1)) };
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let dispatcher = engine.dispatcher();
    hub.publish(&dispatcher, "payment.completed", 4);
    hub.all(is_waiting).await;
    let endpoints = hub.endpoints().with_dispatcher(dispatcher);
    endpoints.resume(Asker::SYSTEM, WORKSPACE, endpoint_id).commit().unwrap();
    hub.all(|delivery| is_delivered(delivery) || delivery.attempts == 1).await;
    assert!(hub.store.deliveries(WORKSPACE).iter().filter(|delivery| is_delivered(delivery)).count() >= 3);
}

#[tokio::test]
async fn a_change_that_heals_nothing_leaves_an_open_circuit_open() {
    let (hub, receiver) = hub(TEN_FAIL).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 12);
    let open = hub.open_circuit().await;
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    let renamed = EndpointChanges { description: Some("Shop".to_owned()), ..EndpointChanges::default() };
    endpoints.update(Asker::SYSTEM, WORKSPACE, open.endpoint_id, renamed).unwrap().commit().unwrap();
    assert!(!engine.dispatcher().has_room(WORKSPACE, open.endpoint_id));
    assert_eq!(receiver.requests().len(), 10);
}

#[tokio::test]
async fn case_11_an_endpoint_that_is_gone_is_disabled_at_once_and_what_waits_can_be_released() {
    let (hub, receiver) = hub(&[410, 200]).await;
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 3);
    let deliveries = hub.all(|delivery| delivery.lease.is_none()).await;
    assert_eq!(receiver.requests().len(), 1);
    let told = hub.told.first().await;
    assert!(matches!(told, Notice::EndpointDisabled { reason, .. } if reason == "the receiver answered 410 Gone"));
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    endpoints.resume(Asker::SYSTEM, WORKSPACE, deliveries[0].endpoint_id).commit().unwrap();
    assert_eq!(hub.all(is_delivered).await.len(), 3);
}

fn is_open(health: &Health) -> bool {
    health.circuit.is_some()
}

impl Hub {
    /// Waits until the only endpoint's circuit is open, and all that it was sent has come back.
    async fn open_circuit(&self) -> Health {
        let health = self.until_health(is_open).await;
        self.all(is_waiting).await;
        health
    }
}
