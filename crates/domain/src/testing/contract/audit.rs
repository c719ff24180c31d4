//! The audit log.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::audit::{Actor, AuditDraft, AuditEntry, AuditFilter, AuditHash, append, verify_chain};
use crate::page::{PageRequest, PageSize, Period};
use crate::time::Timestamp;

fn draft(number: u8) -> AuditDraft {
    AuditDraft {
        workspace_id: workspace_id(1),
        at: Timestamp::from_micros(i64::from(number)),
        actor: Actor::CommandLine,
        action: "key.issued",
        subject: format!("key_{number}"),
        detail: serde_json::json!({ "label": "Käufer", "number": number }),
    }
}

/// What was appended reads back, newest first, and its chain holds.
pub fn a_log_reads_back_and_verifies(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| append(tx, &draft(number)));
    }
    let page =
        look(store, |tx| tx.list_audit_entries(workspace_id(1), &AuditFilter::default(), PageRequest::default()));
    let mut entries = page.items;
    assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 2, 1]);
    entries.reverse();
    let head = verify_chain(None, &entries).expect("the chain holds");
    assert_eq!(head, look(store, |tx| tx.audit_head(workspace_id(1))));
}

/// The log of a workspace that nothing happened in has no head.
pub fn an_empty_log_has_no_head(store: &Store) {
    put(store, |tx| append(tx, &draft(1)));
    assert_eq!(look(store, |tx| tx.audit_head(workspace_id(2))), None);
}

/// No position of a log is taken twice.
pub fn a_position_is_taken_once(store: &Store) {
    let entry = AuditEntry {
        workspace_id: workspace_id(1),
        sequence: 1,
        at: Timestamp::from_seconds(1),
        actor: Actor::System,
        action: "key.issued".to_owned(),
        subject: "key_1".to_owned(),
        detail: "{}".to_owned(),
        previous_hash: AuditHash::default(),
        hash: AuditHash([1; 32]),
    };
    put(store, |tx| tx.insert_audit_entry(&entry));
    expect_conflict(try_put(store, |tx| tx.insert_audit_entry(&entry)));
}

/// Pages follow each other without a gap.
pub fn a_log_is_read_page_by_page(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| append(tx, &draft(number)));
    }
    let list = |after| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        look(store, |tx| tx.list_audit_entries(workspace_id(1), &AuditFilter::default(), page))
    };
    let first = list(None);
    assert_eq!(first.next, Some(2));
    assert_eq!(list(first.next).items.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1]);
}

/// A log shows what its filter asks for, page by page.
pub fn a_log_shows_what_its_filter_asks_for(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| append(tx, &draft(1)));
        put(store, |tx| append(tx, &AuditDraft { action: "key.revoked", ..draft(number) }));
    }
    let list = |subject: Option<&str>, action: Option<&str>, after| {
        let (subject, action) = (subject.map(str::to_owned), action.map(str::to_owned));
        let filter = AuditFilter { subject, action, ..AuditFilter::default() };
        let page = PageRequest { size: PageSize::new(3).unwrap(), after };
        let page = look(store, |tx| tx.list_audit_entries(workspace_id(1), &filter, page));
        (page.items.into_iter().map(|entry| entry.sequence).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(list(Some("key_1"), None, None), (vec![5, 3, 2], Some(2)));
    assert_eq!(list(Some("key_1"), None, Some(2)), (vec![1], None));
    assert_eq!(list(None, Some("key.revoked"), None), (vec![6, 4, 2], None));
    assert_eq!(list(Some("key_2"), Some("key.revoked"), None), (vec![4], None));
    assert_eq!(list(Some("key_2"), Some("key.issued"), None), (vec![], None));
}

/// A log shows who acted, and when: from an instant on, and before another one.
pub fn a_log_shows_who_acted_and_when(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| append(tx, &AuditDraft { at: Timestamp::from_seconds(number.into()), ..draft(number) }));
        let at = Timestamp::from_seconds(i64::from(number) + 10);
        put(store, |tx| append(tx, &AuditDraft { actor: Actor::System, at, ..draft(number) }));
    }
    let list = |actor, (from, before): (Option<i64>, Option<i64>)| {
        let (from, before) = (from.map(Timestamp::from_seconds), before.map(Timestamp::from_seconds));
        let filter = AuditFilter { actor, period: Period { from, before }, ..AuditFilter::default() };
        let page = look(store, |tx| tx.list_audit_entries(workspace_id(1), &filter, PageRequest::default()));
        assert_eq!(page.next, None);
        page.items.into_iter().map(|entry| entry.sequence).collect::<Vec<_>>()
    };
    assert_eq!(list(Some(Actor::System), (None, None)), [6, 4, 2]);
    assert_eq!(list(None, (Some(2), Some(12))), [5, 3, 2]);
    assert_eq!(list(Some(Actor::CommandLine), (Some(3), None)), [5]);
    assert_eq!(list(Some(Actor::System), (None, Some(11))), [0_i64; 0]);
}

/// The chain is read oldest first, a page after the other, and holds nothing of other logs.
pub fn a_chain_is_read_oldest_first(store: &Store) {
    for number in 1..=3 {
        put(store, |tx| append(tx, &draft(number)));
        put(store, |tx| append(tx, &AuditDraft { workspace_id: workspace_id(2), ..draft(number) }));
    }
    let read = |after, size| {
        let page = PageSize::new(size).unwrap();
        look(store, |tx| tx.list_audit_chain(workspace_id(1), after, page))
    };
    let sequences = |entries: Vec<AuditEntry>| entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>();
    assert_eq!(sequences(read(0, 2)), [1, 2]);
    assert_eq!(sequences(read(2, 2)), [3]);
    assert_eq!(sequences(read(3, 2)), [0_i64; 0]);
    verify_chain(None, &read(0, 100)).expect("the chain holds");
}

/// Eight threads append at once: no position is lost or doubled, and the chain holds.
pub fn eight_threads_append_without_a_gap(store: &Store) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..5 {
                    put(store, |tx| append(tx, &draft(thread * 5 + round)));
                }
            });
        }
    });
    let page = PageRequest { size: PageSize::MAX, after: None };
    let mut entries = look(store, |tx| tx.list_audit_entries(workspace_id(1), &AuditFilter::default(), page)).items;
    entries.reverse();
    assert_eq!(entries.len(), 40);
    verify_chain(None, &entries).expect("the chain holds");
}
