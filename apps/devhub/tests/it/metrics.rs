//! The listener of the metrics: what it tells, to whom, and for how long.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use crate::harness::{Home, Hub};

const DATA: [&str; 2] = ["--data", "data"];
const METRICS: [&str; 2] = ["--set", "metrics.listen=127.0.0.1:0"];

fn serve(home: &Home) -> Hub {
    home.serve(&[DATA, METRICS].concat())
}

/// Where a hub said that it serves its metrics.
fn address(hub: &Hub) -> &str {
    let line = hub.greeting.lines().find_map(|line| line.strip_prefix("metrics on http://"));
    line.and_then(|line| line.strip_suffix("/metrics")).unwrap()
}

/// Sends one request and returns the whole answer.
fn ask(address: &str, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: hub\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn scrape(hub: &Hub) -> String {
    let answer = ask(address(hub), "GET", "/metrics");
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    text.to_owned()
}

/// A scrape without what differs from run to run: values of the process, and the order within a series.
fn redacted(text: &str) -> String {
    let varies = ["process_", "devhub_writer_", "devhub_http_request_duration_seconds"];
    let redact = |line: &str| match line.rsplit_once(' ') {
        Some((name, _)) if varies.iter().any(|start| name.starts_with(start)) => format!("{name} [varies]"),
        _ => line.replace(env!("CARGO_PKG_VERSION"), "[version]"),
    };
    let mut families: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        match families.last_mut() {
            Some(family) if !line.starts_with("# HELP") && line != "# EOF" => family.push(redact(line)),
            _ => families.push(vec![redact(line)]),
        }
    }
    for family in &mut families {
        // Classes of a histogram have their own order, which is the same each time.
        if !family.iter().any(|line| line.ends_with(" histogram")) {
            family.sort();
        }
    }
    families.concat().join("\n")
}

#[test]
fn a_fresh_hub_tells_every_series() {
    let home = Home::new();
    let hub = serve(&home);
    insta::assert_snapshot!(redacted(&scrape(&hub)));
}

#[test]
fn what_a_hub_did_is_told_without_a_word_of_its_callers() {
    let home = Home::new();
    let hub = serve(&home);
    let (id, token) = home.issue_key();
    assert_eq!(hub.get("/api/hub/v1/whoami", &token), 200);
    assert_eq!(hub.get(&format!("/api/hub/v1/keys/{id}?token={token}"), &token), 400);
    let event = "{\"event_type\":\"canary.type\",\"payload\":{\"x\":\"canary\"}}";
    assert_eq!(hub.call("POST", "/api/hub/v1/events", Some(&token), event).0, 201);
    let text = scrape(&hub);
    for expected in [
        "devhub_authentications_total{code=\"VALID\"} 2\n",
        "devhub_authentications_total{code=\"CREDENTIAL_IN_QUERY\"} 1\n",
        "devhub_events_published_total{outcome=\"accepted\"} 1\n",
        "devhub_http_requests_total{route=\"/api/hub/v1/keys/{id}\",method=\"GET\",status=\"400\"} 1\n",
        "devhub_rate_key_buckets 1\n",
        "devhub_keys 1\n",
        "devhub_deliveries_waiting 0\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    let (prefix, secret) = token.split_once('.').unwrap();
    for hidden in [prefix, secret, id.as_str(), "Shop", "canary", "127.0.0.1"] {
        assert!(!text.contains(hidden), "{hidden} is in\n{text}");
    }
}

#[test]
fn metrics_are_answered_to_get_and_on_their_own_address_only() {
    let home = Home::new();
    let hub = serve(&home);
    let status = |method, path| ask(address(&hub), method, path).lines().next().unwrap().to_owned();
    assert_eq!(status("POST", "/metrics"), "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(status("GET", "/"), "HTTP/1.1 404 Not Found");
    assert_eq!(status("GET", "/healthz"), "HTTP/1.1 404 Not Found");
    assert_eq!(hub.call("GET", "/metrics", None, "").0, 404);
}

#[test]
fn bodies_that_never_end_do_not_keep_a_scraper_out() {
    let home = Home::new();
    let hub = serve(&home);
    // As many as the listener takes.
    let streams: Vec<_> = std::iter::repeat_with(|| TcpStream::connect(address(&hub)).unwrap()).take(16).collect();
    for mut stream in &streams {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    }
    for mut stream in &streams {
        let mut dripping = stream.try_clone().unwrap();
        let drip = std::thread::spawn(move || while dripping.write_all(b"1\r\na\r\n").is_ok() {});
        // Until the hub ends the connection: a reset is an end too.
        let ended = stream.read_to_end(&mut Vec::new());
        assert!(ended.as_ref().map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |_| true), "{ended:?}");
        stream.shutdown(Shutdown::Both).ok();
        drip.join().unwrap();
    }
    assert!(scrape(&hub).ends_with("# EOF\n"));
}

#[test]
fn the_end_of_a_hub_can_be_watched() {
    let home = Home::new();
    let mut hub = serve(&home);
    let (_, token) = home.issue_key();
    let mut stream = TcpStream::connect(&hub.address).unwrap();
    write!(
        stream,
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 38\r\nexpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    assert_eq!(answers.next().unwrap().unwrap(), "HTTP/1.1 100 Continue");
    hub.signal("-TERM");
    hub.wait_for_log("leaving");
    assert!(scrape(&hub).contains("devhub_events_published_total{outcome=\"accepted\"} 0\n"));
    stream.write_all(br#"{"event_type":"a.b","payload":{"x":1}}"#).unwrap();
    assert!(answers.any(|line| line.unwrap() == "HTTP/1.1 201 Created"));
    assert_eq!(hub.wait().code, 0);
}

#[test]
fn an_address_that_others_can_reach_is_warned_about() {
    let home = Home::new();
    let hub = home.serve(&[&DATA[..], &["--set", "metrics.listen=0.0.0.0:0"]].concat());
    let ended = hub.stop("-TERM");
    assert!(ended.stderr.contains("everybody who reaches this address can read the metrics"), "{}", ended.stderr);
    let ended = serve(&home).stop("-TERM");
    assert!(!ended.stderr.contains("can read the metrics"), "{}", ended.stderr);
}

#[test]
fn an_address_that_is_taken_or_none_is_told() {
    let home = Home::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("metrics.listen={}", other.local_addr().unwrap());
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0", DATA[0], DATA[1], "--set", &taken]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("choose another address for metrics.listen"), "{}", ended.stderr);
    let ended = home.run(&["check", "--set", "metrics.listen=9780"]);
    let expected =
        "metrics.listen (flag --set): must be an address and port, such as 127.0.0.1:9780, or \"\", got \"9780\"";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[test]
fn check_says_where_metrics_are_served() {
    let home = Home::new();
    assert!(home.succeed(&["check"]).contains("metrics.listen = \"\""));
    assert!(home.succeed(&[&["check"], &METRICS[..]].concat()).contains("metrics.listen = \"127.0.0.1:0\""));
}
