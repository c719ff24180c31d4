//! HTTPS: which versions of HTTP are spoken, which certificate is shown, and how an encrypted hub leaves.

use std::time::Duration;

use hyper::Version;
use hyper::body::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::timeout;

use crate::client::{Authority, TLS, http1_get, read, request};
use crate::harness::Home;

/// How long a hub may take to present a new certificate: it looks every two seconds.
const RENEWED_WITHIN: Duration = Duration::from_secs(20);
/// How long connections may take to end that nothing keeps open; the hub itself would wait for minutes.
const LEAVES_WITHIN: Duration = Duration::from_secs(30);

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_and_the_address_says_so() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let hub = home.serve(&TLS);
    let answer = authority.http1(&hub.address).await.send_request(http1_get("/healthz")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));
    let answer = authority.http2(&hub.address).await.send_request(request("GET", "/healthz", &[], "")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    assert_eq!(hub.exchange("GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n").find("HTTP/1.1"), None);
}

#[tokio::test]
async fn one_http_2_connection_carries_many_requests_at_once() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let hub = home.serve(&TLS);
    let (_, token) = home.issue_key();
    let sender = authority.http2(&hub.address).await;
    let publish = |number: u32| {
        let mut sender = sender.clone();
        let body = format!(r#"{{"event_type":"a.b","payload":{{"x":{number}}}}}"#);
        let authorization = bearer(&token);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let req = request("POST", "/api/hub/v1/events", &headers, body);
        tokio::spawn(async move { sender.send_request(req).await.unwrap().status().as_u16() })
    };
    let answers: Vec<_> = (0..50).map(publish).collect();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), 201);
    }
}

#[tokio::test]
async fn the_limits_on_heads_and_bodies_hold_for_http_2() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let hub = home.serve(&TLS);
    let (_, token) = home.issue_key();
    let mut sender = authority.http2(&hub.address).await;
    let names: Vec<_> = (0..65).map(|number| format!("x-{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "a")).collect();
    let long = format!("/{}", "a".repeat(8 * 1024));
    let large = "a".repeat(32 * 1024);
    let cases = [
        (request("GET", "/healthz", &many, ""), 431, "headers_too_large"),
        (request("GET", "/healthz", &[("x-large", &large)], ""), 431, "headers_too_large"),
        (request("GET", &long, &[], ""), 414, "uri_too_long"),
    ];
    for (req, status, code) in cases {
        let (found, body) = read(sender.send_request(req).await.unwrap()).await;
        assert!(found == status && body.contains(code), "{found} {body}");
    }
    let headers = [("authorization", &*bearer(&token)), ("content-type", "application/json")];
    let body = Bytes::from(vec![b' '; 400_000]);
    let (status, body) =
        read(sender.send_request(request("POST", "/api/hub/v1/events", &headers, body)).await.unwrap()).await;
    assert!(status == 413 && body.contains("body_too_large"), "{status} {body}");
    let answer = sender.send_request(request("GET", "/healthz", &[], "")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "the connection goes on");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart_and_one_that_does_not_fit_is_not() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let mut hub = home.serve(&TLS);
    let old = authority.shown(&hub.address).await;
    home.write("hub.pem", &authority.issue(2101).0);
    hub.wait_for_log("the new certificate is not used, the old one stays");
    assert_eq!(authority.shown(&hub.address).await, old);
    authority.write(&home, 2102);
    let renewed = async { while authority.shown(&hub.address).await == old {} };
    timeout(RENEWED_WITHIN, renewed).await.unwrap();
}

#[test]
fn a_certificate_that_cannot_be_served_is_told_at_the_start() {
    let (home, authority) = (Home::new(), Authority::new());
    let refused = |expected: &str| {
        let ended = home.run(&[&["serve", "--listen", "127.0.0.1:0"], &TLS[..]].concat());
        assert!(ended.code == 1 && ended.stderr.contains(expected), "{}", ended.stderr);
        let checked = home.run(&[&["check"], &TLS[..]].concat());
        assert!(checked.code == 1 && checked.stdout.contains(expected), "{}", checked.stdout);
    };
    refused("the file hub.pem cannot be read (server.tls_certificate_file)");
    authority.write(&home, 2100);
    home.write_private("hub.key", &authority.issue(2100).1);
    refused("the certificate hub.pem and the key hub.key cannot be used together");
    home.write_private("hub.key", "");
    refused("the file hub.key must hold a private key in PEM, without a passphrase");
}

#[test]
fn an_expired_certificate_is_served_with_a_warning_and_found_by_check() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2020);
    home.serve(&TLS).wait_for_log("the certificate has expired: clients refuse it until it is renewed");
    let ended = home.run(&[&["check"], &TLS[..]].concat());
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("✗ the certificate has expired"), "{}", ended.stdout);
    authority.write(&home, 2100);
    let found = home.succeed(&[&["check"], &TLS[..]].concat());
    assert!(found.contains("✓ the certificate fits its key (hub.example.com, until 2100-01-01"), "{found}");
}

#[test]
fn one_file_without_the_other_is_refused() {
    let ended = Home::new().run(&["check", "--set", "server.tls_key_file=hub.key"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("must be set when server.tls_key_file is"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_request_in_flight_is_finished_before_an_encrypted_hub_leaves() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let mut hub = home.serve(&TLS);
    let (_, token) = home.issue_key();
    let mut stream = authority.connect(&hub.address, "http/1.1").await;
    let head = format!(
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 38\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    hub.signal("-TERM");
    hub.wait_for_log("leaving");
    let refused = async { while std::net::TcpStream::connect(&hub.address).is_ok() {} };
    timeout(LEAVES_WITHIN, refused).await.unwrap();
    stream.write_all(br#"{"event_type":"a.b","payload":{"x":1}}"#).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("HTTP/1.1 201 Created"), "{answer}");
    assert_eq!(hub.wait().code, 0);
}

#[tokio::test]
async fn connections_without_requests_do_not_keep_a_hub_from_leaving() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let hub = home.serve(&[&TLS[..], &["--set", "server.shutdown_grace_s=600"]].concat());
    let mut first = authority.http1(&hub.address).await;
    let mut second = authority.http2(&hub.address).await;
    assert_eq!(read(first.send_request(http1_get("/healthz")).await.unwrap()).await.0, 200);
    assert_eq!(read(second.send_request(request("GET", "/healthz", &[], "")).await.unwrap()).await.0, 200);
    let left = tokio::task::spawn_blocking(move || hub.stop("-TERM").code);
    assert_eq!(timeout(LEAVES_WITHIN, left).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn an_http_2_connection_without_requests_is_closed() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let impatient = ["--set", "server.idle_timeout_s=1", "--set", "server.header_timeout_s=1"];
    let hub = home.serve(&[&TLS[..], &impatient].concat());
    let mut sender = authority.http2(&hub.address).await;
    let answer = sender.send_request(request("GET", "/healthz", &[], "")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    // The client answers every ping meanwhile.
    let closed = async {
        while sender.ready().await.is_ok() && !sender.is_closed() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LEAVES_WITHIN, closed).await.unwrap();
}

#[test]
fn a_handshake_that_never_ends_is_cut_off() {
    let (home, authority) = (Home::new(), Authority::new());
    authority.write(&home, 2100);
    let hub = home.serve(&TLS);
    // The begin of a record that says it is longer.
    assert_eq!(hub.exchange("\u{16}\u{3}\u{1}\u{2}"), "");
}
