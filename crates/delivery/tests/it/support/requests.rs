//! Requests for receivers on loopback, and what came of them.

use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::{Sender, SenderOptions};
use devhub_domain::events::Payload;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{Answer, EndpointUrl, Exchange, Failure, OutboundRequest, Outcome};

/// The instant that every request is signed for.
pub(crate) const STARTED: Timestamp = Timestamp::from_seconds(1_795_514_400);

/// A signed request for `url`, with ten seconds.
pub(crate) fn request(url: &str) -> OutboundRequest {
    OutboundRequest {
        url: EndpointUrl::from_stored(url).unwrap(),
        headers: vec![("webhook-id", "evt_1".to_owned()), ("X-OwnPay-Signature", "c0ffee".to_owned())],
        custom_headers: Arc::default(),
        authorities: None,
        body: Payload::from_stored(br#"{"amount": "10.00"}"#.to_vec()),
        timeout: Duration::from_secs(10),
        retry_schedule: None,
        started_at: STARTED,
        secret_ids: Vec::new(),
        endpoint_revision: 1,
    }
}

/// The same request with hardly any time.
pub(crate) fn hasty(url: &str) -> OutboundRequest {
    OutboundRequest { timeout: Duration::from_millis(100), ..request(url) }
}

/// Options that let 127.0.0.1 through, and nothing else that is not public.
pub(crate) fn options() -> SenderOptions {
    let policy = AddressPolicy::new(vec!["127.0.0.1/32".parse().unwrap()]);
    SenderOptions { allows_http: true, ..SenderOptions::new(policy, "OwnPay-Webhook/0.1.0") }
}

/// A sender with [`options`].
pub(crate) fn sender() -> Sender {
    Sender::new(options()).unwrap()
}

/// What came back.
#[track_caller]
pub(crate) fn answered(exchange: Exchange) -> Answer {
    match exchange.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(failure) => panic!("expected an answer, got {failure:?}"),
    }
}

/// Why nothing came back.
#[track_caller]
pub(crate) fn failed(exchange: Exchange) -> Failure {
    match exchange.outcome {
        Outcome::Failed(failure) => failure,
        Outcome::Answered(answer) => panic!("expected a failure, got {answer:?}"),
    }
}
