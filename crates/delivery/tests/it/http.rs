//! What a request is, and what each way of answering it leads to.

use std::time::Duration;

use devhub_domain::webhooks::{Directive, FailureKind};
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Receiver, STARTED, answer, answered, failed, hasty, request, sender};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Reads one request: the body of every test's request ends it.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"}") {
        let byte = stream.read_u8().await.unwrap();
        seen.push(byte);
    }
}

/// A receiver that reads a request, writes `bytes`, and closes.
async fn saying(bytes: &'static [u8]) -> Receiver {
    Receiver::raw(move |_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(bytes).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn a_request_is_sent_byte_for_byte() {
    let receiver = Receiver::http(|_| async { answer(204, "") }).await;
    let exchange = sender().send(&request(&format!("{}?shop=1", receiver.url()))).await;
    assert_eq!(exchange.started_at, STARTED);
    assert_eq!(answered(exchange).status, 204);
    let seen = &receiver.requests()[0];
    let header = |name: &str| seen.headers[name].to_str().unwrap().to_owned();
    assert_eq!((seen.path.as_str(), &seen.body[..]), ("/hook?shop=1", &br#"{"amount": "10.00"}"#[..]));
    assert_eq!((header("webhook-id"), header("x-ownpay-signature")), ("evt_1".to_owned(), "c0ffee".to_owned()));
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("user-agent"), "OwnPay-Webhook/0.1.0");
    assert_eq!(header("host"), format!("127.0.0.1:{}", receiver.port()));
    assert_eq!(header("content-length"), "19");
}

#[tokio::test]
async fn an_answer_brings_what_the_receiver_asks_for() {
    let receiver = Receiver::http(|_| async {
        let head = Response::builder().status(503).header("retry-after", "120").header("webhook-delivery", " Abort");
        head.body(Full::from("busy")).unwrap()
    })
    .await;
    let answer = answered(sender().send(&request(&receiver.url())).await);
    assert_eq!((answer.status, answer.retry_after), (503, Some(Duration::from_mins(2))));
    assert_eq!((answer.directive, answer.body_excerpt), (Some(Directive::Abort), b"busy".to_vec()));
}

#[tokio::test]
async fn a_date_to_retry_after_counts_from_the_answer() {
    // STARTED is 2026-11-24T10:00:00Z.
    let receiver = Receiver::http(|_| async {
        let head = Response::builder().status(503).header("retry-after", "Tue, 24 Nov 2026 10:30:00 GMT");
        head.body(Full::default()).unwrap()
    })
    .await;
    let hint = answered(sender().send(&request(&receiver.url())).await).retry_after.unwrap();
    assert!(hint > Duration::from_mins(29) && hint <= Duration::from_mins(30), "{hint:?}");
}

#[tokio::test]
async fn the_first_4_kib_of_an_answer_are_kept_and_its_connection_too() {
    let receiver = Receiver::http(|_| async { answer(500, vec![b'x'; 5_000]) }).await;
    let sender = sender();
    for _ in 0..3 {
        assert_eq!(answered(sender.send(&request(&receiver.url())).await).body_excerpt, vec![b'x'; 4_096]);
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_with_its_connection() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 1_024]).await.is_ok() {}
    })
    .await;
    let sender = sender();
    for _ in 0..2 {
        let answer = answered(sender.send(&request(&receiver.url())).await);
        assert_eq!((answer.status, answer.body_excerpt.len()), (200, 4_096));
    }
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_its_target_is_never_visited() {
    let target = Receiver::http(|_| async { answer(200, "") }).await;
    for status in [301, 302, 307, 308] {
        let location = target.url();
        let receiver = Receiver::http(move |_| {
            let response = Response::builder().status(status).header("location", &location);
            std::future::ready(response.body(Full::default()).unwrap())
        })
        .await;
        assert_eq!(answered(sender().send(&request(&receiver.url())).await).status, status);
    }
    assert_eq!(target.accepted(), 0);
}

#[tokio::test]
async fn a_closed_port_is_a_failure_to_connect() {
    // Bound and not listening: nobody else can take the port meanwhile.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let failure = failed(sender().send(&request(&format!("http://{address}/?token=secret"))).await);
    assert_eq!(failure.kind, FailureKind::Connect);
    assert!(failure.detail.starts_with(&format!("{address}: Connection refused")), "{}", failure.detail);
}

#[tokio::test]
async fn what_is_no_answer_breaks_the_protocol() {
    let cases: [(&[u8], &str); 4] = [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "no valid answer: invalid HTTP version parsed"),
        (b"", "no valid answer: connection closed before message completed"),
        (b"HTTP/1.1 20", "no valid answer: connection closed before message completed"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
            "the answer ended in its middle: end of file before message",
        ),
    ];
    for (bytes, detail) in cases {
        let receiver = saying(bytes).await;
        let failure = failed(sender().send(&request(&receiver.url())).await);
        assert_eq!(failure.kind, FailureKind::Protocol);
        assert!(failure.detail.starts_with(detail), "{}", failure.detail);
        assert_eq!(receiver.accepted(), 1, "a fresh connection that breaks is not tried again");
    }
}

#[tokio::test]
async fn case_05_a_megabyte_of_headers_is_too_large() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx-much: ").await.unwrap();
        for _ in 0..1_024 {
            if stream.write_all(&[b'x'; 1_024]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let failure = failed(sender().send(&request(&receiver.url())).await);
    assert_eq!(
        (failure.kind, failure.detail.as_str()),
        (FailureKind::TooLarge, "no valid answer: message head is too large")
    );
}

#[tokio::test]
async fn a_hundred_and_one_headers_are_too_many() {
    let receiver = Receiver::http(|_| async {
        let head = (0..101).fold(Response::builder(), |head, number| head.header(format!("x-{number}"), "1"));
        head.body(Full::default()).unwrap()
    })
    .await;
    assert_eq!(failed(sender().send(&request(&receiver.url())).await).kind, FailureKind::TooLarge);
}

#[tokio::test]
async fn one_deadline_is_over_everything() {
    let cases: [(&[u8], &str); 3] = [
        (b"", "no answer within 100ms"),
        (b"HTTP/1.1 200 OK\r\ncontent-", "no answer within 100ms"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "no end of the answer within 100ms"),
    ];
    for (bytes, detail) in cases {
        let receiver = Receiver::raw(move |_, mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(bytes).await.unwrap();
            // Holds the connection until the sender gives it up.
            drop(stream.read_u8().await);
        })
        .await;
        let exchange = sender().send(&hasty(&receiver.url())).await;
        assert!(exchange.duration >= Duration::from_millis(100) && exchange.duration < Duration::from_secs(5));
        let failure = failed(exchange);
        assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Timeout, detail));
    }
}

#[tokio::test]
async fn a_receiver_that_closes_after_each_answer_gets_a_connection_for_each_request() {
    let receiver = saying(OK).await;
    let sender = sender();
    for _ in 0..3 {
        assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
    }
    assert_eq!(receiver.accepted(), 3);
}

#[tokio::test]
async fn a_connection_that_went_stale_is_replaced_without_using_up_an_attempt() {
    let receiver = Receiver::raw(|number, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        if number == 1 {
            // Takes the second request and hangs up on it.
            read_request(&mut stream).await;
        }
    })
    .await;
    let sender = sender();
    assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
    assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_stale_connection_is_replaced_once() {
    let receiver = Receiver::raw(|number, mut stream| async move {
        read_request(&mut stream).await;
        if number == 1 {
            stream.write_all(OK).await.unwrap();
            read_request(&mut stream).await;
        }
    })
    .await;
    let sender = sender();
    assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
    assert_eq!(failed(sender.send(&request(&receiver.url())).await).kind, FailureKind::Protocol);
    assert_eq!(receiver.accepted(), 2);
}
