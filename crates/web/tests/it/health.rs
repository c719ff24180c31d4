//! `/healthz` and `/readyz`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::{Error, test};
use devhub_web::{Readiness, Services, Unready};
use insta::assert_json_snapshot;
use tokio::sync::Notify;

use crate::hub::{Hub, request};

/// Finds nothing wrong, and counts how often it looks. Each look takes one permit; with no more to come it is free.
struct Probe {
    looks: AtomicUsize,
    started: Notify,
    permits: Mutex<mpsc::Receiver<()>>,
}

impl Probe {
    fn new() -> (Arc<Self>, mpsc::Sender<()>) {
        let (permit, permits) = mpsc::channel();
        let probe = Self { looks: AtomicUsize::new(0), started: Notify::new(), permits: Mutex::new(permits) };
        (Arc::new(probe), permit)
    }

    fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }
}

impl Readiness for Probe {
    fn unready(&self) -> Vec<Unready> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.started.notify_one();
        self.permits.lock().unwrap().recv().unwrap_or_default();
        Vec::new()
    }
}

/// One worker, which unlike [`Hub::send`] stays the same from request to request.
async fn worker(
    hub: &Hub,
    readiness: &Arc<Probe>,
) -> impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> {
    let services = Services { readiness: readiness.clone(), ..hub.services.clone() };
    test::init_service(devhub_web::app(services)).await
}

async fn status(app: &impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>) -> u16 {
    test::call_service(app, request(Method::GET, "/readyz").to_request()).await.status().as_u16()
}

#[actix_web::test]
async fn a_process_that_serves_is_healthy_without_a_key() {
    let answer = Hub::new().send(request(Method::GET, "/healthz")).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_hub_that_lacks_nothing_is_ready() {
    let answer = Hub::new().send(request(Method::GET, "/readyz")).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_hub_that_is_not_ready_says_what_is_not() {
    let hub = Hub::new();
    let unready = Unready { component: "migrations", detail: "2 migrations are pending".to_owned() };
    hub.readiness.0.lock().unwrap().push(unready);
    let answer = hub.send(request(Method::GET, "/readyz")).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_hub_without_a_store_is_healthy_all_the_same() {
    let hub = Hub::new();
    hub.break_store();
    assert_eq!(hub.send(request(Method::GET, "/healthz")).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn what_a_look_found_is_the_answer_for_one_second() {
    let hub = Hub::new();
    let (probe, permit) = Probe::new();
    drop(permit);
    let app = worker(&hub, &probe).await;
    status(&app).await;
    hub.clock.advance(Duration::from_millis(999));
    status(&app).await;
    assert_eq!(probe.looks(), 1);
    hub.clock.advance(Duration::from_millis(1));
    status(&app).await;
    assert_eq!(probe.looks(), 2);
}

#[actix_web::test]
async fn what_keeps_a_hub_unready_is_remembered_too() {
    let hub = Hub::new();
    let app = test::init_service(devhub_web::app(hub.services.clone())).await;
    hub.readiness.0.lock().unwrap().push(Unready { component: "store", detail: "away".to_owned() });
    assert_eq!(status(&app).await, 503);
    hub.readiness.0.lock().unwrap().clear();
    assert_eq!(status(&app).await, 503);
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&app).await, 200);
}

#[actix_web::test]
async fn many_who_ask_at_once_share_one_look() {
    let hub = Hub::new();
    let (probe, permit) = Probe::new();
    drop(permit);
    let app = worker(&hub, &probe).await;
    assert_eq!(tokio::join!(status(&app), status(&app), status(&app)), (200, 200, 200));
    assert_eq!(probe.looks(), 1);
}

#[actix_web::test]
async fn a_client_that_hangs_up_does_not_start_another_look() {
    let hub = Hub::new();
    let (probe, permit) = Probe::new();
    let app = worker(&hub, &probe).await;
    tokio::select! {
        status = status(&app) => panic!("answered {status} before the look ended"),
        () = probe.started.notified() => {}
    }
    drop(permit);
    assert_eq!(status(&app).await, 200);
    assert_eq!(probe.looks(), 1);
}
