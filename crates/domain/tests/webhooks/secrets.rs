//! Secrets of endpoints: rotated with overlap, retired, and what requests are signed with meanwhile.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::{EndpointId, EndpointSecretId, KeyId};
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::secret::Secret;
use devhub_domain::testing::SeededEntropy;
use devhub_domain::time::{Clock, Timestamp};
use devhub_domain::webhooks::verify::Verifier;
use devhub_domain::webhooks::{
    DeliveryError, Dispatcher, EndpointError, EndpointRules, Endpoints, Grace, NewEndpoint, NewSecret, OutboundRequest,
    RotatedSecret, SigningSecret, Target, Work,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, endpoint};

const ME: Asker = Asker::COMMAND_LINE;
const FIRST: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const SECOND: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// What `openssl dgst -sha256 -hmac <secret>` says of the payload of every event here.
const BY_FIRST: &str = "7399143401721cc48cf291518511258ba95924ea1781d08732ea351cd7302f1d";
const BY_SECOND: &str = "6c3c7f82f24071fdec9f410fde97b6e5fdc458a22f1317bdd35ebf2f6b1a4f23";

/// A hub that sends, with an endpoint whose secret is [`FIRST`].
fn shop() -> (Hub, EndpointId) {
    let hub = Hub::new();
    let new = NewEndpoint { secret: Some(Secret::new(FIRST)), ..endpoint("https://shop.example/hook", "*") };
    let id = hub.endpoints.create(ME, WORKSPACE, new).unwrap().commit().unwrap().endpoint.id;
    hub.open_session();
    (hub, id)
}

fn new_secret(secret: Option<&str>, grace_s: u64) -> NewSecret {
    NewSecret { secret: secret.map(Secret::new), grace: Grace::from_seconds(grace_s).unwrap() }
}

fn rotate(hub: &Hub, id: EndpointId, new: NewSecret) -> Result<RotatedSecret, EndpointError> {
    hub.endpoints.rotate_secret(ME, WORKSPACE, id, new)?.commit()
}

/// A request for an event that is published now.
fn request(hub: &Hub) -> OutboundRequest {
    hub.publish("payment.completed");
    hub.deliveries.request(&hub.handed_over()).unwrap()
}

fn header<'r>(request: &'r OutboundRequest, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Whether a receiver that has only this secret takes the request: by Standard Webhooks.
fn is_taken(hub: &Hub, request: &OutboundRequest, secret: &str) -> bool {
    let secret = SigningSecret::new(Secret::new(secret)).unwrap();
    let verifier = Verifier::new(vec![secret]).unwrap();
    verifier.standard(|name| header(request, name), request.body.as_bytes(), hub.clock.now()).is_ok()
}

#[test]
fn both_secrets_sign_until_the_grace_ends_and_then_only_the_new_one() {
    let (hub, id) = shop();
    rotate(&hub, id, new_secret(Some(SECOND), 3_600)).unwrap();
    hub.clock.advance(Duration::from_micros(3_599_999_999));
    let during = request(&hub);
    assert_eq!([FIRST, SECOND].map(|secret| is_taken(&hub, &during, secret)), [true, true]);
    assert_eq!(header(&during, "X-OwnPay-Signature"), Some(BY_FIRST));
    assert_eq!(header(&during, "X-Signature"), Some(format!("sha256={BY_FIRST}").as_str()));
    hub.clock.advance(Duration::from_micros(1));
    let after = request(&hub);
    assert_eq!([FIRST, SECOND].map(|secret| is_taken(&hub, &after, secret)), [false, true]);
    assert_eq!(header(&after, "X-OwnPay-Signature"), Some(BY_SECOND));
}

#[test]
fn the_newest_signature_stands_first() {
    let (hub, id) = shop();
    rotate(&hub, id, new_secret(Some(SECOND), 3_600)).unwrap();
    let both = request(&hub);
    rotate(&hub, id, new_secret(Some("imported"), 3_600)).unwrap();
    assert_eq!(header(&both, "webhook-signature").unwrap().split(' ').count(), 2);
    hub.clock.advance(Duration::from_secs(1));
    let mut newest = request(&hub);
    let signature = newest.headers.iter_mut().find(|(name, _)| *name == "webhook-signature").unwrap();
    assert_eq!(signature.1.split(' ').count(), 2, "a secret that is not standard adds none");
    signature.1 = signature.1.split(' ').next().unwrap().to_owned();
    assert_eq!([FIRST, SECOND].map(|secret| is_taken(&hub, &newest, secret)), [false, true]);
}

#[test]
fn without_a_grace_the_old_secret_ends_at_once() {
    let (hub, id) = shop();
    rotate(&hub, id, new_secret(Some(SECOND), 0)).unwrap();
    let request = request(&hub);
    assert_eq!([FIRST, SECOND].map(|secret| is_taken(&hub, &request, secret)), [false, true]);
    assert_eq!(header(&request, "X-OwnPay-Signature"), Some(BY_SECOND));
    assert_eq!(hub.endpoints.find(WORKSPACE, id).unwrap().secrets().len(), 1, "nothing of the old one is kept");
}

/// *Source:* webhooks §5 case 17.
#[test]
fn case_17_each_attempt_carries_the_secrets_of_its_moment() {
    let (hub, id) = shop();
    let session = hub.dispatcher.session().unwrap();
    hub.publish("payment.completed");
    let again = |hub: &Hub| -> Work {
        hub.clock.advance(Duration::from_hours(1));
        hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0)
    };
    let first = hub.handed_over();
    hub.answer(session, &first, 500);
    let new = rotate(&hub, id, new_secret(None, 7_199)).unwrap().kept.id;
    hub.answer(session, &again(&hub), 500);
    hub.answer(session, &again(&hub), 500);
    let (_, attempts) = hub.deliveries.find(WORKSPACE, first.delivery.id).unwrap();
    let signed: Vec<_> = attempts.iter().map(|attempt| attempt.secret_ids.clone()).collect();
    let old = signed[0][0];
    assert_eq!(signed, [vec![old], vec![old, new], vec![new]]);
}

#[test]
fn no_request_is_made_without_a_secret_to_sign_it() {
    let (hub, _) = shop();
    hub.publish("payment.completed");
    let work = hub.handed_over();
    let bare = Work { target: Arc::new(Target::new(work.target.endpoint.clone(), Vec::new())), ..work };
    assert!(matches!(hub.deliveries.request(&bare), Err(DeliveryError::Unsigned(_))));
}

#[test]
fn what_this_node_holds_with_the_old_secrets_is_recalled() {
    let (hub, id) = shop();
    let rotated = rotate(&hub, id, new_secret(None, 60)).unwrap();
    let old = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[1].id;
    let retired = hub.endpoints.retire_secret(ME, WORKSPACE, id, old).commit().unwrap();
    assert_eq!((rotated.endpoint_revision, retired.endpoint_revision), (2, 3));
    assert_eq!(*hub.dispatcher.recalls.lock().unwrap(), [(id, 2), (id, 3)]);
    assert_eq!(*hub.dispatcher.wakes.lock().unwrap(), 2);
}

#[test]
fn a_retired_secret_signs_no_more_and_is_logged_once() {
    let (hub, id) = shop();
    rotate(&hub, id, new_secret(Some(SECOND), 3_600)).unwrap();
    let old = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[1].id;
    for _ in 0..2 {
        let retired = hub.endpoints.retire_secret(ME, WORKSPACE, id, old).commit().unwrap();
        assert_eq!((retired.kept.expires_at, retired.endpoint_revision), (Some(hub.clock.now()), 3));
    }
    let request = request(&hub);
    assert_eq!([FIRST, SECOND].map(|secret| is_taken(&hub, &request, secret)), [false, true]);
    let log = AuditLog::new(hub.store.clone());
    let lines = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["endpoint.secret_retired", "endpoint.secret_rotated", "endpoint.created"]);
    assert!(!lines.iter().any(|line| line.detail.contains("whsec_")));
}

#[test]
fn the_current_secret_is_not_retired_nor_one_that_is_not_there() {
    let (hub, id) = shop();
    let current = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[0].id;
    let other = hub.create("*").endpoint.id;
    let retire = |endpoint, secret| {
        let retired = hub.endpoints.retire_secret(ME, WORKSPACE, endpoint, secret).commit();
        retired.map(drop).map_err(|error| error.code())
    };
    assert_eq!(retire(id, current), Err("endpoint_secret_current"));
    assert_eq!(retire(id, EndpointSecretId::from_bytes([9; 16])), Err("endpoint_secret_not_found"));
    assert_eq!(retire(other, current), Err("endpoint_secret_not_found"));
}

#[test]
fn an_eleventh_secret_needs_one_to_be_retired() {
    let (hub, id) = shop();
    for _ in 0..9 {
        rotate(&hub, id, new_secret(None, 3_600)).unwrap();
    }
    assert!(matches!(rotate(&hub, id, new_secret(None, 3_600)), Err(EndpointError::TooManySecrets)));
    let oldest = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[9].id;
    hub.endpoints.retire_secret(ME, WORKSPACE, id, oldest).commit().unwrap();
    rotate(&hub, id, new_secret(None, 3_600)).unwrap();
    assert_eq!(hub.endpoints.find(WORKSPACE, id).unwrap().secrets().len(), 10, "the retired one was removed");
}

#[test]
fn the_oldest_stays_the_oldest_when_the_clock_goes_back() {
    let (hub, id) = shop();
    let then = Timestamp::from_micros(hub.clock.now().as_micros() - 3_600_000_000);
    hub.clock.jump_to(then);
    rotate(&hub, id, new_secret(Some(SECOND), 3_600)).unwrap();
    let request = request(&hub);
    assert_eq!(header(&request, "X-OwnPay-Signature"), Some(BY_FIRST));
    assert!(hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[0].is_current());
}

#[test]
fn a_secret_that_does_not_open_is_rotated_away() {
    let hub = Hub::new();
    let elsewhere = Arc::new(Sealer::new(&MasterKey::from_bytes([4; 32])));
    let (rules, entropy) = (EndpointRules::default(), Arc::new(SeededEntropy::new(7)));
    let endpoints = Endpoints::new(hub.store.clone(), elsewhere, rules, hub.clock.clone(), entropy);
    let new = endpoint("https://shop.example/hook", "*");
    let id = endpoints.create(ME, WORKSPACE, new).unwrap().commit().unwrap().endpoint.id;
    hub.open_session();
    hub.publish("payment.completed");
    assert_eq!(hub.deliveries.request(&hub.handed_over()).unwrap_err().code(), "wrong_master_key");
    rotate(&hub, id, new_secret(Some(SECOND), 60)).unwrap();
    let old = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[1].id;
    hub.endpoints.retire_secret(ME, WORKSPACE, id, old).commit().unwrap();
    assert!(is_taken(&hub, &request(&hub), SECOND));
}

#[test]
fn the_current_secret_is_not_rotated_to_itself_and_an_older_one_may_come_back() {
    let (hub, id) = shop();
    let again = rotate(&hub, id, new_secret(Some(FIRST), 60));
    assert_eq!(again.unwrap_err().code(), "endpoint_secret_unchanged");
    assert_eq!(hub.endpoints.find(WORKSPACE, id).unwrap().endpoint.revision, 1);
    rotate(&hub, id, new_secret(Some(SECOND), 60)).unwrap();
    rotate(&hub, id, new_secret(Some(FIRST), 60)).unwrap();
}

#[test]
fn a_new_secret_is_checked_and_sealed() {
    let (hub, id) = shop();
    assert!(matches!(rotate(&hub, id, new_secret(Some(""), 60)), Err(EndpointError::Secret(_))));
    rotate(&hub, id, new_secret(Some(SECOND), 60)).unwrap();
    let target = hub.endpoints.find(WORKSPACE, id).unwrap();
    let sealed = target.secrets()[1].sealed.as_bytes();
    assert!(!sealed.windows(8).any(|window| SECOND.as_bytes().windows(8).any(|text| text == window)));
}

#[test]
fn the_secrets_of_another_workspace_or_a_deleted_endpoint_are_not_there() {
    let (hub, id) = shop();
    rotate(&hub, id, new_secret(None, 60)).unwrap();
    let old = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[1].id;
    let outcomes = |workspace| {
        let rotate = hub.endpoints.rotate_secret(ME, workspace, id, new_secret(None, 60)).unwrap();
        let outcomes = [
            hub.endpoints.list_secrets(workspace, id).map(drop),
            rotate.commit().map(drop),
            hub.endpoints.retire_secret(ME, workspace, id, old).commit().map(drop),
        ];
        outcomes.map(|outcome| matches!(outcome, Err(EndpointError::NotFound(_))))
    };
    assert_eq!(outcomes(OTHER_WORKSPACE), [true; 3]);
    hub.endpoints.delete(ME, WORKSPACE, id, None).commit().unwrap();
    assert_eq!(outcomes(WORKSPACE), [true; 3]);
}

#[test]
fn no_secret_is_changed_without_endpoints_write() {
    let (hub, id) = shop();
    let reader = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::EndpointsRead]));
    let current = hub.endpoints.list_secrets(WORKSPACE, id).unwrap()[0].id;
    let outcomes = [
        hub.endpoints.rotate_secret(reader, WORKSPACE, id, new_secret(None, 60)).map(drop),
        hub.endpoints.retire_secret(reader, WORKSPACE, id, current).commit().map(drop),
    ];
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(EndpointError::Forbidden(_)))), "{outcomes:?}");
}
