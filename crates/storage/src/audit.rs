//! The audit log.

use devhub_domain::audit::{AuditEntry, AuditFilter, AuditHash, AuditHead, AuditTx};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::dialect::Dialect;
use crate::row::{Row, limit, written};
use crate::schema::audit_entries::{self, dsl};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries)]
struct AuditRow {
    workspace_id: Vec<u8>,
    sequence: i64,
    at_us: i64,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            workspace_id: entry.workspace_id.as_bytes().to_vec(),
            sequence: entry.sequence,
            at_us: entry.at.as_micros(),
            actor: entry.actor.to_string(),
            action: entry.action.clone(),
            subject: entry.subject.clone(),
            detail: entry.detail.clone(),
            previous_hash: entry.previous_hash.0.to_vec(),
            hash: entry.hash.0.to_vec(),
        }
    }
}

impl AuditRow {
    fn into_entry(self) -> Result<AuditEntry, StoreError> {
        let row = Row { table: "audit_entries", id: &self.sequence };
        Ok(AuditEntry {
            workspace_id: row.workspace_id(&self.workspace_id)?,
            sequence: self.sequence,
            at: Timestamp::from_micros(self.at_us),
            actor: row.text("actor", &self.actor)?,
            previous_hash: AuditHash(row.bytes("previous_hash", &self.previous_hash)?),
            hash: AuditHash(row.bytes("hash", &self.hash)?),
            action: self.action,
            subject: self.subject,
            detail: self.detail,
        })
    }
}

both! {
    impl AuditTx {
        fn audit_head(&mut self, workspace_id: WorkspaceId) -> Result<Option<AuditHead>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_audit_log(workspace_id.as_bytes()))?;
            }
            let query = dsl::audit_entries
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::sequence.desc())
                .select((dsl::sequence, dsl::hash));
            let last: Option<(i64, Vec<u8>)> = self.state.note(query.first(&mut *self.conn).optional())?;
            let head = |(sequence, hash): (i64, Vec<u8>)| {
                let row = Row { table: "audit_entries", id: &sequence };
                Ok(AuditHead { sequence, hash: AuditHash(row.bytes("hash", &hash)?) })
            };
            last.map(head).transpose()
        }

        fn insert_audit_entry(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
            let insert = diesel::insert_into(dsl::audit_entries).values(AuditRow::from(entry)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "audit_entries.sequence")
        }

        /// Served by the primary key, by `audit_entries_by_action`, or by `audit_entries_by_subject`: few lines tell of one subject.
        fn list_audit_entries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &AuditFilter,
            page: PageRequest<i64>,
        ) -> Result<Page<AuditEntry, i64>, StoreError> {
            let before = page.after.unwrap_or(i64::MAX);
            let mut query = dsl::audit_entries
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()).and(dsl::sequence.lt(before)))
                .order(dsl::sequence.desc())
                .limit(limit(page.size.get() + 1))
                .select(AuditRow::as_select())
                .into_boxed();
            if let Some(subject) = &filter.subject {
                query = query.filter(dsl::subject.eq(subject));
            }
            if let Some(action) = &filter.action {
                query = query.filter(dsl::action.eq(action));
            }
            let rows: Vec<AuditRow> = self.state.note(query.load(&mut *self.conn))?;
            let entries: Result<Vec<_>, _> = rows.into_iter().map(AuditRow::into_entry).collect();
            Ok(Page::from_rows(entries?, page.size, |entry| entry.sequence))
        }
    }
}
