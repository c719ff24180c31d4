//! The hub as its own receiver.

use devhub_delivery::{Sender, SenderOptions};
use devhub_domain::api_keys::Pepper;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{FailureKind, HOP_HEADER, HopMark, OutboundRequest};

use crate::support::{NameServer, Says, answered, failed, options, request, willing};

#[tokio::test]
async fn case_21_every_request_carries_the_mark_of_its_installation_and_no_other() {
    let receiver = willing().await;
    let mark = HopMark::of(&Pepper::from_bytes([7; 32]));
    let sender = Sender::new(SenderOptions { hop_mark: Some(mark), ..options() }).unwrap();
    let forged = ("Devhub-Hop", "00".repeat(16));
    let request = OutboundRequest { headers: vec![forged], ..request(&receiver.url()) };
    assert_eq!(answered(sender.send(&request).await).status, 200);
    let seen: Vec<_> = receiver.requests()[0].headers.get_all(HOP_HEADER).iter().cloned().collect();
    assert_eq!(seen, [mark.to_string()]);
}

#[tokio::test]
async fn case_21_a_name_that_leads_to_the_hub_itself_is_refused_before_it_is_dialled() {
    let hub = willing().await;
    let server = NameServer::start(|_| Says::addresses(&["127.0.0.1"])).await;
    let own = vec![format!("0.0.0.0:{}", hub.port()).parse().unwrap()];
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]).with_own(own);
    let sender = server.sender(SenderOptions { policy, ..options() });
    for host in ["loop.example", "127.0.0.1", "127.0.0.2"] {
        let failure = failed(sender.send(&request(&format!("http://{host}:{}/", hub.port()))).await);
        assert_eq!(failure.kind, FailureKind::Blocked, "{host}");
        assert!(failure.detail.contains("is refused: the hub itself answers there"), "{host}: {}", failure.detail);
    }
    assert_eq!(hub.accepted(), 0);
}
