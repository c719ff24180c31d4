//! `/api/hub/v1/keys/verify`.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ApiKey, IssuedKey, Metadata, NewApiKey, Owner};
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_domain::testing::label;
use devhub_domain::time::{Clock as _, Timestamp};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, rates, token};

const VERIFY: &str = "/api/hub/v1/keys/verify";

async fn verify(hub: &Hub, door: &IssuedKey, body: &Value) -> Value {
    let answer = hub.post(VERIFY, door, body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}

async fn code(hub: &Hub, door: &IssuedKey, token: &str) -> Value {
    verify(hub, door, &json!({ "token": token })).await["code"].clone()
}

#[actix_web::test]
async fn a_valid_token_is_told_with_its_key_and_what_remains() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read write"));
    let body = json!({ "token": token(&shop), "scopes": ["read"], "address": "203.0.113.7" });
    assert_json_snapshot!(hub.post(VERIFY, &door, &body).await.snapshot());
}

#[actix_web::test]
async fn the_exact_reason_is_told() {
    let hub = Hub::new();
    let door = hub.key("keys:read");
    let changed = |change: fn(&Hub, &IssuedKey)| {
        let key = hub.key("read");
        change(&hub, &key);
        key
    };
    let locked = changed(|hub, key| {
        hub.services.keys.lock(Asker::COMMAND_LINE, WORKSPACE, key.key.id).commit().unwrap();
    });
    let revoked = changed(|hub, key| hub.revoke(key.key.id));
    assert_eq!(code(&hub, &door, token(&locked)).await, "LOCKED");
    assert_eq!(code(&hub, &door, token(&revoked)).await, "REVOKED");
    assert_eq!(code(&hub, &door, "x").await, "MALFORMED");
    assert_eq!(code(&hub, &door, "").await, "MALFORMED");
    let unknown = "op_00000000.000000000000000000000000000000000000000000000000";
    assert_eq!(code(&hub, &door, unknown).await, "NOT_FOUND");
    let scopes = json!({ "token": token(&hub.key("read")), "scopes": ["write"] });
    assert_json_snapshot!(hub.post(VERIFY, &door, &scopes).await.snapshot());
}

#[actix_web::test]
async fn a_token_of_another_workspace_is_answered_like_one_that_does_not_exist() {
    let hub = Hub::new();
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    let unknown = "op_00000000.000000000000000000000000000000000000000000000000";
    let door = hub.key("keys:read");
    let foreign = verify(&hub, &door, &json!({ "token": token(&stranger) })).await;
    assert_eq!(foreign, verify(&hub, &door, &json!({ "token": unknown })).await);
    assert_eq!(foreign, json!({ "valid": false, "code": "NOT_FOUND", "key": null, "rate_limit": null }));
}

#[actix_web::test]
async fn a_key_with_an_allow_list_needs_an_address_that_is_on_it() {
    let hub = Hub::new();
    let door = hub.key("keys:read");
    let allow_list = vec!["203.0.113.0/24".parse().unwrap(), "0.0.0.0/0".parse().unwrap()];
    let shop = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Shop")) });
    let cases = [
        (json!({ "token": token(&shop) }), "IP_NOT_ALLOWED"),
        (json!({ "token": token(&shop), "address": "2001:db8::1" }), "IP_NOT_ALLOWED"),
        (json!({ "token": token(&shop), "address": "203.0.113.7" }), "VALID"),
        (json!({ "token": token(&shop), "address": "::ffff:203.0.113.7" }), "VALID"),
    ];
    for (body, expected) in cases {
        assert_eq!(verify(&hub, &door, &body).await["code"], expected, "{body}");
    }
}

#[actix_web::test]
async fn the_rate_of_the_verified_key_is_spent_only_when_nothing_else_refuses_it() {
    let mut hub = Hub::new();
    let default = Policy::default_per_key(Quota::per_minute(2.try_into().unwrap()));
    let exempt_networks = vec!["127.0.0.0/8".parse().unwrap()];
    hub.services.rates = rates(RateRules { default, exempt_networks, ..RateRules::default() }, hub.clock.clone());
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    let asked = json!({ "token": token(&shop), "scopes": ["write"] });
    for _ in 0..5 {
        assert_eq!(verify(&hub, &door, &asked).await["code"], "INSUFFICIENT_SCOPE");
    }
    assert_eq!(code(&hub, &door, token(&shop)).await, "VALID");
    assert_eq!(code(&hub, &door, token(&shop)).await, "VALID");
    let limited = verify(&hub, &door, &json!({ "token": token(&shop) })).await;
    assert_eq!((&limited["valid"], &limited["code"]), (&json!(false), &json!("RATE_LIMITED")));
    assert_eq!(limited["rate_limit"]["retry_after_s"], 30);
}

#[actix_web::test]
async fn a_key_is_told_with_its_owner_its_metadata_and_its_end() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    let changed = ApiKey {
        owner: Some(Owner::new("checkout team").unwrap()),
        metadata: Metadata::new(json!({ "plan": { "name": "gold" } })).unwrap(),
        expires_at: Some(Timestamp::from_seconds(1_900_000_000)),
        revision: shop.key.revision + 1,
        ..shop.key.clone()
    };
    hub.directory.put(&changed);
    let told = verify(&hub, &door, &json!({ "token": token(&shop) })).await;
    assert_eq!(told["key"]["owner"], "checkout team");
    assert_eq!(told["key"]["metadata"], json!({ "plan": { "name": "gold" } }));
    assert_eq!(told["key"]["expires_at"], "2030-03-17T17:46:40.000000Z");
}

#[actix_web::test]
async fn a_key_that_was_rotated_without_a_grace_is_told_with_its_end() {
    let hub = Hub::new();
    let (door, admin, shop) = (hub.key("keys:read"), hub.key("keys:write read"), hub.key("read"));
    let path = format!("/api/hub/v1/keys/{}/rotate", shop.key.id);
    assert_eq!(hub.post(&path, &admin, &json!({ "grace_s": 0 })).await.status.as_u16(), 201);
    let told = verify(&hub, &door, &json!({ "token": token(&shop) })).await;
    assert_eq!(told["code"], "EXPIRED");
    assert_eq!(told["key"]["expires_at"], hub.clock.now().to_string());
}

#[actix_web::test]
async fn a_request_costs_what_the_door_says_and_nothing_only_looks() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    for (cost, code, remaining, wait) in [
        (json!(null), "VALID", 599, json!(null)),
        (json!(99), "VALID", 500, json!(null)),
        (json!(0), "VALID", 500, json!(null)),
        (json!(501), "RATE_LIMITED", 500, json!(1)),
        (json!(500), "VALID", 0, json!(null)),
        (json!(0), "VALID", 0, json!(null)),
        (json!(1), "RATE_LIMITED", 0, json!(1)),
        (json!(601), "RATE_LIMITED", 0, json!(null)),
    ] {
        let told = verify(&hub, &door, &json!({ "token": token(&shop), "cost": cost })).await;
        let rate = &told["rate_limit"];
        assert_eq!((told["code"].as_str(), &rate["remaining"]), (Some(code), &json!(remaining)), "{cost}");
        assert_eq!(rate["retry_after_s"], wait, "{cost}");
    }
    let answer = hub.post(VERIFY, &door, &json!({ "token": token(&shop), "cost": 1_000_001 })).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
}

#[actix_web::test]
async fn an_answer_is_of_its_own_moment_whatever_the_request_is_named() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    let body = json!({ "token": token(&shop) });
    assert_eq!(hub.post_once(VERIFY, &door, "door", &body).await.field("code"), "VALID");
    hub.revoke(shop.key.id);
    let after = hub.post_once(VERIFY, &door, "door", &body).await;
    assert_eq!((after.field("code"), after.header("idempotent-replayed")), ("REVOKED".to_owned(), None));
}

#[actix_web::test]
async fn no_complaint_repeats_the_token() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    let token = token(&shop);
    let bodies = [
        json!({ "token": [token] }),
        json!({ "token": token, "scopes": token }),
        json!({ "token": token, "scopes": [token] }),
        json!({ "token": token, "address": token }),
        json!({ "token": token, token: 1 }),
    ];
    for body in bodies {
        let answer = hub.post(VERIFY, &door, &body).await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
        assert!(!answer.text.contains(token.get(20..40).unwrap()), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_door_needs_the_store_only_where_memory_cannot_tell() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    hub.break_store();
    assert_eq!(code(&hub, &door, token(&shop)).await, "VALID");
}
