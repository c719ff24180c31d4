//! Keys, as OwnPay's clients manage them. *Source:* wire contract §2.10.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{IssuedKey, KeyStatus, NewApiKey};
use devhub_domain::operators::{EmailAddress, NewOperator, Role};
use devhub_domain::testing::label;
use serde_json::{Value, json};

use super::{get, request};
use crate::hub::{Answer, Hub, OTHER_WORKSPACE, WORKSPACE};

/// Whatever it was made of: nobody signs in here.
const PASSWORD: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCAuLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OWNER: &str = "ada@shop.example";

fn hub_with(role: Role) -> Hub {
    let hub = Hub::with_workspaces();
    let email = EmailAddress::new(OWNER).unwrap();
    let password = Some(PASSWORD.parse().unwrap());
    let operators = &hub.services.merchant.operators;
    operators.add(Asker::COMMAND_LINE, WORKSPACE, NewOperator { email, role, password }).commit().unwrap();
    hub
}

fn named(req: TestRequest) -> TestRequest {
    req.insert_header(("x-super-admin-email", OWNER))
}

async fn issue(hub: &Hub, key: &IssuedKey, body: &Value) -> Answer {
    hub.send(named(request(Method::POST, "/api-keys", key)).set_json(body)).await
}

#[actix_web::test]
async fn an_administrator_issues_lists_and_revokes_keys() {
    let hub = hub_with(Role::Owner);
    let admin = hub.key("read write admin");
    hub.clock.advance(Duration::from_secs(1));
    let issued = issue(&hub, &admin, &json!({ "name": "Shop", "scopes": ["read"] })).await;
    assert_eq!((issued.status.as_u16(), issued.header("cache-control")), (201, Some("no-store")));
    assert!(issued.data()["key"].as_str().unwrap().starts_with("op_"));
    let listed = hub.send(named(request(Method::GET, "/api-keys", &admin))).await.data();
    assert_eq!(listed[0]["name"], "Shop");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let path = format!("/api-keys/{}", listed[0]["id"].as_str().unwrap());
    let revoke = || named(request(Method::DELETE, &path, &admin));
    assert_eq!(hub.send(revoke()).await.data(), json!({ "message": "Key revoked" }));
    assert_eq!(hub.send(revoke()).await.failure(), (404, "KEY_NOT_FOUND".to_owned()));
}

#[actix_web::test]
async fn rule_07_a_key_may_be_issued_without_a_body() {
    let hub = hub_with(Role::Owner);
    let admin = hub.key("read write admin");
    hub.clock.advance(Duration::from_secs(1));
    for body in ["", "[]"] {
        let req = named(request(Method::POST, "/api-keys", &admin)).insert_header(("content-type", "application/json"));
        assert_eq!(hub.send(req.set_payload(body)).await.status.as_u16(), 201, "{body:?}");
    }
    let listed = hub.send(named(request(Method::GET, "/api-keys", &admin))).await.data();
    assert_eq!(listed[0]["name"], "Default");
}

#[actix_web::test]
async fn all_of_read_write_and_admin_is_needed_to_list_and_the_last_two_to_change() {
    let hub = hub_with(Role::Owner);
    let cases = [
        (Method::GET, "read", 403, "INSUFFICIENT_PRIVILEGE"),
        (Method::GET, "read admin", 403, "INSUFFICIENT_PRIVILEGE"),
        (Method::GET, "write admin", 403, "INSUFFICIENT_SCOPE"),
        (Method::POST, "read write", 403, "INSUFFICIENT_PRIVILEGE"),
        (Method::POST, "read admin", 403, "INSUFFICIENT_SCOPE"),
    ];
    for (method, scopes, status, code) in cases {
        let answer = hub.send(named(request(method.clone(), "/api-keys", &hub.key(scopes)))).await;
        assert_eq!(answer.failure(), (status, code.to_owned()), "{method} {scopes}");
    }
}

#[actix_web::test]
async fn an_owner_or_administrator_must_be_named() {
    let hub = hub_with(Role::Developer);
    let admin = hub.key("read write admin");
    let bare = get(&hub, "/api-keys", &admin).await;
    assert_eq!(bare.failure(), (400, "SUPER_ADMIN_EMAIL_REQUIRED".to_owned()));
    assert_eq!(bare.json()["errors"][0]["field"], "X-Super-Admin-Email");
    for email in [OWNER, "eve@shop.example", "nobody"] {
        let req = request(Method::GET, "/api-keys", &admin).insert_header(("x-super-admin-email", email));
        assert_eq!(hub.send(req).await.failure(), (403, "INVALID_SUPER_ADMIN".to_owned()), "{email}");
    }
}

#[actix_web::test]
async fn a_key_whose_owner_is_an_administrator_names_nobody() {
    let hub = hub_with(Role::Admin);
    let owner = Some(devhub_domain::api_keys::Owner::new(OWNER).unwrap());
    let scopes = "read write admin".parse().unwrap();
    let key = hub.issue(WORKSPACE, NewApiKey { owner, scopes, ..NewApiKey::with_label(label("Laravel")) });
    assert_eq!(get(&hub, "/api-keys", &key).await.status.as_u16(), 200);
    // What is there is looked at all the same.
    let req = request(Method::GET, "/api-keys", &key).insert_header(("x-super-admin-email", "eve@shop.example"));
    assert_eq!(hub.send(req).await.failure(), (403, "INVALID_SUPER_ADMIN".to_owned()));
}

#[actix_web::test]
async fn scopes_are_a_list_of_ownpays_own_words() {
    let hub = hub_with(Role::Owner);
    let admin = hub.key("read write admin keys:write");
    for scopes in [json!([]), json!(["keys:write"]), json!("read"), json!([1]), json!(["read", "root"])] {
        let answer = issue(&hub, &admin, &json!({ "scopes": scopes })).await;
        assert_eq!(answer.failure(), (422, "INVALID_SCOPES".to_owned()), "{scopes}");
    }
}

#[actix_web::test]
async fn no_key_gives_what_it_lacks() {
    let hub = hub_with(Role::Owner);
    let answer = issue(&hub, &hub.key("write admin"), &json!({ "scopes": ["read"] })).await;
    assert_eq!(answer.failure(), (403, "INSUFFICIENT_PRIVILEGE".to_owned()));
}

#[actix_web::test]
async fn a_repeated_request_issues_one_key_and_shows_it_once() {
    let hub = hub_with(Role::Owner);
    let (admin, other) = (hub.key("read write admin"), hub.key("read write admin"));
    let send = |key: &IssuedKey, body: Value| {
        let req = named(request(Method::POST, "/api-keys", key)).insert_header(("idempotency-key", "order-77"));
        hub.send(req.set_json(body))
    };
    let first = send(&admin, json!({ "name": "Shop" })).await;
    // The name is the workspace's: another key of it repeats the same request.
    let again = send(&other, json!({ "name": "Shop" })).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.data()["prefix"], first.data()["prefix"]);
    assert_eq!(again.data()["key"], json!(null));
    let changed = send(&admin, json!({ "name": "Till" })).await;
    assert_eq!(changed.failure(), (400, "IDEMPOTENCY_KEY_REUSED".to_owned()));
}

#[actix_web::test]
async fn keys_of_another_workspace_are_not_there() {
    let hub = hub_with(Role::Owner);
    let foreign = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other"))).key.id;
    let admin = hub.key("read write admin");
    for id in [foreign.to_string(), "17".to_owned(), "%2F".to_owned()] {
        let answer = hub.send(named(request(Method::DELETE, &format!("/api-keys/{id}"), &admin))).await;
        assert_eq!(answer.failure(), (404, "KEY_NOT_FOUND".to_owned()), "{id}");
    }
    let listed = hub.send(named(request(Method::GET, "/api-keys", &admin))).await.data();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn keys_with_scopes_of_the_hub_are_not_there() {
    let hub = hub_with(Role::Owner);
    let (admin, publisher) = (hub.key("read write admin"), hub.key("read events:write"));
    let listed = hub.send(named(request(Method::GET, "/api-keys", &admin))).await.data();
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [admin.key.id.to_string()]);
    let path = format!("/api-keys/{}", publisher.key.id);
    let answer = hub.send(named(request(Method::DELETE, &path, &admin))).await;
    assert_eq!(answer.failure(), (404, "KEY_NOT_FOUND".to_owned()));
    assert_eq!(hub.services.keys.find(WORKSPACE, publisher.key.id).unwrap().status, KeyStatus::Active);
}

#[actix_web::test]
async fn the_log_tells_from_where_a_key_was_managed_and_who_answers_for_it() {
    let hub = hub_with(Role::Owner);
    let (admin, other) = (hub.key("read write admin"), hub.key("read"));
    issue(&hub, &admin, &json!({})).await;
    hub.send(named(request(Method::DELETE, &format!("/api-keys/{}", other.key.id), &admin))).await;
    let operator = hub.services.merchant.operators.find_by_email(WORKSPACE, &EmailAddress::new(OWNER).unwrap());
    let answerable = operator.unwrap().unwrap().id.to_string();
    let log = hub.get(&format!("/api/hub/v1/audit?actor={}", admin.key.id), &hub.key("audit:read")).await.json();
    let told =
        |line: &Value| (line["action"].clone(), line["detail"]["from"].clone(), line["detail"]["answerable"].clone());
    let expected = ["key.revoked", "key.issued"].map(|action| (json!(action), json!("127.0.0.1"), json!(answerable)));
    assert_eq!(log["items"].as_array().unwrap().iter().map(told).collect::<Vec<_>>(), expected);
}

#[actix_web::test]
async fn a_header_that_names_nobody_is_as_good_as_none() {
    let hub = hub_with(Role::Admin);
    let owner = Some(devhub_domain::api_keys::Owner::new(OWNER).unwrap());
    let scopes = "read write admin".parse().unwrap();
    let owned = hub.issue(WORKSPACE, NewApiKey { owner, scopes, ..NewApiKey::with_label(label("Laravel")) });
    let list = |key| hub.send(request(Method::GET, "/api-keys", key).insert_header(("x-super-admin-email", " ")));
    assert_eq!(list(&owned).await.status.as_u16(), 200);
    assert_eq!(list(&hub.key("read write admin")).await.failure(), (400, "SUPER_ADMIN_EMAIL_REQUIRED".to_owned()));
}
