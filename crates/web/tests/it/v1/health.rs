//! Whether the platform is there. *Source:* wire contract §2.4.

use actix_web::http::Method;
use devhub_domain::api_keys::Trust;
use devhub_web::Unready;

use super::get;
use crate::hub::{Hub, request};

#[actix_web::test]
async fn anybody_is_told_whether_it_is_there_and_nothing_of_what_is_in_it() {
    let answer = Hub::new().send(request(Method::GET, "/api/v1/health")).await;
    let told = answer.data();
    assert_eq!((&told["status"], &told["db"]), (&"healthy".into(), &"connected".into()));
    assert_eq!((told.get("customers"), told.get("gateways")), (None, None));
    assert_eq!(answer.header("x-api-version"), Some(env!("CARGO_PKG_VERSION")));
}

#[actix_web::test]
async fn a_key_is_told_all_seven_fields() {
    let hub = Hub::new();
    let told = get(&hub, "/health", &hub.key("read")).await.data();
    for name in ["status", "version", "db", "mobile", "gateways", "customers", "time"] {
        assert!(told.get(name).is_some(), "{name}");
    }
}

#[actix_web::test]
async fn a_key_that_is_not_accepted_is_told_so() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.revoke(key.key.id);
    assert_eq!(get(&hub, "/health", &key).await.failure(), (401, "INVALID_API_KEY".to_owned()));
    assert_eq!(get(&hub, "/health", &hub.key("write")).await.failure(), (403, "INSUFFICIENT_SCOPE".to_owned()));
}

#[actix_web::test]
async fn a_platform_without_its_store_is_degraded_and_says_success_all_the_same() {
    let hub = Hub::new();
    let detail = "the store does not answer".to_owned();
    hub.readiness.0.lock().unwrap().push(Unready { component: "store", detail });
    let answer = get(&hub, "/health", &hub.key("read")).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["success"]), (503, &true.into()));
    assert_eq!((&body["data"]["status"], &body["data"]["db"]), (&"degraded".into(), &"error".into()));
}

#[actix_web::test]
async fn the_store_is_connected_while_something_else_is_missing() {
    let hub = Hub::new();
    hub.readiness.0.lock().unwrap().push(Unready { component: "migrations", detail: "2 are pending".to_owned() });
    let answer = get(&hub, "/health", &hub.key("read")).await;
    let data = answer.json()["data"].take();
    assert_eq!(answer.status.as_u16(), 503);
    assert_eq!((&data["status"], &data["db"]), (&"degraded".into(), &"connected".into()));
}

#[actix_web::test]
async fn a_key_that_the_store_cannot_tell_of_is_told_that_the_store_is_away() {
    let hub = Hub::new();
    hub.directory.set_trust(Trust::Loading);
    hub.break_store();
    let unknown = "Bearer op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
    let req = request(Method::GET, "/api/v1/health").insert_header(("authorization", unknown));
    let answer = hub.send(req).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["success"]), (503, &true.into()));
    let data = &body["data"];
    assert_eq!((&data["status"], &data["db"], &data["customers"]), (&"degraded".into(), &"error".into(), &0.into()));
}
