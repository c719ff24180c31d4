//! The audit log.

use devhub_domain::audit::{AuditEntry, AuditFilter, AuditHash, AuditHead, AuditTx};
use devhub_domain::id::WorkspaceId;
use devhub_domain::page::{Page, PageRequest, PageSize};
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

        /// Served by the primary key, by `audit_entries_by_action`, or by `audit_entries_by_subject`: few lines tell of one subject. Who
        /// acted, and when, is looked for in a range of the primary key that has a bound.
        fn list_audit_entries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &AuditFilter,
            page: PageRequest<i64>,
        ) -> Result<Page<AuditEntry, i64>, StoreError> {
            let log = dsl::audit_entries.filter(dsl::workspace_id.eq(workspace_id.as_bytes()));
            let before = match page.after {
                Some(after) => after,
                None if filter.is_indexed() => i64::MAX,
                None => {
                    let newest = log.select(dsl::sequence).order(dsl::sequence.desc());
                    let newest: Option<i64> = self.state.note(newest.first(&mut *self.conn).optional())?;
                    newest.unwrap_or(0).saturating_add(1)
                }
            };
            let from = filter.sought_from(before);
            let mut query = log
                .filter(dsl::sequence.lt(before))
                .order(dsl::sequence.desc())
                .limit(limit(page.size.get() + 1))
                .select(AuditRow::as_select())
                .into_boxed();
            // Not where it bounds nothing: a planner takes it for a reason to choose another index.
            if !filter.is_indexed() {
                query = query.filter(dsl::sequence.ge(from));
            }
            if let Some(subject) = &filter.subject {
                query = query.filter(dsl::subject.eq(subject));
            }
            if let Some(action) = &filter.action {
                query = query.filter(dsl::action.eq(action));
            }
            if let Some(actor) = &filter.actor {
                query = query.filter(dsl::actor.eq(actor.to_string()));
            }
            if let Some(from) = filter.period.from {
                query = query.filter(dsl::at_us.ge(to_millisecond(from)));
            }
            if let Some(before) = filter.period.before {
                query = query.filter(dsl::at_us.lt(to_millisecond(before)));
            }
            let rows: Vec<AuditRow> = self.state.note(query.load(&mut *self.conn))?;
            let entries: Result<Vec<_>, _> = rows.into_iter().map(AuditRow::into_entry).collect();
            let page = Page::from_rows(entries?, page.size, |entry: &AuditEntry| entry.sequence);
            Ok(Page { next: page.next.or((from > 1).then_some(from)), ..page })
        }

        /// Served by the primary key.
        fn list_audit_chain(
            &mut self,
            workspace_id: WorkspaceId,
            after: i64,
            size: PageSize,
        ) -> Result<Vec<AuditEntry>, StoreError> {
            let query = dsl::audit_entries
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()).and(dsl::sequence.gt(after)))
                .order(dsl::sequence.asc())
                .limit(limit(size.get()))
                .select(AuditRow::as_select());
            let rows: Vec<AuditRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(AuditRow::into_entry).collect()
        }
    }
}

/// Periods are told in whole milliseconds: see [`devhub_domain::page::Period`].
const fn to_millisecond(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(1_000) * 1_000
}
