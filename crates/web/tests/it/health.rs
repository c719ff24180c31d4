//! `/healthz` and `/readyz`.

use actix_web::http::Method;
use devhub_web::Unready;
use insta::assert_json_snapshot;

use crate::hub::{Hub, request};

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
