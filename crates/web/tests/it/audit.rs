//! `/api/hub/v1/audit`.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::Hub;

const AUDIT: &str = "/api/hub/v1/audit";

#[actix_web::test]
async fn the_log_tells_who_changed_what_newest_first() {
    let hub = Hub::new();
    let key = hub.key("audit:read keys:write");
    hub.post(&format!("/api/hub/v1/keys/{}/lock", hub.key("read").key.id), &key, &json!({})).await;
    let first = hub.get(&format!("{AUDIT}?limit=1"), &key).await;
    assert_json_snapshot!(first.snapshot());
    let second = hub.get(&format!("{AUDIT}?limit=1&cursor={}", first.field("next_cursor")), &key).await.json();
    assert_eq!(second["items"][0]["action"], "key.issued");
    assert_eq!(second["items"][0]["hash"], first.json()["items"][0]["previous_hash"]);
}

#[actix_web::test]
async fn the_log_is_filtered_by_what_who_and_when() {
    let hub = Hub::new();
    let key = hub.key("audit:read");
    hub.key("read");
    let count = async |query: String| {
        hub.get(&format!("{AUDIT}?{query}"), &key).await.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(count("action=key.issued".to_owned()).await, 2);
    assert_eq!(count(format!("subject={}", key.key.id)).await, 1);
    assert_eq!(count("action=key.revoked".to_owned()).await, 0);
    assert_eq!(count("actor=command-line".to_owned()).await, 2);
    assert_eq!(count("actor=system&from=2026-11-24T10:00:00Z".to_owned()).await, 0);
    assert_eq!(count("from=2026-11-24T10:00:00Z&before=2026-11-24T10:00:01Z".to_owned()).await, 2);
    assert_eq!(count("before=2026-11-24T10:00:00Z".to_owned()).await, 0);
}

#[actix_web::test]
async fn a_filter_that_no_line_can_match_is_refused_by_name() {
    let hub = Hub::new();
    let key = hub.key("audit:read");
    let answer = hub
        .get(&format!("{AUDIT}?subject=&action=Key%20issued&actor=Ada&from=soon&cursor=x&limit=0"), &key)
        .await
        .json();
    let fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["subject", "action", "actor", "from", "limit", "cursor"]);
}

/// Names of event types are subjects too, and are longer than ids; the page allows as many characters.
#[actix_web::test]
async fn a_filter_may_be_as_long_as_a_subject_and_no_longer() {
    let hub = Hub::new();
    let key = hub.key("audit:read");
    for (length, status) in [(128, 200), (129, 422)] {
        let subject = "a".repeat(length);
        assert_eq!(hub.get(&format!("{AUDIT}?subject={subject}"), &key).await.status, status, "{length}");
    }
}
