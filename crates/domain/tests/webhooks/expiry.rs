//! What waits in vain for longer than events are kept, and what that is not.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::audit::{Actor, AuditFilter, AuditLog};
use devhub_domain::id::{DeliveryId, EndpointId};
use devhub_domain::notices::Notice;
use devhub_domain::page::PageRequest;
use devhub_domain::restores::Restores;
use devhub_domain::retention::{EXPIRED_KEPT_FOR, Removed, Retention, RetentionTx};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::MemoryStore;
use devhub_domain::time::{Clock as _, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Circuit, DeliveryFilter, DeliveryState, Health};

use crate::hub::{Hub, WORKSPACE};

const MONTH: Duration = Duration::from_hours(24 * 30);
const SECOND: Duration = Duration::from_secs(1);

fn retention(hub: &Hub) -> Retention {
    Retention::new(hub.store.clone(), hub.clock.clone(), Some(MONTH))
}

/// Takes steps until the pass is over; returns how many deliveries expired and how many events went.
fn pass(retention: &mut Retention) -> (usize, usize) {
    let (mut expired, mut events) = (0, 0);
    loop {
        let step = retention.step().unwrap();
        (expired, events) = (expired + step.expired, events + step.events);
        if step.is_last {
            return (expired, events);
        }
    }
}

/// The only delivery, and where it stands.
fn only(hub: &Hub) -> (DeliveryId, &'static str) {
    let page = hub.deliveries.list(WORKSPACE, &DeliveryFilter::default(), PageRequest::default()).unwrap();
    let delivery = page.items.first().unwrap();
    (delivery.id, delivery.state.as_str())
}

/// A hub with one event, which its paused endpoint was not sent for a month.
fn with_held() -> (Hub, EndpointId) {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    hub.publish("payment.completed");
    hub.clock.advance(MONTH + SECOND);
    (hub, id)
}

#[test]
fn what_a_paused_endpoint_was_not_sent_expires_stays_for_a_day_and_goes() {
    let (hub, _) = with_held();
    let mut retention = retention(&hub);
    assert_eq!((pass(&mut retention), only(&hub).1), ((1, 0), "expired"));
    hub.clock.advance(EXPIRED_KEPT_FOR.checked_sub(SECOND).unwrap());
    assert_eq!((pass(&mut retention), only(&hub).1), ((0, 0), "expired"));
    hub.clock.advance(SECOND);
    assert_eq!(pass(&mut retention), (0, 1));
    let left = hub.deliveries.list(WORKSPACE, &DeliveryFilter::default(), PageRequest::default()).unwrap();
    assert_eq!(left.items, []);
}

#[test]
fn the_audit_log_says_how_many_have_expired() {
    let (hub, _) = with_held();
    pass(&mut retention(&hub));
    let filter = AuditFilter { subject: Some(WORKSPACE.to_string()), ..AuditFilter::default() };
    let log = AuditLog::new(hub.store.clone()).list(WORKSPACE, &filter, PageRequest::default()).unwrap();
    let told: Vec<_> = log.items.iter().map(|line| (line.action.as_str(), line.actor, line.detail.as_str())).collect();
    assert_eq!(told, [("deliveries.expired", Actor::System, r#"{"count":1}"#)]);
}

#[test]
fn the_operators_are_told_of_each_endpoint_once_with_the_number() {
    let (hub, endpoint_id) = with_held();
    let other = hub.create("*").endpoint.id;
    hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, other).commit().unwrap();
    for _ in 0..2 {
        hub.publish("payment.completed");
    }
    hub.clock.advance(MONTH + SECOND);
    let mut retention = retention(&hub);
    assert_eq!(pass(&mut retention).0, 5);
    let notice =
        |endpoint_id, deliveries| Notice::DeliveriesExpired { workspace_id: WORKSPACE, endpoint_id, deliveries };
    let mut told = retention.take_notices();
    told.sort_by_key(|notice| notice.text().contains(&other.to_string()));
    assert_eq!(told, [notice(endpoint_id, 3), notice(other, 2)]);
    assert_eq!(retention.take_notices(), []);
}

#[test]
fn what_has_expired_can_still_be_sent() {
    let (hub, endpoint) = with_held();
    let mut retention = retention(&hub);
    pass(&mut retention);
    let session = hub.open_session();
    hub.endpoints.resume(Asker::SYSTEM, WORKSPACE, endpoint).commit().unwrap();
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, only(&hub).0).commit().unwrap();
    hub.clock.advance(EXPIRED_KEPT_FOR);
    assert_eq!((pass(&mut retention), only(&hub).1), ((0, 0), "waiting"), "it is on its way");
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    assert_eq!(hub.answer(session, &work, 204), DeliveryState::Delivered);
    assert_eq!(pass(&mut retention), (0, 1));
}

#[test]
fn what_an_active_endpoint_was_not_sent_waits_on_however_old_it_is() {
    let hub = Hub::new();
    hub.create("*");
    hub.publish("payment.completed");
    hub.clock.advance(MONTH * 3);
    assert_eq!((pass(&mut retention(&hub)), only(&hub).1), ((0, 0), "waiting"));
}

#[test]
fn what_was_due_within_the_policy_waits_on_for_a_paused_endpoint() {
    let hub = Hub::new();
    let (session, id) = (hub.open_session(), hub.create("*").endpoint.id);
    hub.publish("payment.completed");
    hub.clock.advance(SECOND);
    // Its next attempt is due five seconds later.
    assert_eq!(hub.answer(session, &hub.handed_over(), 500), DeliveryState::Waiting);
    hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    hub.clock.advance(MONTH);
    let mut retention = retention(&hub);
    assert_eq!(pass(&mut retention), (0, 0));
    hub.clock.advance(Duration::from_secs(6));
    assert_eq!((pass(&mut retention), only(&hub).1), ((1, 0), "expired"));
}

#[test]
fn what_is_withheld_expires_when_nobody_decides_for_as_long_as_events_are_kept() {
    let hub = Hub::new();
    hub.create("*");
    hub.publish("payment.completed");
    // The backup is older than events are kept.
    hub.clock.advance(MONTH * 3);
    Restores::new(hub.store.clone(), hub.clock.clone()).withhold_all().unwrap();
    let mut retention = retention(&hub);
    assert_eq!((pass(&mut retention), only(&hub).1), ((0, 0), "withheld"));
    hub.clock.advance(MONTH);
    assert_eq!((pass(&mut retention), only(&hub).1), ((0, 0), "withheld"));
    hub.clock.advance(SECOND);
    assert_eq!((pass(&mut retention), only(&hub).1), ((1, 0), "expired"));
}

#[test]
fn what_waits_for_an_endpoint_that_was_only_probed_for_a_month_expires() {
    let hub = Hub::new();
    let endpoint_id = hub.create("*").endpoint.id;
    let opened_at = hub.publish("payment.completed").accepted_at;
    hub.clock.advance(MONTH + SECOND);
    let fails = |failed_at: Timestamp| {
        let last_error = "500".to_owned();
        let circuit = Some(Circuit { opened_at, pause: SECOND, probe_at: failed_at.plus(SECOND) });
        let (workspace_id, failing_since) = (WORKSPACE, opened_at);
        let health = Health { endpoint_id, workspace_id, failures: 99, failing_since, failed_at, last_error, circuit };
        let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
        write(store, Lane::Background, |tx| tx.put_health(&health)).unwrap();
    };
    let mut retention = retention(&hub);
    fails(opened_at);
    assert_eq!(pass(&mut retention), (0, 0), "nobody has asked it since");
    fails(hub.clock.now().minus(Duration::from_hours(2)));
    assert_eq!(pass(&mut retention), (0, 0), "nobody has asked it since the hub came back");
    fails(hub.clock.now());
    assert_eq!((pass(&mut retention), only(&hub).1), ((1, 0), "expired"));
}

/// A store on which nothing may be written.
struct Unwritten(Arc<MemoryStore>);

impl UnitOfWork<dyn RetentionTx> for Unwritten {
    fn read(&self, body: &mut Body<'_, dyn RetentionTx>) -> Result<(), StoreError> {
        self.0.read(body)
    }

    fn write(&self, _lane: Lane, _body: &mut Body<'_, dyn RetentionTx>) -> Result<(), StoreError> {
        panic!("a pass that finds nothing to remove writes nothing")
    }
}

#[test]
fn a_pass_that_finds_nothing_to_remove_writes_nothing() {
    let hub = Hub::new();
    hub.create("*");
    for _ in 0..250 {
        hub.publish("payment.completed");
    }
    hub.clock.advance(MONTH * 2);
    let mut retention = Retention::new(Arc::new(Unwritten(hub.store.clone())), hub.clock.clone(), Some(MONTH));
    let nothing = Removed { is_last: true, ..Removed::default() };
    assert_eq!((retention.step().unwrap(), retention.step().unwrap()), (nothing, nothing));
}
