//! Endpoints that payments name, over the API: shown with their origin, changed but for their types. And other spellings of events.

use devhub_domain::id::EndpointId;
use devhub_domain::store::{Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::endpoint;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Endpoint, EndpointOrigin};
use serde_json::json;

use crate::hub::{Hub, WORKSPACE};

const ENDPOINTS: &str = "/api/hub/v1/endpoints";
const ADMIN: &str = "endpoints:read endpoints:write events:write deliveries:read";

/// An endpoint that a payment has named.
pub(crate) fn named(hub: &Hub) -> EndpointId {
    let named = Endpoint {
        workspace_id: WORKSPACE,
        origin: EndpointOrigin::Callback,
        event_types: Vec::new(),
        description: "Named by payments".to_owned(),
        ..endpoint(1)
    };
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let added: Result<(), StoreError> = write(store, Lane::Interactive, |tx| tx.insert_endpoint(&named));
    added.unwrap();
    named.id
}

#[actix_web::test]
async fn an_endpoint_that_payments_name_shows_its_origin_and_wants_no_types() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let id = named(&hub);
    let shown = hub.get(&format!("{ENDPOINTS}/{id}"), &admin).await.json();
    assert_eq!((&shown["origin"], &shown["event_types"]), (&json!("callback"), &json!([])));
    let listed = hub.get(ENDPOINTS, &admin).await.json();
    assert_eq!(listed["items"][0]["origin"], "callback");
}

#[actix_web::test]
async fn such_an_endpoint_is_changed_and_paused_and_is_given_no_types() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = format!("{ENDPOINTS}/{}", named(&hub));
    let refused = hub.patch(&path, &admin, "\"1\"", &json!({ "event_types": ["*"] })).await;
    assert_eq!((refused.status.as_u16(), refused.field("code")), (422, "callback_event_types".to_owned()));
    let changed = hub.patch(&path, &admin, "\"1\"", &json!({ "description": "The till", "timeout_s": 5 })).await;
    assert_eq!((changed.status.as_u16(), changed.field("description")), (200, "The till".to_owned()));
    assert_eq!(hub.post_text(&format!("{path}/pause"), &admin, "").await.field("status"), "paused");
}

#[actix_web::test]
async fn an_event_that_does_not_name_it_says_so() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    hub.clock.advance(std::time::Duration::from_secs(10));
    named(&hub);
    let event = json!({ "event_type": "payment.completed", "payload": {} });
    let id = hub.post("/api/hub/v1/events", &admin, &event).await.field("id");
    let outcomes = hub.get(&format!("/api/hub/v1/events/{id}/outcomes"), &admin).await.json();
    assert_eq!(outcomes["items"][0]["reason"], "not_named");
}

#[actix_web::test]
async fn other_spellings_of_events_are_those_of_the_catalogue_once_each() {
    let hub = Hub::new();
    let types = ["payment.paid", "payment.completed", "payment.partial_refunded", "link.paid"];
    let body = json!({ "url": "https://shop.example/hook", "event_types": types });
    let created = hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await.json();
    assert_eq!(created["event_types"], json!(["payment.completed", "refund.completed", "link.paid"]));
}
