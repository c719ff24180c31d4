//! `/api/hub/v1/event-types`.

use insta::assert_json_snapshot;
use serde_json::Value;

use crate::hub::Hub;

const EVENT_TYPES: &str = "/api/hub/v1/event-types";

#[actix_web::test]
async fn the_catalogue_is_paged_in_its_order() {
    let hub = Hub::new();
    let key = hub.key("read");
    let first = hub.get(&format!("{EVENT_TYPES}?limit=6"), &key).await;
    assert_eq!(first.json()["items"][0]["name"], "payment.pending");
    assert_eq!(first.field("next_cursor"), "refund.completed");
    let second = hub.get(&format!("{EVENT_TYPES}?limit=7&cursor=refund.completed"), &key).await.json();
    assert_eq!(second["items"][0]["name"], "refund.failed");
    assert_eq!(second["items"][4]["name"], "endpoint.disabled", "what the hub itself tells comes last");
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (7, &Value::Null));
}

#[actix_web::test]
async fn an_event_type_is_shown_with_a_sample() {
    let hub = Hub::new();
    let key = hub.key("read");
    assert_json_snapshot!(hub.get(&format!("{EVENT_TYPES}/customer.created"), &key).await.snapshot());
}

#[actix_web::test]
async fn what_is_not_in_the_catalogue_does_not_exist() {
    let hub = Hub::new();
    let key = hub.key("read");
    for name in ["payment", "webhook.test", "%F0%9F%8E%89"] {
        let answer = hub.get(&format!("{EVENT_TYPES}/{name}"), &key).await;
        assert_eq!(answer.status_and_code(), (404, "event_type_not_found".to_owned()), "{name}");
    }
    let answer = hub.get(&format!("{EVENT_TYPES}?cursor=payment"), &key).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
}
