//! The store itself, as a vector behind a lock: its transaction is a copy that takes the place of what was.

use std::sync::{Mutex, PoisonError};

use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, ApiKeyTx, KeyDigest, LastUse, Stragglers};
use devhub_domain::audit::{AuditEntry, AuditFilter, AuditHead, AuditTx};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork};
use devhub_domain::time::Timestamp;

/// The service's own store.
#[derive(Default)]
pub(crate) struct ShopStore {
    rows: Mutex<Rows>,
}

#[derive(Clone, Default)]
struct Rows {
    keys: Vec<ApiKey>,
    stragglers: Vec<Stragglers>,
    audit: Vec<AuditEntry>,
}

impl UnitOfWork<dyn ApiKeyTx> for ShopStore {
    fn read(&self, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        body(&mut *self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, _lane: Lane, body: &mut Body<'_, dyn ApiKeyTx>) -> Result<(), StoreError> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = rows.clone();
        body(&mut changed)?;
        *rows = changed;
        Ok(())
    }
}

impl AuditTx for Rows {
    fn audit_head(&mut self, workspace_id: WorkspaceId) -> Result<Option<AuditHead>, StoreError> {
        let last = self.audit.iter().rfind(|entry| entry.workspace_id == workspace_id);
        Ok(last.map(|entry| AuditHead { sequence: entry.sequence, hash: entry.hash }))
    }

    fn insert_audit_entry(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.audit.push(entry.clone());
        Ok(())
    }

    fn list_audit_entries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>, StoreError> {
        let older = |entry: &&AuditEntry| page.after.is_none_or(|after| entry.sequence < after);
        let own = self.audit.iter().rev().filter(|entry| entry.workspace_id == workspace_id && filter.wants(entry));
        Ok(Page::from_rows(own.filter(older).take(page.size.get() + 1).cloned().collect(), page.size, |entry| {
            entry.sequence
        }))
    }

    fn list_audit_chain(
        &mut self,
        workspace_id: WorkspaceId,
        after: i64,
        size: PageSize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let own = self.audit.iter().filter(|entry| entry.workspace_id == workspace_id && entry.sequence > after);
        Ok(own.take(size.get()).cloned().collect())
    }
}

impl ApiKeyTx for Rows {
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        if self.keys.iter().any(|other| other.id == key.id || other.digest == key.digest) {
            return Err(StoreError::Conflict("keys"));
        }
        self.keys.push(key.clone());
        self.keys.sort_by_key(|key| key.id);
        Ok(())
    }

    fn find_api_key(&mut self, workspace_id: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.keys.iter().find(|key| key.workspace_id == workspace_id && key.id == id).cloned())
    }

    fn find_api_key_by_digest(&mut self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.keys.iter().find(|key| key.digest == *digest).cloned())
    }

    fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let stored = self.keys.iter_mut().find(|stored| stored.id == key.id && stored.revision + 1 == key.revision);
        let stored = stored.ok_or(StoreError::Conflict("keys.revision"))?;
        *stored = ApiKey { last_used_at: stored.last_used_at, ..key.clone() };
        Ok(())
    }

    fn list_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        page: PageRequest<KeyId>,
    ) -> Result<Page<ApiKey, KeyId>, StoreError> {
        let wanted = self.keys.iter().rev().filter(|key| {
            key.workspace_id == workspace_id && filter.wants(key, now) && page.after.is_none_or(|after| key.id < after)
        });
        Ok(Page::from_rows(wanted.take(page.size.get() + 1).cloned().collect(), page.size, |key| key.id))
    }

    fn count_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        (below, limit): (Option<KeyId>, usize),
    ) -> Result<usize, StoreError> {
        let wanted = self.keys.iter().filter(|key| key.workspace_id == workspace_id && filter.wants(key, now));
        Ok(wanted.filter(|key| below.is_none_or(|below| key.id < below)).take(limit).count())
    }

    fn scan_api_keys(&mut self, after: Option<KeyId>, limit: usize) -> Result<Vec<ApiKey>, StoreError> {
        let rest = self.keys.iter().filter(|key| after.is_none_or(|after| key.id > after));
        Ok(rest.take(limit).cloned().collect())
    }

    fn suspended_workspaces(&mut self) -> Result<Vec<WorkspaceId>, StoreError> {
        Ok(Vec::new())
    }

    fn add_stragglers(&mut self, stragglers: &[Stragglers]) -> Result<(), StoreError> {
        for counted in stragglers.iter().filter(|counted| self.keys.iter().any(|key| key.id == counted.key_id)) {
            match self.stragglers.iter_mut().find(|stored| stored.key_id == counted.key_id) {
                Some(stored) => stored.add(counted),
                None => self.stragglers.push(counted.clone()),
            }
        }
        Ok(())
    }

    fn find_stragglers(&mut self, id: KeyId) -> Result<Option<Stragglers>, StoreError> {
        Ok(self.stragglers.iter().find(|stored| stored.key_id == id).cloned())
    }

    fn record_last_uses(&mut self, uses: &[LastUse]) -> Result<(), StoreError> {
        for last_use in uses {
            if let Some(key) = self.keys.iter_mut().find(|key| key.id == last_use.key_id) {
                key.last_used_at = key.last_used_at.max(Some(last_use.at));
            }
        }
        Ok(())
    }
}
