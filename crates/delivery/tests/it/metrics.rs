//! What the engine counts.

use std::time::Duration;

use devhub_delivery::Metrics;
use devhub_domain::webhooks::{Delivery, RetrySchedule};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{Hub, Receiver, answer, limits};

/// A hub that gives a delivery up after one attempt, and the registry that counts it.
fn counted() -> (Hub, Registry) {
    let mut registry = Registry::default();
    let metrics = Metrics::registered(&mut registry);
    let schedule = RetrySchedule::new(vec![Duration::ZERO], 0).unwrap();
    (Hub { schedule, metrics, ..Hub::new(limits(8, 4)) }, registry)
}

/// The samples in the order of their text, but for those that vary with the time that something took.
fn samples(registry: &Registry) -> Vec<String> {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    let varies = |line: &str| line.starts_with('#') || line.contains("_bucket{") || line.contains("_sum ");
    let mut samples: Vec<_> = text.lines().filter(|line| !varies(line)).map(str::to_owned).collect();
    samples.sort();
    samples
}

fn is_over(delivery: &Delivery) -> bool {
    delivery.finished_at.is_some()
}

/// A receiver that answers with one status.
async fn saying(status: u16) -> String {
    Receiver::http(move |_| async move { answer(status, "") }).await.url()
}

/// A receiver whose answer is no HTTP.
async fn babbling() -> String {
    let receiver = Receiver::raw(|_, mut stream| async move {
        assert_ne!(stream.read(&mut [0; 4_096]).await.unwrap(), 0);
        stream.write_all(b"hello\r\n\r\n").await.unwrap();
    });
    receiver.await.url()
}

/// An address at which nobody listens.
async fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    format!("http://{address}/hook")
}

#[tokio::test]
async fn every_attempt_is_counted_by_how_it_ended_and_every_delivery_by_its_state() {
    let (hub, registry) = counted();
    let urls = [
        ("a.delivered", saying(204).await),
        ("a.redirected", saying(302).await),
        ("a.refused", saying(404).await),
        ("a.failed", saying(503).await),
        ("a.babbling", babbling().await),
        ("a.nobody", nobody().await),
    ];
    for (event_type, url) in &urls {
        hub.endpoint(url, event_type);
    }
    let engine = hub.start();
    for (event_type, _) in &urls {
        hub.publish(&engine.dispatcher(), event_type, 1);
    }
    hub.publish(&engine.dispatcher(), "a.delivered", 2);
    hub.all(is_over).await;
    // What is counted after the record is counted once the engine has ended.
    engine.shutdown(Duration::from_secs(10)).await;
    assert_eq!(
        samples(&registry),
        [
            "devhub_deliveries_finished_total{state=\"aborted\"} 0",
            "devhub_deliveries_finished_total{state=\"blocked\"} 0",
            "devhub_deliveries_finished_total{state=\"delivered\"} 3",
            "devhub_deliveries_finished_total{state=\"exhausted\"} 5",
            "devhub_deliveries_finished_total{state=\"expired\"} 0",
            "devhub_deliveries_finished_total{state=\"parked\"} 0",
            "devhub_deliveries_in_flight 0",
            "devhub_delivery_attempt_duration_seconds_count 8",
            "devhub_delivery_attempts_total{outcome=\"1xx\"} 0",
            "devhub_delivery_attempts_total{outcome=\"3xx\"} 1",
            "devhub_delivery_attempts_total{outcome=\"4xx\"} 1",
            "devhub_delivery_attempts_total{outcome=\"5xx\"} 1",
            "devhub_delivery_attempts_total{outcome=\"blocked\"} 0",
            "devhub_delivery_attempts_total{outcome=\"connect\"} 1",
            "devhub_delivery_attempts_total{outcome=\"delivered\"} 3",
            "devhub_delivery_attempts_total{outcome=\"dns\"} 0",
            "devhub_delivery_attempts_total{outcome=\"other\"} 0",
            "devhub_delivery_attempts_total{outcome=\"protocol\"} 1",
            "devhub_delivery_attempts_total{outcome=\"timeout\"} 0",
            "devhub_delivery_attempts_total{outcome=\"tls\"} 0",
            "devhub_delivery_attempts_total{outcome=\"too_large\"} 0",
            "devhub_delivery_latency_seconds_count 3",
            "devhub_endpoints_probed 0",
        ]
    );
}

#[tokio::test]
async fn an_attempt_under_way_is_in_flight_until_it_is_cut_off() {
    let (hub, registry) = counted();
    let (asked, mut has_asked) = tokio::sync::mpsc::channel(1);
    let receiver = Receiver::http(move |_| {
        let asked = asked.clone();
        async move {
            asked.send(()).await.unwrap();
            std::future::pending().await
        }
    });
    hub.endpoint(&receiver.await.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "a.b", 1);
    has_asked.recv().await.unwrap();
    assert!(samples(&registry).contains(&"devhub_deliveries_in_flight 1".to_owned()));
    engine.shutdown(Duration::ZERO).await;
    // Its task lets go of it when it sees that the engine is over.
    let let_go = async {
        while !samples(&registry).contains(&"devhub_deliveries_in_flight 0".to_owned()) {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), let_go).await.unwrap();
    assert!(samples(&registry).contains(&"devhub_delivery_attempt_duration_seconds_count 0".to_owned()));
}
