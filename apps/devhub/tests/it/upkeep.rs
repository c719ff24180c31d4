//! What a change of an endpoint means for more deliveries than the change itself touches.

use serde_json::{Value, json};

use crate::harness::{Home, Hub};

/// More than the change of an endpoint touches in its own transaction.
const EVENTS: usize = 150;

struct Caller<'a> {
    hub: &'a Hub,
    token: String,
}

impl Caller<'_> {
    fn post(&self, path: &str, body: &Value) -> Value {
        let (status, text) = self.hub.call("POST", &format!("/api/hub/v1{path}"), Some(&self.token), &body.to_string());
        assert!((200..300).contains(&status), "{path} answered {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Whether any delivery is in this state.
    fn has(&self, state: &str) -> bool {
        let (_, text) =
            self.hub.call("GET", &format!("/api/hub/v1/deliveries?state={state}&limit=1"), Some(&self.token), "");
        let page: Value = serde_json::from_str(&text).unwrap();
        !page["items"].as_array().unwrap().is_empty()
    }
}

#[test]
fn everything_that_was_held_leaves_or_is_closed_when_its_endpoint_is_resumed_or_deleted() {
    let home = Home::new();
    // Every attempt is refused at once: nobody listens there, and nothing but the upkeep moves what is held.
    let settings =
        ["webhooks.allow_http=true", "webhooks.allow_networks=127.0.0.0/8", "limits.exempt_networks=127.0.0.0/8"];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let hub = home.serve(&["--data", "data"].into_iter().chain(settings).collect::<Vec<_>>());
    let scopes = "events:write,endpoints:read,endpoints:write,deliveries:read";
    let caller = Caller { hub: &hub, token: home.issue_key_for(scopes).1 };
    let endpoint = caller.post("/endpoints", &json!({ "url": "http://127.0.0.1:1/", "event_types": ["*"] }));
    let path = format!("/endpoints/{}", endpoint["id"].as_str().unwrap());
    caller.post(&format!("{path}/pause"), &json!({}));
    let event = json!({ "event_type": "payment.completed", "payload": {} });
    for batch in [EVENTS - 100, 100] {
        caller.post("/events/batch", &json!({ "events": vec![event.clone(); batch] }));
    }
    assert!(caller.has("held"));
    caller.post(&format!("{path}/resume"), &json!({}));
    while caller.has("held") {
        std::thread::yield_now();
    }
    assert!(caller.has("waiting"));
    assert_eq!(hub.call("DELETE", &format!("/api/hub/v1{path}"), Some(&caller.token), "").0, 204);
    while caller.has("waiting") || caller.has("leased") {
        std::thread::yield_now();
    }
    assert!(caller.has("endpoint_deleted"));
}
