//! What becomes of keys through the API reaches the endpoints that named it.

use devhub_domain::api_keys::IssuedKey;
use serde_json::{Value, json};

use crate::hub::{Hub, token};

const KEYS: &str = "/api/hub/v1/keys";
const ADMIN: &str = "read write keys:read keys:write endpoints:read endpoints:write deliveries:read events:read";

async fn subscribe(hub: &Hub, admin: &IssuedKey, pattern: &str) -> String {
    let body = json!({ "url": "https://ops.example/hook", "event_types": [pattern] });
    hub.post("/api/hub/v1/endpoints", admin, &body).await.field("id")
}

async fn items(hub: &Hub, admin: &IssuedKey, path: &str) -> Vec<Value> {
    hub.get(path, admin).await.json()["items"].as_array().unwrap().clone()
}

/// The types of what waits for an endpoint, in alphabetical order.
async fn waiting(hub: &Hub, admin: &IssuedKey, endpoint_id: &str) -> Vec<String> {
    let items = items(hub, admin, &format!("/api/hub/v1/deliveries?endpoint_id={endpoint_id}&limit=100")).await;
    let mut types: Vec<_> = items.iter().map(|item| item["event_type"].as_str().unwrap().to_owned()).collect();
    types.sort_unstable();
    types
}

#[actix_web::test]
async fn changes_of_keys_reach_who_named_them_and_not_who_wants_everything() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let [named, all, revocations] = [
        subscribe(&hub, &admin, "key.*").await,
        subscribe(&hub, &admin, "*").await,
        subscribe(&hub, &admin, "key.revoked").await,
    ];
    let body = json!({ "label": "Till", "scopes": ["read"], "metadata": { "customer": "hidden" } });
    let id = hub.post(KEYS, &admin, &body).await.field("id");
    for transition in ["lock", "unlock", "rotate", "revoke"] {
        let answer = hub.post(&format!("{KEYS}/{id}/{transition}"), &admin, &json!({})).await;
        assert!(answer.status.is_success(), "{transition}: {}", answer.text);
    }
    let expected = ["key.issued", "key.issued", "key.locked", "key.revoked", "key.rotated", "key.unlocked"];
    assert_eq!(waiting(&hub, &admin, &named).await, expected);
    assert_eq!(waiting(&hub, &admin, &all).await, [""; 0]);
    assert_eq!(waiting(&hub, &admin, &revocations).await, ["key.revoked"]);
}

#[actix_web::test]
async fn an_event_names_the_key_and_who_did_it_and_nothing_that_opens_anything() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    subscribe(&hub, &admin, "key.issued").await;
    let body =
        json!({ "label": "Till", "scopes": ["read"], "owner": "checkout", "metadata": { "customer": "hidden" } });
    let issued = hub.post(KEYS, &admin, &body).await;
    let event = items(&hub, &admin, "/api/hub/v1/events").await.remove(0);
    let path = format!("/api/hub/v1/events/{}", event["id"].as_str().unwrap());
    let told = hub.get(&path, &admin).await;
    let data = &told.json()["payload"]["data"];
    assert_eq!((&data["key_id"], &data["label"]), (&json!(issued.field("id")), &json!("Till")), "{}", told.text);
    assert_eq!((&data["owner"], &data["scopes"]), (&json!("checkout"), &json!(["read"])));
    assert_eq!(data["actor"], json!(admin.key.id.to_string()));
    let secret = issued.field("token");
    assert!(!told.text.contains("hidden") && !told.text.contains(secret.split_once('.').unwrap().1), "{}", told.text);
    assert!(!told.text.contains(token(&admin)));
}

#[actix_web::test]
async fn each_key_of_a_bulk_change_is_told_and_an_import_is_not() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let ids = [hub.key("read").key.id.to_string(), hub.key("read").key.id.to_string()];
    let named = subscribe(&hub, &admin, "key.*").await;
    let body = json!({ "action": "lock", "ids": ids });
    let answer = hub.post(&format!("{KEYS}/bulk"), &admin, &body).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let hash = "41cea3b1ac3262502612d2ab11cb3c7c21ae30dd394d13acc44c8bb3c1243297";
    let line = format!("Shop\t8ae87c48\t{hash}\t[\"read\"]\tactive\tNULL\n");
    let content = format!("name\tkey_prefix\tkey_hash\tscopes\tstatus\texpires_at\n{line}");
    let imported = hub.post(&format!("{KEYS}/import"), &admin, &json!({ "content": content })).await;
    assert_eq!(imported.json()["new"], 1, "{}", imported.text);
    assert_eq!(waiting(&hub, &admin, &named).await, ["key.locked"; 2]);
}

#[actix_web::test]
async fn nobody_publishes_what_the_hub_tells_of_keys() {
    let hub = Hub::new();
    let publisher = hub.key("events:write");
    let body = json!({ "event_type": "key.revoked", "payload": {} });
    let answer = hub.post("/api/hub/v1/events", &publisher, &body).await;
    assert_eq!(answer.status_and_code(), (422, "event_type_reserved".to_owned()));
}
