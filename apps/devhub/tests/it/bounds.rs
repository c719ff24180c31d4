//! What clients that send too much or too slowly are told, over real sockets.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::harness::{Ended, Home, Hub};

const DATA: [&str; 2] = ["--data", "data"];
/// The shortest patience that can be configured.
const IMPATIENT: [&str; 8] = [
    "--data",
    "data",
    "--set",
    "server.header_timeout_s=1",
    "--set",
    "server.idle_timeout_s=1",
    "--set",
    "server.body_timeout_s=1",
];
/// Much longer than any of those waits; a connection that is still open then is never closed.
const NEVER: Duration = Duration::from_secs(30);

fn connect(hub: &Hub) -> TcpStream {
    let stream = TcpStream::connect(&hub.address).unwrap();
    stream.set_read_timeout(Some(NEVER)).unwrap();
    stream
}

/// Everything that comes until the hub ends the connection.
fn rest_of(mut stream: TcpStream) -> String {
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    rest
}

/// Whether the hub ends a connection whose second head never does, or had ended it before.
fn ends_at_its_second_head(mut stream: TcpStream) -> bool {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n").ok();
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    // Not at once with the first, as below.
    answer.read_line(&mut String::new()).ok();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").ok();
    let ended = answer.read_to_end(&mut Vec::new());
    !ended.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

fn status_of(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("nothing")
}

#[test]
fn a_head_that_never_ends_is_cut_off() {
    let home = Home::new();
    let hub = home.serve(&IMPATIENT);
    let mut stream = connect(&hub);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\nx-slow: ").unwrap();
    assert_eq!(status_of(&rest_of(stream)), "408");
}

#[test]
fn the_second_head_of_a_connection_is_cut_off_like_the_first() {
    let home = Home::new();
    let hub = home.serve(&IMPATIENT);
    let mut stream = connect(&hub);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n").unwrap();
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut status = String::new();
    answer.read_line(&mut status).unwrap();
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");
    // Not at once with the first: the server's pause between requests, which any byte ends, must be over.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").unwrap();
    let rest = rest_of(stream);
    assert!(!rest.contains("HTTP/1.1"), "{rest}");
}

#[test]
fn a_connection_without_requests_is_closed() {
    let home = Home::new();
    let hub = home.serve(&IMPATIENT);
    let mut stream = connect(&hub);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n").unwrap();
    assert_eq!(status_of(&rest_of(stream)), "200");
    assert_eq!(status_of(&rest_of(connect(&hub))), "408");
}

#[test]
fn a_body_that_never_ends_is_refused_in_time() {
    let home = Home::new();
    let hub = home.serve(&IMPATIENT);
    let (_, token) = home.issue_key();
    let mut stream = connect(&hub);
    write!(
        stream,
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 38\r\n\r\n{{"
    )
    .unwrap();
    let answer = rest_of(stream);
    assert!(status_of(&answer) == "408" && answer.contains("body_too_slow"), "{answer}");
}

#[test]
fn a_chunked_body_without_end_is_cut_at_the_limit() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let (_, token) = home.issue_key();
    let mut stream = connect(&hub);
    write!(
        stream,
        "POST /api/hub/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let mut endless = stream.try_clone().unwrap();
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4_096));
    let sending = std::thread::spawn(move || while endless.write_all(chunk.as_bytes()).is_ok() {});
    let mut answer = BufReader::new(&stream);
    let mut status = String::new();
    answer.read_line(&mut status).unwrap();
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large\r\n");
    // The hub ends its side, whether or not the client takes notice; a reset is an end too.
    let ended = answer.read_to_end(&mut Vec::new());
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    // To send would wait for a window that never opens: we end our side as well.
    stream.shutdown(Shutdown::Both).ok();
    sending.join().unwrap();
}

#[test]
fn heads_past_the_limits_are_refused_by_name_and_far_past_them_without_a_word() {
    let home = Home::new();
    let hub = home.serve(&DATA);
    let with = |target: &str, headers: &str| {
        hub.exchange(&format!("GET {target} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{headers}\r\n"))
    };
    let lines = |count: usize| "x: a\r\n".repeat(count - 2);
    let large = |bytes: usize| format!("x-large: {}\r\n", "a".repeat(bytes));
    let target = |bytes: usize| format!("/{}", "a".repeat(bytes));
    let named = [
        (with("/healthz", &lines(65)), "431", "headers_too_large"),
        (with("/healthz", &lines(96)), "431", "headers_too_large"),
        (with("/healthz", &large(32 * 1024)), "431", "headers_too_large"),
        (with("/healthz", &large(120 * 1024)), "431", "headers_too_large"),
        (with(&target(8 * 1024), ""), "414", "uri_too_long"),
        (with(&target(60 * 1024), ""), "414", "uri_too_long"),
    ];
    for (answer, status, code) in named {
        assert!(status_of(&answer) == status && answer.contains(code), "{answer}");
    }
    assert_eq!(status_of(&with("/healthz", &lines(64))), "200");
    for (answer, status) in [
        (with("/healthz", &lines(97)), "431"),
        (with("/healthz", &large(200 * 1024)), "431"),
        (with(&target(70 * 1024), ""), "400"),
    ] {
        assert!(status_of(&answer) == status && !answer.contains("problem"), "{answer}");
    }
}

#[test]
fn the_limit_on_open_files_is_raised_to_what_the_connections_need() {
    let home = Home::new();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", "data", "--set", "server.connections_max=512"];
    let ended = Hub::start(&mut home.command_with_files(256, 2_048, &arguments)).stop("-TERM");
    assert!(!ended.stderr.contains("open files"), "{}", ended.stderr);
}

#[test]
fn connections_are_as_many_as_there_are_open_files_for() {
    let home = Home::new();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let said = "1536 connections may be open instead of 4096: raise the limit on open files from 4096 to 9216";
    let ended = Hub::start(&mut home.command_with_files(1_024, 4_096, &serve)).stop("-TERM");
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let checked = Ended::from(home.command_with_files(1_024, 4_096, &["check", "--data", "data"]).output().unwrap());
    assert!(checked.code == 1 && checked.stdout.contains(said), "{}", checked.stdout);
}

#[test]
fn a_connection_ends_in_time_although_there_are_no_files_to_watch_it_with() {
    let serve = [&["serve", "--listen", "127.0.0.1:0", "--set", "server.workers=1"], &IMPATIENT[..]].concat();
    let mut said = String::new();
    // The last file goes to a connection with one of the two limits, and to the watch of one with the other.
    for files in [127, 128] {
        let home = Home::new();
        let hub = Hub::start(&mut home.command_with_files(files, files, &serve));
        let streams = std::iter::repeat_with(|| connect(&hub)).take(100);
        let ending: Vec<_> =
            streams.map(|stream| std::thread::spawn(move || ends_at_its_second_head(stream))).collect();
        assert!(ending.into_iter().all(|ends| ends.join().unwrap()), "a connection is never closed");
        said += &hub.stop("-TERM").stderr;
    }
    assert!(said.contains("connections were shut at once"), "{said}");
}
