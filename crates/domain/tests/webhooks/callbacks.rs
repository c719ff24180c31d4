//! The `callback_url` that payments name: which events reach it, signed with what, and what may be changed of it.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::audit::{Actor, AuditFilter, AuditLog};
use devhub_domain::events::{EventError, PreparedEvent, Published, hand_over, publish_to};
use devhub_domain::id::EndpointId;
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Place, Sealer};
use devhub_domain::secret::Secret;
use devhub_domain::store::{Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::SeededEntropy;
use devhub_domain::time::{Clock, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::verify::{Verifier, look_up};
use devhub_domain::webhooks::{
    CALLBACK_ENDPOINTS_MAX, DeliveryLog, DrawnCallback, ENDPOINTS_MAX, EndpointChanges, EndpointOrigin, Grace,
    NewSecret, OutboundRequest, Reached, SigningSecret, callback_endpoint, callback_url,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, endpoint, new_event};

const URL: &str = "http://localhost/?wc-api=ownpay";

/// Payments that name addresses, and what their events become.
struct Payments {
    hub: Hub,
    entropy: SeededEntropy,
    sealer: Sealer,
}

impl Payments {
    fn new() -> Self {
        let sealer = Sealer::new(&MasterKey::from_bytes([3; 32]));
        Self { hub: Hub::new(), entropy: SeededEntropy::new(7), sealer }
    }

    /// The endpoint of an address, in a transaction that does nothing else.
    fn named(&self, url: &str) -> Option<EndpointId> {
        let (url, now) = (callback_url(url).unwrap(), self.hub.clock.now());
        let drawn = DrawnCallback::draw(now, &self.entropy);
        let store: &dyn UnitOfWork<dyn Tx> = &*self.hub.store;
        let made: Result<_, StoreError> =
            write(store, Lane::Interactive, |tx| callback_endpoint(tx, WORKSPACE, &url, &drawn, &self.sealer));
        made.unwrap()
    }

    /// Publishes what became of a payment.
    fn pay(&self, also: Option<EndpointId>) -> Published {
        let prepared =
            PreparedEvent::new(WORKSPACE, new_event("payment.completed"), self.hub.clock.now(), &self.entropy);
        let store: &dyn UnitOfWork<dyn Tx> = &*self.hub.store;
        let outcome: Result<_, EventError> =
            write(store, Lane::Interactive, |tx| publish_to(tx, &prepared, also, Some(&*self.hub.dispatcher)));
        let mut published = outcome.unwrap();
        hand_over(&*self.hub.dispatcher, std::slice::from_mut(&mut published));
        published
    }

    /// The text of the secret that signs for an endpoint now.
    fn secret(&self, id: EndpointId) -> Secret {
        let target = self.hub.endpoints.find(WORKSPACE, id).unwrap();
        let current = target.secrets().iter().find(|secret| secret.is_current()).unwrap();
        let place = Place { table: "endpoint_secrets", column: "sealed", row: current.id.as_bytes() };
        let text = self.sealer.open(&current.sealed, place).unwrap();
        Secret::new(std::str::from_utf8(&text).unwrap())
    }

    fn rotate(&self, id: EndpointId) {
        let new = NewSecret { secret: None, grace: Grace::from_seconds(60).unwrap() };
        self.hub.endpoints.rotate_secret(Asker::SYSTEM, WORKSPACE, id, new).unwrap().commit().unwrap();
    }
}

fn is_signed_with(request: &OutboundRequest, secret: Secret, now: Timestamp) -> bool {
    let receiver = Verifier::new(vec![SigningSecret::new(secret).unwrap()]).unwrap();
    receiver.own_pay(look_up(&request.headers), request.body.as_bytes(), now).is_ok()
}

#[test]
fn an_address_is_sent_the_events_of_its_payments_and_no_others() {
    let payments = Payments::new();
    payments.hub.open_session();
    let made = payments.named(URL);
    assert_eq!(payments.pay(made).deliveries, 1);
    let request = payments.hub.deliveries.request(&payments.hub.handed_over()).unwrap();
    assert_eq!(request.url.as_str(), URL);
    assert!(is_signed_with(&request, payments.secret(made.unwrap()), payments.hub.clock.now()));
    assert_eq!(payments.hub.publish_count("payment.completed"), 0);
    assert_eq!(payments.named(URL), made, "the next payment finds it");
}

#[test]
fn an_endpoint_that_wants_the_event_and_is_named_gets_it_once() {
    let payments = Payments::new();
    let wanting = payments.hub.create("*").endpoint.id;
    assert_eq!(payments.pay(Some(wanting)).deliveries, 1);
}

#[test]
fn an_active_endpoint_at_the_address_is_enough_and_a_paused_one_is_not() {
    let payments = Payments::new();
    let shop = payments.hub.create("refund.*").endpoint;
    assert_eq!(payments.named(shop.url.as_str()), None);
    payments.hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, shop.id).commit().unwrap();
    assert!(payments.named(shop.url.as_str()).is_some());
}

#[test]
fn one_that_is_paused_is_kept_for_and_one_that_is_deleted_is_made_anew() {
    let payments = Payments::new();
    let made = payments.named(URL).unwrap();
    payments.hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, made).commit().unwrap();
    assert_eq!(payments.named(URL), Some(made));
    payments.hub.endpoints.delete(Asker::SYSTEM, WORKSPACE, made, None).commit().unwrap();
    assert!(payments.named(URL).is_some_and(|anew| anew != made));
}

#[test]
fn a_payment_goes_on_without_an_endpoint_where_there_is_no_room() {
    let payments = Payments::new();
    payments.hub.fill(u32::try_from(ENDPOINTS_MAX).unwrap(), EndpointOrigin::Manual);
    assert_eq!(payments.named(URL), None);
}

#[test]
fn addresses_that_differ_with_each_order_leave_people_room_for_their_endpoints() {
    let payments = Payments::new();
    payments.hub.fill(u32::try_from(CALLBACK_ENDPOINTS_MAX).unwrap() - 1, EndpointOrigin::Callback);
    assert!(payments.named("https://shop.example/?order=last").is_some());
    assert_eq!(payments.named("https://shop.example/?order=more"), None);
    payments.hub.create("*");
}

#[test]
fn the_addresses_of_a_workspace_share_a_secret_until_one_is_rotated() {
    let payments = Payments::new();
    let [first, second] = ["https://a.example/", "https://b.example/"].map(|url| payments.named(url).unwrap());
    assert_eq!(payments.secret(first), payments.secret(second));
    payments.hub.clock.advance(Duration::from_secs(1));
    payments.rotate(first);
    assert_ne!(payments.secret(first), payments.secret(second));
    let third = payments.named("https://c.example/").unwrap();
    assert_eq!(payments.secret(third), payments.secret(first), "a new one signs as the last rotation wants");
}

#[test]
fn all_but_the_types_of_such_an_endpoint_can_be_changed() {
    let payments = Payments::new();
    let id = payments.named(URL).unwrap();
    let update = |changes| {
        let prepared = payments.hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, changes).unwrap();
        prepared.commit().map_err(|error| error.code())
    };
    let typed = EndpointChanges { event_types: Some(vec!["*".parse().unwrap()]), ..EndpointChanges::default() };
    assert_eq!(update(typed).map(drop), Err("callback_event_types"));
    let url = Some("https://shop.example/?wc-api=ownpay".to_owned());
    let moved = update(EndpointChanges { url, ..EndpointChanges::default() }).unwrap();
    assert_eq!((moved.origin, moved.revision), (EndpointOrigin::Callback, 2));
}

#[test]
fn why_an_address_got_nothing_is_told_also_after_a_change() {
    let payments = Payments::new();
    let id = payments.named(URL).unwrap();
    let event = payments.hub.publish("payment.completed");
    payments.hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    let log = DeliveryLog::new(payments.hub.store.clone(), payments.hub.deliveries.clone());
    let told = log.reach(WORKSPACE, event.id, id).unwrap().items.remove(0).reached;
    let Reached::Not(why) = told else { panic!("it was not named") };
    assert_eq!(why.as_str(), "not_named");
}

#[test]
fn that_an_address_was_made_an_endpoint_is_in_the_audit_log() {
    let payments = Payments::new();
    let id = payments.named(URL).unwrap();
    let log = AuditLog::new(payments.hub.store.clone());
    let line = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items.remove(0);
    assert_eq!((line.action.as_str(), line.subject, line.actor), ("endpoint.created", id.to_string(), Actor::System));
    assert!(line.detail.contains(r#""origin":"callback""#), "{}", line.detail);
    assert!(!line.detail.contains(payments.secret(id).expose()));
}

#[test]
fn another_workspace_has_addresses_of_its_own() {
    let payments = Payments::new();
    let new = endpoint("https://shop.example/hook", "*");
    payments.hub.endpoints.create(Asker::SYSTEM, OTHER_WORKSPACE, new).unwrap().commit().unwrap();
    assert!(payments.named("https://shop.example/hook").is_some());
}
