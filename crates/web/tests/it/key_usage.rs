//! What keys are used for: counted where requests are answered, and told as JSON and as CSV.

use std::time::Duration;

use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{IssuedKey, NewApiKey};
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, authorized, rates, token};

fn path(key: &IssuedKey, rest: &str) -> String {
    format!("/api/hub/v1/keys/{}{rest}", key.key.id)
}

async fn usage(hub: &Hub, reader: &IssuedKey, of: &IssuedKey) -> Value {
    hub.services.usage.flush().unwrap();
    let answer = hub.get(&path(of, "/usage?step=hour"), reader).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}

async fn whoami(hub: &Hub, key: &IssuedKey) -> u16 {
    hub.get("/api/hub/v1/whoami", key).await.status.as_u16()
}

#[actix_web::test]
async fn calls_are_counted_by_the_status_of_their_answer() {
    let hub = Hub::new();
    let (reader, key) = (hub.key("keys:read"), hub.key("read keys:read"));
    assert_eq!(whoami(&hub, &key).await, 200);
    assert_eq!(whoami(&hub, &key).await, 200);
    assert_eq!(hub.get("/api/hub/v1/keys/key_x", &key).await.status.as_u16(), 404);
    hub.services.usage.flush().unwrap();
    assert_json_snapshot!(hub.get(&path(&key, "/usage?step=hour"), &reader).await.snapshot());
}

#[actix_web::test]
async fn refused_calls_are_counted_by_their_reason_too() {
    let mut hub = Hub::new();
    let (reader, key) = (hub.key("keys:read"), hub.key("read"));
    assert_eq!(hub.get("/api/hub/v1/keys", &key).await.status.as_u16(), 403);
    let default = Policy::default_per_key(Quota::per_minute(1.try_into().unwrap()));
    hub.services.rates = rates(RateRules { default, ..RateRules::default() }, hub.clock.clone());
    assert_eq!((whoami(&hub, &key).await, whoami(&hub, &key).await), (200, 429));
    hub.services.keys.lock(Asker::COMMAND_LINE, WORKSPACE, key.key.id).commit().unwrap();
    assert_eq!(whoami(&hub, &key).await, 401);
    let total = usage(&hub, &reader, &key).await["total"].clone();
    assert_eq!(total["answers"], json!({ "2xx": 1, "3xx": 0, "4xx": 2, "429": 1, "5xx": 0 }));
    let reasons = ["INSUFFICIENT_SCOPE", "RATE_LIMITED", "LOCKED"].map(|code| total["refusals"][code].clone());
    assert_eq!(
        (total["calls"].clone(), total["refused"].clone(), reasons),
        (json!(4), json!(3), [1, 1, 1].map(|n| json!(n)))
    );
}

#[actix_web::test]
async fn verifications_are_counted_for_the_verified_key() {
    let hub = Hub::new();
    let (door, shop) = (hub.key("keys:read"), hub.key("read"));
    for scopes in [json!(["read"]), json!(["write"])] {
        let body = json!({ "token": token(&shop), "scopes": scopes, "address": "203.0.113.7" });
        assert_eq!(hub.post("/api/hub/v1/keys/verify", &door, &body).await.status.as_u16(), 200);
    }
    let told = usage(&hub, &door, &shop).await;
    assert_eq!((&told["total"]["verifications"], &told["total"]["refused"]), (&json!(2), &json!(1)));
    assert_eq!(told["last_addresses"][0]["address"], "203.0.113.7");
}

#[actix_web::test]
async fn checks_of_a_proxy_are_verifications_of_what_it_was_asked() {
    let mut hub = Hub::new();
    hub.services.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let (reader, shop) = (hub.key("keys:read"), hub.key("read"));
    for (id, scope) in [("order-1", "read"), ("order-2", "write")] {
        let check = TestRequest::get().uri(&format!("/auth/check?scope={scope}")).insert_header(("x-request-id", id));
        let asked =
            check.insert_header(("x-original-method", "PUT")).insert_header(("x-original-uri", "/orders/7?a=b"));
        hub.send(authorized(asked, &shop)).await;
    }
    let total = usage(&hub, &reader, &shop).await["total"].clone();
    assert_eq!([&total["calls"], &total["verifications"], &total["refused"]], [&json!(2), &json!(2), &json!(1)]);
    let told = hub.post(&path(&shop, "/explain"), &reader, &json!({ "request_id": "order-2" })).await.json();
    assert_eq!([&told["request"]["method"], &told["request"]["path"]], [&json!("PUT"), &json!("/orders/7")]);
}

#[actix_web::test]
async fn the_keys_of_a_workspace_are_told_page_by_page_and_those_of_others_not_at_all() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    // Its id says that it is the newest.
    hub.clock.advance(Duration::from_secs(1));
    let shop = hub.key("read");
    whoami(&hub, &shop).await;
    whoami(&hub, &stranger).await;
    hub.services.usage.flush().unwrap();
    let first = hub.get("/api/hub/v1/keys/usage?limit=1", &reader).await.json();
    assert_eq!(
        (first["items"][0]["key_id"].as_str(), &first["items"][0]["calls"]),
        (Some(&*shop.key.id.to_string()), &json!(1))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hub.get(&format!("/api/hub/v1/keys/usage?limit=1&cursor={cursor}"), &reader).await.json();
    assert_eq!(second["items"][0]["key_id"], reader.key.id.to_string());
    assert_eq!(second["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn a_table_has_a_line_for_each_key_and_no_formula() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    hub.clock.advance(Duration::from_secs(1));
    let odd = hub.issue(WORKSPACE, NewApiKey::with_label(label("=HYPERLINK(\"http://x\",\"a\")")));
    whoami(&hub, &odd).await;
    hub.services.usage.flush().unwrap();
    let answer = hub.get("/api/hub/v1/keys/usage?format=csv", &reader).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let lines: Vec<_> = answer.text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("key_id,label,prefix,environment,calls,2xx,3xx,4xx,429,5xx,verifications,refused,REVOKED")
    );
    assert!(lines[1].contains(",\"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\","), "{}", lines[1]);
    let req = authorized(TestRequest::get().uri(&path(&odd, "/usage")).insert_header(("accept", "text/csv")), &reader);
    let table = hub.send(req).await.text;
    assert!(table.lines().nth(1).unwrap().ends_with(",127.0.0.1"), "{table}");
}

#[actix_web::test]
async fn a_table_goes_on_behind_the_end_of_a_page() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    for number in 0..250 {
        hub.issue(WORKSPACE, NewApiKey::with_label(label(&format!("Shop {number}"))));
    }
    let table = hub.get("/api/hub/v1/keys/usage?format=csv", &reader).await.text;
    assert_eq!(table.lines().count(), 1 + 250 + 1);
    assert_eq!(table.matches("key_id").count(), 1);
}

#[actix_web::test]
async fn what_cannot_be_shown_is_refused_by_name() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    for (query, field) in [
        ("step=week", "step"),
        ("from=yesterday", "from"),
        ("from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", "to"),
        ("from=2020-01-01T00:00:00Z&step=hour", "from"),
        ("format=xml", "format"),
    ] {
        let answer = hub.get(&path(&reader, &format!("/usage?{query}")), &reader).await;
        assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
}

#[actix_web::test]
async fn unknown_tokens_are_counted_by_network_and_never_kept() {
    let hub = Hub::new();
    let reader = hub.key("audit:read");
    let unknown = "op_00000000.0000000000000000000000000000000000000000deadbeef";
    for token in [unknown, unknown, "op_x"] {
        let req = TestRequest::get().uri("/api/hub/v1/whoami");
        hub.send(req.insert_header(("authorization", format!("Bearer {token}")))).await;
    }
    hub.services.usage.flush().unwrap();
    let answer = hub.get("/api/hub/v1/keys/unknown-attempts", &reader).await;
    let item = answer.json()["items"][0].clone();
    assert_eq!(
        (&item["network"], &item["unknown"], &item["malformed"]),
        (&json!("127.0.0.0/24"), &json!(2), &json!(1))
    );
    assert!(!answer.text.contains("deadbeef"));
    let table = hub.get("/api/hub/v1/keys/unknown-attempts?format=csv", &reader).await.text;
    assert!(table.ends_with(",127.0.0.0/24,2,1\r\n"), "{table}");
}

#[actix_web::test]
async fn verified_tokens_that_no_key_has_are_counted_for_the_first_workspace_alone() {
    let hub = Hub::new();
    let (reader, door) = (hub.key("audit:read"), hub.key("keys:read"));
    let new = NewApiKey { scopes: "keys:read".parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, new);
    for (asker, network) in [(&stranger, "198.51.100.7"), (&door, "203.0.113.7")] {
        let body = json!({ "token": format!("op_00000000.{}", "0".repeat(48)), "address": network });
        assert_eq!(hub.post("/api/hub/v1/keys/verify", asker, &body).await.json()["code"], "NOT_FOUND");
    }
    hub.services.usage.flush().unwrap();
    let told = hub.get("/api/hub/v1/keys/unknown-attempts", &reader).await.json();
    assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!((&told["items"][0]["network"], &told["items"][0]["unknown"]), (&json!("203.0.113.0/24"), &json!(1)));
}

#[actix_web::test]
async fn what_is_of_the_whole_installation_is_for_its_first_workspace() {
    let hub = Hub::new();
    let new = NewApiKey { scopes: "audit:read".parse().unwrap(), ..NewApiKey::with_label(label("Other")) };
    let stranger = hub.issue(OTHER_WORKSPACE, new);
    let answer = hub.get("/api/hub/v1/keys/unknown-attempts", &stranger).await;
    assert_eq!(answer.status_and_code(), (403, "installation_only".to_owned()));
}
