//! The audit log: found line by line, and checked for what somebody has changed.

use devhub_domain::audit::{Actor, AuditDraft, AuditEntry, AuditHash, AuditHead, AuditLog, ChainError, append};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::time::Clock as _;
use devhub_domain::tx::Tx;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

fn log(hub: &Hub) -> AuditLog {
    AuditLog::new(hub.store.clone())
}

/// Appends so many lines, in groups: a transaction has a bound.
fn fill(hub: &Hub, count: usize) {
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let draft = AuditDraft {
        workspace_id: WORKSPACE,
        at: hub.clock.now(),
        actor: Actor::System,
        action: "key.issued",
        subject: "key_1".to_owned(),
        detail: serde_json::json!({ "label": "Shop" }),
    };
    write(store, Lane::Background, |tx| (0..count).try_for_each(|_| append(tx, &draft))).unwrap();
}

/// A line that somebody has written past the use cases.
fn forge(hub: &Hub, sequence: i64) {
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let previous_hash = log(hub).find(WORKSPACE, sequence - 1).unwrap().map_or(AuditHash::default(), |line| line.hash);
    let entry = AuditEntry {
        workspace_id: WORKSPACE,
        sequence,
        at: hub.clock.now(),
        actor: Actor::System,
        action: "key.issued".to_owned(),
        subject: "key_1".to_owned(),
        detail: "{}".to_owned(),
        previous_hash,
        hash: AuditHash([9; 32]),
    };
    write(store, Lane::Background, |tx| tx.insert_audit_entry(&entry)).unwrap();
}

#[test]
fn an_empty_log_holds() {
    let check = log(&Hub::new()).verify(WORKSPACE, None).unwrap();
    assert_eq!((check.head, check.fault, check.is_whole), (None, None, true));
}

#[test]
fn a_log_of_several_pages_holds_to_its_head() {
    let hub = Hub::new();
    fill(&hub, 250);
    let check = log(&hub).verify(WORKSPACE, None).unwrap();
    assert_eq!((check.head.unwrap().sequence, check.fault, check.is_whole), (250, None, true));
    assert_eq!(log(&hub).verify(OTHER_WORKSPACE, None).unwrap().head, None);
}

#[test]
fn the_first_line_that_does_not_hold_is_named_with_those_that_do() {
    let hub = Hub::new();
    fill(&hub, 120);
    forge(&hub, 121);
    let check = log(&hub).verify(WORKSPACE, None).unwrap();
    assert_eq!(
        (check.head.unwrap().sequence, check.fault, check.is_whole),
        (120, Some(ChainError::Content(121)), false)
    );
}

#[test]
fn a_line_that_was_taken_out_is_missed() {
    let hub = Hub::new();
    fill(&hub, 3);
    forge(&hub, 5);
    let check = log(&hub).verify(WORKSPACE, None).unwrap();
    assert_eq!(check.fault, Some(ChainError::Sequence { expected: 4, found: 5 }));
}

#[test]
fn one_call_has_a_bound_and_the_next_goes_on() {
    let hub = Hub::new();
    fill(&hub, 20_050);
    let first = log(&hub).verify(WORKSPACE, None).unwrap();
    assert_eq!((first.head.unwrap().sequence, first.is_whole), (20_000, false));
    let second = log(&hub).verify(WORKSPACE, first.head).unwrap();
    assert_eq!((second.head.unwrap().sequence, second.is_whole), (20_050, true));
}

#[test]
fn a_log_that_goes_another_way_than_was_noted_does_not_hold() {
    let hub = Hub::new();
    fill(&hub, 3);
    let check = || log(&hub).verify(WORKSPACE, None).unwrap();
    let find = |sequence| log(&hub).find(WORKSPACE, sequence).unwrap();
    let line = find(2).unwrap();
    let noted = AuditHead { sequence: 2, hash: line.hash };
    assert_eq!(check().compared_with(noted, Some(&line)).fault, None);
    let rewritten = AuditHead { hash: AuditHash([9; 32]), ..noted };
    assert_eq!(check().compared_with(rewritten, Some(&line)).fault, Some(ChainError::Head(2)));
    assert_eq!(log(&hub).compare(WORKSPACE, check(), noted).unwrap().fault, None);
    assert_eq!(log(&hub).compare(WORKSPACE, check(), rewritten).unwrap().fault, Some(ChainError::Head(2)));
    let cut_off = AuditHead { sequence: 4, ..noted };
    assert_eq!(log(&hub).compare(WORKSPACE, check(), cut_off).unwrap().fault, Some(ChainError::Head(4)));
    assert_eq!(check().compared_with(cut_off, find(4).as_ref()).fault, Some(ChainError::Head(4)));
}
