//! Look-ups against a name server on loopback that answers as it is told.

use std::time::Duration;

use devhub_delivery::{Budgets, Sender, SenderOptions};
use devhub_domain::webhooks::{EndpointUrl, FailureKind};
use tokio::task::JoinSet;

use crate::support::{NameServer, Receiver, Says, answer, answered, failed, options, request};

const HERE: [&str; 1] = ["127.0.0.1"];

/// A sender that asks a name server which tells of each name what `says` holds.
async fn asking(says: fn(&str) -> Says, budgets: Budgets) -> Sender {
    NameServer::start(says).await.sender(SenderOptions { budgets, ..options() })
}

#[tokio::test]
async fn a_name_is_resolved_vetted_and_dialled() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let sender = asking(|_| Says::addresses(&HERE), Budgets::default()).await;
    let exchange = sender.send(&request(&format!("http://shop.example:{}/", receiver.port()))).await;
    assert_eq!(answered(exchange).status, 200);
}

#[tokio::test]
async fn case_07_a_private_address_from_a_name_server_is_refused() {
    let sender = asking(|_| Says::addresses(&["192.168.1.1"]), Budgets::default()).await;
    let failure = failed(sender.send(&request("http://shop.example/")).await);
    assert_eq!(failure.kind, FailureKind::Blocked);
    assert!(failure.detail.starts_with("address 192.168.1.1 is refused: private network"), "{}", failure.detail);
}

#[tokio::test]
async fn an_address_is_looked_up_and_vetted_without_a_request() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let says = |name: &str| match name {
        "shop.example" => Says::addresses(&HERE),
        "inside.example" => Says::addresses(&["192.168.1.1"]),
        _ => Says::Code(3),
    };
    let sender = asking(says, Budgets::default()).await;
    let url = |text: &str| EndpointUrl::from_stored(text).unwrap();
    assert!(sender.look_up(&url(&format!("http://shop.example:{}/", receiver.port()))).await.is_ok());
    for (address, kind) in [
        ("http://inside.example/", FailureKind::Blocked),
        ("http://10.0.0.7/", FailureKind::Blocked),
        ("http://missing.example/", FailureKind::Dns),
    ] {
        assert_eq!(sender.look_up(&url(address)).await.unwrap_err().kind, kind, "{address}");
    }
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn case_08_each_failure_of_a_look_up_is_told_as_what_it_is() {
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
async fn case_08_a_look_up_that_hangs_does_not_hold_up_the_next() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let says = |name: &str| match name {
        "silent.example" => Says::Nothing,
        _ => Says::addresses(&HERE),
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

#[tokio::test]
async fn case_08_hundreds_of_look_ups_that_hang_do_not_hold_up_the_next() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let says = |name: &str| if name.ends_with(".dead.example") { Says::Nothing } else { Says::addresses(&HERE) };
    let sender = asking(says, Budgets::default()).await;
    let mut hanging = JoinSet::new();
    for number in 0..300 {
        let (sender, request) = (sender.clone(), request(&format!("http://shop-{number}.dead.example/")));
        hanging.spawn(async move { sender.send(&request).await });
    }
    // Lets each of them ask.
    tokio::task::yield_now().await;
    let next = request(&format!("http://shop.example:{}/", receiver.port()));
    assert_eq!(answered(sender.send(&next).await).status, 200);
}

#[test]
fn case_08_a_look_up_has_five_seconds_of_its_own() {
    assert_eq!(Budgets::default().look_up, Duration::from_secs(5));
}
