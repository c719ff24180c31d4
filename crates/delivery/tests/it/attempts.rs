//! What is known of an attempt afterwards: what the receiver answered, how long the steps took, and how it failed.

use std::time::Duration;

use devhub_delivery::{Sender, SenderOptions};
use devhub_domain::webhooks::{Attempt, Close, Delivery, DeliveryState, ErrorKind};
use http::Response;
use http_body_util::Full;

use crate::support::{
    Hub, Receiver, WORKSPACE, answer, answered, gated, is_delivered, is_waiting, limits, options, request, saying,
    sender, willing,
};

/// A receiver that answers with a status and one header.
async fn saying_header(status: u16, name: &'static str, value: String) -> Receiver {
    Receiver::http(move |_| {
        let response = Response::builder().status(status).header(name, &value);
        std::future::ready(response.body(Full::default()).unwrap())
    })
    .await
}

/// Publishes one event and waits until its delivery is as `wanted`.
async fn published(hub: &Hub, wanted: fn(&Delivery) -> bool) -> Delivery {
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(wanted).await.remove(0)
}

fn kind(attempt: &Attempt) -> Option<&'static str> {
    attempt.error_kind().map(ErrorKind::as_str)
}

#[tokio::test]
async fn an_answer_is_kept_with_its_headers_and_what_was_read_of_its_body() {
    let receiver = Receiver::http(|_| async {
        let head = Response::builder().status(500).header("x-trace", "7").header("set-cookie", "sid=secret");
        head.body(Full::from(vec![b'x'; 5_000])).unwrap()
    })
    .await;
    let answer = answered(sender().send(&request(&receiver.url())).await);
    let header = |wanted: &str| {
        let mut pairs = answer.headers.pairs().iter();
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    assert_eq!(
        (header("x-trace"), header("set-cookie"), header("content-length")),
        (Some("7"), Some("…"), Some("5000"))
    );
    assert_eq!((answer.body_excerpt.len(), answer.body_bytes_read, answer.is_body_cut), (4_096, 5_000, true));
}

#[tokio::test]
async fn a_success_with_a_long_body_stays_one_and_says_that_it_is_cut() {
    let receiver = Receiver::http(|_| async { answer(200, vec![b'x'; 100_000]) }).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let attempts = hub.attempts(&published(&hub, is_delivered).await);
    let [first] = &attempts[..] else { panic!("one attempt") };
    // Read to the cap, and the row of a delivery keeps less of it than that of an attempt.
    assert!((16_384..100_000).contains(&first.report.body_bytes_read), "{}", first.report.body_bytes_read);
    assert_eq!((kind(first), first.body_excerpt.len(), first.report.is_body_cut), (None, 256, true));
}

#[tokio::test]
async fn steps_are_timed_and_a_kept_connection_has_none() {
    let receiver = willing().await;
    let pinned_names = [("shop.example".to_owned(), vec!["127.0.0.1".parse().unwrap()])].into();
    let sender = Sender::new(SenderOptions { pinned_names, ..options() }).unwrap();
    let url = format!("http://shop.example:{}/", receiver.port());
    let first = sender.send(&request(&url)).await;
    let steps = [first.timings.dns, first.timings.connect, first.timings.first_byte].map(Option::unwrap);
    assert!(steps.iter().all(|step| *step <= first.duration), "{steps:?} of {:?}", first.duration);
    assert_eq!(first.timings.tls, None);
    let second = sender.send(&request(&url)).await.timings;
    assert_eq!((second.dns, second.connect, second.tls, receiver.accepted()), (None, None, None, 1));
    assert!(second.first_byte.is_some());
}

#[tokio::test]
async fn a_literal_address_is_not_looked_up_and_a_failure_tells_the_steps_before_it() {
    let receiver = Receiver::raw(|_, stream| async move { drop(stream) }).await;
    let url = format!("https://127.0.0.1:{}/", receiver.port());
    let exchange = sender().send(&request(&url)).await;
    let steps = (exchange.timings.dns, exchange.timings.connect.is_some(), exchange.timings.tls.is_some());
    assert_eq!((steps, exchange.timings.first_byte), ((None, true, true), None));
}

#[tokio::test]
async fn case_06_a_redirect_is_a_failure_whose_target_is_told_and_never_visited() {
    let target = willing().await;
    for status in [301, 302, 303, 307, 308] {
        let location = target.url().replace("http://", "http://user:pass@");
        let receiver = saying_header(status, "location", location).await;
        let hub = Hub::new(limits(4, 1));
        hub.endpoint(&receiver.url(), "*");
        let attempts = hub.attempts(&published(&hub, is_waiting).await);
        let [only] = &attempts[..] else { panic!("one attempt") };
        assert_eq!((kind(only), only.status), (Some("redirect"), Some(status)));
        assert_eq!(only.report.headers.location(), Some(target.url().as_str()));
        assert_eq!(receiver.requests().len(), 1);
    }
    assert_eq!(target.accepted(), 0);
}

#[tokio::test]
async fn a_first_success_and_a_failure_tell_all_that_is_known_of_them() {
    let receiver = saying(&[500, 200]).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let session = engine.dispatcher().session();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(is_waiting).await;
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(|delivery| delivery.attempts == 1).await;
    for delivery in hub.store.deliveries(WORKSPACE) {
        let attempts = hub.attempts(&delivery);
        let [only] = &attempts[..] else { panic!("one attempt") };
        let report = &only.report;
        assert_eq!((report.session_id, report.endpoint_revision), (session, Some(1)));
        assert_eq!((&only.body_excerpt[..], report.body_bytes_read, report.is_body_cut), (&b"seen"[..], 4, false));
        assert!(report.timings.first_byte.is_some() && !report.headers.pairs().is_empty());
        assert_eq!(only.secret_ids.len(), 1);
    }
}

#[tokio::test]
async fn a_first_success_that_is_sent_again_keeps_what_is_known_of_it() {
    let receiver = saying(&[200, 204]).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let delivered = hub.all(is_delivered).await.remove(0);
    let before = hub.attempts(&delivered);
    hub.resend(&engine.dispatcher(), &delivered);
    let again = hub.all(|delivery| delivery.attempts == 2).await.remove(0);
    assert_eq!(hub.attempts(&again)[0], before[0]);
    assert_eq!(again.first_success, None);
}

#[tokio::test]
async fn case_01_what_was_cut_off_with_its_node_is_shown_and_sent_again() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let session = engine.dispatcher().session();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    arrived.acquire().await.unwrap().forget();
    engine.shutdown(Duration::from_millis(10)).await;
    leave.add_permits(2);
    let _next = hub.start();
    let delivered = hub.all(is_delivered).await.remove(0);
    let attempts = hub.attempts(&delivered);
    let told: Vec<_> = attempts.iter().map(|attempt| (attempt.number, kind(attempt))).collect();
    assert_eq!(told, [(1, Some("interrupted")), (2, None)]);
    assert_eq!(attempts[0].report.session_id, session);
    assert!(attempts[0].detail.as_ref().unwrap().starts_with("interrupted: it may have been sent"));
    let ids: Vec<_> = receiver.requests().into_iter().map(|seen| seen.headers["webhook-id"].clone()).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

#[tokio::test]
async fn case_11_a_receiver_can_ask_to_be_disabled_and_what_waits_is_kept() {
    let receiver = saying_header(500, "webhook-delivery", "disable".to_owned()).await;
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let held = published(&hub, |delivery| delivery.state == DeliveryState::Held).await;
    assert_eq!(kind(&hub.attempts(&held)[0]), Some("status"));
    let status = hub.endpoints().find(WORKSPACE, endpoint_id).unwrap().endpoint.status;
    assert_eq!((status.as_str(), status.disabled_reason().map(|reason| reason.as_str())), ("disabled", Some("asked")));
}

#[tokio::test]
async fn a_receiver_can_ask_for_the_end_of_one_delivery() {
    let receiver = saying_header(500, "webhook-delivery", "abort".to_owned()).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let closed = published(&hub, |delivery| delivery.state == DeliveryState::Closed(Close::Aborted)).await;
    assert_eq!((closed.attempts, receiver.requests().len()), (1, 1));
}

#[tokio::test]
async fn case_07_an_address_that_is_refused_at_send_is_not_tried_again() {
    let hub = Hub::new(limits(4, 1));
    hub.endpoint_at("https://10.0.0.8/hook");
    let closed = published(&hub, |delivery| delivery.state == DeliveryState::Closed(Close::Blocked)).await;
    let last = closed.last.clone().unwrap();
    assert_eq!(last.error_kind().map(ErrorKind::as_str), Some("forbidden_address"));
    assert!(last.detail.unwrap().starts_with("address 10.0.0.8 is refused: "));
    assert_eq!((closed.attempts, closed.due_at, hub.attempts(&closed).len()), (0, None, 0));
}
