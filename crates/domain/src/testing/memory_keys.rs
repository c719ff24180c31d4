//! API keys in memory.

use super::memory::{Content, insert, page};
use crate::api_keys::{ApiKey, ApiKeyFilter, ApiKeyTx, Heard, KeyDigest, KeyTold, LastUse, Stragglers};
use crate::events::tell_of_key;
use crate::id::{KeyId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::rate::OverrideTx;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::workspaces::{Workspace, WorkspaceStatus};

impl ApiKeyTx for Content {
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        if self.keys.values().any(|other| other.digest == key.digest) {
            return Err(StoreError::Conflict("api_keys.digest"));
        }
        insert(&mut self.keys, key.id, key.clone(), "api_keys.id")
    }

    fn find_api_key(&mut self, workspace_id: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.keys.get(&id).filter(|key| key.workspace_id == workspace_id).cloned())
    }

    fn find_api_key_by_digest(&mut self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.keys.values().find(|key| key.digest == *digest).cloned())
    }

    fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        match self.keys.get_mut(&key.id) {
            Some(stored) if stored.revision == key.revision - 1 => {
                *stored = ApiKey { last_used_at: stored.last_used_at, ..key.clone() };
                Ok(())
            }
            _ => Err(StoreError::Conflict("api_keys.revision")),
        }
    }

    fn list_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        request: PageRequest<KeyId>,
    ) -> Result<Page<ApiKey, KeyId>, StoreError> {
        let fits = |key: &ApiKey| key.workspace_id == workspace_id && filter.wants(key, now);
        Ok(page(&self.keys, request, |key| key.id, fits))
    }

    fn count_api_keys(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &ApiKeyFilter,
        now: Timestamp,
        (below, limit): (Option<KeyId>, usize),
    ) -> Result<usize, StoreError> {
        let fits = |key: &&ApiKey| key.workspace_id == workspace_id && filter.wants(key, now);
        let keys = self.keys.values().filter(|key| below.is_none_or(|below| key.id < below));
        Ok(keys.filter(fits).take(limit).count())
    }

    fn scan_api_keys(&mut self, after: Option<KeyId>, limit: usize) -> Result<Vec<ApiKey>, StoreError> {
        let rest = self.keys.values().filter(|key| after.is_none_or(|after| key.id > after));
        Ok(rest.take(limit).cloned().collect())
    }

    fn suspended_workspaces(&mut self) -> Result<Vec<WorkspaceId>, StoreError> {
        let suspended = |workspace: &&Workspace| workspace.status == WorkspaceStatus::Suspended;
        Ok(self.workspaces.values().filter(suspended).map(|workspace| workspace.id).collect())
    }

    fn add_stragglers(&mut self, stragglers: &[Stragglers]) -> Result<(), StoreError> {
        for counted in stragglers.iter().filter(|counted| self.keys.contains_key(&counted.key_id)) {
            self.stragglers.entry(counted.key_id).or_insert_with(|| Stragglers::none(counted.key_id)).add(counted);
        }
        Ok(())
    }

    fn find_stragglers(&mut self, id: KeyId) -> Result<Option<Stragglers>, StoreError> {
        Ok(self.stragglers.get(&id).cloned())
    }

    fn record_last_uses(&mut self, uses: &[LastUse]) -> Result<(), StoreError> {
        for last_use in uses {
            if let Some(key) = self.keys.get_mut(&last_use.key_id) {
                key.last_used_at = key.last_used_at.max(Some(last_use.at));
            }
        }
        Ok(())
    }

    fn overrides(&mut self) -> Option<&mut (dyn OverrideTx + '_)> {
        Some(self)
    }

    fn tell(&mut self, told: &KeyTold) -> Result<Heard, StoreError> {
        tell_of_key(self, told)
    }
}
