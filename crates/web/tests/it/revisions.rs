//! `ETag` and `If-Match`: nobody overwrites what they have not seen.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, authorized};

const ADMIN: &str = "read write keys:read keys:write endpoints:read endpoints:write";
const ENDPOINTS: &str = "/api/hub/v1/endpoints";

async fn endpoint(hub: &Hub) -> String {
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    format!("{ENDPOINTS}/{}", hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await.field("id"))
}

#[actix_web::test]
async fn a_key_is_changed_by_whoever_has_seen_it() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = format!("/api/hub/v1/keys/{}", hub.key("read").key.id);
    let seen = hub.get(&path, &admin).await;
    assert_eq!(seen.header("etag"), Some("\"1\""));
    let body = json!({ "label": "Till", "scopes": ["write"], "environment": "test", "allow_list": ["127.0.0.1"] });
    let changed = hub.patch(&path, &admin, "\"1\"", &body).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_json_snapshot!(changed.snapshot());
}

#[actix_web::test]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = format!("/api/hub/v1/keys/{}", hub.key("read").key.id);
    assert_eq!(hub.patch(&path, &admin, "\"1\"", &json!({ "label": "Till" })).await.status.as_u16(), 200);
    let late = hub.patch(&path, &admin, "\"1\"", &json!({ "label": "Shop" })).await;
    assert_eq!(late.status_and_code(), (412, "revision_stale".to_owned()));
    assert!(late.field("detail").contains("has revision 2 now"), "{}", late.text);
    assert_eq!(hub.get(&path, &admin).await.field("label"), "Till");
}

#[actix_web::test]
async fn a_change_without_a_revision_is_told_how_to_name_one() {
    let hub = Hub::new();
    let req = TestRequest::patch().uri(&endpoint(&hub).await).set_json(json!({ "description": "Shop" }));
    let answer = hub.send(authorized(req, &hub.key(ADMIN))).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_star_a_list_and_a_tag_are_compared_as_they_should_be() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = endpoint(&hub).await;
    let cases = [
        ("*", 200),
        ("\"1\"", 412),
        ("\"2\"", 200),
        ("\"1\", \"3\"", 200),
        ("\"1\", \"2\"", 412),
        ("W/\"4\"", 412),
        ("\"04\"", 412),
        ("\"abc\"", 412),
        ("4", 400),
        ("\"4", 400),
        ("", 400),
        ("\"4\"", 200),
    ];
    for (position, (tag, status)) in cases.into_iter().enumerate() {
        let body = json!({ "description": format!("Shop {position}") });
        let answer = hub.patch(&path, &admin, tag, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{tag}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_field_is_changed_alone_and_an_expiry_taken_away() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = format!("/api/hub/v1/keys/{}", hub.key("read").key.id);
    let limited = hub.patch(&path, &admin, "*", &json!({ "expires_at": "2027-01-01T00:00:00Z" })).await.json();
    assert_eq!((&limited["expires_at"], &limited["label"]), (&json!("2027-01-01T00:00:00.000000Z"), &json!("Shop")));
    let unlimited = hub.patch(&path, &admin, "*", &json!({ "expires_at": null })).await.json();
    assert_eq!(unlimited["expires_at"], json!(null));
    let unchanged = hub.patch(&path, &admin, "*", &json!({})).await;
    assert_eq!(unchanged.json()["revision"], unlimited["revision"]);
}

#[actix_web::test]
async fn what_a_change_may_not_be_is_named() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let key = format!("/api/hub/v1/keys/{}", hub.key("read").key.id);
    let cases = [
        (&key, 422, "body_not_as_expected", json!({ "label": null })),
        (&key, 422, "body_not_as_expected", json!({ "status": "active" })),
        (&key, 422, "scopes_empty", json!({ "scopes": [] })),
        (&key, 403, "scopes_too_wide", json!({ "scopes": ["audit:read"] })),
        (&key, 422, "expiry_passed", json!({ "expires_at": "2020-01-01T00:00:00Z" })),
        (&key, 422, "validation_failed", json!({ "label": "", "environment": "", "allow_list": ["x"] })),
        (&endpoint(&hub).await, 422, "endpoint_url_scheme", json!({ "url": "http://shop.example/" })),
        (&endpoint(&hub).await, 422, "event_types_invalid", json!({ "event_types": [] })),
    ];
    for (path, status, code, body) in cases {
        let answer = hub.patch(path, &admin, "*", &body).await;
        assert_eq!(answer.status_and_code(), (status, code.to_owned()), "{body}");
    }
}

#[actix_web::test]
async fn an_endpoint_is_paused_resumed_and_deleted() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let path = endpoint(&hub).await;
    for (verb, status) in [("pause", "paused"), ("pause", "paused"), ("resume", "active")] {
        let answer = hub.post_text(&format!("{path}/{verb}"), &admin, "").await;
        assert_eq!((answer.status.as_u16(), answer.field("status")), (200, status.to_owned()), "{verb}");
    }
    let delete = |tag: Option<&'static str>| {
        let req = TestRequest::default().method(Method::DELETE).uri(&path);
        authorized(tag.into_iter().fold(req, |req, tag| req.insert_header(("if-match", tag))), &admin)
    };
    assert_eq!(hub.send(delete(Some("\"1\""))).await.status_and_code(), (412, "revision_stale".to_owned()));
    assert_eq!(hub.send(delete(Some("\"3\""))).await.status.as_u16(), 204);
    assert_eq!(hub.send(delete(None)).await.status_and_code(), (404, "endpoint_not_found".to_owned()));
    assert_eq!(hub.get(&path, &admin).await.status.as_u16(), 404);
}
