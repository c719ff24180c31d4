//! `/api/hub/v1/event-types`, and what strict workspaces say of events.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::events::BATCH_EVENTS_MAX;
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, authorized};

const EVENT_TYPES: &str = "/api/hub/v1/event-types";
const EVENTS: &str = "/api/hub/v1/events";
const SCOPES: &str = "events:read events:write event_types:write audit:read";

fn order_paid() -> Value {
    json!({
        "name": "order.paid",
        "description": "An order was paid.",
        "schema": { "type": "object", "required": ["order"], "properties": { "order": { "type": "integer" } } },
        "sample": { "order": 77 },
    })
}

async fn strict(hub: &Hub) {
    let path = format!("/api/hub/v1/workspaces/{WORKSPACE}");
    let req = TestRequest::patch().uri(&path).set_json(json!({ "event_checks": "strict" }));
    let answer = hub.send(authorized(req, &hub.key(SCOPES))).await;
    assert_eq!((answer.status.as_u16(), answer.field("event_checks")), (200, "strict".to_owned()));
}

fn order(number: &Value) -> Value {
    json!({ "event_type": "order.paid", "payload": { "order": number } })
}

#[actix_web::test]
async fn the_catalogue_is_paged_in_its_order_and_ends_with_own_types() {
    let hub = Hub::new();
    let key = hub.key(SCOPES);
    hub.post(EVENT_TYPES, &key, &order_paid()).await;
    let first = hub.get(&format!("{EVENT_TYPES}?limit=6"), &key).await;
    assert_eq!(first.json()["items"][0]["name"], "payment.pending");
    assert_eq!(first.field("next_cursor"), "refund.completed");
    let second = hub.get(&format!("{EVENT_TYPES}?limit=20&cursor=refund.completed"), &key).await.json();
    assert_eq!(second["items"][0]["name"], "refund.failed");
    assert_eq!(
        second["items"][4]["name"], "endpoint.disabled",
        "what the hub itself tells comes last of what is built in"
    );
    assert_eq!((&second["items"][14]["name"], &second["items"][14]["own"]), (&json!("order.paid"), &json!(true)));
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (15, &Value::Null));
}

#[actix_web::test]
async fn an_event_type_is_shown_with_a_sample_and_a_schema() {
    let hub = Hub::new();
    let key = hub.key("events:read");
    assert_json_snapshot!(hub.get(&format!("{EVENT_TYPES}/customer.created"), &key).await.snapshot());
}

#[actix_web::test]
async fn what_is_not_in_the_catalogue_does_not_exist() {
    let hub = Hub::new();
    let key = hub.key("events:read");
    for name in ["payment", "webhook.test", "%F0%9F%8E%89"] {
        let answer = hub.get(&format!("{EVENT_TYPES}/{name}"), &key).await;
        assert_eq!(answer.status_and_code(), (404, "event_type_not_found".to_owned()), "{name}");
    }
    let answer = hub.get(&format!("{EVENT_TYPES}?cursor=%20"), &key).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
}

#[actix_web::test]
async fn an_own_type_is_created_changed_and_deleted() {
    let hub = Hub::new();
    let key = hub.key(SCOPES);
    let path = format!("{EVENT_TYPES}/order.paid");
    assert_json_snapshot!(hub.post(EVENT_TYPES, &key, &order_paid()).await.snapshot());
    let shown = hub.get(&path, &key).await;
    assert_eq!((shown.header("etag"), &shown.json()["schema"]), (Some("\"1\""), &order_paid()["schema"]));
    let changed = hub.patch(&path, &key, "\"1\"", &json!({ "archived": true })).await;
    assert_eq!((changed.header("etag"), &changed.json()["archived"]), (Some("\"2\""), &json!(true)));
    let late = hub.patch(&path, &key, "\"1\"", &json!({ "archived": false })).await;
    assert_eq!(late.status_and_code(), (412, "revision_stale".to_owned()));
    let delete = || authorized(TestRequest::default().method(Method::DELETE).uri(&path), &key);
    assert_eq!(hub.send(delete().insert_header(("if-match", "\"1\""))).await.status.as_u16(), 412);
    assert_eq!(hub.send(delete()).await.status.as_u16(), 204);
    assert_eq!(hub.send(delete()).await.status_and_code(), (404, "event_type_not_found".to_owned()));
    let log = hub.get("/api/hub/v1/audit?limit=3", &key).await.json();
    let actions = [0, 1, 2].map(|at| log["items"][at]["action"].as_str().unwrap().to_owned());
    assert_eq!(actions, ["event_type.deleted", "event_type.updated", "event_type.created"]);
}

#[actix_web::test]
async fn what_an_own_type_may_not_be_is_named() {
    let hub = Hub::new();
    let key = hub.key(SCOPES);
    let with = |name: &str, value: Value| {
        let mut body = order_paid();
        body[name] = value;
        body
    };
    let cases = [
        (409, "event_type_built_in", "", with("name", json!("payment.completed"))),
        (422, "validation_failed", "name", with("name", json!("payment.*"))),
        (422, "validation_failed", "description", with("description", json!(""))),
        (422, "validation_failed", "sample", with("sample", json!("a".repeat(64 * 1024)))),
        (
            422,
            "schema_invalid",
            "schema/properties/a/type",
            with("schema", json!({ "properties": { "a": { "type": 1 } } })),
        ),
        (422, "schema_invalid", "schema", with("schema", json!({ "$ref": "https://example.com/schema" }))),
        (422, "schema_invalid", "schema", with("schema", Value::Null)),
        (422, "schema_invalid", "schema", with("schema", json!({ "title": "a".repeat(64 * 1024) }))),
        (422, "sample_refused", "sample/order", with("sample", json!({ "order": "77" }))),
        (413, "body_too_large", "", with("sample", json!("a".repeat(140 * 1024)))),
    ];
    for (status, code, field, body) in cases {
        let answer = hub.post(EVENT_TYPES, &key, &body).await;
        assert_eq!(answer.status_and_code(), (status, code.to_owned()), "{}", answer.text);
        assert_eq!(answer.json()["errors"][0]["field"].as_str().unwrap_or_default(), field, "{}", answer.text);
    }
    assert_eq!(hub.post(EVENT_TYPES, &key, &order_paid()).await.status.as_u16(), 201);
    assert_eq!(hub.post(EVENT_TYPES, &key, &order_paid()).await.status_and_code().1, "event_type_taken");
    let path = format!("{EVENT_TYPES}/payment.completed");
    let answer = hub.patch(&path, &key, "*", &json!({ "archived": true })).await;
    assert_eq!(answer.status_and_code(), (409, "event_type_built_in".to_owned()));
}

#[actix_web::test]
async fn the_types_of_another_workspace_do_not_exist() {
    let hub = Hub::new();
    hub.post(EVENT_TYPES, &hub.key(SCOPES), &order_paid()).await;
    let new = NewApiKey { scopes: SCOPES.parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, new);
    let path = format!("{EVENT_TYPES}/order.paid");
    let delete = authorized(TestRequest::default().method(Method::DELETE).uri(&path), &stranger);
    let answers = [
        hub.get(&path, &stranger).await,
        hub.patch(&path, &stranger, "*", &json!({ "archived": true })).await,
        hub.send(delete).await,
    ];
    for answer in answers {
        assert_eq!(answer.status_and_code(), (404, "event_type_not_found".to_owned()));
    }
    let listed = hub.get(&format!("{EVENT_TYPES}?limit=100"), &stranger).await.json();
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["own"] == false));
    assert_eq!(hub.post(EVENT_TYPES, &stranger, &order_paid()).await.status.as_u16(), 201);
}

#[actix_web::test]
async fn a_type_without_a_schema_takes_any_payload() {
    let hub = Hub::with_workspaces();
    let key = hub.key(SCOPES);
    let body = json!({ "name": "order.paid", "description": "An order was paid.", "sample": null });
    assert_eq!(hub.post_once(EVENT_TYPES, &key, "a", &body).await.json()["schema"], json!({}));
    let again = hub.post_once(EVENT_TYPES, &key, "a", &body).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")));
    strict(&hub).await;
    assert_eq!(hub.post(EVENTS, &key, &order(&json!([]))).await.status.as_u16(), 201);
}

#[actix_web::test]
async fn reading_and_changing_the_catalogue_need_their_scopes() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read events:write endpoints:write");
    let workspace = format!("/api/hub/v1/workspaces/{WORKSPACE}");
    let req = TestRequest::patch().uri(&workspace).set_json(json!({ "event_checks": "strict" }));
    let answers = [
        (hub.get(EVENT_TYPES, &key).await, "events:read"),
        (hub.post(EVENT_TYPES, &key, &order_paid()).await, "event_types:write"),
        (hub.send(authorized(req, &key)).await, "event_types:write"),
    ];
    for (answer, scope) in answers {
        assert_eq!(answer.status_and_code(), (403, "insufficient_scope".to_owned()));
        assert!(answer.field("detail").ends_with(scope), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_strict_workspace_names_what_it_refuses() {
    let hub = Hub::with_workspaces();
    let key = hub.key(SCOPES);
    hub.post(EVENT_TYPES, &key, &order_paid()).await;
    strict(&hub).await;
    assert_eq!(hub.post(EVENTS, &key, &order(&json!(1))).await.status.as_u16(), 201);
    let unknown = json!({ "event_type": "order.lost", "payload": 1 });
    assert_json_snapshot!("an_unknown_type_is_named", hub.post(EVENTS, &key, &unknown).await.snapshot());
    let secret = order(&json!("sk_live_8ae87c48aae2f50bc1e19b4f"));
    let refused = hub.post(EVENTS, &key, &secret).await;
    assert!(!refused.text.contains("sk_live"), "{}", refused.text);
    assert_json_snapshot!("the_field_that_is_wrong_is_named", refused.snapshot());
}

#[actix_web::test]
async fn a_strict_workspace_names_the_position_in_a_batch() {
    let hub = Hub::with_workspaces();
    let key = hub.key(SCOPES);
    hub.post(EVENT_TYPES, &key, &order_paid()).await;
    strict(&hub).await;
    let mut events = vec![order(&json!(1)); BATCH_EVENTS_MAX - 90];
    events[7] = order(&json!(1.5));
    let refused = hub.post(&format!("{EVENTS}/batch"), &key, &json!({ "events": events })).await;
    assert_eq!(refused.status_and_code(), (422, "payload_refused".to_owned()));
    assert_eq!(refused.json()["errors"][0]["field"], "events[7].payload/order");
    events[7] = json!({ "event_type": "order.lost", "payload": 1 });
    let refused = hub.post(&format!("{EVENTS}/batch"), &key, &json!({ "events": events })).await;
    assert_eq!(refused.json()["errors"][0]["field"], "events[7].event_type");
    assert_eq!(hub.get(EVENTS, &key).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn a_workspace_is_strict_or_not() {
    let hub = Hub::with_workspaces();
    let path = format!("/api/hub/v1/workspaces/{WORKSPACE}");
    let req = TestRequest::patch().uri(&path).set_json(json!({ "event_checks": "on" }));
    let answer = hub.send(authorized(req, &hub.key(SCOPES))).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
    let req = TestRequest::patch().uri("/api/hub/v1/workspaces/x").set_json(json!({ "event_checks": "off" }));
    let answer = hub.send(authorized(req, &hub.key(SCOPES))).await;
    assert_eq!(answer.status_and_code(), (404, "workspace_not_found".to_owned()));
}
