//! Connections that break: what is a failure of the receiver, and what is none because nobody could know.

use devhub_domain::webhooks::FailureKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Receiver, answered, failed, read_request, request, sender};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Ends a connection by a reset instead of in good order.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

#[tokio::test]
async fn case_10_an_answer_that_breaks_is_told_as_what_it_is() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "no valid answer: "),
        (b"HTTP/1.1 200 OK\r\ncontent-", "no valid answer: "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "the answer ended in its middle: "),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nsho", "the answer ended in its middle: "),
    ];
    for (bytes, detail) in cases {
        for resets in [false, true] {
            let receiver = Receiver::raw(move |_, mut stream| async move {
                read_request(&mut stream).await;
                stream.write_all(bytes).await.unwrap();
                if resets {
                    reset(stream);
                }
            })
            .await;
            let failure = failed(sender().send(&request(&receiver.url())).await);
            assert_eq!(failure.kind, FailureKind::Protocol, "{}", failure.detail);
            let is_told = failure.detail.starts_with(detail) || (resets && failure.detail.contains("reset by peer"));
            assert!(is_told, "{}", failure.detail);
            assert_eq!(receiver.accepted(), 1, "a fresh connection that breaks is not tried again");
        }
    }
}

#[tokio::test]
async fn case_10_garbage_is_no_answer() {
    let cases: [&[u8]; 8] = [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        b"HTTP/1.1 2000 Much\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ];
    for bytes in cases {
        let receiver = Receiver::raw(move |_, mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(bytes).await.unwrap();
        })
        .await;
        let failure = failed(sender().send(&request(&receiver.url())).await);
        assert_eq!(failure.kind, FailureKind::Protocol, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn case_10_a_kept_connection_that_went_stale_is_replaced_once_without_using_up_an_attempt() {
    for resets in [false, true] {
        let receiver = Receiver::raw(move |number, mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(OK).await.unwrap();
            if number == 1 {
                // Takes the second request and hangs up on it.
                read_request(&mut stream).await;
                if resets {
                    reset(stream);
                }
            }
        })
        .await;
        let sender = sender();
        for _ in 0..2 {
            assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
        }
        assert_eq!(receiver.accepted(), 2);
    }
}

#[tokio::test]
async fn case_10_a_kept_connection_that_breaks_in_the_middle_of_an_answer_is_a_failure() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(OK).await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort").await.unwrap();
    })
    .await;
    let sender = sender();
    assert_eq!(answered(sender.send(&request(&receiver.url())).await).status, 200);
    let failure = failed(sender.send(&request(&receiver.url())).await);
    assert_eq!(failure.kind, FailureKind::Protocol, "the receiver has answered: it is not asked again");
    assert_eq!(receiver.accepted(), 1);
}
