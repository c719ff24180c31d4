//! Names that change their meaning: what was vetted is what is dialled, and a kept connection stays where it is.

use std::sync::atomic::{AtomicUsize, Ordering};

use devhub_delivery::SenderOptions;
use devhub_domain::webhooks::FailureKind;
use devhub_domain::webhooks::address::AddressPolicy;
use tokio::io::AsyncWriteExt;

use crate::support::{NameServer, Receiver, Says, answered, failed, options, read_request, request, willing};

/// A name server that gives these answers in turn, then the last one again. One look-up asks for both families: two questions.
async fn turning(answers: &'static [&'static [&'static str]]) -> NameServer {
    let questions = AtomicUsize::new(0);
    NameServer::start(move |_| {
        let look_up = questions.fetch_add(1, Ordering::SeqCst) / 2;
        Says::addresses(answers[look_up.min(answers.len() - 1)])
    })
    .await
}

fn url(receiver: &Receiver) -> String {
    format!("http://shop.example:{}/", receiver.port())
}

#[tokio::test]
async fn case_07_a_public_answer_with_one_private_address_is_refused_in_either_family() {
    let receiver = willing().await;
    let cases: [(&[&str], &str); 4] = [
        (&["93.184.215.14", "10.0.0.8"], "address 10.0.0.8 is refused: private network 10.0.0.0/8;"),
        (&["93.184.215.14", "::1"], "address ::1 is refused: loopback ::1/128;"),
        (&["2606:4700::1111", "10.0.0.8"], "address 10.0.0.8 is refused: private network 10.0.0.0/8;"),
        (&["127.0.0.1", "::ffff:169.254.169.254"], "address ::ffff:169.254.169.254 is refused: cloud metadata"),
    ];
    for (addresses, detail) in cases {
        let server = NameServer::start(move |_| Says::addresses(addresses)).await;
        let failure = failed(server.sender(options()).send(&request(&url(&receiver))).await);
        assert_eq!(failure.kind, FailureKind::Blocked, "{addresses:?}");
        assert!(failure.detail.starts_with(detail), "{addresses:?}: {}", failure.detail);
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn case_07_a_name_is_looked_up_once_for_a_connection_and_what_was_vetted_is_dialled() {
    let receiver = willing().await;
    // Whoever asked a second time to connect would go to 10.0.0.8.
    let server = turning(&[&["127.0.0.1"], &["10.0.0.8"]]).await;
    assert_eq!(answered(server.sender(options()).send(&request(&url(&receiver))).await).status, 200);
    assert_eq!((server.look_ups(), receiver.accepted()), (1, 1));
}

#[tokio::test]
async fn case_07_a_name_that_turns_to_the_inside_is_refused_once_it_is_asked_again() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
    })
    .await;
    let server = turning(&[&["127.0.0.1"], &["10.0.0.8"]]).await;
    let sender = server.sender(options());
    assert_eq!(answered(sender.send(&request(&url(&receiver))).await).status, 204);
    let failure = failed(sender.send(&request(&url(&receiver))).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("address 10.0.0.8 is refused"), "{}", failure.detail);
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn case_07_a_hundred_requests_use_one_connection_wherever_their_name_leads_by_then() {
    let receiver = willing().await;
    let server = turning(&[&["127.0.0.1"], &["10.0.0.8"]]).await;
    let sender = server.sender(options());
    for _ in 0..100 {
        assert_eq!(answered(sender.send(&request(&url(&receiver))).await).status, 200);
    }
    assert_eq!((receiver.requests().len(), receiver.accepted(), server.look_ups()), (100, 1, 1));
}

#[tokio::test]
async fn case_07_a_stale_connection_is_replaced_by_one_that_is_vetted_anew() {
    let receiver = Receiver::raw(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        // Takes the second request and hangs up on it.
        read_request(&mut stream).await;
    })
    .await;
    let server = turning(&[&["127.0.0.1"], &["10.0.0.8"]]).await;
    let sender = server.sender(options());
    assert_eq!(answered(sender.send(&request(&url(&receiver))).await).status, 204);
    assert_eq!(failed(sender.send(&request(&url(&receiver))).await).kind, FailureKind::Blocked);
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn case_07_what_is_allow_listed_by_host_and_port_is_reached_at_this_port_alone() {
    let (receiver, other) = (willing().await, willing().await);
    let server = NameServer::start(|_| Says::addresses(&["127.0.0.1"])).await;
    for host in ["shop.example", "127.0.0.1"] {
        let allowed = vec![format!("{host}:{}", receiver.port()).parse().unwrap()];
        let sender = server.sender(SenderOptions { policy: AddressPolicy::default().with_hosts(allowed), ..options() });
        assert_eq!(answered(sender.send(&request(&url(&receiver))).await).status, 200, "{host}");
        assert_eq!(failed(sender.send(&request(&url(&other))).await).kind, FailureKind::Blocked, "{host}");
    }
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn case_07_an_allow_listed_name_lends_its_right_to_no_other_name() {
    let receiver = willing().await;
    let server = NameServer::start(|_| Says::addresses(&["127.0.0.1"])).await;
    let allowed = vec![format!("shop.example:{}", receiver.port()).parse().unwrap()];
    let sender = server.sender(SenderOptions { policy: AddressPolicy::default().with_hosts(allowed), ..options() });
    assert_eq!(answered(sender.send(&request(&url(&receiver))).await).status, 200);
    let other = format!("http://other.example:{}/", receiver.port());
    let failure = failed(sender.send(&request(&other)).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert_eq!(receiver.accepted(), 1);
}
