//! What one line of the audit log holds.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use super::Actor;
use crate::id::{OperatorId, WorkspaceId};
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

impl AuditDraft {
    /// The same, asked for from this address, which stands as `from` in its detail: so the chain covers it, and lines of before, which
    /// lack it, keep their hashes.
    #[must_use]
    pub fn from_address(mut self, address: Option<IpAddr>) -> Self {
        if let (Some(address), Some(fields)) = (address, self.detail.as_object_mut()) {
            fields.insert("from".to_owned(), address.to_canonical().to_string().into());
        }
        self
    }

    /// The same, for which this operator answers, which stands as `answerable` in its detail.
    #[must_use]
    pub fn answered_for_by(mut self, operator: Option<OperatorId>) -> Self {
        if let (Some(operator), Some(fields)) = (operator, self.detail.as_object_mut()) {
            fields.insert("answerable".to_owned(), operator.to_string().into());
        }
        self
    }
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
///
/// *Shape:* printed as the position, a colon and the hash, to be noted elsewhere and compared later.
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

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", self.sequence, self.hash)
    }
}

/// The text is no end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("head must be the number of a line, a colon and its hash of 64 hex digits, such as 7:af13…")]
pub struct AuditHeadError;

impl FromStr for AuditHead {
    type Err = AuditHeadError;

    fn from_str(text: &str) -> Result<Self, AuditHeadError> {
        let (sequence, hash) = text.split_once(':').ok_or(AuditHeadError)?;
        let sequence = sequence.parse().ok().filter(|sequence| *sequence > 0).ok_or(AuditHeadError)?;
        let hash = HEXLOWER.decode(hash.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        hash.map(|hash| Self { sequence, hash: AuditHash(hash) }).ok_or(AuditHeadError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_in_the_detail_and_one_that_nobody_said_does_not() {
        let draft = || AuditDraft {
            workspace_id: WorkspaceId::from_bytes([7; 16]),
            at: Timestamp::from_seconds(1),
            actor: Actor::System,
            action: "key.issued",
            subject: "key_1".to_owned(),
            detail: serde_json::json!({ "label": "Shop" }),
        };
        let address = "::ffff:203.0.113.7".parse().ok();
        let expected = serde_json::json!({ "label": "Shop", "from": "203.0.113.7" });
        assert_eq!(draft().from_address(address).detail, expected);
        assert_eq!(draft().from_address(None), draft());
    }

    #[test]
    fn a_head_reads_back_what_it_says() {
        let head = AuditHead { sequence: 7, hash: AuditHash([0xaf; 32]) };
        assert_eq!(head.to_string().parse(), Ok(head));
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let hash = "af".repeat(32);
        for text in
            ["", "7", "7:af", &format!("0:{hash}"), &format!("-1:{hash}"), &format!("7:{}", hash.to_uppercase())]
        {
            assert_eq!(text.parse::<AuditHead>(), Err(AuditHeadError), "{text}");
        }
    }
}
