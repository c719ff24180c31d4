//! The chain of the audit log tells on both databases what somebody has done to it by hand.

use std::sync::Arc;

use devhub_domain::audit::{Actor, AuditDraft, AuditLog, ChainCheck, ChainError, append};
use devhub_domain::id::WorkspaceId;
use devhub_domain::testing::{contract, event};
use devhub_domain::time::Timestamp;
use devhub_storage::Database;

use crate::support::{Guard, execute_on as damage, on_each, put};

on_each! {
    a_log_that_nobody_has_touched_holds
    what_was_done_by_hand_is_found_at_its_line
}

/// A log of three lines.
fn filled(open: fn() -> (Database, Guard)) -> (Database, Guard) {
    let (database, guard) = open();
    contract::seed(&database);
    for number in 1..=3 {
        let draft = AuditDraft {
            workspace_id: workspace(),
            at: Timestamp::from_seconds(number),
            actor: Actor::System,
            action: "key.issued",
            subject: format!("key_{number}"),
            detail: serde_json::json!({ "label": "Käufer" }),
        };
        put(&database, |tx| append(tx, &draft));
    }
    (database, guard)
}

fn workspace() -> WorkspaceId {
    event(1).workspace_id
}

fn check(database: Database) -> ChainCheck {
    AuditLog::new(Arc::new(database)).verify(workspace(), None).unwrap()
}

fn a_log_that_nobody_has_touched_holds(open: fn() -> (Database, Guard)) {
    let (database, _guard) = filled(open);
    let check = check(database);
    assert_eq!((check.head.unwrap().sequence, check.fault, check.is_whole), (3, None, true));
}

fn what_was_done_by_hand_is_found_at_its_line(open: fn() -> (Database, Guard)) {
    let cases = [
        ("UPDATE audit_entries SET detail = '{}' WHERE sequence = 2", 1, ChainError::Content(2)),
        ("UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 2", 1, ChainError::Unreadable(2)),
        ("UPDATE audit_entries SET previous_hash = hash WHERE sequence = 3", 2, ChainError::Link(3)),
        ("DELETE FROM audit_entries WHERE sequence = 2", 1, ChainError::Sequence { expected: 2, found: 3 }),
        ("UPDATE audit_entries SET sequence = 4, actor = 'nobody' WHERE sequence = 3", 2, ChainError::Gap(3)),
    ];
    for (sql, holding, fault) in cases {
        let (database, guard) = filled(open);
        damage(&guard, sql);
        let noted = "3:0000000000000000000000000000000000000000000000000000000000000000".parse().unwrap();
        let check = check(database.clone());
        let compared = AuditLog::new(Arc::new(database)).compare(workspace(), check.clone(), noted).unwrap();
        assert_eq!((check.head.unwrap().sequence, check.fault), (holding, Some(fault.clone())), "{sql}");
        assert_eq!(compared.fault, Some(fault), "what is wrong is told although the noted line is near: {sql}");
    }
}
