//! Receivers that would use up time and memory: each request is over at its deadline or at its cap, and its connection is given up.

use std::time::Duration;

use devhub_domain::webhooks::{FailureKind, OutboundRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

use crate::support::{
    Flood, Hub, Receiver, answer, answered, failed, hasty, is_delivered, limits, read_request, request, sender, willing,
};

/// What the systems on both sides hold for a connection that nobody reads, and what is read before it is enough. Measured: 130 KB at
/// most; without a cap it would be all that loopback carries until the deadline, which is gigabytes.
const TAKEN_BYTES_MAX: usize = 1024 * 1024;

/// The first 100,000 zeros of a bomb, in gzip: what `zlib` makes of them.
const ZIPPED_START: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc11\x01\x00\x00\x00\xc2\xa0\xf5Om\r\x0f\xa0";
const ZIPPED_END: &[u8] = b"\x80W\x03}\x95\x11\xd4\xa0\x86\x01\x00";

#[tokio::test]
async fn case_05_a_receiver_that_never_answers_is_left_at_the_deadline() {
    let (ended, mut end) = watch::channel(false);
    let receiver = Receiver::raw(move |_, mut stream| {
        let ended = ended.clone();
        async move {
            read_request(&mut stream).await;
            // Ends when the sender hangs up.
            drop(stream.read_to_end(&mut Vec::new()).await);
            ended.send_replace(true);
        }
    })
    .await;
    let exchange = sender().send(&hasty(&receiver.url())).await;
    assert!(exchange.duration >= Duration::from_millis(100) && exchange.duration < Duration::from_secs(5));
    let failure = failed(exchange);
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Timeout, "no answer within 100ms"));
    tokio::time::timeout(Duration::from_secs(5), end.wait_for(|ended| *ended)).await.unwrap().unwrap();
}

#[tokio::test]
async fn case_05_a_byte_now_and_then_renews_no_deadline() {
    let pause = Duration::from_millis(10);
    let cases: [(&[u8], &[u8], &str); 4] = [
        (b"HTTP/1.1 200 OK\r\nx-slow: ", b"x", "no answer within 300ms"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "no answer within 300ms"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", "no end of the answer within 300ms"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "no end of the answer within 300ms"),
    ];
    for (start, again, detail) in cases {
        let flood = Flood::paced(start, again, pause);
        let request = OutboundRequest { timeout: Duration::from_millis(300), ..request(flood.url()) };
        let exchange = sender().send(&request).await;
        assert!(exchange.duration >= request.timeout && exchange.duration < Duration::from_secs(5), "{detail}");
        let failure = failed(exchange);
        assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Timeout, detail));
        assert!(flood.taken().await < 16 * 1024);
    }
}

#[tokio::test]
async fn case_05_an_endless_body_is_left_at_its_cap() {
    let cases: [(&[u8], &[u8]); 3] = [
        (b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 1_024]),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9000000000000000000\r\n\r\n", &[b'x'; 1_024]),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"10\r\nxxxxxxxxxxxxxxxx\r\n"),
    ];
    for (start, again) in cases {
        let flood = Flood::of(start, again);
        let answer = answered(sender().send(&request(flood.url())).await);
        assert_eq!((answer.status, answer.body_excerpt), (200, vec![b'x'; 4_096]));
        let taken = flood.taken().await;
        assert!(taken < TAKEN_BYTES_MAX, "{taken}");
    }
}

#[tokio::test]
async fn case_05_an_endless_head_is_left_at_its_cap() {
    let cases: [(&[u8], &[u8]); 4] = [
        (b"HTTP/1.1 200 OK\r\nx-much: ", &[b'x'; 1_024]),
        (b"HTTP/1.1 200 ", &[b'x'; 1_024]),
        (b"HTTP/1.1 200 OK\r\n", b"x-many: 1\r\n"),
        (b"", &[b'x'; 1_024]),
    ];
    for (start, again) in cases {
        let flood = Flood::of(start, again);
        drop(failed(sender().send(&request(flood.url())).await));
        let taken = flood.taken().await;
        assert!(taken < TAKEN_BYTES_MAX, "{taken}");
    }
}

#[tokio::test]
async fn case_05_what_stands_around_the_chunks_of_a_body_is_bounded_too() {
    let cases: [(&[u8], &[u8]); 2] = [
        // The extension of a chunk, and headers after the last one (RFC 9112 §7.1).
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=", &[b'x'; 1_024]),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"x-many: 1\r\n"),
    ];
    for (start, again) in cases {
        let flood = Flood::of(start, again);
        assert_eq!(failed(sender().send(&request(flood.url())).await).kind, FailureKind::Protocol);
        let taken = flood.taken().await;
        assert!(taken < TAKEN_BYTES_MAX, "{taken}");
    }
}

#[tokio::test]
async fn case_05_a_body_in_gzip_is_neither_asked_for_nor_opened() {
    let zipped = [ZIPPED_START, &[0; 96], ZIPPED_END].concat();
    let expected = zipped.clone();
    let receiver = Receiver::http(move |_| {
        let mut response = answer(500, zipped.clone());
        response.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        std::future::ready(response)
    })
    .await;
    assert_eq!(answered(sender().send(&request(&receiver.url())).await).body_excerpt, expected);
    assert!(receiver.requests()[0].headers.get("accept-encoding").is_none());
}

#[tokio::test]
async fn case_05_the_one_slot_of_an_engine_is_free_again_after_an_endless_answer() {
    let (flood, receiver) = (Flood::of(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 1_024]), willing().await);
    let hub = Hub::new(limits(1, 1));
    hub.endpoint(flood.url(), "payment.refunded");
    hub.endpoint(&receiver.url(), "payment.completed");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.refunded", 1);
    hub.publish(&engine.dispatcher(), "payment.completed", 2);
    assert_eq!(hub.all(is_delivered).await.len(), 3);
    assert!(flood.taken().await < TAKEN_BYTES_MAX);
}

#[tokio::test]
async fn case_05_a_connection_that_was_left_serves_nobody_again() {
    let receiver = Receiver::raw(|number, mut stream| async move {
        read_request(&mut stream).await;
        if number == 1 {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nlate").await.unwrap();
            drop(stream.read_u8().await);
            return;
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    })
    .await;
    let sender = sender();
    assert_eq!(failed(sender.send(&hasty(&receiver.url())).await).kind, FailureKind::Timeout);
    assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 204);
    assert_eq!(receiver.accepted(), 2);
}
