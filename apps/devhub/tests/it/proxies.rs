//! Who a request comes from, when a proxy may stand before the hub.

use serde_json::{Value, json};

use crate::harness::{Home, Hub};

/// A token that may be used from 192.0.2.0/24 only.
fn office_token(home: &Home, hub: &Hub) -> String {
    let (_, issuer) = home.issue_key_for("keys:write,read,write");
    let body = json!({ "label": "Office", "scopes": ["read"], "allow_list": ["192.0.2.0/24"] }).to_string();
    let (status, text) = hub.call("POST", "/api/hub/v1/keys", Some(&issuer), &body);
    assert_eq!(status, 201, "{text}");
    serde_json::from_str::<Value>(&text).unwrap()["token"].as_str().unwrap().to_owned()
}

fn status_from(hub: &Hub, token: &str, forwarded_for: &str) -> u16 {
    let answer = hub.exchange(&format!(
        "GET /api/hub/v1/whoami HTTP/1.1\r\nhost: hub\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         x-forwarded-for: {forwarded_for}\r\n\r\n"
    ));
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_trusted_proxy_says_where_a_request_comes_from() {
    let home = Home::new();
    let hub = home.serve(&["--data", "data", "--set", "server.trusted_proxies=127.0.0.0/8,10.0.0.0/8"]);
    let token = office_token(&home, &hub);
    assert_eq!(status_from(&hub, &token, "192.0.2.7"), 200);
    assert_eq!(status_from(&hub, &token, "203.0.113.9, 192.0.2.7:4181, 10.0.0.3"), 200);
    assert_eq!(status_from(&hub, &token, "192.0.2.7, 203.0.113.9"), 403);
}

#[test]
fn nobody_else_is_believed() {
    let home = Home::new();
    let hub = home.serve(&["--data", "data"]);
    let token = office_token(&home, &hub);
    assert_eq!(status_from(&hub, &token, "192.0.2.7"), 403);
}

#[test]
fn to_trust_every_address_is_refused() {
    let ended = Home::new().run(&["check", "--set", "server.trusted_proxies=0.0.0.0/0"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("must not hold every address: anybody could claim to be anybody"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_proxy_that_nobody_trusts_is_warned_of() {
    let home = Home::new();
    let public = ["--data", "data", "--set", "server.public_url=https://hub.example.com"];
    let warning = "server.trusted_proxies is empty although server.public_url is https: name the proxy there";
    let checked = home.succeed(&[&["check"], &public[..]].concat());
    assert!(checked.contains(&format!("! {warning}")), "{checked}");
    let mut hub = home.serve(&public);
    assert!(hub.greeting.contains("set it up: https://hub.example.com/admin/setup#"), "{}", hub.greeting);
    hub.wait_for_log(warning);
}

#[test]
fn pages_that_would_refuse_every_browser_are_told_by_check() {
    let checked = Home::new().succeed(&["check", "--listen", "192.0.2.1:8780"]);
    assert!(checked.contains("! keys cross the network in the clear: set server.tls_certificate_file"), "{checked}");
    assert!(checked.contains("! pages need https here: set server.tls_certificate_file"), "{checked}");
}
