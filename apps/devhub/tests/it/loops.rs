//! Case 21 of the webhooks: a hub that is its own receiver.

use serde_json::{Value, json};

use crate::harness::{Home, Hub};

const EVENTS: &str = "/api/hub/v1/events";

fn call(hub: &Hub, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let (status, text) = hub.call(method, path, Some(token), &body.to_string());
    (status, serde_json::from_str(&text).unwrap())
}

/// A hub that lets loopback through, and a key that may do everything here.
fn open_hub(home: &Home, more: &[&str]) -> (Hub, String) {
    let settings = ["webhooks.allow_http=true", "webhooks.allow_networks=127.0.0.0/8"];
    let settings = settings.iter().chain(more).flat_map(|setting| ["--set", setting]);
    let hub = home.serve(&["--data", "data"].into_iter().chain(settings).collect::<Vec<_>>());
    let token = home.issue_key_for("events:write,events:read,endpoints:write,deliveries:read").1;
    (hub, token)
}

#[test]
fn case_21_a_way_back_that_the_hub_does_not_know_ends_at_its_first_turn() {
    let home = Home::new();
    // Port 0: the configuration does not tell which port the hub has, so that only the mark can.
    let (hub, token) = open_hub(&home, &[]);
    let url = format!("http://{}{EVENTS}", hub.address);
    let (status, _) = call(&hub, "POST", "/api/hub/v1/endpoints", &token, &json!({ "url": url, "event_types": ["*"] }));
    assert_eq!(status, 201);
    let event = json!({ "event_type": "payment.completed", "payload": {} });
    assert_eq!(call(&hub, "POST", EVENTS, &token, &event).0, 201);
    let status = loop {
        let (_, page) = call(&hub, "GET", "/api/hub/v1/deliveries", &token, &json!({}));
        if let Some(status) = page["items"][0]["last_attempt"]["status"].as_u64() {
            break status;
        }
        std::thread::yield_now();
    };
    assert_eq!(status, 508);
    let (_, events) = call(&hub, "GET", EVENTS, &token, &json!({}));
    assert_eq!(events["items"].as_array().unwrap().len(), 1);
}

#[test]
fn case_21_an_endpoint_at_the_public_address_of_the_hub_is_refused_unless_it_is_allowed() {
    let home = Home::new();
    let public = "server.public_url=https://hub.example.com";
    let new = json!({ "url": "https://hub.example.com/shop/hooks", "event_types": ["*"] });
    let (hub, token) = open_hub(&home, &[public]);
    let (status, refused) = call(&hub, "POST", "/api/hub/v1/endpoints", &token, &new);
    assert_eq!((status, refused["errors"][0]["field"].as_str()), (422, Some("url")));
    hub.stop("-TERM");
    let (hub, token) = open_hub(&home, &[public, "webhooks.allow_hosts=hub.example.com:443"]);
    assert_eq!(call(&hub, "POST", "/api/hub/v1/endpoints", &token, &new).0, 201);
}
