//! What one line of the audit log holds.

use std::fmt;

use data_encoding::HEXLOWER;

use super::Actor;
use crate::id::WorkspaceId;
use crate::time::Timestamp;

/// A change that is about to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditDraft {
    /// Whose log it goes to.
    pub workspace_id: WorkspaceId,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked.
    pub actor: Actor,
    /// What was done: `<noun>.<past participle>`, such as `key.revoked`.
    pub action: &'static str,
    /// What it was done to: an identifier.
    pub subject: String,
    /// What changed: a JSON object without secrets.
    pub detail: serde_json::Value,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Whose log.
    pub workspace_id: WorkspaceId,
    /// Position in that log, counted from 1 without gaps.
    pub sequence: i64,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// What changed: a JSON object, as the text that was hashed.
    pub detail: String,
    /// Hash of the line before; zeros for the first.
    pub previous_hash: AuditHash,
    /// Hash of this line and, through `previous_hash`, of all before it.
    pub hash: AuditHash,
}

/// The end of a log: what the next line is chained to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Position of the last line.
    pub sequence: i64,
    /// Its hash.
    pub hash: AuditHash,
}

/// BLAKE3 hash of a line; printed as 64 lower-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditHash(pub [u8; 32]);

impl fmt::Debug for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}
