//! `/api/hub/v1/keys`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{BODY_BYTES_MAX, Hub, token};

const KEYS: &str = "/api/hub/v1/keys";
const ADMIN: &str = "read write keys:read keys:write";

#[actix_web::test]
async fn a_key_is_issued_with_its_token_once() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let body = json!({
        "label": " WooCommerce Plugin ",
        "scopes": ["read", "keys:read"],
        "environment": "test",
        "expires_at": "2027-01-01T00:00:00+01:00",
        "allow_list": ["10.0.0.0/8", "2001:db8::1"],
    });
    let answer = hub.post(KEYS, &admin, &body).await;
    assert_eq!(answer.field("expires_at"), "2026-12-31T23:00:00.000000Z");
    assert_eq!(answer.field("created_by"), admin.key.id.to_string());
    assert_json_snapshot!(answer.snapshot());
    let issued = answer.field("token");
    assert!(!hub.get(KEYS, &admin).await.text.contains(&issued));
    assert!(!hub.get(&format!("{KEYS}/{}", answer.field("id")), &admin).await.text.contains(&issued));
}

#[actix_web::test]
async fn an_issued_key_is_accepted_at_once() {
    let hub = Hub::new();
    let answer = hub.post(KEYS, &hub.key(ADMIN), &json!({ "label": "Shop" })).await;
    let header = ("authorization", format!("Bearer {}", answer.field("token")));
    let req = actix_web::test::TestRequest::get().uri("/api/hub/v1/whoami").insert_header(header);
    assert_eq!(hub.send(req).await.field("key_id"), answer.field("id"));
}

#[actix_web::test]
async fn a_key_gets_ownpays_scopes_when_none_are_asked_for() {
    let hub = Hub::new();
    let answer = hub.post(KEYS, &hub.key(ADMIN), &json!({ "label": "Shop" })).await;
    assert_eq!(answer.json()["scopes"], json!(["read", "write"]));
}

#[actix_web::test]
async fn a_key_cannot_issue_what_it_lacks() {
    let hub = Hub::new();
    let body = json!({ "label": "Wider", "scopes": ["keys:write", "events:write", "audit:read"] });
    let answer = hub.post(KEYS, &hub.key("keys:write"), &body).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_key_without_the_default_scopes_cannot_issue_a_default_key() {
    let hub = Hub::new();
    let answer = hub.post(KEYS, &hub.key("keys:write"), &json!({ "label": "Shop" })).await;
    assert_eq!(answer.status_and_code(), (403, "scopes_too_wide".to_owned()));
}

#[actix_web::test]
async fn every_wrong_field_is_named_at_once() {
    let hub = Hub::new();
    let body = json!({
        "label": "",
        "scopes": ["read", "keys:admin"],
        "environment": "",
        "expires_at": "tomorrow",
        "allow_list": ["10.0.0.0/8", "10.0.0.0/33"],
    });
    assert_json_snapshot!(hub.post(KEYS, &hub.key(ADMIN), &body).await.snapshot());
}

#[actix_web::test]
async fn a_field_that_the_rules_refuse_is_named() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let many = vec!["10.0.0.0/8"; 101];
    let cases = [
        ("scopes", "scopes_empty", json!({ "label": "a", "scopes": [] })),
        ("expires_at", "expiry_passed", json!({ "label": "a", "expires_at": "2026-11-24T10:00:00Z" })),
        ("allow_list", "allow_list_too_long", json!({ "label": "a", "allow_list": many })),
    ];
    for (field, code, body) in cases {
        let answer = hub.post(KEYS, &admin, &body).await;
        assert_eq!(answer.status_and_code(), (422, code.to_owned()), "{field}");
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
}

#[actix_web::test]
async fn fields_that_nobody_may_set_are_refused_by_name() {
    let hub = Hub::new();
    let body = json!({ "label": "Shop", "workspace_id": "wsp_00000000000000000000000000" });
    let answer = hub.post(KEYS, &hub.key(ADMIN), &body).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_body_past_the_limit_is_refused_with_the_limit() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let sized = |bytes: usize| format!("{:<bytes$}", r#"{"label":"Shop"}"#);
    assert_eq!(hub.post_text(KEYS, &admin, sized(BODY_BYTES_MAX)).await.status.as_u16(), 201);
    assert_json_snapshot!(hub.post_text(KEYS, &admin, sized(BODY_BYTES_MAX + 1)).await.snapshot());
}

#[actix_web::test]
async fn keys_are_listed_newest_first_page_by_page() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    hub.clock.advance(std::time::Duration::from_millis(1));
    hub.key("read");
    hub.clock.advance(std::time::Duration::from_millis(1));
    let newest = hub.key("read");
    let first = hub.get(&format!("{KEYS}?limit=2"), &admin).await;
    assert_eq!(first.json()["items"][0]["id"], newest.key.id.to_string());
    assert_json_snapshot!(first.snapshot());
    let second = hub.get(&format!("{KEYS}?limit=2&cursor={}", first.field("next_cursor")), &admin).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["items"][0]["id"], admin.key.id.to_string());
    assert_eq!(second["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn keys_are_filtered_by_status() {
    let hub = Hub::new();
    let (admin, revoked) = (hub.key(ADMIN), hub.key("read"));
    hub.revoke(revoked.key.id);
    let listed = hub.get(&format!("{KEYS}?status=revoked"), &admin).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], revoked.key.id.to_string());
}

#[actix_web::test]
async fn keys_are_filtered_by_the_prefix_of_their_tokens() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    hub.key("read");
    let listed = hub.get(&format!("{KEYS}?prefix={}", admin.key.prefix), &admin).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    for odd in ["", "8AE87C48", "8ae87c4", "8ae87c488"] {
        let answer = hub.get(&format!("{KEYS}?prefix={odd}"), &admin).await;
        assert_eq!(answer.json()["errors"][0]["field"], "prefix", "{odd}");
    }
}

#[actix_web::test]
async fn parameters_outside_their_bounds_are_named_with_them() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let wrong = hub.get(&format!("{KEYS}?limit=101&status=gone&cursor=3"), &admin).await;
    assert_json_snapshot!(wrong.snapshot());
    for limit in ["0", "-1", "x", "", "99999999999999999999"] {
        let answer = hub.get(&format!("{KEYS}?limit={limit}"), &admin).await;
        assert_eq!(answer.json()["errors"][0]["detail"], "limit must be between 1 and 100", "{limit}");
    }
    assert_eq!(hub.get(&format!("{KEYS}?limit=100"), &admin).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn unknown_and_repeated_parameters_are_refused_by_name() {
    let hub = Hub::new();
    let answer = hub.get(&format!("{KEYS}?statos=active&limit=1&limit=2"), &hub.key(ADMIN)).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_key_is_shown_by_its_id() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let answer = hub.get(&format!("{KEYS}/{}", admin.key.id), &admin).await;
    assert_eq!(answer.field("id"), admin.key.id.to_string());
    assert!(token(&admin).starts_with(&format!("op_{}.", answer.field("prefix"))));
}

#[actix_web::test]
async fn unknown_and_malformed_ids_do_not_exist() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    for id in ["key_00000000000000000000000000", "key_1", "evt_00000000000000000000000000", "%F0%9F%8E%89", "a%00b"] {
        let shown = hub.get(&format!("{KEYS}/{id}"), &admin).await;
        assert_eq!(shown.status_and_code(), (404, "key_not_found".to_owned()), "{id}");
        let revoked = hub.post(&format!("{KEYS}/{id}/revoke"), &admin, &json!({})).await;
        assert_eq!(revoked.status_and_code(), (404, "key_not_found".to_owned()), "{id}");
    }
}

#[actix_web::test]
async fn a_key_is_locked_unlocked_and_revoked() {
    let hub = Hub::new();
    let (admin, key) = (hub.key(ADMIN), hub.key("read"));
    for (verb, status) in [("lock", "locked"), ("unlock", "active"), ("revoke", "revoked"), ("revoke", "revoked")] {
        let answer = hub.post(&format!("{KEYS}/{}/{verb}", key.key.id), &admin, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.field("status")), (200, status.to_owned()), "{verb}");
        let whoami = hub.get("/api/hub/v1/whoami", &key).await;
        assert_eq!(whoami.status.as_u16() == 200, status == "active", "{verb}");
    }
}

#[actix_web::test]
async fn a_revoked_key_cannot_be_unlocked() {
    let hub = Hub::new();
    let (admin, key) = (hub.key(ADMIN), hub.key("read"));
    hub.revoke(key.key.id);
    let answer = hub.post(&format!("{KEYS}/{}/unlock", key.key.id), &admin, &json!({})).await;
    assert_eq!(answer.status_and_code(), (409, "key_revoked".to_owned()));
}

#[actix_web::test]
async fn a_store_that_is_away_is_a_503_that_says_when_to_try_again() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    hub.break_store();
    let written = hub.post(KEYS, &admin, &json!({ "label": "Shop" })).await;
    assert_eq!(written.status_and_code(), (503, "store_unavailable".to_owned()));
    assert_eq!(written.header("retry-after"), Some("1"));
    let read = hub.get(KEYS, &admin).await;
    assert_eq!(read.status_and_code(), (503, "store_unavailable".to_owned()));
}
