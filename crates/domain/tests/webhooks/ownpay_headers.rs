//! The headers of a delivery that OwnPay's clients read. Tests whose name begins with `rule_` hold them to that rule of the wire contract.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::secret::Secret;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{NewEndpoint, OutboundRequest, Work};

use crate::hub::{Hub, WORKSPACE, endpoint};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// What `openssl dgst -sha256 -hmac <secret>` says of the payload of every event here.
const HEX: &str = "7399143401721cc48cf291518511258ba95924ea1781d08732ea351cd7302f1d";

/// A hub that sends, and a delivery that it has in hand.
fn delivered() -> (Hub, Work) {
    let hub = Hub::new();
    let new = NewEndpoint { secret: Some(Secret::new(SECRET)), ..endpoint("https://shop.example/hook", "*") };
    hub.endpoints.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap();
    hub.open_session();
    hub.publish("payment.completed");
    let work = hub.handed_over();
    (hub, work)
}

fn header<'r>(request: &'r OutboundRequest, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn rule_10_the_signature_is_bare_hex_and_the_same_after_sha256() {
    let (hub, work) = delivered();
    let request = hub.deliveries.request(&work).unwrap();
    assert_eq!(header(&request, "X-OwnPay-Signature"), Some(HEX));
    assert_eq!(header(&request, "X-Signature"), Some(format!("sha256={HEX}").as_str()));
}

#[test]
fn rule_10_names_that_clients_look_at_first_are_not_sent() {
    let (hub, work) = delivered();
    let request = hub.deliveries.request(&work).unwrap();
    assert_eq!(["X-OP-Signature", "X-Webhook-Signature"].map(|name| header(&request, name)), [None, None]);
}

#[test]
fn rule_11_the_timestamp_is_unix_seconds_and_fresh_at_each_attempt() {
    let (hub, work) = delivered();
    // A retry within 300 s and one after: the SDKs refuse what is older.
    for wait in [Duration::ZERO, Duration::from_secs(5), Duration::from_hours(1)] {
        hub.clock.advance(wait);
        let request = hub.deliveries.request(&work).unwrap();
        let now = hub.clock.now().as_seconds().to_string();
        assert_eq!(["X-OwnPay-Timestamp", "X-Timestamp"].map(|name| header(&request, name)), [Some(&*now); 2]);
    }
}

#[test]
fn rule_18_the_stronger_signature_stands_under_a_name_that_no_client_knows() {
    let (hub, work) = delivered();
    let request = hub.deliveries.request(&work).unwrap();
    let names = request.headers.iter().map(|(name, _)| *name).filter(|name| name.to_lowercase().contains("signature"));
    assert_eq!(names.collect::<Vec<_>>(), ["webhook-signature", "X-OwnPay-Signature", "X-Signature"]);
    assert!(header(&request, "webhook-signature").unwrap().starts_with("v1,"));
}
