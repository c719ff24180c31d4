//! The headers of a request as they are on the wire.

use std::sync::Arc;

use devhub_domain::secret::Secret;
use devhub_domain::webhooks::signature::{SigningInput, SigningSecret, signed_headers};
use devhub_domain::webhooks::{OutboundHeader, OutboundRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::support::{Receiver, STARTED, answer, answered, request, sender};

fn header(name: &str, value: &str, is_sensitive: bool) -> OutboundHeader {
    OutboundHeader { name: name.to_owned(), value: Secret::new(value), is_sensitive }
}

/// A request with two headers of its endpoint's own.
fn with_own(request: OutboundRequest) -> OutboundRequest {
    let own = [header("X-SHOP-id", "Shop 12", false), header("authorization", "Bearer 7f6f", true)];
    OutboundRequest { custom_headers: Arc::new(own), ..request }
}

/// A receiver that tells the heads of its requests, byte for byte.
async fn telling() -> (Receiver, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let receiver = Receiver::raw(move |_, mut stream| {
        let tell = tell.clone();
        async move {
            let mut seen = Vec::new();
            while let Ok(byte) = stream.read_u8().await {
                seen.push(byte);
                if !seen.ends_with(b"}") {
                    continue;
                }
                let text = String::from_utf8(std::mem::take(&mut seen)).unwrap();
                tell.send(text.split_once("\r\n\r\n").unwrap().0.to_owned()).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        }
    })
    .await;
    (receiver, told)
}

#[tokio::test]
async fn names_leave_as_their_documentation_and_their_owner_spell_them() {
    let (receiver, mut told) = telling().await;
    let secrets = [SigningSecret::new(Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).unwrap()];
    let plain = request(&receiver.url());
    let headers = signed_headers(&SigningInput {
        event_id: "evt_1",
        delivery_id: "dlv_1",
        event_type: "payment.completed",
        attempted_at: STARTED,
        body: plain.body.as_bytes(),
        secrets: &secrets,
    });
    let request = with_own(OutboundRequest { headers, ..plain });
    assert_eq!(answered(sender().send(&request).await).status, 200);
    let head = told.recv().await.unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("POST /hook HTTP/1.1"));
    let names: Vec<_> = lines.map(|line| line.split_once(": ").unwrap().0).collect();
    let expected = [
        "Content-Type",
        "User-Agent",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "X-OwnPay-Signature",
        "X-Signature",
        "X-OwnPay-Timestamp",
        "X-Timestamp",
        "X-OwnPay-Event",
        "X-Event",
        "X-OwnPay-Delivery",
        "X-SHOP-id",
        "authorization",
        "Host",
        "Content-Length",
    ];
    assert_eq!(names, expected);
    assert!(head.contains("\r\nX-SHOP-id: Shop 12\r\nauthorization: Bearer 7f6f\r\n"), "{head}");
}

#[tokio::test]
async fn each_endpoint_has_its_own_spelling_also_over_one_connection() {
    let (receiver, mut told) = telling().await;
    let sender = sender();
    for name in ["X-Shop", "x-shop", "X-SHOP"] {
        let custom_headers = Arc::new([header(name, "12", false)]);
        let request = OutboundRequest { custom_headers, ..request(&receiver.url()) };
        assert_eq!(answered(sender.send(&request).await).status, 200);
        let head = told.recv().await.unwrap();
        assert!(head.contains(&format!("\r\n{name}: 12\r\n")), "{head}");
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn a_request_without_headers_of_its_own_carries_none() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let sender = sender();
    sender.send(&with_own(request(&receiver.url()))).await;
    sender.send(&request(&receiver.url())).await;
    let [with, without] = &receiver.requests()[..] else { panic!("two requests") };
    assert_eq!(with.headers["authorization"], "Bearer 7f6f");
    assert!(without.headers.get("authorization").is_none() && without.headers.get("x-shop-id").is_none());
}
