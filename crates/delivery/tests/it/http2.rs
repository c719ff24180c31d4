//! Receivers that speak HTTP/2, scripted by the frame where they go away.

use std::sync::Arc;

use devhub_delivery::{Budgets, Sender};
use devhub_domain::webhooks::FailureKind;
use http::Version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::{Receiver, answer, answered, failed, request};
use crate::tls::{authority, config, sender};

/// Types, flags and codes of frames (RFC 9113 §6 and §7).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// One connection, frame by frame.
struct Frames(TlsStream<TcpStream>);

impl Frames {
    /// Reads the preface and says that there is nothing to agree on (§3.4).
    async fn opened(tls: &TlsAcceptor, stream: TcpStream) -> Self {
        let mut frames = Self(tls.accept(stream).await.unwrap());
        frames.0.read_exact(&mut [0; 24]).await.unwrap();
        frames.write(SETTINGS, 0, 0, &[]).await;
        frames
    }

    /// Waits for the end of a request and tells its stream.
    async fn request(&mut self) -> u32 {
        loop {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.unwrap();
            let [a, b, c, kind, flags, stream @ ..] = head;
            let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap();
            self.0.read_exact(&mut vec![0; length]).await.unwrap();
            if kind == SETTINGS && flags & ACK == 0 {
                self.write(SETTINGS, ACK, 0, &[]).await;
            }
            if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
                return u32::from_be_bytes(stream);
            }
        }
    }

    /// Answers 204, which is the ninth of the fields that need no name (RFC 7541, appendix A).
    async fn answer(&mut self, stream: u32) {
        self.write(HEADERS, END_HEADERS | END_STREAM, stream, &[0x89]).await;
    }

    /// Ends one stream.
    async fn reset(&mut self, stream: u32, code: u32) {
        self.write(RST_STREAM, 0, stream, &code.to_be_bytes()).await;
    }

    /// Says which stream is the last that is looked at.
    async fn go_away(&mut self, last: u32, code: u32) {
        self.write(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat()).await;
    }

    /// Holds the connection until the sender gives it up.
    async fn hold(mut self) {
        drop(self.0.read_to_end(&mut Vec::new()).await);
    }

    async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        self.0.write_all(&[&head, payload].concat()).await.unwrap();
    }
}

/// Who answers https with HTTP/2, and who believes them.
fn receiving() -> (TlsAcceptor, Sender) {
    let issuer = authority("Trusted");
    let mut config = config(&issuer, "shop.example", 2100);
    config.alpn_protocols = vec![b"h2".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), sender(issuer.pem(), Budgets::default()))
}

/// Runs `script` with each connection and its number, counted from 1.
async fn scripted<F>(script: impl Fn(usize, Frames) -> F + Clone + Send + Sync + 'static) -> (Receiver, Sender, String)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (tls, sender) = receiving();
    let receiver = Receiver::raw(move |number, stream| {
        let (tls, script) = (tls.clone(), script.clone());
        async move { script(number, Frames::opened(&tls, stream).await).await }
    })
    .await;
    let url = format!("https://shop.example:{}/", receiver.port());
    (receiver, sender, url)
}

#[tokio::test]
async fn twenty_requests_at_once_share_one_connection() {
    let (tls, sender) = receiving();
    let all = Arc::new(Barrier::new(20));
    let receiver = Receiver::https(tls, move |received| {
        let all = Arc::clone(&all);
        async move {
            if received.path.ends_with("/all") {
                all.wait().await;
            }
            answer(200, "")
        }
    })
    .await;
    let url = format!("https://shop.example:{}", receiver.port());
    // The first one learns that the receiver speaks HTTP/2.
    assert_eq!(answered(sender.send(&request(&format!("{url}/first"))).await).status, 200);
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let (sender, request) = (sender.clone(), request(&format!("{url}/all")));
            tokio::spawn(async move { sender.send(&request).await })
        })
        .collect();
    for send in sends {
        assert_eq!(answered(send.await.unwrap()).status, 200);
    }
    let seen = receiver.requests();
    assert_eq!((seen.len(), receiver.accepted()), (21, 1));
    // Sent as `X-OwnPay-Signature`: HTTP/2 knows lower case only, and the receiver would refuse anything else.
    let is_right = |seen: &crate::support::Received| seen.headers["x-ownpay-signature"] == "c0ffee";
    assert!(seen.iter().all(|seen| is_right(seen) && seen.version == Version::HTTP_2));
}

#[tokio::test]
async fn a_connection_that_says_it_goes_away_is_replaced_without_using_up_an_attempt() {
    // In good order, and after an error; both say that the second request was not looked at.
    for code in [NO_ERROR, ENHANCE_YOUR_CALM] {
        let (receiver, sender, url) = scripted(move |number, mut frames| async move {
            let first = frames.request().await;
            frames.answer(first).await;
            if number == 1 {
                frames.request().await;
                frames.go_away(first, code).await;
            }
            frames.hold().await;
        })
        .await;
        for _ in 0..2 {
            assert_eq!(answered(sender.send(&request(&url)).await).status, 204, "{code}");
        }
        assert_eq!(receiver.accepted(), 2);
    }
}

#[tokio::test]
async fn a_request_that_the_receiver_says_it_has_not_taken_is_sent_once_more_also_over_the_first_connection() {
    for says_reset in [false, true] {
        let (receiver, sender, url) = scripted(move |number, mut frames| async move {
            let stream = frames.request().await;
            match (number, says_reset) {
                (1, true) => frames.reset(stream, REFUSED_STREAM).await,
                (1, false) => frames.go_away(0, NO_ERROR).await,
                _ => frames.answer(stream).await,
            }
            frames.hold().await;
        })
        .await;
        assert_eq!(answered(sender.send(&request(&url)).await).status, 204);
        assert_eq!(receiver.accepted(), 2);
    }
}

#[tokio::test]
async fn a_receiver_that_never_takes_a_request_is_asked_twice_and_no_more() {
    let (receiver, sender, url) = scripted(|_, mut frames| async move {
        frames.request().await;
        frames.go_away(0, NO_ERROR).await;
        frames.hold().await;
    })
    .await;
    assert_eq!(failed(sender.send(&request(&url)).await).kind, FailureKind::Protocol);
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_stream_that_is_reset_for_another_reason_is_a_failure() {
    for code in [INTERNAL_ERROR, CANCEL] {
        let (receiver, sender, url) = scripted(move |_, mut frames| async move {
            let first = frames.request().await;
            frames.answer(first).await;
            let second = frames.request().await;
            frames.reset(second, code).await;
            frames.hold().await;
        })
        .await;
        assert_eq!(answered(sender.send(&request(&url)).await).status, 204);
        assert_eq!(failed(sender.send(&request(&url)).await).kind, FailureKind::Protocol, "{code}");
        assert_eq!(receiver.accepted(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_breaks_is_replaced_without_using_up_an_attempt() {
    let (receiver, sender, url) = scripted(|number, mut frames| async move {
        let first = frames.request().await;
        frames.answer(first).await;
        if number == 1 {
            // Takes the second request and hangs up on it.
            frames.request().await;
            return;
        }
        frames.hold().await;
    })
    .await;
    for _ in 0..2 {
        assert_eq!(answered(sender.send(&request(&url)).await).status, 204);
    }
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_fresh_connection_that_breaks_is_a_failure() {
    let (receiver, sender, url) = scripted(|_, mut frames| async move {
        frames.request().await;
    })
    .await;
    assert_eq!(failed(sender.send(&request(&url)).await).kind, FailureKind::Protocol);
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn case_05_a_large_body_is_left_at_its_cap_and_the_connection_is_kept() {
    let (tls, sender) = receiving();
    let receiver = Receiver::https(tls, |_| async { answer(200, vec![b'x'; 8 * 1024 * 1024]) }).await;
    let url = format!("https://shop.example:{}/", receiver.port());
    for _ in 0..3 {
        assert_eq!(answered(sender.send(&request(&url)).await).body_excerpt, vec![b'x'; 4_096]);
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn case_05_a_megabyte_of_headers_is_left_at_its_cap() {
    let (tls, sender) = receiving();
    let receiver = Receiver::https(tls, |_| {
        let mut response = answer(200, "");
        for number in 0..64 {
            let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
            response.headers_mut().insert(name, vec![b'x'; 16 * 1024].try_into().unwrap());
        }
        std::future::ready(response)
    })
    .await;
    let url = format!("https://shop.example:{}/", receiver.port());
    let failure = failed(sender.send(&request(&url)).await);
    assert!(failure.detail.starts_with("no valid answer: "), "{}", failure.detail);
}
