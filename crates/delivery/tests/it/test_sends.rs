//! Test sends: at once, past the queue, with the whole attempt as the answer.

use std::sync::Arc;

use devhub_delivery::TestSends;
use devhub_domain::access::Asker;
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::events::Payload;
use devhub_domain::id::EndpointId;
use devhub_domain::page::PageRequest;
use devhub_domain::webhooks::{Deliveries, EndpointTests, ErrorKind, NewTest, ShownAttempt, TestError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::support::{Hub, WORKSPACE, gated, limits, saying, sealed_by, sender, willing};

fn tests(hub: &Hub) -> EndpointTests {
    tests_over(hub, hub.deliveries(sealed_by(7)))
}

fn tests_over(hub: &Hub, deliveries: Deliveries) -> EndpointTests {
    let store = Arc::new(hub.store.memory.clone());
    let sends = Arc::new(TestSends::new(sender(), Handle::current()));
    EndpointTests::new(store, deliveries, sends, hub.clock.clone(), hub.entropy.clone())
}

fn new_test() -> NewTest {
    let payload = Payload::new(br#"{"hello": 1}"#, 1_000).unwrap();
    NewTest { event_type: "webhook.test".parse().unwrap(), payload }
}

async fn test(tests: &EndpointTests, id: EndpointId) -> Result<ShownAttempt, TestError> {
    let ready = tests.get_ready(Asker::SYSTEM, WORKSPACE, id, new_test())?.commit()?;
    let (done, outcome) = oneshot::channel();
    tests.send(ready, |result| drop(done.send(result)));
    outcome.await.unwrap()
}

#[tokio::test]
async fn a_test_is_signed_sent_at_once_and_told_whole() {
    let receiver = saying(&[500]).await;
    let hub = Hub::new(limits(4, 1));
    let id = hub.endpoint(&receiver.url(), "payment.*");
    let ShownAttempt { attempt, request } = test(&tests(&hub), id).await.unwrap();
    let request = request.unwrap();
    assert_eq!((attempt.number, attempt.status, &attempt.body_excerpt[..]), (1, Some(500), &b"seen"[..]));
    assert_eq!(request.url, receiver.url());
    assert_eq!(request.body.unwrap().as_bytes(), br#"{"hello": 1}"#);
    let seen = receiver.requests().remove(0);
    assert_eq!(&seen.body[..], br#"{"hello": 1}"#);
    for (name, shown) in &request.headers {
        let sent = seen.headers[name.as_str()].to_str().unwrap();
        let is_masked = name.ends_with("signature");
        assert_eq!(sent == shown, !is_masked, "{name}");
        assert!(sent.starts_with(shown.trim_end_matches('…')), "{name}: {shown}");
    }
    assert!(hub.store.deliveries(WORKSPACE).is_empty(), "nothing is stored");
}

#[tokio::test]
async fn a_test_that_fails_is_no_failure_of_its_endpoint() {
    let receiver = saying(&[500]).await;
    let hub = Hub::new(limits(4, 1));
    let deliveries = hub.deliveries(sealed_by(7));
    let id = hub.endpoint(&receiver.url(), "*");
    test(&tests_over(&hub, deliveries.clone()), id).await.unwrap();
    deliveries.write_tallies().unwrap();
    let report = deliveries.report(WORKSPACE, id).unwrap().unwrap();
    assert_eq!((report.day.success_per_10_000(), report.health), (None, None));
}

#[tokio::test]
async fn a_test_leaves_a_line_in_the_audit_log() {
    let receiver = willing().await;
    let hub = Hub::new(limits(4, 1));
    let id = hub.endpoint(&receiver.url(), "*");
    test(&tests(&hub), id).await.unwrap();
    let log = AuditLog::new(Arc::new(hub.store.memory.clone()));
    let filter = AuditFilter { action: Some("endpoint.tested".to_owned()), ..AuditFilter::default() };
    let lines = log.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items;
    let [line] = &lines[..] else { panic!("one line") };
    assert_eq!((line.subject.as_str(), line.detail.contains("webhook.test")), (id.to_string().as_str(), true));
}

#[tokio::test]
async fn a_paused_endpoint_is_tested_and_a_deleted_one_is_not() {
    let receiver = willing().await;
    let hub = Hub::new(limits(4, 1));
    let id = hub.endpoint(&receiver.url(), "*");
    let tests = tests(&hub);
    hub.endpoints().pause(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    assert_eq!(test(&tests, id).await.unwrap().attempt.status, Some(200));
    hub.endpoints().delete(Asker::SYSTEM, WORKSPACE, id, None).commit().unwrap();
    assert_eq!(test(&tests, id).await.unwrap_err().code(), "endpoint_not_found");
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn case_07_a_test_reaches_no_address_that_a_delivery_would_not() {
    let hub = Hub::new(limits(4, 1));
    let id = hub.endpoint_at("https://169.254.169.254/latest");
    let attempt = test(&tests(&hub), id).await.unwrap().attempt;
    assert_eq!(attempt.error_kind().map(ErrorKind::as_str), Some("forbidden_address"));
    assert!(attempt.detail.unwrap().starts_with("address 169.254.169.254 is refused: cloud metadata"));
}

#[tokio::test]
async fn an_endpoint_is_tested_by_one_at_a_time() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    let id = hub.endpoint(&receiver.url(), "*");
    let tests = tests(&hub);
    let first = tests.clone();
    let first = tokio::spawn(async move { test(&first, id).await });
    arrived.acquire().await.unwrap().forget();
    assert_eq!(test(&tests, id).await.unwrap_err().code(), "endpoint_test_under_way");
    leave.add_permits(2);
    assert_eq!(first.await.unwrap().unwrap().attempt.status, Some(200));
    assert!(test(&tests, id).await.is_ok());
}
