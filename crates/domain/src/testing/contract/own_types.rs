//! The event types of a workspace, and whether its events are held against them.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::events::{EventError, EventType, NewEvent, OwnType, Payload, PreparedEvent, TypeDescription, publish};
use crate::page::{PageRequest, PageSize};
use crate::store::{Lane, StoreError, write};
use crate::testing::{SeededEntropy, endpoint, own_type};
use crate::time::Timestamp;
use crate::workspaces::{EventChecks, Workspace};

fn named(name: &str) -> OwnType {
    OwnType { name: name.parse().unwrap(), ..own_type() }
}

fn set_checks(store: &Store, event_checks: EventChecks) {
    put(store, |tx| {
        let workspace = tx.find_workspace(workspace_id(1))?.unwrap();
        tx.update_workspace(&Workspace { event_checks, ..workspace })
    });
}

/// What becomes of a published event; the store that fails is no answer.
fn published(store: &Store, event_type: &str, payload: &str) -> Result<(), EventError> {
    // Other ids for other events.
    let seed = u64::try_from(event_type.len() * 100 + payload.len()).unwrap();
    let payload = Payload::new(payload.as_bytes(), 1_000).unwrap();
    let new = NewEvent { event_type: event_type.parse().unwrap(), payload, external_id: None };
    let entropy = SeededEntropy::new(seed);
    let prepared = PreparedEvent::new(workspace_id(1), new, Timestamp::from_seconds(1), &entropy);
    write(store, Lane::Interactive, |tx| publish(tx, &prepared, None)).map(drop)
}

/// An event type comes back as it went in, with every field set, in its own workspace.
pub fn an_event_type_reads_back_as_it_was_written(store: &Store) {
    let own = OwnType {
        description: TypeDescription::new("Ein Auftrag wurde bezahlt: 'ja'").unwrap(),
        schema: "{ \"const\" : 1.0E+2 }".to_owned(),
        sample: Payload::new(b"1.0E+2", 1_000).unwrap(),
        is_archived: true,
        created_at: Timestamp::from_micros(1_000_001),
        updated_at: Timestamp::from_micros(1_000_002),
        ..own_type()
    };
    put(store, |tx| tx.insert_own_type(&own));
    assert_eq!(look(store, |tx| tx.find_own_type(workspace_id(1), &own.name)), Some(own.clone()));
    assert_eq!(look(store, |tx| tx.find_own_type(workspace_id(2), &own.name)), None);
    let changed = OwnType { is_archived: false, revision: 2, schema: "true".to_owned(), ..own };
    put(store, |tx| tx.update_own_type(&changed));
    assert_eq!(look(store, |tx| tx.find_own_type(workspace_id(1), &changed.name)), Some(changed));
}

/// Names are unique in a workspace, and free in the others.
pub fn a_name_is_taken_once_in_a_workspace(store: &Store) {
    put(store, |tx| tx.insert_own_type(&own_type()));
    expect_conflict(try_put(store, |tx| tx.insert_own_type(&own_type())));
    put(store, |tx| tx.insert_own_type(&OwnType { workspace_id: workspace_id(2), ..own_type() }));
    assert_eq!(look(store, |tx| tx.count_own_types(workspace_id(1))), 1);
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_own_type(&own_type()));
    let changed = OwnType { is_archived: true, revision: 2, ..own_type() };
    put(store, |tx| tx.update_own_type(&changed));
    expect_conflict(try_put(store, |tx| tx.update_own_type(&changed)));
    expect_conflict(try_put(store, |tx| tx.update_own_type(&OwnType { revision: 2, ..named("unknown") })));
}

/// A removal takes away the revision that was read, and no later one.
pub fn a_removal_of_an_old_revision_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_own_type(&own_type()));
    let changed = OwnType { is_archived: true, revision: 2, ..own_type() };
    put(store, |tx| tx.update_own_type(&changed));
    expect_conflict(try_put(store, |tx| tx.delete_own_type(&own_type())));
    put(store, |tx| tx.delete_own_type(&changed));
    assert_eq!(look(store, |tx| tx.find_own_type(workspace_id(1), &changed.name)), None);
    assert_eq!(look(store, |tx| tx.count_own_types(workspace_id(1))), 0);
}

/// Lists are sorted by the bytes of the name, whatever the database holds for alphabetical, and paged without a gap.
pub fn event_types_are_listed_by_name_byte_by_byte(store: &Store) {
    let sorted = ["A.b", "B", "_a", "a", "a-b", "a.b", "a_b", "ab"];
    put(store, |tx| {
        tx.insert_own_type(&OwnType { workspace_id: workspace_id(2), ..named("aa") })?;
        sorted.iter().rev().try_for_each(|name| tx.insert_own_type(&named(name)))
    });
    let mut seen = Vec::new();
    let mut after: Option<EventType> = None;
    for _ in 0..3 {
        let size = PageSize::new(3).unwrap();
        let page = look(store, |tx| tx.list_own_types(workspace_id(1), PageRequest { size, after: after.clone() }));
        seen.extend(page.items.into_iter().map(|own| own.name.to_string()));
        after = page.next;
    }
    assert_eq!((seen, after), (sorted.map(str::to_owned).to_vec(), None));
}

/// A publisher is held against the schema as it is now; an archived type has none.
pub fn the_latest_schema_is_found_and_no_archived_one(store: &Store) {
    let find = |name: &str| {
        let name = name.parse().unwrap();
        put(store, |tx| tx.find_type_schema(workspace_id(1), &name))
    };
    assert_eq!(find("order.paid"), None);
    put(store, |tx| tx.insert_own_type(&own_type()));
    assert_eq!(find("order.paid"), Some(own_type().schema));
    put(store, |tx| tx.update_own_type(&OwnType { schema: "true".to_owned(), revision: 2, ..own_type() }));
    assert_eq!(find("order.paid"), Some("true".to_owned()));
    put(store, |tx| tx.update_own_type(&OwnType { is_archived: true, revision: 3, ..own_type() }));
    assert_eq!(find("order.paid"), None);
}

/// Whether events are checked is known from the next transaction on, and within the one that changes it.
pub fn checks_show_the_latest_change(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let checks = |number| put(store, |tx| tx.event_checks(workspace_id(number)));
    assert_eq!((checks(1), checks(2), checks(9)), (EventChecks::Off, EventChecks::Off, EventChecks::Off));
    set_checks(store, EventChecks::Strict);
    assert_eq!((checks(1), checks(2)), (EventChecks::Strict, EventChecks::Off));
    assert_eq!(look(store, |tx| tx.event_checks(workspace_id(1))), EventChecks::Strict);
    let within = put(store, |tx| {
        let workspace = tx.find_workspace(workspace_id(1))?.unwrap();
        tx.event_checks(workspace_id(1))?;
        tx.update_workspace(&Workspace { event_checks: EventChecks::Off, ..workspace })?;
        tx.list_targets(workspace_id(1))?;
        tx.event_checks(workspace_id(1))
    });
    assert_eq!((within, checks(1)), (EventChecks::Off, EventChecks::Off));
}

/// A change that was undone was never there.
pub fn checks_do_not_show_what_was_undone(store: &Store) {
    put(store, |tx| tx.event_checks(workspace_id(1)));
    let undone: Result<(), StoreError> = try_put(store, |tx| {
        let workspace = tx.find_workspace(workspace_id(1))?.unwrap();
        tx.update_workspace(&Workspace { event_checks: EventChecks::Strict, ..workspace })?;
        tx.event_checks(workspace_id(1))?;
        Err(StoreError::RolledBack)
    });
    undone.unwrap_err();
    assert_eq!(put(store, |tx| tx.event_checks(workspace_id(1))), EventChecks::Off);
}

/// A strict workspace takes known types with payloads that satisfy their schemas, and stores nothing else.
pub fn a_strict_workspace_is_obeyed(store: &Store) {
    put(store, |tx| tx.insert_own_type(&own_type()));
    published(store, "anything", "1").unwrap();
    set_checks(store, EventChecks::Strict);
    published(store, "order.paid", r#"{"order":77}"#).unwrap();
    let unknown = published(store, "order.lost", "{}").unwrap_err();
    assert!(matches!(unknown, EventError::TypeUnknown(name) if name.as_str() == "order.lost"));
    let refused = published(store, "order.paid", r#"{"order":"77"}"#).unwrap_err();
    let EventError::PayloadRefused { faults, .. } = refused else { panic!("{refused}") };
    assert_eq!((faults[0].pointer.as_str(), faults.len()), ("/order", 1));
    assert!(matches!(published(store, "payment.failed", "{}"), Err(EventError::PayloadRefused { .. })));
    let page = PageRequest::default();
    let stored = look(store, |tx| tx.list_events(workspace_id(1), &crate::events::EventFilter::default(), page));
    assert_eq!(stored.items.len(), 2);
}

/// Whoever takes the turn of the log before counting is not overtaken between counting and adding.
pub fn two_at_once_do_not_exceed_the_most(store: &Store) {
    let add = |number: usize| {
        put(store, |tx| {
            tx.audit_head(workspace_id(1))?;
            let count = tx.count_own_types(workspace_id(1))?;
            if count < 4 { tx.insert_own_type(&named(&format!("type.{number}"))) } else { Ok(()) }
        });
    };
    std::thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || add(number));
        }
    });
    assert_eq!(look(store, |tx| tx.count_own_types(workspace_id(1))), 4);
}
