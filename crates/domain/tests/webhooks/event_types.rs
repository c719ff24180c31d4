//! The catalogue of a workspace: what may be changed in it, by whom, and what it means for those who publish.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::events::{
    BatchError, EventError, EventType, EventTypes, Events, KnownType, NewEvent, NewOwnType, OWN_TYPES_MAX, OwnType,
    OwnTypeChanges, OwnTypeError, Payload, TypeDescription, subscribable,
};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::store::{Lane, UnitOfWork};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::NoDispatcher;
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus, Workspaces};

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
const SCHEMA: &str = r#"{"required":["order"],"properties":{"order":{"type":"integer"}}}"#;

struct Hub {
    store: Arc<MemoryStore>,
    types: EventTypes,
    events: Events,
    workspaces: Workspaces,
}

fn hub() -> Hub {
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(ManualClock::default());
    let workspace = Workspace {
        id: WORKSPACE,
        name: WorkspaceName::new("Main").unwrap(),
        status: WorkspaceStatus::Active,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: Timestamp::from_seconds(1),
    };
    let all: &dyn UnitOfWork<dyn Tx> = &*store;
    all.write(Lane::Interactive, &mut |tx| tx.insert_workspace(&workspace)).unwrap();
    let dispatcher = Arc::new(NoDispatcher);
    Hub {
        types: EventTypes::new(store.clone(), clock.clone()),
        events: Events::new(store.clone(), dispatcher, clock.clone(), Arc::new(SeededEntropy::new(1))),
        workspaces: Workspaces::new(store.clone(), clock),
        store,
    }
}

impl Hub {
    fn create(&self, new: NewOwnType) -> Result<OwnType, OwnTypeError> {
        self.types.create(Asker::SYSTEM, WORKSPACE, new)?.commit()
    }

    fn update(&self, changes: OwnTypeChanges) -> Result<OwnType, OwnTypeError> {
        self.types.update(Asker::SYSTEM, WORKSPACE, name("order.paid"), changes)?.commit()
    }

    fn be_strict(&self) {
        self.workspaces.set_event_checks(Asker::SYSTEM, WORKSPACE, EventChecks::Strict).commit().unwrap();
    }

    fn publish(&self, event_type: &str, text: &str) -> Result<(), EventError> {
        self.events.publish(WORKSPACE, event(event_type, text)).commit().map(drop)
    }

    fn actions(&self) -> Vec<String> {
        let log = AuditLog::new(self.store.clone());
        let page = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap();
        page.items.into_iter().map(|entry| entry.action).collect()
    }
}

fn name(text: &str) -> EventType {
    text.parse().unwrap()
}

fn payload(text: &str) -> Payload {
    Payload::new(text.as_bytes(), 1_000).unwrap()
}

fn event(event_type: &str, text: &str) -> NewEvent {
    NewEvent { event_type: name(event_type), payload: payload(text), external_id: None }
}

fn order_paid() -> NewOwnType {
    NewOwnType {
        name: name("order.paid"),
        description: TypeDescription::new("An order was paid.").unwrap(),
        schema: SCHEMA.to_owned(),
        sample: payload(r#"{"order":77}"#),
    }
}

#[test]
fn an_event_type_is_created_changed_and_deleted_in_the_log() {
    let hub = hub();
    let made = hub.create(order_paid()).unwrap();
    let archived = hub.update(OwnTypeChanges { is_archived: Some(true), ..OwnTypeChanges::default() }).unwrap();
    assert_eq!(archived, OwnType { is_archived: true, revision: 2, ..made.clone() });
    assert_eq!(hub.update(OwnTypeChanges::default()).unwrap(), archived);
    let deleted = hub.types.delete(Asker::SYSTEM, WORKSPACE, made.name.clone(), Some(2)).unwrap().commit().unwrap();
    assert_eq!(deleted, archived);
    assert!(matches!(hub.types.find(WORKSPACE, &made.name), Err(OwnTypeError::NotFound(_))));
    assert_eq!(hub.actions(), ["event_type.deleted", "event_type.updated", "event_type.created"]);
}

#[test]
fn whoever_publishes_may_not_change_what_checks_it() {
    let hub = hub();
    let publisher =
        Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::EventsWrite, Scope::EndpointsWrite]));
    let refused = hub.types.create(publisher, WORKSPACE, order_paid()).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "this needs the scope event_types:write");
    let changes = OwnTypeChanges::default();
    assert!(matches!(
        hub.types.update(publisher, WORKSPACE, name("a"), changes).map(drop),
        Err(OwnTypeError::Forbidden(_))
    ));
    assert!(matches!(
        hub.types.delete(publisher, WORKSPACE, name("a"), None).map(drop),
        Err(OwnTypeError::Forbidden(_))
    ));
    let refused = hub.workspaces.set_event_checks(publisher, WORKSPACE, EventChecks::Strict).commit().unwrap_err();
    assert_eq!(refused.code(), "insufficient_scope");
}

#[test]
fn what_comes_with_the_hub_keeps_its_names() {
    let hub = hub();
    for taken in ["payment.completed", "webhook.test"] {
        let refused = hub.create(NewOwnType { name: name(taken), ..order_paid() }).unwrap_err();
        assert_eq!(refused.code(), "event_type_built_in", "{taken}");
    }
    let name = name("payment.completed");
    let refused = hub.types.delete(Asker::SYSTEM, WORKSPACE, name, None).map(drop).unwrap_err();
    assert_eq!(refused.code(), "event_type_built_in");
}

#[test]
fn a_sample_satisfies_its_schema_before_and_after_every_change() {
    let hub = hub();
    let wrong = hub.create(NewOwnType { sample: payload("{}"), ..order_paid() }).unwrap_err();
    assert!(matches!(wrong, OwnTypeError::Sample(faults) if faults[0].pointer == "/order"));
    let wrong = hub.create(NewOwnType { schema: r#"{"type":"text"}"#.to_owned(), ..order_paid() }).unwrap_err();
    assert!(matches!(wrong, OwnTypeError::Schema(_)));
    hub.create(order_paid()).unwrap();
    let narrower = OwnTypeChanges { schema: Some("false".to_owned()), ..OwnTypeChanges::default() };
    assert_eq!(hub.update(narrower).unwrap_err().code(), "sample_refused");
}

#[test]
fn two_who_read_the_same_revision_do_not_overwrite_each_other() {
    let hub = hub();
    hub.create(order_paid()).unwrap();
    let changes = |description| OwnTypeChanges {
        description: Some(TypeDescription::new(description).unwrap()),
        expected_revision: Some(1),
        ..OwnTypeChanges::default()
    };
    hub.update(changes("First.")).unwrap();
    assert!(matches!(hub.update(changes("Second.")), Err(OwnTypeError::RevisionStale { current: 2, .. })));
}

#[test]
fn a_name_is_taken_once_and_there_is_a_most() {
    let hub = hub();
    hub.create(order_paid()).unwrap();
    assert_eq!(hub.create(order_paid()).unwrap_err().code(), "event_type_taken");
    let all: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let fill = |tx: &mut (dyn Tx + 'static)| {
        let own = tx.find_own_type(WORKSPACE, &name("order.paid"))?.unwrap();
        (1..OWN_TYPES_MAX).try_for_each(|number| {
            tx.insert_own_type(&OwnType { name: name(&format!("type.{number}")), ..own.clone() })
        })
    };
    all.write(Lane::Interactive, &mut |tx| fill(tx)).unwrap();
    let one_more = NewOwnType { name: name("one.more"), ..order_paid() };
    assert_eq!(hub.create(one_more).unwrap_err().code(), "too_many_event_types");
}

#[test]
fn the_catalogue_is_listed_before_the_own_types_whatever_the_page() {
    let hub = hub();
    for own in ["zebra", "order.paid", "a"] {
        hub.create(NewOwnType { name: name(own), ..order_paid() }).unwrap();
    }
    let mut expected: Vec<_> = subscribable().map(|entry| entry.name.to_owned()).collect();
    expected.extend(["a", "order.paid", "zebra"].map(str::to_owned));
    for size in 1..=17 {
        let (mut seen, mut after) = (Vec::new(), None);
        for _ in 0..expected.len().div_ceil(size) {
            let request = PageRequest { size: PageSize::new(u64::try_from(size).unwrap()).unwrap(), after };
            let page = hub.types.list(WORKSPACE, request).unwrap();
            seen.extend(page.items.iter().map(|known| known.name().to_string()));
            after = page.next;
        }
        assert_eq!((&seen, after), (&expected, None), "{size}");
    }
    let found = hub.types.find(WORKSPACE, &name("payment.failed")).unwrap();
    assert!(matches!(found, KnownType::BuiltIn(entry) if entry.name == "payment.failed"));
}

#[test]
fn a_strict_workspace_takes_known_types_and_fitting_payloads_only() {
    let hub = hub();
    hub.create(order_paid()).unwrap();
    hub.publish("anything", "1").unwrap();
    hub.be_strict();
    hub.publish("order.paid", r#"{"order":1}"#).unwrap();
    hub.publish("webhook.test", r#"{"event":"webhook.test","data":{}}"#).unwrap();
    let unknown = hub.publish("order.lost", "1").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "event type order.lost is not in the catalogue of this workspace, which accepts no others: create it, or mend the name"
    );
    let EventError::PayloadRefused { faults, .. } = hub.publish("order.paid", r#"{"order":"1"}"#).unwrap_err() else {
        panic!("the payload is refused");
    };
    assert_eq!((faults[0].pointer.as_str(), faults[0].wanted.as_str()), ("/order", "must be of type integer"));
}

#[test]
fn the_next_event_is_held_against_the_schema_as_it_was_changed() {
    let hub = hub();
    hub.create(order_paid()).unwrap();
    hub.be_strict();
    hub.publish("order.paid", r#"{"order":1,"more":true}"#).unwrap();
    let closed = r#"{"properties":{"order":{}},"additionalProperties":false}"#.to_owned();
    hub.update(OwnTypeChanges { schema: Some(closed), ..OwnTypeChanges::default() }).unwrap();
    hub.publish("order.paid", r#"{"order":1,"more":true}"#).unwrap_err();
    hub.update(OwnTypeChanges { is_archived: Some(true), ..OwnTypeChanges::default() }).unwrap();
    let archived = hub.publish("order.paid", r#"{"order":1}"#).unwrap_err();
    assert_eq!(archived.code(), "event_type_unknown");
}

/// A publisher that repeats itself after a time-out must not be told that its event, which is stored, was never accepted.
#[test]
fn a_repetition_is_one_even_if_the_type_has_become_stricter() {
    let hub = hub();
    let first = NewEvent { external_id: Some("order-77".parse().unwrap()), ..event("order.lost", "1") };
    hub.events.publish(WORKSPACE, first.clone()).commit().unwrap();
    hub.be_strict();
    assert!(hub.events.publish(WORKSPACE, first).commit().unwrap().is_duplicate);
}

#[test]
fn a_batch_with_one_refused_event_is_refused_naming_its_position() {
    let hub = hub();
    hub.create(order_paid()).unwrap();
    hub.be_strict();
    let events = vec![event("order.paid", r#"{"order":1}"#), event("order.paid", "{}")];
    let refused = hub.events.publish_all(WORKSPACE, events).commit().unwrap_err();
    assert!(matches!(refused, BatchError::Event { position: 1, cause: EventError::PayloadRefused { .. } }));
    let stored = hub.events.list(WORKSPACE, &devhub_domain::events::EventFilter::default(), PageRequest::default());
    assert_eq!(stored.unwrap().items, []);
}

#[test]
fn being_strict_is_logged_once() {
    let hub = hub();
    hub.be_strict();
    hub.be_strict();
    assert_eq!(hub.actions(), ["workspace.updated"]);
}
