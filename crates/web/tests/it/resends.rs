//! `/api/hub/v1/deliveries/resends`.

use devhub_domain::api_keys::IssuedKey;
use devhub_domain::resends::Pace;
use devhub_domain::webhooks::{Answer, Exchange, Outcome};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, SESSION};

const RESENDS: &str = "/api/hub/v1/deliveries/resends";

/// An endpoint, and so many deliveries that its receiver took.
async fn with_delivered(count: usize) -> (Hub, IssuedKey) {
    let hub = Hub::new();
    let key = hub.key("events:write endpoints:write deliveries:read deliveries:write");
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &key, &endpoint).await;
    for number in 0..count {
        let event = json!({ "event_type": "payment.completed", "payload": number });
        hub.post("/api/hub/v1/events", &key, &event).await;
    }
    let deliveries = &hub.services.deliveries;
    for work in deliveries.claim(SESSION, Vec::new(), count).commit().unwrap().work {
        let request = deliveries.request(&work).unwrap();
        let outcome = Outcome::Answered(Answer { status: 204, ..Answer::default() });
        let (duration, timings) = (std::time::Duration::ZERO, devhub_domain::webhooks::Timings::default());
        let exchange = Exchange { started_at: request.started_at, duration, timings, outcome };
        deliveries.record(SESSION, work.delivery, &request, &exchange).commit().unwrap();
    }
    (hub, key)
}

fn of_delivered() -> Value {
    json!({ "filter": { "state": "delivered", "event_type": "payment.completed" } })
}

#[actix_web::test]
async fn a_job_is_begun_and_tells_how_far_it_has_come() {
    let (hub, key) = with_delivered(3).await;
    let begun = hub.post(RESENDS, &key, &of_delivered()).await;
    assert_json_snapshot!("a_job_that_has_begun", begun.snapshot());
    while hub.services.resends.step().unwrap() == Pace::More {}
    let done = hub.get(&format!("{RESENDS}/{}", begun.field("id")), &key).await;
    assert_json_snapshot!("a_job_that_is_done", done.snapshot());
    let waiting = hub.get("/api/hub/v1/deliveries?state=waiting", &key).await.json();
    assert_eq!(waiting["items"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn a_dry_run_counts_and_changes_nothing() {
    let (hub, key) = with_delivered(3).await;
    let mut body = of_delivered();
    body["dry_run"] = json!(true);
    let answer = hub.post(RESENDS, &key, &body).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.json(), json!({ "estimate": 3, "estimate_is_minimum": false }));
    assert_eq!(hub.get(RESENDS, &key).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn a_job_is_paused_resumed_and_cancelled() {
    let (hub, key) = with_delivered(1).await;
    let id = hub.post(RESENDS, &key, &of_delivered()).await.field("id");
    for (wish, state) in [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled"), ("cancel", "cancelled")]
    {
        assert_eq!(hub.post_text(&format!("{RESENDS}/{id}/{wish}"), &key, "").await.field("state"), state);
    }
    let refused = hub.post_text(&format!("{RESENDS}/{id}/resume"), &key, "").await;
    assert_eq!(refused.status_and_code(), (409, "resend_job_over".to_owned()));
    let listed = hub.get(RESENDS, &key).await.json();
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["resent"]), (&json!(id), &json!(0)));
}

#[actix_web::test]
async fn a_second_job_has_to_wait_for_the_first() {
    let (hub, key) = with_delivered(1).await;
    hub.post(RESENDS, &key, &of_delivered()).await;
    let refused = hub.post(RESENDS, &key, &of_delivered()).await;
    assert_eq!(refused.status_and_code(), (409, "resend_job_open".to_owned()));
}

#[actix_web::test]
async fn a_filter_that_says_nothing_or_nonsense_is_refused() {
    let (hub, key) = with_delivered(0).await;
    let empty = hub.post(RESENDS, &key, &json!({ "filter": {} })).await;
    assert_eq!(empty.status_and_code(), (422, "resend_filter_empty".to_owned()));
    let filter = json!({
        "event_id": "1", "event_type": "a b", "endpoint_id": "evt_1", "state": "lost", "created_from": "2026-11-24T10:00:00Z",
        "created_before": "2026-11-24T10:00:00Z",
    });
    let refused = hub.post(RESENDS, &key, &json!({ "filter": filter })).await;
    assert_json_snapshot!(refused.snapshot());
}
