//! Addresses that mean the inside are refused before anything is dialled.

use std::net::IpAddr;

use devhub_delivery::{Sender, SenderOptions};
use devhub_domain::webhooks::FailureKind;
use devhub_domain::webhooks::address::AddressPolicy;

use crate::support::{Receiver, answer, answered, failed, options, request};

/// A sender that takes `shop.example` for `addresses`.
fn knowing(addresses: &[&str], options: SenderOptions) -> Sender {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Sender::new(SenderOptions { pinned_names: [("shop.example".to_owned(), addresses)].into(), ..options }).unwrap()
}

fn strict() -> SenderOptions {
    SenderOptions::new(AddressPolicy::default(), "OwnPay-Webhook/0.1.0")
}

async fn listening() -> Receiver {
    Receiver::http(|_| async { answer(200, "") }).await
}

#[tokio::test]
async fn case_07_a_literal_address_of_the_inside_is_refused_in_every_spelling() {
    let receiver = listening().await;
    let cases = [
        ("127.0.0.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("2130706433", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("0x7f.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("0177.0.0.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("127.0.0.2", "address 127.0.0.2 is refused: loopback 127.0.0.0/8;"),
        ("10.0.0.8", "address 10.0.0.8 is refused: private network 10.0.0.0/8;"),
        ("172.16.0.1", "address 172.16.0.1 is refused: private network 172.16.0.0/12;"),
        ("192.168.0.1", "address 192.168.0.1 is refused: private network 192.168.0.0/16;"),
        ("100.64.0.1", "address 100.64.0.1 is refused: carrier-grade nat 100.64.0.0/10;"),
        ("169.254.0.1", "address 169.254.0.1 is refused: link-local 169.254.0.0/16;"),
        ("[::ffff:127.0.0.1]", "address ::ffff:127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("[::1]", "address ::1 is refused: loopback ::1/128;"),
        ("0.0.0.0", "address 0.0.0.0 is refused: this network 0.0.0.0/8;"),
        ("169.254.169.254", "address 169.254.169.254 is refused: cloud metadata 169.254.169.254/32;"),
        ("[64:ff9b::7f00:1]", "address 64:ff9b::7f00:1 is refused: nat64 64:ff9b::/96;"),
        ("[2002:7f00:1::]", "address 2002:7f00:1:: is refused: 6to4 2002::/16;"),
        ("[fd00::8]", "address fd00::8 is refused: unique-local fc00::/7;"),
        ("[fe80::1]", "address fe80::1 is refused: link-local fe80::/10;"),
    ];
    let sender = Sender::new(strict()).unwrap();
    for (host, detail) in cases {
        let failure = failed(sender.send(&request(&format!("http://{host}:{}/", receiver.port()))).await);
        assert_eq!(failure.kind, FailureKind::Blocked, "{host}");
        assert!(failure.detail.starts_with(detail), "{host}: {}", failure.detail);
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn case_07_a_name_that_means_the_inside_is_refused_by_its_address() {
    let receiver = listening().await;
    let sender = knowing(&["127.0.0.1"], strict());
    let failure = failed(sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("address 127.0.0.1 is refused: loopback 127.0.0.0/8"), "{}", failure.detail);
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn case_07_one_inside_address_spoils_a_name() {
    // 127.0.0.1 is allow-listed and would answer; 10.0.0.8 is not.
    let receiver = listening().await;
    let sender = knowing(&["127.0.0.1", "10.0.0.8"], options());
    let failure = failed(sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("address 10.0.0.8 is refused"), "{}", failure.detail);
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn plain_http_is_refused_where_it_is_not_allowed_and_nothing_is_dialled() {
    let receiver = listening().await;
    let sender = Sender::new(SenderOptions { allows_http: false, ..options() }).unwrap();
    let failure = failed(sender.send(&request(&receiver.url())).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("plain http is refused: use an https address"), "{}", failure.detail);
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn the_vetted_address_is_dialled_and_not_the_name() {
    let receiver = listening().await;
    let sender = knowing(&["127.0.0.1"], options());
    let exchange = sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await;
    assert_eq!(answered(exchange).status, 200);
    assert_eq!(receiver.requests()[0].headers["host"], format!("shop.example:{}", receiver.port()).as_str());
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let receiver = listening().await;
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let sender = knowing(&["127.0.0.2", "127.0.0.1"], SenderOptions { policy, ..options() });
    let exchange = sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await;
    assert_eq!(answered(exchange).status, 200);
}

#[tokio::test]
async fn a_name_without_addresses_is_a_dns_failure_that_can_pass() {
    let failure = failed(knowing(&[], options()).send(&request("http://shop.example/")).await);
    let detail = "shop.example: host has no address: check its dns records";
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Dns, detail));
}

#[tokio::test]
async fn localhost_is_found_in_the_hosts_file_and_vetted() {
    let failure = failed(Sender::new(strict()).unwrap().send(&request("http://localhost/")).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.contains("is refused: loopback"), "{}", failure.detail);
}
