//! Look-ups against a name server on loopback that answers as it is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use devhub_delivery::{Budgets, Sender, SenderOptions};
use devhub_domain::webhooks::FailureKind;
use tokio::net::UdpSocket;

use crate::support::{Receiver, answer, answered, failed, options, request};

const TYPE_A: u8 = 1;

/// What the name server says about a name.
#[derive(Clone, Copy)]
enum Says {
    Address(Ipv4Addr),
    Code(u8),
    Nothing,
}

/// A sender that asks a name server which tells of each name what `says` holds.
async fn asking(says: fn(&str) -> Says, budgets: Budgets) -> Sender {
    let name_servers = vec![name_server(says).await];
    Sender::new(SenderOptions { name_servers, budgets, ..options() }).unwrap()
}

async fn name_server(says: fn(&str) -> Says) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut query = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            if let Some(reply) = reply(&query[..length], says) {
                socket.send_to(&reply, from).await.unwrap();
            }
        }
    });
    address
}

/// Header, the question again, and at most one A record (RFC 1035 §4).
fn reply(query: &[u8], says: fn(&str) -> Says) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let question = &query[12..at + 5];
    let is_a = query[at + 2] == TYPE_A;
    let (code, record) = match says(&labels.join(".")) {
        Says::Nothing => return None,
        Says::Code(code) => (code, None),
        Says::Address(address) => (0, is_a.then_some(address)),
    };
    let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0];
    reply.extend_from_slice(question);
    if let Some(address) = record {
        reply.extend_from_slice(&[0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend_from_slice(&address.octets());
    }
    Some(reply)
}

#[tokio::test]
async fn a_name_is_resolved_vetted_and_dialled() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let sender = asking(|_| Says::Address(Ipv4Addr::LOCALHOST), Budgets::default()).await;
    let exchange = sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await;
    assert_eq!(answered(exchange).status, 200);
}

#[tokio::test]
async fn a_private_address_from_a_name_server_is_refused() {
    let sender = asking(|_| Says::Address(Ipv4Addr::new(192, 168, 1, 1)), Budgets::default()).await;
    let failure = failed(sender.send(&request("http://shop.example/")).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("address 192.168.1.1 is refused: private network"), "{}", failure.detail);
}

#[tokio::test]
async fn each_failure_of_a_look_up_is_told_as_what_it_is() {
    let says = |name: &str| match name {
        "missing.example" => Says::Code(3),
        "broken.example" => Says::Code(2),
        _ => Says::Nothing,
    };
    let hasty = Budgets { look_up: Duration::from_millis(50), ..Budgets::default() };
    let cases = [
        ("missing.example", Budgets::default(), "missing.example: the name does not exist"),
        ("broken.example", Budgets::default(), "broken.example: the name server failed: "),
        ("silent.example", hasty, "silent.example: no name server answered within 50ms"),
    ];
    for (name, budgets, detail) in cases {
        let failure = failed(asking(says, budgets).await.send(&request(&format!("http://{name}/"))).await);
        assert_eq!(failure.kind, FailureKind::Dns, "{name}");
        assert!(failure.detail.starts_with(detail), "{}", failure.detail);
    }
}

#[tokio::test]
async fn a_look_up_that_hangs_does_not_hold_up_the_next() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let says = |name: &str| match name {
        "silent.example" => Says::Nothing,
        _ => Says::Address(Ipv4Addr::LOCALHOST),
    };
    let sender = asking(says, Budgets::default()).await;
    let hanging = request("http://silent.example/");
    let next = request(&format!("http://shop.example:{}/", receiver.port()));
    tokio::select! {
        biased;
        _ = sender.send(&hanging) => panic!("nobody answers for this name"),
        exchange = sender.send(&next) => assert_eq!(answered(exchange).status, 200),
    }
}
