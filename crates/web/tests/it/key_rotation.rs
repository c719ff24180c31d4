//! `/api/hub/v1/keys/{id}/rotate`, who has not changed over, and the receipts of what is refused.

use std::time::Duration;

use actix_web::http::Method;
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, OTHER_WORKSPACE, authorized, request, token};

const KEYS: &str = "/api/hub/v1/keys";
const ADMIN: &str = "read write keys:read keys:write";

#[actix_web::test]
async fn a_successor_is_answered_with_its_token_once_and_with_what_it_replaces() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let path = format!("{KEYS}/{}", old.key.id);
    let answer = hub.post(&format!("{path}/rotate"), &admin, &json!({ "grace_s": 3_600 })).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
    assert_json_snapshot!(answer.snapshot());
    let told = hub.get(&path, &admin).await.json();
    assert_eq!((&told["status"], &told["successor_id"]), (&json!("retiring"), &answer.json()["id"]));
    assert_eq!(told["retires_at"], told["expires_at"]);
    assert!(!hub.get(KEYS, &admin).await.text.contains(&answer.field("token")));
    hub.clock.advance(Duration::from_hours(1));
    assert_eq!(hub.get("/api/hub/v1/whoami", &old).await.status, 401);
}

#[actix_web::test]
async fn a_rotation_that_is_repeated_makes_one_successor_and_shows_its_token_once() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let path = format!("{KEYS}/{}/rotate", old.key.id);
    let first = hub.post_once(&path, &admin, "rotate-1", &json!({})).await;
    let again = hub.post_once(&path, &admin, "rotate-1", &json!({})).await;
    assert_eq!((again.status.as_u16(), again.field("id")), (201, first.field("id")));
    assert_eq!((again.json()["token"].clone(), again.json()["already_shown"].clone()), (Value::Null, json!(true)));
    assert!(!again.text.contains(&first.field("token")));
    let other = hub.post(&path, &admin, &json!({})).await;
    assert_eq!(other.status_and_code(), (409, "key_retiring".to_owned()));
}

#[actix_web::test]
async fn a_grace_has_at_most_30_days() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let answer = hub.post(&format!("{KEYS}/{}/rotate", old.key.id), &admin, &json!({ "grace_s": 2_592_001 })).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
    assert_eq!(answer.json()["errors"][0]["detail"], "must be at most 2592000 seconds, which is 30 days");
}

#[actix_web::test]
async fn a_key_rotates_itself_and_is_refused_by_the_next_request() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = format!("{KEYS}/{}/rotate", admin.key.id);
    let answer = hub.post(&path, &admin, &json!({ "grace_s": 0 })).await;
    assert_eq!(answer.json()["receipt"]["missing"], json!([]));
    assert_eq!(hub.post(&path, &admin, &json!({})).await.status, 401);
}

#[actix_web::test]
async fn who_has_not_changed_over_is_told_with_address_and_program() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let path = format!("{KEYS}/{}", old.key.id);
    let nobody = json!({ "calls": 0, "last_at": null, "last_address": null, "last_user_agent": null });
    hub.post(&format!("{path}/rotate"), &admin, &json!({ "grace_s": 60 })).await;
    assert_eq!(hub.get(&format!("{path}/stragglers"), &admin).await.json(), nobody);
    let call = || request(Method::GET, "/api/hub/v1/whoami").insert_header(("user-agent", "OwnPay-NodeJS/1.0.0"));
    assert_eq!(hub.send(authorized(call(), &old)).await.status, 200);
    hub.clock.advance(Duration::from_mins(1));
    assert_eq!(hub.send(authorized(call(), &old)).await.status, 401);
    let told = hub.get(&format!("{path}/stragglers"), &admin).await.json();
    assert_eq!((&told["calls"], &told["last_address"]), (&json!(2), &json!("127.0.0.1")));
    assert_eq!(told["last_user_agent"], "OwnPay-NodeJS/1.0.0");
}

#[actix_web::test]
async fn what_is_verified_for_another_door_is_a_call_too() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let path = format!("{KEYS}/{}", old.key.id);
    hub.post(&format!("{path}/rotate"), &admin, &json!({})).await;
    let question = json!({ "token": token(&old), "address": "203.0.113.7" });
    assert_eq!(hub.post(&format!("{KEYS}/verify"), &admin, &question).await.json()["code"], "VALID");
    let told = hub.get(&format!("{path}/stragglers"), &admin).await.json();
    assert_eq!((&told["calls"], &told["last_address"]), (&json!(1), &json!("203.0.113.7")));
}

#[actix_web::test]
async fn what_another_workspace_verifies_is_no_call() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    let stranger = hub.issue(
        OTHER_WORKSPACE,
        NewApiKey { scopes: "keys:read".parse().unwrap(), ..NewApiKey::with_label(label("Other")) },
    );
    let path = format!("{KEYS}/{}", old.key.id);
    hub.post(&format!("{path}/rotate"), &admin, &json!({})).await;
    let question = json!({ "token": token(&old), "address": "203.0.113.7" });
    let verify = format!("{KEYS}/verify");
    let ask = |door| hub.post(&verify, door, &question);
    assert_eq!(ask(&stranger).await.json()["code"], "NOT_FOUND");
    assert_eq!(hub.get(&format!("{path}/stragglers"), &admin).await.json()["calls"], 0);
    assert_eq!(ask(&admin).await.json()["code"], "VALID");
    assert_eq!(hub.get(&format!("{path}/stragglers"), &admin).await.json()["calls"], 1);
}

#[actix_web::test]
async fn retiring_keys_are_listed_by_their_word() {
    let hub = Hub::new();
    let (admin, old) = (hub.key(ADMIN), hub.key("read"));
    hub.post(&format!("{KEYS}/{}/rotate", old.key.id), &admin, &json!({})).await;
    let listed = |word: &'static str| {
        let (hub, admin) = (&hub, &admin);
        async move { hub.get(&format!("{KEYS}?status={word}"), admin).await.json()["items"].as_array().unwrap().clone() }
    };
    let retiring = listed("retiring").await;
    assert_eq!((retiring.len(), &retiring[0]["id"]), (1, &json!(old.key.id.to_string())));
    assert!(listed("active").await.iter().all(|key| key["status"] == "active"));
    assert_eq!(listed("active").await.len(), 2);
}

#[actix_web::test]
async fn lock_and_revoke_answer_a_receipt_which_a_repeated_answer_has_not() {
    let hub = Hub::new();
    let (admin, key) = (hub.key(ADMIN), hub.key("read"));
    for change in ["lock", "revoke"] {
        let path = format!("{KEYS}/{}/{change}", key.key.id);
        let first = hub.post_once(&path, &admin, change, &json!({})).await;
        let receipt = &first.json()["receipt"];
        assert_eq!(receipt["nodes"], json!([{ "node": "local", "acknowledged_after_ms": 0.0 }]), "{change}");
        assert_eq!(receipt["missing"], json!([]), "{change}");
        assert!(receipt["effective_at"].is_string(), "{change}");
        assert_eq!(hub.get("/api/hub/v1/whoami", &key).await.status, 401, "{change}");
        let again = hub.post_once(&path, &admin, change, &json!({})).await;
        assert_eq!(again.json()["receipt"], Value::Null, "{change}");
    }
}
