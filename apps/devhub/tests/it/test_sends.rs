//! A test send goes out of a running hub, and past its queue.

use serde_json::{Value, json};

use crate::harness::Home;

#[test]
fn a_test_send_leaves_a_running_hub_and_tells_what_came_of_it() {
    let home = Home::new();
    let settings = ["webhooks.allow_http=true", "webhooks.allow_networks=127.0.0.0/8"];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let hub = home.serve(&["--data", "data"].into_iter().chain(settings).collect::<Vec<_>>());
    let token = home.issue_key_for("endpoints:write,deliveries:read").1;
    let post = |path: &str, body: &Value| {
        let (status, text) = hub.call("POST", &format!("/api/hub/v1{path}"), Some(&token), &body.to_string());
        assert!((200..300).contains(&status), "{path} answered {status}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    // Nobody listens there.
    let endpoint = post("/endpoints", &json!({ "url": "http://127.0.0.1:1/", "event_types": ["*"] }));
    let path = format!("/endpoints/{}/test", endpoint["id"].as_str().unwrap());
    let attempt = post(&path, &json!({ "event_type": "payment.completed" }));
    assert_eq!((&attempt["failure"], &attempt["status"]), (&json!("connect"), &Value::Null));
    assert_eq!(attempt["request"]["url"], "http://127.0.0.1:1/");
    let deliveries = hub.call("GET", "/api/hub/v1/deliveries", Some(&token), "").1;
    assert_eq!(serde_json::from_str::<Value>(&deliveries).unwrap()["items"], json!([]));
}
