//! The hash chain.
//!
//! *Threat:* somebody with access to the database edits, removes or reorders lines of the log.
//! *Defence:* each line's hash covers its whole content and the hash of the line before, so that any change breaks every later
//! link, and a head that was noted elsewhere convicts a log that was rewritten as a whole.
//! *Not defended:* lines cut off at the end, or a log rewritten from some line on, when nobody noted a later head.

use super::{AuditDraft, AuditEntry, AuditHash, AuditHead};

/// Domain separation: a hash made for another purpose is never a valid link.
const CONTEXT: &str = "devhub 2026-11 audit chain v1";

/// The line that continues a log.
pub(super) fn chained(head: Option<AuditHead>, draft: &AuditDraft) -> AuditEntry {
    let head = head.unwrap_or(AuditHead { sequence: 0, hash: AuditHash::default() });
    let mut entry = AuditEntry {
        workspace_id: draft.workspace_id,
        sequence: head.sequence + 1,
        at: draft.at,
        actor: draft.actor,
        action: draft.action.to_owned(),
        subject: draft.subject.clone(),
        detail: draft.detail.to_string(),
        previous_hash: head.hash,
        hash: AuditHash::default(),
    };
    entry.hash = hash(&entry);
    entry
}

/// Every field is preceded by its length, so that no two different lines give the same bytes.
fn hash(entry: &AuditEntry) -> AuditHash {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    let actor = entry.actor.to_string();
    let fields: [&[u8]; 8] = [
        &entry.previous_hash.0,
        entry.workspace_id.as_bytes(),
        &entry.sequence.to_be_bytes(),
        &entry.at.as_micros().to_be_bytes(),
        actor.as_bytes(),
        entry.action.as_bytes(),
        entry.subject.as_bytes(),
        entry.detail.as_bytes(),
    ];
    for field in fields {
        hasher.update(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(field);
    }
    AuditHash(*hasher.finalize().as_bytes())
}

/// The log was changed after it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A line is missing, doubled or out of order.
    #[error("audit line {expected} is missing: found line {found} in its place")]
    Sequence {
        /// The position that should come next.
        expected: i64,
        /// The position that was found.
        found: i64,
    },
    /// A line does not continue the one before.
    #[error("audit line {0} does not continue the line before it")]
    Link(i64),
    /// A line's content does not match its hash.
    #[error("audit line {0} was changed after it was written")]
    Content(i64),
    /// A line is missing, and the one in its place cannot be read.
    #[error("audit line {0} is missing, and the line in its place cannot be read")]
    Gap(i64),
    /// A line holds what nobody has written.
    #[error("audit line {0} cannot be read")]
    Unreadable(i64),
    /// The log does not hold the line that was noted elsewhere.
    #[error("the log ends, or goes another way, before audit line {0} as it was noted")]
    Head(i64),
}

impl ChainError {
    /// The first line that does not hold.
    pub const fn line(&self) -> i64 {
        match self {
            Self::Sequence { expected, .. } => *expected,
            Self::Link(line) | Self::Content(line) | Self::Gap(line) | Self::Unreadable(line) | Self::Head(line) => {
                *line
            }
        }
    }
}

/// Checks lines in ascending order against the head they should continue; returns the new head.
///
/// *Repeat:* call it page by page, handing each result to the next call.
///
/// # Errors
/// [`ChainError`] with the first line that does not fit.
pub fn verify_chain(start: Option<AuditHead>, entries: &[AuditEntry]) -> Result<Option<AuditHead>, ChainError> {
    let mut head = start;
    for entry in entries {
        let before = head.unwrap_or(AuditHead { sequence: 0, hash: AuditHash::default() });
        let expected = before.sequence + 1;
        if entry.sequence != expected {
            return Err(ChainError::Sequence { expected, found: entry.sequence });
        }
        if entry.previous_hash != before.hash {
            return Err(ChainError::Link(entry.sequence));
        }
        if entry.hash != hash(entry) {
            return Err(ChainError::Content(entry.sequence));
        }
        head = Some(AuditHead { sequence: entry.sequence, hash: entry.hash });
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Actor;
    use crate::id::WorkspaceId;
    use crate::time::Timestamp;

    fn log_of_three() -> Vec<AuditEntry> {
        let mut head = None;
        ["key.issued", "key.locked", "key.revoked"]
            .into_iter()
            .map(|action| {
                let entry = chained(
                    head,
                    &AuditDraft {
                        workspace_id: WorkspaceId::from_bytes([7; 16]),
                        at: Timestamp::from_seconds(1),
                        actor: Actor::System,
                        action,
                        subject: "key_1".to_owned(),
                        detail: serde_json::json!({"label": "Shop"}),
                    },
                );
                head = Some(AuditHead { sequence: entry.sequence, hash: entry.hash });
                entry
            })
            .collect()
    }

    #[test]
    fn an_untouched_log_verifies_to_its_head() {
        let log = log_of_three();
        let head = verify_chain(None, &log).unwrap().unwrap();
        assert_eq!(head, AuditHead { sequence: 3, hash: log[2].hash });
    }

    #[test]
    fn a_log_verifies_page_by_page() {
        let log = log_of_three();
        let head = verify_chain(None, &log[..2]).unwrap();
        assert!(verify_chain(head, &log[2..]).is_ok());
    }

    #[test]
    fn a_changed_line_is_found() {
        let mut log = log_of_three();
        log[1].subject = "key_2".to_owned();
        assert_eq!(verify_chain(None, &log), Err(ChainError::Content(2)));
    }

    #[test]
    fn a_removed_line_is_found() {
        let mut log = log_of_three();
        log.remove(1);
        assert_eq!(verify_chain(None, &log), Err(ChainError::Sequence { expected: 2, found: 3 }));
    }

    #[test]
    fn a_line_rewritten_with_its_hash_breaks_the_next_link() {
        let mut log = log_of_three();
        log[1].detail = "{}".to_owned();
        log[1].hash = hash(&log[1]);
        assert_eq!(verify_chain(None, &log), Err(ChainError::Link(3)));
    }
}
