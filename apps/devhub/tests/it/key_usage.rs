//! What keys are used for outlives the hub that counted it, and the command line explains requests.

use serde_json::Value;

use crate::harness::{Home, Hub};

const DATA: [&str; 2] = ["--data", "data"];

fn usage(hub: &Hub, id: &str, reader: &str) -> Value {
    let (status, body) = hub.call("GET", &format!("/api/hub/v1/keys/{id}/usage"), Some(reader), "");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn what_was_counted_is_written_when_the_hub_is_told_to_end() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key();
    let (_, reader) = home.issue_key_for("keys:read");
    for _ in 0..3 {
        assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
    }
    hub.stop("-TERM");
    let told = usage(&home.serve(&DATA), &id, &reader);
    assert_eq!((&told["total"]["calls"], &told["last_addresses"][0]["address"]), (&3.into(), &"127.0.0.1".into()));
}

#[test]
fn a_request_is_explained_by_the_running_hub_and_without_one() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key_for("read");
    let explain = ["keys", "explain", &id, "--address", "127.0.0.1", "--method", "POST", "--path", "/api/v1/payments"];
    let explain = [&explain[..], &DATA].concat();
    let told = home.succeed(&explain);
    assert!(told.starts_with(&format!("INSUFFICIENT_SCOPE  {id}\n")), "{told}");
    assert!(told.contains("failed       INSUFFICIENT_SCOPE   needs=write  has=read"), "{told}");
    assert!(told.contains("not_reached  RATE_LIMITED"), "{told}");
    let mistyped = token.replacen('.', ".0", 1);
    let ended = home.run_typing(&mistyped, &["keys", "explain", &id, "--token-file", "-", DATA[0], DATA[1]]);
    assert!(ended.stdout.starts_with("NOT_FOUND") && ended.stderr.contains("it is mistyped"), "{}", ended.stderr);
    hub.stop("-TERM");
    assert!(home.succeed(&explain).starts_with("INSUFFICIENT_SCOPE"));
}

#[test]
fn a_request_is_explained_without_a_running_hub_by_the_policies_of_the_store() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, _) = home.issue_key_for("read");
    let (_, admin) = home.issue_key_for("limits:write");
    let policy = r#"{ "name": "reads", "subject": "key", "methods": ["GET"], "path": "/**", "limit": 7, "window_s": 60, "burst": 1 }"#;
    let (status, body) = hub.call("POST", "/api/hub/v1/limits/policies", Some(&admin), policy);
    assert_eq!(status, 201, "{body}");
    hub.stop("-TERM");
    let told =
        home.succeed(&["keys", "explain", &id, "--method", "GET", "--path", "/api/v1/payments", DATA[0], DATA[1]]);
    assert!(told.contains("limit=7 in 60 s"), "{told}");
}

#[test]
fn a_token_that_is_too_long_is_refused_and_not_cut() {
    let home = Home::new();
    home.serve(&DATA).stop("-TERM");
    let (id, token) = home.issue_key_for("read");
    let explain = ["keys", "explain", &id, "--token-file", "-", DATA[0], DATA[1]];
    let told = home.run_typing(&format!(" {token} \nanother line\n"), &explain).stdout;
    assert!(told.starts_with("VALID"), "{told}");
    let ended = home.run_typing(&"x".repeat(257), &explain);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("first line has more than 256 bytes"), "{}", ended.stderr);
}

#[test]
fn a_refused_request_is_explained_by_its_id_for_as_long_as_the_hub_runs() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (id, token) = home.issue_key_for("read");
    let answer = hub.exchange(&format!(
        "GET /api/hub/v1/keys HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\nx-request-id: order-77\r\n\
         connection: close\r\n\r\n"
    ));
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let explain = ["keys", "explain", &id, "--request", "order-77", DATA[0], DATA[1]];
    let told = home.succeed(&explain);
    assert!(told.contains("GET /api/hub/v1/keys from 127.0.0.1 was refused at"), "{told}");
    hub.stop("-TERM");
    let ended = home.run(&explain);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("no refused request with this id and key is kept"), "{}", ended.stderr);
}
